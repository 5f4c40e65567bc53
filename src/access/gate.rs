//! The gate: who is let in, as whom.
//!
//! Two locks. The memory's is held for a few instructions, so that showing a token never waits for the disk. The
//! folder's is held while files are written or read, so that changes to devices follow each other. Whoever needs both
//! takes the folder's first.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use super::files::{Folder, Known};
use super::label::readable;
use super::secret::{TokenHash, random_id, random_secret};
use super::tickets::Tickets;
use super::{AccessError, Battery, Device, DeviceId, Joining, NameChoice, NameRequest, Role, Ticket, TicketError};
use crate::bus::{Bus, Happening};
use crate::domain::{Timestamp, UserName};

/// Most devices at one time, so that a leaked code cannot fill memory and disk.
pub const MAX_DEVICES: usize = 1000;
/// How often the folder is looked at for deleted files while known tokens are shown.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// A folder that changed this lately may change again without another time of change: some file systems count in whole
/// seconds or two.
const SETTLES_AFTER: Duration = Duration::from_secs(3);
/// How often the times last seen are written.
const WRITE_SEEN_EVERY: Duration = Duration::from_mins(1);

/// Who may do what: all devices, their tokens, the tickets and the requests for names.
pub struct Access {
    memory: Mutex<Memory>,
    folder: Mutex<Folder>,
    /// The folder of devices, to look at without waiting for the folder's lock.
    devices_dir: PathBuf,
    joining: Joining,
    bus: Bus,
}

#[derive(Default)]
struct Memory {
    devices: HashMap<DeviceId, Known>,
    by_hash: HashMap<TokenHash, DeviceId>,
    /// Devices that were revoked and whose file may still be there: never let in again.
    revoked: HashSet<DeviceId>,
    requests: BTreeMap<DeviceId, NameRequest>,
    /// What devices told of their batteries since the program started.
    batteries: HashMap<DeviceId, Battery>,
    tickets: Tickets,
    looked: Option<Look>,
    seen_changed: bool,
    seen_written: Timestamp,
}

/// When the folder was last looked at, and how it was.
#[derive(Clone, Copy)]
struct Look {
    at: Timestamp,
    modified: Option<SystemTime>,
}

impl Look {
    /// Whether a folder that changed last at `modified` is still as it was at this look.
    fn holds(&self, modified: Option<SystemTime>) -> bool {
        let settled = modified.is_some_and(|modified| self.at.since(modified.into()) > SETTLES_AFTER);
        settled && self.modified == modified
    }
}

impl Access {
    /// Reads the devices in `dir`, and makes it where it is missing.
    ///
    /// # Errors
    /// [`AccessError`] when the folder cannot be made or read.
    pub fn open(dir: &Path, bus: Bus) -> Result<Self, AccessError> {
        let folder = Folder::open(dir)?;
        let devices_dir = folder.devices();
        let access = Self {
            memory: Mutex::default(),
            folder: Mutex::new(folder),
            devices_dir,
            joining: Joining::default(),
            bus,
        };
        access.read_folder(Timestamp::default())?;
        let seen = lock(&access.folder).seen();
        for (id, at) in seen {
            if let Some(known) = lock(&access.memory).devices.get_mut(&id) {
                known.device.last_seen = at;
            }
        }
        Ok(access)
    }

    /// Phones on their way in.
    pub fn joining(&self) -> &Joining {
        &self.joining
    }

    /// The ticket that a QR code for this address of the computer shows now: the same until it is used or nears its end,
    /// then a fresh one. Without an address it is good at any.
    pub fn ticket(&self, role: Role, address: Option<IpAddr>, now: Timestamp) -> Ticket {
        lock(&self.memory).tickets.current(role, address, now)
    }

    /// Whether a ticket would still pair somebody.
    pub fn is_open(&self, ticket: &Ticket, now: Timestamp) -> bool {
        lock(&self.memory).tickets.is_open(&ticket.secret, now)
    }

    /// Pairs a device that shows its ticket at the address `reached` of this computer. Returns it and its token (256 bits in base64url), which is stored nowhere. Of two browsers that
    /// come with the same ticket at the same time, one is paired.
    ///
    /// # Errors
    /// Outside: [`AccessError`] when the device could not be written; the ticket can be used again then.
    /// Inside: [`TicketError`] when the ticket is none.
    pub fn redeem(
        &self,
        secret: &str,
        reached: Option<IpAddr>,
        label: &str,
        now: Timestamp,
    ) -> Result<Result<(Device, String), TicketError>, AccessError> {
        let taken = lock(&self.memory).tickets.take(secret, reached, now);
        let role = match taken {
            Ok(role) => role,
            Err(error) => return Ok(Err(error)),
        };
        match self.add(role, None, label, now) {
            Ok(added) => Ok(Ok(added)),
            Err(error) => {
                lock(&self.memory).tickets.give_back(secret);
                Err(error)
            }
        }
    }

    /// Makes a device for a script, acting for `user` at once: it takes the name without asking, because the caller is
    /// the operator. Returns it and its token.
    ///
    /// # Errors
    /// [`AccessError`] when it could not be written, or there are too many.
    pub fn create_token(&self, user: &UserName, label: &str, now: Timestamp) -> Result<(Device, String), AccessError> {
        self.add(Role::Camera, Some(user), label, now)
    }

    /// Like [`Self::create_token`], for a script that may do all that the window may.
    ///
    /// # Errors
    /// As there.
    pub fn create_operator_token(
        &self,
        user: &UserName,
        label: &str,
        now: Timestamp,
    ) -> Result<(Device, String), AccessError> {
        self.add(Role::Operator, Some(user), label, now)
    }

    /// The device of a token as far as it is in memory, and whether [`Self::authenticate`] is to be asked as well: only
    /// that looks at the disk, which takes time.
    pub fn remembered(&self, token: &str, now: Timestamp) -> (Option<Device>, bool) {
        let Some(hash) = TokenHash::of(token) else { return (None, false) };
        let (found, look_due, write_due) = lock(&self.memory).find(hash, now);
        (found, look_due || write_due)
    }

    /// The device of a token, or `None` when it is unknown or revoked. Notes when it was last seen.
    ///
    /// A token that `framekeep token` has just made is found at once; a device whose file was deleted by hand is locked
    /// out within a second.
    pub fn authenticate(&self, token: &str, now: Timestamp) -> Option<Device> {
        let hash = TokenHash::of(token)?;
        let (found, look_due, write_due) = lock(&self.memory).find(hash, now);
        if write_due {
            self.write_seen(now);
        }
        if found.is_some() && !look_due {
            return found;
        }
        // An unknown token costs one look at the time of change of the folder, far less than the TLS around it. The
        // folder itself is read only when it has changed.
        if self.folder_changed(now)
            && let Err(error) = self.read_folder(now)
        {
            tracing::warn!("{error}");
        }
        // Also when nothing had changed: somebody else may have read the folder since the first look into the memory.
        lock(&self.memory).find(hash, now).0
    }

    /// One device.
    pub fn device(&self, id: &DeviceId) -> Option<Device> {
        lock(&self.memory).devices.get(id).map(|known| known.device.clone())
    }

    /// All devices, in the order in which they were paired.
    pub fn devices(&self) -> Vec<Device> {
        let mut devices: Vec<_> = lock(&self.memory).devices.values().map(|known| known.device.clone()).collect();
        devices.sort_by(|a, b| (a.paired_at, &a.id).cmp(&(b.paired_at, &b.id)));
        devices
    }

    /// Devices that wait for the operator's yes, the longest waiting first.
    pub fn requests(&self) -> Vec<NameRequest> {
        let mut requests: Vec<_> = lock(&self.memory).requests.values().cloned().collect();
        requests.sort_by(|a, b| (a.since, &a.device).cmp(&(b.since, &b.device)));
        requests
    }

    /// A device picks its user. A name that another device uses, or under which others have kept frames (`taken`), needs
    /// the operator's yes; the operator's own devices need none. The first spelling of a name stays: who comes later
    /// as "ANNA" acts for "Anna".
    ///
    /// # Errors
    /// [`AccessError`] when the device is not known or could not be written.
    pub fn choose_user(
        &self,
        device: &DeviceId,
        user: &UserName,
        taken: bool,
        now: Timestamp,
    ) -> Result<NameChoice, AccessError> {
        // Held to the end: of two devices that pick the same free name at the same time, one gets it.
        let folder = lock(&self.folder);
        let user = {
            let mut memory = lock(&self.memory);
            let own = memory.devices.get(device).ok_or(AccessError::UnknownDevice)?.device.clone();
            if own.user.as_ref() == Some(user) {
                self.withdraw(memory, device);
                return Ok(NameChoice::Granted);
            }
            let user = memory.spelled(user);
            let in_use = taken || memory.users().any(|other| *other == user);
            if in_use && own.role != Role::Operator {
                let asked = memory.requests.get(device).filter(|request| request.user == user);
                if asked.is_none() {
                    let request = NameRequest { device: device.clone(), label: own.label, user, since: now };
                    memory.requests.insert(device.clone(), request);
                    drop(memory);
                    self.bus.tell(Happening::Devices);
                }
                return Ok(NameChoice::Asked);
            }
            user
        };
        self.change(&folder, device, |device| device.user = Some(user))?;
        Ok(NameChoice::Granted)
    }

    /// The operator's yes: the device acts for that user from now on.
    ///
    /// # Errors
    /// [`AccessError::NoRequest`] when the device does not ask for that name any more, [`AccessError`] else.
    pub fn approve(&self, device: &DeviceId, user: &UserName) -> Result<(), AccessError> {
        let folder = lock(&self.folder);
        let user = {
            let memory = lock(&self.memory);
            if !memory.devices.contains_key(device) {
                return Err(AccessError::UnknownDevice);
            }
            let request = memory.requests.get(device).filter(|request| request.user == *user);
            memory.spelled(&request.ok_or(AccessError::NoRequest)?.user)
        };
        self.change(&folder, device, |device| device.user = Some(user))
    }

    /// The operator's no: the device keeps the user that it had, or none.
    pub fn refuse(&self, device: &DeviceId) {
        self.withdraw(lock(&self.memory), device);
    }

    /// Gives a device another label, another user, or both, without asking: the caller is the operator. What cannot be read
    /// of a label is left out, and what is too long is cut. What the device kept stays where it is, what it sends from now
    /// on is the other user's.
    ///
    /// # Errors
    /// [`AccessError`] when the device is not known or could not be written.
    pub fn edit(&self, device: &DeviceId, label: Option<&str>, user: Option<&UserName>) -> Result<(), AccessError> {
        let folder = lock(&self.folder);
        let (label, user) = {
            let mut memory = lock(&self.memory);
            let label = label.map(readable);
            if let (Some(label), Some(request)) = (&label, memory.requests.get_mut(device)) {
                request.label.clone_from(label);
            }
            (label, user.map(|user| memory.spelled(user)))
        };
        self.change(&folder, device, |device| {
            device.label = label.unwrap_or_else(|| std::mem::take(&mut device.label));
            device.user = user.or_else(|| device.user.take());
        })
    }

    /// Notes what a device tells of its battery.
    pub fn note_battery(&self, device: &DeviceId, battery: Battery) {
        let mut memory = lock(&self.memory);
        if memory.devices.contains_key(device) {
            memory.batteries.insert(device.clone(), battery);
        }
    }

    /// What a device last told of its battery; `None` where its browser does not tell.
    pub fn battery(&self, device: &DeviceId) -> Option<Battery> {
        lock(&self.memory).batteries.get(device).copied()
    }

    /// Locks a device out, at once and for good.
    ///
    /// # Errors
    /// [`AccessError::UnknownDevice`], or [`AccessError::Write`] when its file could not be deleted: it is locked out
    /// until the program ends then, and the file must be deleted by hand.
    pub fn revoke(&self, device: &DeviceId) -> Result<(), AccessError> {
        {
            // First of all, before the folder's lock: whoever writes this device now will find it gone.
            let mut memory = lock(&self.memory);
            if memory.forget(device).is_none() {
                return Err(AccessError::UnknownDevice);
            }
            memory.revoked.insert(device.clone());
        }
        self.joining.forget(device);
        let removed = lock(&self.folder).remove(device);
        if removed.is_ok() {
            lock(&self.memory).revoked.remove(device);
        }
        self.bus.tell(Happening::Devices);
        removed
    }

    fn add(
        &self,
        role: Role,
        user: Option<&UserName>,
        label: &str,
        now: Timestamp,
    ) -> Result<(Device, String), AccessError> {
        let token = random_secret::<32>();
        // Our own secrets are short enough.
        let hash = TokenHash::of(&token).expect("a token is short");
        let folder = lock(&self.folder);
        let user = {
            let memory = lock(&self.memory);
            if memory.devices.len() >= MAX_DEVICES {
                return Err(AccessError::TooManyDevices);
            }
            user.map(|user| memory.spelled(user))
        };
        let id = DeviceId(random_id());
        let device = Device { id, label: readable(label), role, user, paired_at: now, last_seen: now };
        let known = Known { device: device.clone(), hash };
        folder.write(&known)?;
        lock(&self.memory).remember(known);
        drop(folder);
        self.bus.tell(Happening::Devices);
        Ok((device, token))
    }

    /// Changes a device on disk and then in memory. `folder` is locked by the caller. A change of its user settles what it
    /// asked for.
    fn change(&self, folder: &Folder, id: &DeviceId, change: impl FnOnce(&mut Device)) -> Result<(), AccessError> {
        let mut known = lock(&self.memory).devices.get(id).cloned().ok_or(AccessError::UnknownDevice)?;
        if !folder.holds(id) {
            // Deleted by hand a moment ago; writing it now would bring it back.
            lock(&self.memory).forget(id);
            self.bus.tell(Happening::Devices);
            return Err(AccessError::UnknownDevice);
        }
        let user = known.device.user.clone();
        change(&mut known.device);
        folder.write(&known)?;
        {
            let mut memory = lock(&self.memory);
            // A device that was revoked meanwhile stays so: its file goes as soon as the caller lets go of the folder.
            let entry = memory.devices.get_mut(id).ok_or(AccessError::UnknownDevice)?;
            let last_seen = entry.device.last_seen;
            entry.device = Device { last_seen, ..known.device };
            if entry.device.user != user {
                // Before it is told: whoever hears it looks at device and request together.
                memory.requests.remove(id);
            }
        }
        self.bus.tell(Happening::Devices);
        Ok(())
    }

    fn withdraw(&self, mut memory: MutexGuard<'_, Memory>, device: &DeviceId) {
        let withdrawn = memory.requests.remove(device).is_some();
        drop(memory);
        if withdrawn {
            self.bus.tell(Happening::Devices);
        }
    }

    /// Whether the folder may hold something else than when it was read. Only [`Self::read_folder`] takes note of a change:
    /// whoever comes meanwhile with a new token has to wait for the end of the reading, not to be turned away.
    fn folder_changed(&self, now: Timestamp) -> bool {
        let modified = self.folder_time();
        let mut memory = lock(&self.memory);
        let Some(last) = memory.looked.as_mut().filter(|last| last.holds(modified)) else { return true };
        last.at = now;
        false
    }

    fn folder_time(&self) -> Option<SystemTime> {
        std::fs::metadata(&self.devices_dir).and_then(|meta| meta.modified()).ok()
    }

    /// Brings the memory in line with the folder: learns devices that another process made, forgets deleted ones.
    fn read_folder(&self, now: Timestamp) -> Result<(), AccessError> {
        let mut folder = lock(&self.folder);
        // The time is taken before the list, so that what changes in between is seen by the next look.
        let modified = self.folder_time();
        if lock(&self.memory).looked.is_some_and(|last| last.holds(modified)) {
            // Whoever had the lock before has read it.
            return Ok(());
        }
        let known: HashSet<DeviceId> = lock(&self.memory).devices.keys().cloned().collect();
        let listing = folder.list(&known, MAX_DEVICES)?;
        let changed = {
            let mut memory = lock(&self.memory);
            memory.looked = Some(Look { at: now, modified });
            let gone: Vec<_> = memory.devices.keys().filter(|id| !listing.present.contains(id)).cloned().collect();
            let changed = !gone.is_empty() || !listing.new.is_empty();
            for id in gone {
                memory.forget(&id);
            }
            for known in listing.new {
                memory.remember(known);
            }
            changed
        };
        drop(folder);
        if changed {
            self.bus.tell(Happening::Devices);
        }
        Ok(())
    }

    /// Writes the times last seen, unless the folder is busy: then the next time does.
    fn write_seen(&self, now: Timestamp) {
        let Ok(folder) = self.folder.try_lock() else { return };
        let seen = {
            let mut memory = lock(&self.memory);
            memory.seen_written = now;
            if !std::mem::take(&mut memory.seen_changed) {
                return;
            }
            memory.devices.values().map(|known| (known.device.id.clone(), known.device.last_seen)).collect()
        };
        if let Err(error) = folder.write_seen(&seen) {
            tracing::debug!("failed to write when devices were last seen: {error}");
        }
    }
}

impl Drop for Access {
    fn drop(&mut self) {
        self.write_seen(Timestamp::default());
    }
}

impl Memory {
    /// The device of a token, whether the folder should be looked at, and whether the times last seen should be written.
    fn find(&mut self, hash: TokenHash, now: Timestamp) -> (Option<Device>, bool, bool) {
        let Some(known) = self.by_hash.get(&hash).and_then(|id| self.devices.get_mut(id)) else {
            return (None, true, false);
        };
        known.device.last_seen = now;
        let device = known.device.clone();
        self.seen_changed = true;
        let write_due = far(now, self.seen_written, WRITE_SEEN_EVERY);
        let look_due = self.looked.is_none_or(|look| far(now, look.at, LOOK_EVERY));
        (Some(device), look_due, write_due)
    }

    fn remember(&mut self, known: Known) {
        if self.revoked.contains(&known.device.id) {
            return;
        }
        self.by_hash.insert(known.hash, known.device.id.clone());
        self.devices.insert(known.device.id.clone(), known);
    }

    fn forget(&mut self, id: &DeviceId) -> Option<Known> {
        self.requests.remove(id);
        self.batteries.remove(id);
        let known = self.devices.remove(id)?;
        self.by_hash.remove(&known.hash);
        Some(known)
    }

    fn users(&self) -> impl Iterator<Item = &UserName> {
        self.devices.values().filter_map(|known| known.device.user.as_ref())
    }

    /// A name as the device that has used it longest spells it.
    fn spelled(&self, user: &UserName) -> UserName {
        let same = self.devices.values().filter(|known| known.device.user.as_ref() == Some(user));
        let first = same.min_by_key(|known| (known.device.paired_at, &known.device.id));
        first.and_then(|known| known.device.user.clone()).unwrap_or_else(|| user.clone())
    }
}

/// Whether two times are that far apart, in whichever direction: a clock may be set back.
fn far(now: Timestamp, then: Timestamp, apart: Duration) -> bool {
    now.since(then) >= apart || then.since(now) >= apart
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every change under these locks puts whole values into maps, so what a panicking thread left behind is usable.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
