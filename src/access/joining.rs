//! Phones on their way in: how far each has come, where it stands still, why, and what helps.
//!
//! One row a phone: by its address until it has paired, by its device from then on. Strangers can make rows too, so there
//! are few and they do not last. It is told what was seen, with the time; it knows no socket, no request and no clock.

mod platform;
mod steps;
mod words;

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;

pub use platform::Platform;
pub use steps::{Knock, Step, Told, Trouble};
pub use words::Advice;

use super::{Device, DeviceId, NameRequest, Role, TicketError};
use crate::domain::Timestamp;

/// Most phones at one time: more are not shown beside the code either.
const MOST: usize = 24;
/// Most addresses of paired devices that are remembered.
const MOST_KNOWN: usize = 256;
/// How long an address counts as that of a paired device after it was last heard of.
const KNOWN_FOR: Duration = Duration::from_mins(10);
/// A connection that asks for no page within this is shown: scripts and watchers of the port are quicker.
const SHOWN_AFTER: Duration = Duration::from_millis(700);
/// How long a phone that is through is still shown.
const DONE_FOR: Duration = Duration::from_secs(20);
/// How long one that has not paired is shown after its last step …
const STRANGER_FOR: Duration = Duration::from_mins(3);
/// … and one that has.
const PAIRED_FOR: Duration = Duration::from_mins(5);
/// So long after the code was shown, and without a phone, it is said why none may reach this computer.
const NOBODY_AFTER: Duration = Duration::from_secs(30);

/// A phone on its way, as window and interface show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JoiningPhone {
    /// Number of the row, the same for as long as it is there.
    pub id: u64,
    /// What it is called: its device's label, else what its browser says it is, else its address.
    pub name: String,
    /// Where it comes from.
    pub address: IpAddr,
    /// Its device, once it has paired.
    pub device: Option<DeviceId>,
    /// What kind of device it is, as far as its browser told.
    pub platform: Platform,
    /// What it was let in as, once it has paired.
    pub role: Option<Role>,
    /// How far it has come.
    pub step: Step,
    /// Whether it is through: its first frame is here, or it needs none.
    pub done: bool,
    /// When it came to where it stands.
    pub since: Timestamp,
    /// What holds it up.
    pub trouble: Option<Trouble>,
    /// Whether a person has to do something.
    pub held: bool,
    /// How it stands, one sentence.
    pub what: String,
    /// What helps, for this phone.
    pub todo: Option<String>,
}

/// All phones on their way, and whether any can reach this computer at all.
#[derive(Default)]
pub struct Joining(Mutex<Rows>);

#[derive(Default)]
struct Rows {
    phones: Vec<Phone>,
    next: u64,
    /// Addresses of paired devices: they come and go all day, and that is no joining.
    known: BTreeMap<IpAddr, Timestamp>,
    /// The address in the code, and since when it is shown.
    shown: Option<(SocketAddr, Timestamp)>,
    last_knock: Timestamp,
}

struct Phone {
    id: u64,
    address: IpAddr,
    device: Option<DeviceId>,
    label: String,
    role: Option<Role>,
    platform: Platform,
    /// Whether it has begun a handshake: then it has seen the certificate.
    began: bool,
    step: Step,
    trouble: Option<Trouble>,
    /// When it came to where it stands.
    since: Timestamp,
    /// When the row was made.
    came: Timestamp,
}

impl Joining {
    /// The listener noticed something of a connection.
    pub fn knock(&self, address: IpAddr, knock: Knock, now: Timestamp) {
        let mut rows = self.lock();
        let address = address.to_canonical();
        rows.last_knock = rows.last_knock.max(now);
        let known = rows.is_known(address, now);
        match knock {
            // A certificate that is refused is worth telling of a paired phone too: perhaps its address changed.
            Knock::Refused => {
                let phone = rows.stranger(address, Platform::Unknown, now);
                if phone.step < Step::Page {
                    phone.stand(phone.step, Some(Trouble::CertificateRefused), now);
                }
            }
            _ if known && rows.find_stranger(address).is_none() => {}
            Knock::Came => drop(rows.stranger(address, Platform::Unknown, now)),
            Knock::Began => rows.stranger(address, Platform::Unknown, now).began = true,
            Knock::Secured => {
                let phone = rows.stranger(address, Platform::Unknown, now);
                if phone.step < Step::Certificate {
                    phone.stand(Step::Certificate, None, now);
                }
            }
            Knock::BrokenOff => {
                if let Some(phone) = rows.find_stranger(address)
                    && phone.step == Step::Reached
                    && phone.trouble.is_none()
                {
                    phone.stand(Step::Reached, Some(Trouble::CertificateRefused), now);
                }
            }
        }
    }

    /// A phone without a session loads the page behind the code (`with_code`) or another one.
    pub fn page(&self, address: IpAddr, agent: &str, with_code: bool, now: Timestamp) {
        let mut rows = self.lock();
        let phone = rows.stranger(address.to_canonical(), Platform::of(agent), now);
        phone.stand(Step::Page, (!with_code).then_some(Trouble::NotPaired), now);
    }

    /// A phone reads how to trust this computer.
    pub fn help(&self, address: IpAddr, agent: &str, now: Timestamp) {
        let mut rows = self.lock();
        let phone = rows.stranger(address.to_canonical(), Platform::of(agent), now);
        if phone.step < Step::Page && phone.trouble.is_none() {
            phone.stand(phone.step, Some(Trouble::OnHelpPage), now);
        }
    }

    /// Something without a session asked for what no joining phone asks for first: a script, or a watcher of the port.
    pub fn something_else(&self, address: IpAddr) {
        self.lock().forget_unasked(address.to_canonical());
    }

    /// A paired device asked for something: its address is no stranger's.
    pub fn heard(&self, address: IpAddr, now: Timestamp) {
        let mut rows = self.lock();
        let address = address.to_canonical();
        rows.forget_unasked(address);
        if rows.known.len() >= MOST_KNOWN && !rows.known.contains_key(&address) {
            rows.known.pop_first();
        }
        rows.known.insert(address, now);
    }

    /// A code was shown by a phone and refused.
    pub fn refused(&self, address: IpAddr, agent: &str, error: TicketError, now: Timestamp) {
        let mut rows = self.lock();
        let phone = rows.stranger(address.to_canonical(), Platform::of(agent), now);
        phone.stand(Step::Page, Some(Trouble::of_ticket(error)), now);
    }

    /// A phone has paired, now or before.
    pub fn paired(&self, address: IpAddr, agent: &str, device: &Device, now: Timestamp) {
        let mut rows = self.lock();
        let address = address.to_canonical();
        // A phone that scans the code once more has two rows until here.
        rows.phones.retain(|phone| phone.device.as_ref() != Some(&device.id));
        let phone = rows.stranger(address, Platform::of(agent), now);
        phone.device = Some(device.id.clone());
        phone.label.clone_from(&device.label);
        phone.role = Some(device.role);
        phone.stand(Step::Paired, None, now);
        rows.known.insert(address, now);
    }

    /// A phone's page tells of its camera. Makes a row for a phone that has been here before and starts again.
    pub fn told(&self, address: IpAddr, agent: &str, device: &Device, told: Told, now: Timestamp) {
        let mut rows = self.lock();
        let there = rows.find_device(&device.id).is_some();
        // To a phone that films already these are no steps of joining: its camera says so itself.
        if !there && matches!(told, Told::Hidden | Told::Seen | Told::Allowed) {
            return;
        }
        if !there {
            let phone = rows.add(address.to_canonical(), Platform::of(agent), now);
            phone.device = Some(device.id.clone());
            phone.role = Some(device.role);
            phone.step = Step::Paired;
        }
        let Some(phone) = rows.find_device(&device.id) else { return };
        phone.label.clone_from(&device.label);
        phone.says_to_be(Platform::of(agent));
        if phone.is_done() {
            return;
        }
        match told {
            Told::Allowed => phone.stand(Step::Camera, None, now),
            Told::Asking => phone.stand(Step::Paired, Some(Trouble::AskingForCamera), now),
            Told::Denied => phone.stand(Step::Paired, Some(Trouble::CameraDenied), now),
            Told::Busy => phone.stand(Step::Paired, Some(Trouble::CameraBusy), now),
            Told::Missing => phone.stand(Step::Paired, Some(Trouble::CameraMissing), now),
            Told::Failed => phone.stand(Step::Paired, Some(Trouble::CameraFailed), now),
            Told::Insecure => phone.stand(Step::Paired, Some(Trouble::Insecure), now),
            Told::Hidden => phone.stand(phone.step, Some(Trouble::PageHidden), now),
            Told::Seen if phone.trouble == Some(Trouble::PageHidden) => phone.stand(phone.step, None, now),
            Told::Seen => {}
        }
    }

    /// A frame of a device is here.
    pub fn frame(&self, device: &DeviceId, now: Timestamp) {
        if let Some(phone) = self.lock().find_device(device)
            && !phone.is_done()
        {
            phone.stand(Step::FirstFrame, None, now);
        }
    }

    /// A device was revoked: its row goes with it.
    pub fn forget(&self, device: &DeviceId) {
        self.lock().phones.retain(|phone| phone.device.as_ref() != Some(device));
    }

    /// All phones on their way, the newest first. `requests`: names that wait for the operator's yes.
    pub fn phones(&self, requests: &[NameRequest], now: Timestamp) -> Vec<JoiningPhone> {
        let mut rows = self.lock();
        rows.phones.retain(|phone| !phone.is_over(now));
        let shown = rows.phones.iter().filter(|phone| phone.is_shown(now));
        let mut phones: Vec<_> = shown.map(|phone| phone.describe(requests, now)).collect();
        phones.sort_by_key(|phone| std::cmp::Reverse(phone.id));
        phones
    }

    /// Why perhaps no phone reaches the address in the code: nothing has come since it is shown, for a while. `here`: a
    /// phone is here already, so that the way is open.
    pub fn nobody(&self, address: SocketAddr, here: bool, now: Timestamp) -> Option<Advice> {
        let mut rows = self.lock();
        if rows.shown.is_none_or(|(shown, _)| shown != address) {
            rows.shown = Some((address, now));
        }
        let (_, since) = rows.shown?;
        let quiet = now.since(since.max(rows.last_knock)) >= NOBODY_AFTER;
        (quiet && !here && rows.phones.is_empty()).then(|| words::nobody(address))
    }

    fn lock(&self) -> MutexGuard<'_, Rows> {
        // Every change leaves whole rows, so what a panicking thread left behind is usable.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rows {
    fn is_known(&mut self, address: IpAddr, now: Timestamp) -> bool {
        self.known.retain(|_, heard| now.since(*heard) < KNOWN_FOR);
        self.known.contains_key(&address)
    }

    fn find_stranger(&mut self, address: IpAddr) -> Option<&mut Phone> {
        self.phones.iter_mut().find(|phone| phone.device.is_none() && phone.address == address)
    }

    fn find_device(&mut self, device: &DeviceId) -> Option<&mut Phone> {
        self.phones.iter_mut().find(|phone| phone.device.as_ref() == Some(device))
    }

    /// The row of an address that has not paired, there or new.
    fn stranger(&mut self, address: IpAddr, platform: Platform, now: Timestamp) -> &mut Phone {
        let there = self.phones.iter().position(|phone| phone.device.is_none() && phone.address == address);
        let Some(at) = there else { return self.add(address, platform, now) };
        let phone = &mut self.phones[at];
        phone.says_to_be(platform);
        phone
    }

    fn add(&mut self, address: IpAddr, platform: Platform, now: Timestamp) -> &mut Phone {
        self.phones.retain(|phone| !phone.is_over(now));
        if self.phones.len() >= MOST {
            // Who has not paired goes before who has, and the oldest first.
            let oldest = self.phones.iter().enumerate().min_by_key(|(_, phone)| (phone.device.is_some(), phone.since));
            if let Some((at, _)) = oldest {
                self.phones.remove(at);
            }
        }
        let id = self.next;
        self.next += 1;
        self.phones.push(Phone {
            id,
            address,
            device: None,
            label: String::new(),
            role: None,
            platform,
            began: false,
            step: Step::Reached,
            trouble: None,
            since: now,
            came: now,
        });
        // Pushed in the line above.
        self.phones.last_mut().expect("just pushed")
    }

    /// Forgets a connection that asked for something else. One that stands before the warning has asked nothing: it may be
    /// another browser of the same phone.
    fn forget_unasked(&mut self, address: IpAddr) {
        let unasked = |phone: &Phone| phone.step < Step::Page && phone.trouble != Some(Trouble::CertificateRefused);
        self.phones.retain(|phone| phone.device.is_some() || phone.address != address || !unasked(phone));
    }
}

impl Phone {
    fn stand(&mut self, step: Step, trouble: Option<Trouble>, now: Timestamp) {
        if (self.step, self.trouble) != (step, trouble) {
            self.since = now;
        }
        (self.step, self.trouble) = (step, trouble);
    }

    fn says_to_be(&mut self, platform: Platform) {
        if platform != Platform::Unknown {
            self.platform = platform;
        }
    }

    /// A camera is through with its first frame, whoever only looks on when it has paired.
    fn is_done(&self) -> bool {
        match self.role {
            Some(Role::Viewer | Role::Operator) => self.trouble.is_none(),
            Some(Role::Camera) | None => self.step == Step::FirstFrame,
        }
    }

    fn is_over(&self, now: Timestamp) -> bool {
        let most = match (self.is_done(), &self.device) {
            (true, _) => DONE_FOR,
            (false, Some(_)) => PAIRED_FOR,
            (false, None) => STRANGER_FOR,
        };
        now.since(self.since) >= most
    }

    fn is_shown(&self, now: Timestamp) -> bool {
        self.step >= Step::Page || self.trouble.is_some() || now.since(self.came) >= SHOWN_AFTER
    }

    /// What holds it up, told or found out by the time that it stands where it stands.
    fn trouble(&self, now: Timestamp) -> Option<Trouble> {
        let (trouble, secs) = match (self.trouble, self.step) {
            (Some(told), _) => (told, 0),
            _ if self.is_done() => return None,
            (None, Step::Reached) if !self.began => (Trouble::Silent, 4),
            (None, Step::Reached | Step::Certificate) => (Trouble::NoPage, 6),
            (None, Step::Page) => (Trouble::NotGoingOn, 6),
            (None, Step::Paired) => (Trouble::NotStarted, 0),
            (None, Step::Camera | Step::FirstFrame) => (Trouble::NoFrame, 8),
        };
        (now.since(self.since) >= Duration::from_secs(secs)).then_some(trouble)
    }

    fn describe(&self, requests: &[NameRequest], now: Timestamp) -> JoiningPhone {
        let asks = requests.iter().any(|request| Some(&request.device) == self.device.as_ref());
        let trouble = self.trouble(now).map(|trouble| match trouble {
            Trouble::NotStarted if asks => Trouble::NameAsked,
            other => other,
        });
        let name = match (self.label.as_str(), self.platform.name()) {
            ("", None) => self.address.to_string(),
            ("", Some(kind)) => format!("{kind} at {}", self.address),
            (label, _) => label.to_owned(),
        };
        let Advice { what, todo } = match trouble {
            Some(trouble) => words::trouble(trouble, self.platform),
            None => words::progress(self.step, self.role),
        };
        JoiningPhone {
            id: self.id,
            name,
            address: self.address,
            device: self.device.clone(),
            platform: self.platform,
            role: self.role,
            step: self.step,
            done: self.is_done(),
            since: self.since,
            trouble,
            held: trouble.is_some_and(Trouble::needs_a_person),
            what,
            todo,
        }
    }
}

#[cfg(test)]
mod tests;
