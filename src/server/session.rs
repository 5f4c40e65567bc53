//! Who is asking, and what is theirs.
//!
//! A session is a cookie in a browser or a bearer token in a script; both carry the same secret. What a device may see is
//! decided here, once: an object of somebody's is handled as [`Owned`], and only [`Principal::own`] makes one.

use std::sync::Arc;

use warp::http::HeaderMap;
use warp::http::header::{AUTHORIZATION, COOKIE};

use crate::access::{Access, Device, DeviceId, Role};
use crate::domain::{Event, SavedFrame, StreamId, Timestamp, UserName};
use crate::server::error::ApiError;

const COOKIE_NAME: &str = "framekeep";
/// 400 days, the longest that browsers keep a cookie.
const COOKIE_SECONDS: u32 = 400 * 24 * 60 * 60;

/// How a session was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// The browser sent it by itself: a change must be seen to come from our own page.
    Cookie,
    /// A script sent it on purpose.
    Bearer,
}

/// Whoever asks.
#[derive(Debug, Clone)]
pub struct Principal {
    /// The device.
    pub device: Device,
    /// How it showed its session.
    pub proof: Proof,
}

impl Principal {
    /// Who sent these headers, as far as that is in memory, and whether [`Self::of`] is to be asked as well. Takes a few
    /// instructions: neither many strangers nor a slow disk keep anybody from being recognised.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub fn remembered(access: &Access, headers: &HeaderMap, now: Timestamp) -> (Result<Self, ApiError>, bool) {
        let Some((proof, token)) = shown(headers) else { return (Err(ApiError::NoSession), false) };
        let (device, look_due) = access.remembered(&token, now);
        (device.map(|device| Self { device, proof }).ok_or(ApiError::UnknownSession), look_due)
    }

    /// Finds out who sent these headers. Reads the folder of devices when the token is a new one.
    ///
    /// # Errors
    /// [`ApiError::NoSession`] when nothing was shown, [`ApiError::UnknownSession`] when it is none (any more).
    pub async fn of(access: &Arc<Access>, headers: &HeaderMap, now: Timestamp) -> Result<Self, ApiError> {
        let (proof, token) = shown(headers).ok_or(ApiError::NoSession)?;
        let access = Arc::clone(access);
        let device = super::flow::off_thread(move || access.authenticate(&token, now)).await?;
        Ok(Self { device: device.ok_or(ApiError::UnknownSession)?, proof })
    }

    /// Number of the device.
    pub fn id(&self) -> &DeviceId {
        &self.device.id
    }

    /// Whether it may do all that the window may.
    pub fn is_operator(&self) -> bool {
        self.device.role == Role::Operator
    }

    /// Whether it sees what everybody's cameras see: the operator and viewers.
    pub fn sees_everything(&self) -> bool {
        sees_everything(&self.device)
    }

    /// The user that it acts for.
    ///
    /// # Errors
    /// [`ApiError::NoUser`] when it has not picked one.
    pub fn user(&self) -> Result<&UserName, ApiError> {
        self.device.user.as_ref().ok_or(ApiError::NoUser)
    }

    /// Whether it may see what belongs to `user`.
    pub fn may_see(&self, user: &UserName) -> bool {
        may_see(&self.device, user)
    }

    /// Whose objects a list is to show: the device's own user, or for the operator and viewers the one asked for, or
    /// everybody.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] for somebody else's, [`ApiError::NoUser`] when there is none yet.
    pub fn scope(&self, asked: Option<UserName>) -> Result<Option<UserName>, ApiError> {
        if self.sees_everything() {
            return Ok(asked);
        }
        let own = self.user()?;
        match asked {
            Some(other) if other != *own => Err(ApiError::NotFound),
            _ => Ok(Some(own.clone())),
        }
    }

    /// Lets an object pass when it is there and this device may see it. Whether it is missing or somebody else's cannot
    /// be told from the answer.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub fn own<T: Belongs>(&self, found: Option<T>) -> Result<Owned<T>, ApiError> {
        found.filter(|object| self.may_see(object.owner())).map(Owned).ok_or(ApiError::NotFound)
    }
}

/// Whether a device may see what belongs to `user`.
pub fn may_see(device: &Device, user: &UserName) -> bool {
    sees_everything(device) || device.user.as_ref() == Some(user)
}

fn sees_everything(device: &Device) -> bool {
    matches!(device.role, Role::Operator | Role::Viewer)
}

/// Something that belongs to a user.
pub trait Belongs {
    /// To whom.
    fn owner(&self) -> &UserName;
}

impl Belongs for SavedFrame {
    fn owner(&self) -> &UserName {
        &self.stream.user
    }
}

impl Belongs for StreamId {
    fn owner(&self) -> &UserName {
        &self.user
    }
}

impl Belongs for Event {
    fn owner(&self) -> &UserName {
        &self.stream.user
    }
}

/// An object that whoever asks may see.
#[derive(Debug)]
pub struct Owned<T>(T);

impl<T> std::ops::Deref for Owned<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

/// The header that gives a browser its session.
pub fn set_cookie(token: &str) -> String {
    format!("{COOKIE_NAME}={token}; Path=/; Max-Age={COOKIE_SECONDS}; HttpOnly; Secure; SameSite=Strict")
}

/// The header that takes it back.
pub fn clear_cookie() -> String {
    format!("{COOKIE_NAME}=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict")
}

/// What was shown. A token goes before a cookie: a script that runs in a browser knows what it sends.
fn shown(headers: &HeaderMap) -> Option<(Proof, String)> {
    if let Some(value) = headers.get(AUTHORIZATION) {
        // Another scheme, or bytes that are no text, are a session that is not known rather than none.
        let value = value.to_str().unwrap_or_default();
        let token = match value.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
            _ => "",
        };
        return Some((Proof::Bearer, token.to_owned()));
    }
    let pairs = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok()).flat_map(|line| line.split(';'));
    let mut cookies = pairs.filter_map(|pair| pair.trim().split_once('='));
    cookies.find(|(name, _)| *name == COOKIE_NAME).map(|(_, token)| (Proof::Cookie, token.to_owned()))
}

#[cfg(test)]
mod tests {
    use warp::http::HeaderValue;

    use super::*;

    fn principal(role: Role, user: Option<&str>) -> Principal {
        let device = Device {
            id: DeviceId("0".repeat(16)),
            label: "test".into(),
            role,
            user: user.map(|name| name.parse().unwrap()),
            paired_at: Timestamp::default(),
            last_seen: Timestamp::default(),
        };
        Principal { device, proof: Proof::Cookie }
    }

    fn stream(user: &str) -> StreamId {
        StreamId { user: user.parse().unwrap(), camera: "front".parse().unwrap() }
    }

    #[test]
    fn a_device_owns_what_is_its_users_and_the_operator_everything() {
        let anna = principal(Role::Camera, Some("Anna"));
        assert!(anna.own(Some(stream("anna"))).is_ok());
        assert!(matches!(anna.own(Some(stream("ben"))), Err(ApiError::NotFound)));
        assert!(matches!(anna.own::<StreamId>(None), Err(ApiError::NotFound)));
        assert!(principal(Role::Camera, None).own(Some(stream("ben"))).is_err());
        assert!(principal(Role::Operator, None).own(Some(stream("ben"))).is_ok());
    }

    #[test]
    fn a_list_shows_a_device_its_own_users_objects_alone() {
        let ben = || Some("Ben".parse::<UserName>().unwrap());
        let anna = principal(Role::Camera, Some("Anna"));
        assert_eq!(anna.scope(None).unwrap(), Some("anna".parse().unwrap()));
        assert!(matches!(anna.scope(ben()), Err(ApiError::NotFound)));
        assert!(matches!(principal(Role::Camera, None).scope(ben()), Err(ApiError::NoUser)));
        assert_eq!(principal(Role::Operator, Some("Anna")).scope(None).unwrap(), None);
        assert_eq!(principal(Role::Operator, None).scope(ben()).unwrap(), ben());
    }

    #[test]
    fn a_session_is_found_in_either_header_and_the_token_goes_first() {
        let shown = |lines: &[(&str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in lines {
                let name = warp::http::HeaderName::from_bytes(name.as_bytes()).unwrap();
                headers.append(name, HeaderValue::from_static(value));
            }
            super::shown(&headers).map(|(proof, token)| (proof == Proof::Bearer, token))
        };
        let found = |bearer, token: &str| Some((bearer, token.to_owned()));
        assert_eq!(shown(&[]), None);
        assert_eq!(shown(&[("cookie", "other=1")]), None);
        assert_eq!(shown(&[("cookie", "a=1; framekeep=x=y; b=2")]), found(false, "x=y"));
        assert_eq!(shown(&[("cookie", "a=1"), ("cookie", "framekeep=x")]), found(false, "x"));
        assert_eq!(shown(&[("authorization", "bearer t"), ("cookie", "framekeep=x")]), found(true, "t"));
        assert_eq!(shown(&[("authorization", "Basic eA=="), ("cookie", "framekeep=x")]), found(true, ""));
    }
}
