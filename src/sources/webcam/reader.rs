//! The thread that touches a camera: it finds, opens, reads and drops it.
//!
//! A system call on a camera can hang for as long as the camera likes. So the thread that talks to the sink never makes
//! one: each opening has a reader thread of its own, which reports by a bounded channel and is left behind when it does
//! not come back.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::Builder;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError, TrySendError, bounded};

use super::fault::Fault;
use super::ladder::Mode;
use super::system;
use super::wanted::{Known, Wanted};
use crate::domain::Timestamp;

/// Pictures that may wait for the source's thread. It only hands them on, so more would only be older.
const WAITING: usize = 2;
/// A capture time further back is a driver's mistake.
const OLDEST: Duration = Duration::from_secs(2);

/// What a reader reports.
#[derive(Debug)]
pub(super) enum Report {
    /// The camera streams, in this mode.
    Opened(Known, Mode),
    /// One picture as the camera wrote it.
    Shot(Shot),
    /// It could not be opened, or is open no more. Nothing comes after it.
    Ended(Fault),
}

/// One picture as the camera wrote it: not examined yet, perhaps empty.
#[derive(Debug)]
pub(super) struct Shot {
    pub(super) bytes: Bytes,
    pub(super) at: Timestamp,
}

/// Tells a reader to end. Cloning shares it.
#[derive(Debug, Clone, Default)]
pub(super) struct Quit(Arc<AtomicBool>);

impl Quit {
    pub(super) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A running reader.
pub(super) struct Reader {
    reports: Receiver<Report>,
    quit: Quit,
}

impl Reader {
    /// Starts looking for what is wanted.
    pub(super) fn start(wanted: Wanted) -> Self {
        let (tell, reports) = bounded(WAITING);
        let quit = Quit::default();
        let thread = {
            let (tell, quit) = (tell.clone(), quit.clone());
            Builder::new().name("webcam reader".to_owned()).spawn(move || run(&wanted, &quit, &tell))
        };
        if let Err(error) = thread {
            // The channel is new and empty.
            let _ = tell.try_send(Report::Ended(error.into()));
        }
        Self { reports, quit }
    }

    /// What it reports. Disconnected after its end.
    pub(super) fn reports(&self) -> &Receiver<Report> {
        &self.reports
    }

    /// Ends it, so that the camera is free to be opened again.
    ///
    /// # Errors
    /// The reader itself when it did not end in time. It lets go of the camera when the system call in which it hangs
    /// returns.
    pub(super) fn end(self, deadline: Duration) -> Result<(), Self> {
        self.quit.set();
        let until = Instant::now() + deadline;
        loop {
            match self.reports.recv_deadline(until) {
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
                Err(RecvTimeoutError::Timeout) => return Err(self),
            }
        }
    }

    /// Whether it has ended. What it still reports is thrown away.
    pub(super) fn has_ended(&self) -> bool {
        loop {
            match self.reports.try_recv() {
                Ok(_) => {}
                Err(TryRecvError::Disconnected) => return true,
                Err(TryRecvError::Empty) => return false,
            }
        }
    }
}

fn run(wanted: &Wanted, quit: &Quit, tell: &Sender<Report>) {
    // Both nokhwa and the v4l crate panic on what some drivers answer. That is one more way in which a camera fails.
    let result = catch_unwind(AssertUnwindSafe(|| open_and_read(wanted, quit, tell)));
    let fault = match result {
        Ok(Ok(())) => return,
        Ok(Err(fault)) => fault,
        Err(_) => Fault::System { code: None, text: "its driver answers what cannot be".to_owned() },
    };
    // Whoever dropped the other end does not want to know.
    let _ = tell.send(Report::Ended(fault));
}

/// `Ok` when told to quit.
fn open_and_read(wanted: &Wanted, quit: &Quit, tell: &Sender<Report>) -> Result<(), Fault> {
    let there = system::list();
    let mut candidates = wanted.candidates(&there);
    // One that hangs would keep the others from being tried.
    candidates.sort_by_key(|webcam| system::is_hanging(webcam.index));
    let mut fault = None;
    for webcam in candidates {
        match system::open(&webcam, quit) {
            Ok((camera, mode)) => {
                if tell.send(Report::Opened(wanted.known(webcam, &there), mode)).is_err() {
                    return Ok(());
                }
                return read(camera, quit, tell);
            }
            // Of several cameras that do not open, the first is the one that a person has in mind.
            Err(first) if fault.is_none() => fault = Some(first),
            Err(_) => {}
        }
        if quit.is_set() {
            return Ok(());
        }
    }
    Err(fault.unwrap_or_else(|| wanted.absence(&there)))
}

fn read(mut camera: nokhwa::Camera, quit: &Quit, tell: &Sender<Report>) -> Result<(), Fault> {
    while !quit.is_set() {
        // Any error is final: drivers that reported one give old pictures or none for ever after.
        let buffer = match camera.frame() {
            Ok(buffer) => buffer,
            Err(_) if quit.is_set() => break,
            Err(error) => return Err(error.into()),
        };
        let at = seen_at(buffer.capture_timestamp(), Timestamp::from(SystemTime::now()));
        match tell.try_send(Report::Shot(Shot { bytes: buffer.buffer_bytes(), at })) {
            Ok(()) => {}
            // The machine is busy. The newest picture is dropped: those that wait are only moments older.
            Err(TrySendError::Full(_)) => tracing::debug!("the webcam's picture was dropped: the machine is busy"),
            Err(TrySendError::Disconnected(_)) => break,
        }
    }
    Ok(())
}

/// When the picture was seen: as the driver says, if that can be true, else now.
fn seen_at(since_1970: Option<Duration>, now: Timestamp) -> Timestamp {
    let told = since_1970.map(|since| Timestamp::from_millis(0).plus(since));
    told.filter(|told| *told <= now && now.since(*told) <= OLDEST).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_drivers_time_is_believed_when_it_can_be_true() {
        let now = Timestamp::from_millis(1_000_000);
        let told = |millis| seen_at(Some(Duration::from_millis(millis)), now).as_millis();
        assert_eq!(told(999_960), 999_960);
        assert_eq!(told(1_000_001), 1_000_000, "from the future");
        assert_eq!(told(997_000), 1_000_000, "too old");
        assert_eq!(seen_at(None, now), now);
    }
}
