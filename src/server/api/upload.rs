//! Single pictures for scripts and plain pages: as a form, as JSON with a data URL, or as bare bytes.

use std::borrow::Cow;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use multer::{Constraints, Multipart, SizeLimit};
use serde::Deserialize;
use serde_json::Value;
use warp::http::header::CONTENT_TYPE;
use warp::http::{HeaderMap, StatusCode};

use super::frames::{captured_at, claimed_format, sender, take_in};
use crate::domain::{CameraName, PictureFormat, Timestamp};
use crate::intake::Upload;
use crate::pipeline::Wish;
use crate::server::error::ApiError;
use crate::server::flow::{Request, Site, now, off_thread};
use crate::server::html;
use crate::server::language::Language;
use crate::server::query::{Query, header_number};
use crate::server::reply::{self, Reply};
use crate::server::route::MAX_PICTURE_BYTES;
use crate::server::session::Principal;

/// The camera of a picture that names none.
const DEFAULT_CAMERA: &str = "upload";
/// Largest field of a form but the picture.
const MAX_FIELD_BYTES: u64 = 1024;

/// A picture as it was sent, whatever the shape.
#[derive(Debug, Default)]
struct Sent {
    username: Option<String>,
    camera: Option<String>,
    seq: Option<u64>,
    captured_at: Option<Timestamp>,
    claimed: Option<PictureFormat>,
    bytes: Bytes,
}

pub async fn upload(
    site: &Site,
    principal: &Principal,
    request: &mut Request,
    max_bytes: usize,
) -> Result<Reply, ApiError> {
    let wants_page = request.wants_page();
    let media_type = match request.headers.get(CONTENT_TYPE) {
        Some(value) => value.to_str().map_err(|_| ApiError::UnsupportedType)?.to_owned(),
        None => String::new(),
    };
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    // The room for the body is held until the picture is decided on.
    let (sent, _room) = match essence.as_str() {
        "multipart/form-data" => {
            let boundary = multer::parse_boundary(&media_type).map_err(|error| ApiError::BadBody(error.to_string()))?;
            let mut loaded = request.body.read(max_bytes).await?;
            loaded.and_a_copy_of(loaded.bytes.len())?;
            (of_form(std::mem::take(&mut loaded.bytes), boundary).await?, loaded)
        }
        "application/json" => {
            let mut loaded = request.body.read(max_bytes).await?;
            loaded.and_a_copy_of(loaded.bytes.len() / 4 * 3)?;
            let bytes = std::mem::take(&mut loaded.bytes);
            (off_thread(move || of_json(&bytes)).await??, loaded)
        }
        _ => {
            let claimed = claimed_format(&media_type)?;
            let (seq, captured_at) = (header_number(&request.headers, "x-seq")?, captured_at(&request.headers)?);
            let loaded = request.body.read(MAX_PICTURE_BYTES).await?;
            (Sent { seq, captured_at, claimed, bytes: loaded.bytes.clone(), ..of_query(&request.query) }, loaded)
        }
    };
    if sent.bytes.len() > MAX_PICTURE_BYTES {
        return Err(ApiError::TooLarge(MAX_PICTURE_BYTES));
    }
    let camera = CameraName::new(sent.camera.as_deref().unwrap_or(DEFAULT_CAMERA))?;
    let user = sender(site, principal, sent.username.as_deref()).await?;
    let Sent { seq, captured_at, claimed, bytes, .. } = sent;
    // A person who picks one photo means that one; a script sends many and leaves the choice to the rule.
    let wish = if wants_page { Wish::Always } else { Wish::ByRule };
    let answer = take_in(site, Upload { user, camera, seq, captured_at, claimed, order: wish.into(), bytes }).await?;
    site.parts.access.joining().frame(principal.id(), now());
    Ok(if wants_page { page(&request.headers) } else { reply::json(StatusCode::OK, &answer) })
}

fn of_query(query: &Query) -> Sent {
    let text = |name| query.text(name).map(str::to_owned);
    Sent { username: text("username"), camera: text("camera"), ..Sent::default() }
}

/// Reads `username`, `frame` and, where they are there, `camera`, `timestamp` and `serialNumber`.
async fn of_form(body: Bytes, boundary: String) -> Result<Sent, ApiError> {
    let fields = ["username", "frame", "camera", "timestamp", "serialNumber"];
    let limits = SizeLimit::new().per_field(MAX_FIELD_BYTES).for_field("frame", MAX_PICTURE_BYTES as u64);
    let constraints = Constraints::new().allowed_fields(fields.to_vec()).size_limit(limits);
    let whole = futures_util::stream::iter([Ok::<_, std::convert::Infallible>(body)]);
    let mut form = Multipart::with_constraints(whole, boundary, constraints);
    let mut sent = Sent::default();
    let mut seen = Vec::new();
    while let Some(field) = form.next_field().await.map_err(bad_form)? {
        let name = field.name().unwrap_or_default().to_owned();
        if seen.contains(&name) {
            return Err(ApiError::BadBody(format!("the form holds {name} twice; send one picture at a time")));
        }
        if name == "frame" {
            // A browser names the type by the file's ending; the bytes decide, and only a wrong picture type is a lie.
            let media_type = field.content_type().map(ToString::to_string).unwrap_or_default();
            sent.claimed = claimed_format(&media_type).unwrap_or(None);
            sent.bytes = field.bytes().await.map_err(bad_form)?;
        } else {
            let text = field.text().await.map_err(bad_form)?;
            let text = text.trim();
            match name.as_str() {
                _ if text.is_empty() => {}
                "username" => sent.username = Some(text.to_owned()),
                "camera" => sent.camera = Some(text.to_owned()),
                "timestamp" => sent.captured_at = Some(time_of(text)?),
                _ => sent.seq = Some(number_of(text)?),
            }
        }
        seen.push(name);
    }
    if sent.bytes.is_empty() {
        return Err(ApiError::BadBody("the form holds no picture in the field frame".into()));
    }
    Ok(sent)
}

fn bad_form(error: multer::Error) -> ApiError {
    match error {
        multer::Error::FieldSizeExceeded { field_name: Some(name), .. } if name == "frame" => {
            ApiError::TooLarge(MAX_PICTURE_BYTES)
        }
        other => ApiError::BadBody(other.to_string()),
    }
}

/// The shape of the JSON. Numbers may be written as text, as pages of forms do.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Json<'b> {
    /// As it lies in the body where no escape stands in it: it may be long.
    #[serde(borrow)]
    data_url: Cow<'b, str>,
    username: Option<String>,
    camera: Option<String>,
    timestamp: Option<Value>,
    serial_number: Option<Value>,
}

fn of_json(body: &[u8]) -> Result<Sent, ApiError> {
    let json: Json = serde_json::from_slice(body).map_err(|error| ApiError::BadBody(error.to_string()))?;
    let (claimed, bytes) = of_data_url(&json.data_url)?;
    let text = |value: Value| match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    };
    Ok(Sent {
        username: json.username,
        camera: json.camera,
        seq: json.serial_number.and_then(text).map(|text| number_of(&text)).transpose()?,
        captured_at: json.timestamp.and_then(text).map(|text| time_of(&text)).transpose()?,
        claimed: Some(claimed),
        bytes,
    })
}

/// `data:image/jpeg;base64,…` and nothing else (RFC 2397, RFC 4648 section 4, padded).
fn of_data_url(url: &str) -> Result<(PictureFormat, Bytes), ApiError> {
    let bad = |why: &str| ApiError::BadBody(format!("dataUrl {why}"));
    let rest = url.strip_prefix("data:").ok_or_else(|| bad("does not begin with data:"))?;
    let (head, data) = rest.split_once(',').ok_or_else(|| bad("holds no comma before its data"))?;
    let media_type = head.strip_suffix(";base64").ok_or_else(|| bad("is not in base64"))?;
    let claimed = claimed_format(media_type)?.ok_or(ApiError::UnsupportedType)?;
    let bytes = STANDARD.decode(data).map_err(|error| bad(&format!("is no valid base64: {error}")))?;
    Ok((claimed, bytes.into()))
}

/// Milliseconds since 1970, or ISO 8601 with a time zone.
fn time_of(text: &str) -> Result<Timestamp, ApiError> {
    if let Ok(millis) = text.parse() {
        return Ok(Timestamp::from_millis(millis));
    }
    let time = jiff::Timestamp::from_str(text)
        .map_err(|_| ApiError::BadTime("timestamp is neither milliseconds since 1970 nor ISO 8601 with a time zone"))?;
    Ok(Timestamp::from_millis(time.as_millisecond()))
}

fn number_of(text: &str) -> Result<u64, ApiError> {
    text.trim().parse().map_err(|_| ApiError::BadValue("serialNumber", "a whole number"))
}

/// The answer for a person.
fn page(headers: &HeaderMap) -> Reply {
    let language = Language::of(headers);
    let [title, what, another, frames] = language.photo();
    let links = [("/upload", another), ("/frames", frames)];
    reply::html(StatusCode::OK, html::page(language.tag, title, &[what], &links))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_url_is_read_strictly() {
        let (format, bytes) = of_data_url("data:image/png;base64,aGk=").unwrap();
        assert_eq!((format, &bytes[..]), (PictureFormat::Png, &b"hi"[..]));
        let bad = [
            "",
            "image/png;base64,aGk=",
            "data:image/png,hi",
            "data:image/png;base64",
            "data:image/png;base64,aGk",
            "data:image/png;base64,aG k=",
            "data:image/png;base64,a_-=",
            "data:text/html;base64,aGk=",
            "data:;base64,aGk=",
            "data:image/svg+xml;base64,aGk=",
        ];
        for url in bad {
            assert!(of_data_url(url).is_err(), "{url}");
        }
    }

    #[test]
    fn a_time_is_milliseconds_or_iso_8601_with_a_zone() {
        for text in ["1700000000000", "2023-11-14T22:13:20Z", "2023-11-14T23:13:20+01:00", "2023-11-14T22:13:20.000Z"] {
            assert_eq!(time_of(text).unwrap(), Timestamp::from_millis(1_700_000_000_000), "{text}");
        }
        for text in ["", "yesterday", "2023-11-14T22:13:20", "1e12", "99999999999999999999"] {
            assert!(matches!(time_of(text), Err(ApiError::BadTime(_))), "{text}");
        }
    }

    #[test]
    fn numbers_in_json_may_be_text() {
        let sent = |json: &str| of_json(json.as_bytes());
        let both = sent(r#"{"dataUrl":"data:image/jpeg;base64,aGk=","timestamp":"5","serialNumber":"7"}"#).unwrap();
        assert_eq!((both.captured_at, both.seq), (Some(Timestamp::from_millis(5)), Some(7)));
        let none = sent(r#"{"dataUrl":"data:image/jpeg;base64,aGk=","timestamp":null,"username":"Anna"}"#).unwrap();
        assert_eq!((none.captured_at, none.seq, none.username.as_deref()), (None, None, Some("Anna")));
        for bad in
            ["", "[]", "{}", r#"{"dataUrl":5}"#, r#"{"dataUrl":"data:image/jpeg;base64,aGk=","serialNumber":-1}"#]
        {
            assert!(sent(bad).is_err(), "{bad}");
        }
    }

    #[tokio::test]
    async fn a_form_holds_one_picture_and_known_fields() {
        let form = |parts: &[(&str, &str)]| {
            let mut body = String::new();
            for (name, value) in parts {
                body.push_str("--b\r\nContent-Disposition: form-data; name=\"");
                body.extend([name, "\"\r\n\r\n", value, "\r\n"]);
            }
            of_form(Bytes::from(body + "--b--\r\n"), "b".into())
        };
        let sent = form(&[("username", " Anna "), ("frame", "bytes")]).await.unwrap();
        assert_eq!((sent.username.as_deref(), &sent.bytes[..]), (Some("Anna"), &b"bytes"[..]));
        let long = "x".repeat(2000);
        let bad: [&[(&str, &str)]; 6] = [
            &[],
            &[("username", "Anna")],
            &[("frame", "")],
            &[("frame", "a"), ("frame", "b")],
            &[("frame", "a"), ("other", "b")],
            &[("frame", "a"), ("username", &long)],
        ];
        for parts in bad {
            assert!(matches!(form(parts).await, Err(ApiError::BadBody(_))), "{parts:?}");
        }
        assert!(of_form(Bytes::from_static(b"no form at all"), "b".into()).await.is_err());
    }
}
