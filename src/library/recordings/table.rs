//! The recordings that are open, in memory: who takes one, changes it on disk, and puts it back.
//!
//! The lock guards a map for the length of a lookup; who finds a recording taken waits for it without the lock. What is known of a recording can be asked while another request has it.

use std::collections::HashMap;
use std::fs;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::domain::{Recording, RecordingId, UserName};
use crate::library::FrameQuery;
use crate::library::home::{Home, lock};
use crate::library::recordings::draft::Draft;
use crate::library::recordings::{
    FOLDER, MOST_OPEN, MOST_OPEN_OF_USER, OwnRecording, RecordingError, RecordingProgress, closing,
};

/// All that are open.
#[derive(Default)]
pub(in crate::library) struct Table {
    slots: Mutex<Slots>,
    /// Somebody has put a recording back.
    back: Condvar,
    /// Recordings of our own that are over and could not be given their places, and how long they lasted.
    pub(super) unplaced: Mutex<Vec<(OwnRecording, Option<Duration>)>>,
}

type Slots = HashMap<RecordingId, Slot>;

/// How long is waited for a recording that somebody else has. Most changes take less than this.
const PATIENCE: Duration = Duration::from_secs(2);

struct Slot {
    /// Whose it is; nothing while it is being read.
    user: Option<UserName>,
    /// The folder that it lies in; nothing while it is being made.
    home: Option<Arc<Home>>,
    /// Nothing while somebody has it.
    draft: Option<Draft>,
    /// As it was when somebody last had it.
    progress: Option<RecordingProgress>,
    touched: Instant,
}

impl Table {
    /// Takes a recording. One that is not known yet is looked for in the folder `home`.
    pub(super) fn claim(&self, id: RecordingId, home: &Arc<Home>) -> Result<Claim<'_>, RecordingError> {
        if let Some(claim) = self.take(id, home)? {
            return Ok(claim);
        }
        if !home.is_well() {
            return Err(RecordingError::NoFolder);
        }
        if !home.inside(FOLDER).join(id.to_string()).is_dir() {
            return Err(RecordingError::Unknown);
        }
        self.claim_after(id, home, || Ok(()))
    }

    /// Takes a recording that lies in the folder `home` after something was done to it there, which nobody else sees.
    pub(super) fn claim_after(
        &self,
        id: RecordingId,
        home: &Arc<Home>,
        done: impl FnOnce() -> Result<(), RecordingError>,
    ) -> Result<Claim<'_>, RecordingError> {
        let place = self.hold(id)?;
        done()?;
        let draft = closing::load(home, id)?.ok_or(RecordingError::Unknown)?;
        place.fill(Arc::clone(home), draft);
        self.take(id, home)?.ok_or(RecordingError::Busy)
    }

    fn take(&self, id: RecordingId, home: &Arc<Home>) -> Result<Option<Claim<'_>>, RecordingError> {
        let mut slots = self.when(id, |slot| slot.draft.is_some());
        let Some(slot) = slots.get_mut(&id) else { return Ok(None) };
        let (Some(draft), Some(own)) = (slot.draft.take(), slot.home.clone()) else { return Err(RecordingError::Busy) };
        slot.touched = Instant::now();
        // The same folder may have been opened anew since; another folder was chosen for new recordings alone.
        let home = if own.dir() == home.dir() { Arc::clone(home) } else { own };
        Ok(Some(Claim { table: self, id, home, draft: Some(draft), over: false }))
    }

    /// The table when a recording is in it as wanted, or not at all, or when nobody cares to wait any more.
    fn when(&self, id: RecordingId, is_so: impl Fn(&Slot) -> bool) -> MutexGuard<'_, Slots> {
        let waits = |slots: &mut Slots| slots.get(&id).is_some_and(|slot| !is_so(slot));
        let waited = self.back.wait_timeout_while(lock(&self.slots), PATIENCE, waits);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// A place for a new recording of a user, if there is room for one.
    pub(super) fn reserve(&self, id: RecordingId, user: &UserName) -> Result<Reserved<'_>, RecordingError> {
        let mut slots = lock(&self.slots);
        let active = |slot: &&Slot| slot.progress.as_ref().is_none_or(|seen| seen.recording.reason.is_none());
        let own = slots.values().filter(active).filter(|slot| slot.user.as_ref() == Some(user)).count();
        if own >= MOST_OPEN_OF_USER || slots.values().filter(active).count() >= MOST_OPEN {
            return Err(RecordingError::TooManyOpen);
        }
        self.reserve_in(&mut slots, id, Some(user.clone()))
    }

    /// A place that keeps others from a recording that is not open.
    pub(super) fn hold(&self, id: RecordingId) -> Result<Reserved<'_>, RecordingError> {
        self.reserve_in(&mut lock(&self.slots), id, None)
    }

    fn reserve_in(
        &self,
        slots: &mut Slots,
        id: RecordingId,
        user: Option<UserName>,
    ) -> Result<Reserved<'_>, RecordingError> {
        if slots.contains_key(&id) {
            return Err(RecordingError::Busy);
        }
        slots.insert(id, Slot { user, home: None, draft: None, progress: None, touched: Instant::now() });
        Ok(Reserved { table: self, id, filled: false })
    }

    /// What is known of an open recording. To ask is a sign of life.
    pub(super) fn progress(&self, id: RecordingId) -> Option<RecordingProgress> {
        let mut slots = self.when(id, |slot| slot.progress.is_some());
        let slot = slots.get_mut(&id)?;
        slot.touched = Instant::now();
        slot.progress.clone()
    }

    /// The open ones of a list.
    pub(super) fn list(&self, query: &FrameQuery) -> Vec<Recording> {
        let slots = lock(&self.slots);
        let all = slots.values().filter_map(|slot| slot.progress.as_ref()).map(|progress| &progress.recording);
        let wanted = all.filter(|recording| {
            query.user.as_ref().is_none_or(|user| *user == recording.stream.user)
                && query.camera.as_ref().is_none_or(|camera| *camera == recording.stream.camera)
                && query.from.is_none_or(|from| recording.started_at >= from)
                && query.to.is_none_or(|to| recording.started_at < to)
        });
        wanted.cloned().collect()
    }

    /// Those of which nothing was heard for `quiet`, and those whose closing is not over.
    pub(super) fn to_close(&self, quiet: Duration) -> Vec<RecordingId> {
        let slots = lock(&self.slots);
        let due = slots.iter().filter(|(_, slot)| {
            slot.draft.as_ref().is_some_and(|draft| match draft.about.closed {
                Some(_) => !draft.is_empty(),
                None => slot.touched.elapsed() >= quiet,
            })
        });
        due.map(|(id, _)| *id).collect()
    }

    /// Takes into account what lies in a folder that was just opened. What is known already stays.
    pub(super) fn find_all(&self, home: &Arc<Home>) {
        for entry in fs::read_dir(home.inside(FOLDER)).into_iter().flatten().flatten() {
            let id = entry.file_name().to_str().filter(|name| name.len() == 16).and_then(|name| name.parse().ok());
            let Some(id) = id else { continue };
            if lock(&self.slots).contains_key(&id) {
                continue;
            }
            match self.claim(id, home) {
                Ok(_) | Err(RecordingError::Busy | RecordingError::Unknown) => {}
                Err(error) => tracing::warn!(%error, recording = %id, "an open recording cannot be read"),
            }
        }
    }
}

/// A place in the table for a recording that is being made.
pub(super) struct Reserved<'t> {
    table: &'t Table,
    id: RecordingId,
    filled: bool,
}

impl Reserved<'_> {
    /// Puts it in.
    pub fn fill(mut self, home: Arc<Home>, draft: Draft) {
        if let Some(slot) = lock(&self.table.slots).get_mut(&self.id) {
            slot.user = Some(draft.about.user.clone());
            slot.progress = Some(progress_of(&draft));
            (slot.home, slot.draft) = (Some(home), Some(draft));
        }
        self.table.back.notify_all();
        self.filled = true;
    }
}

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        if !self.filled {
            lock(&self.table.slots).remove(&self.id);
            self.table.back.notify_all();
        }
    }
}

/// A recording that nobody else can change meanwhile. It is put back when this is dropped.
pub(super) struct Claim<'t> {
    table: &'t Table,
    id: RecordingId,
    home: Arc<Home>,
    /// Always there until the claim is dropped.
    draft: Option<Draft>,
    over: bool,
}

impl Claim<'_> {
    /// The folder that it lies in.
    pub fn home(&self) -> &Arc<Home> {
        &self.home
    }

    /// It is open no more.
    pub fn end(mut self) {
        self.over = true;
    }
}

impl Deref for Claim<'_> {
    type Target = Draft;
    fn deref(&self) -> &Draft {
        self.draft.as_ref().expect("it is taken out when the claim is dropped")
    }
}

impl DerefMut for Claim<'_> {
    fn deref_mut(&mut self) -> &mut Draft {
        self.draft.as_mut().expect("it is taken out when the claim is dropped")
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        let draft = self.draft.take();
        // What it opens of the disk is read before the lock.
        let progress = draft.as_ref().map(progress_of);
        // A folder that is gone, as with its disk, is looked for again by the next who asks.
        let is_gone = draft.as_ref().is_none_or(|draft| !draft.folder().is_dir());
        let mut slots = lock(&self.table.slots);
        if self.over || is_gone {
            slots.remove(&self.id);
        } else if let Some(slot) = slots.get_mut(&self.id) {
            (slot.progress, slot.draft, slot.home) = (progress, draft, Some(Arc::clone(&self.home)));
        }
        self.table.back.notify_all();
    }
}

fn progress_of(draft: &Draft) -> RecordingProgress {
    RecordingProgress { recording: draft.recording(), have: draft.have(), partial: draft.partial(), deleted: false }
}
