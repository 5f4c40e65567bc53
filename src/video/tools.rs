//! ffmpeg as handlers find it: whether it is there, and what it can do. Looked for again while it is missing, so that jobs
//! begin by themselves once it is installed.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::ffmpeg::{Ffmpeg, FfmpegError, Found, Limits};
use crate::jobs::Failure;

/// How often it is looked for while it is missing.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// ffmpeg and what is known of it. Cloning shares it.
#[derive(Clone)]
pub struct Tools {
    ffmpeg: Ffmpeg,
    limits: Limits,
    seen: Arc<Mutex<Seen>>,
}

impl Default for Tools {
    /// The ffmpeg that the system finds, in the usual limits.
    fn default() -> Self {
        Self::new(Ffmpeg::default(), Limits::default())
    }
}

#[derive(Default)]
struct Seen {
    found: Option<Found>,
    /// When it was last looked for in vain, and what was told then.
    missed: Option<(Instant, String)>,
}

impl Tools {
    /// This ffmpeg, in these limits.
    #[must_use]
    pub fn new(ffmpeg: Ffmpeg, limits: Limits) -> Self {
        Self { ffmpeg, limits, seen: Arc::default() }
    }

    /// What a call may take where nothing else is known of it.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// To call it.
    #[must_use]
    pub fn ffmpeg(&self) -> &Ffmpeg {
        &self.ffmpeg
    }

    /// What it can do, or in words why it cannot be used.
    ///
    /// # Errors
    /// Why not, and what to do.
    pub fn found(&self) -> Result<Found, String> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = &seen.found {
            return Ok(found.clone());
        }
        if let Some((at, why)) = &seen.missed
            && at.elapsed() < LOOK_EVERY
        {
            return Err(why.clone());
        }
        match self.look() {
            Ok(found) => {
                tracing::info!(version = found.version, h264 = found.h264, aac = found.aac, "ffmpeg is there");
                seen.found = Some(found.clone());
                seen.missed = None;
                Ok(found)
            }
            Err(why) => {
                if seen.missed.is_none() {
                    tracing::info!(why, "jobs wait for ffmpeg");
                }
                seen.missed = Some((Instant::now(), why.clone()));
                Err(why)
            }
        }
    }

    /// It could not be started although it was there: it is looked for again before the next job.
    pub(super) fn doubt(&self) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).found = None;
    }

    /// Looks whether it still works after a call failed: one that is just being replaced, or lacks its libraries, fails
    /// whatever it is given.
    ///
    /// # Errors
    /// It does not, and why: the machine is at fault.
    pub(super) fn still_works(&self) -> Result<(), Failure> {
        self.doubt();
        self.found().map(drop).map_err(Failure::outside)
    }

    /// What becomes of a job whose call of ffmpeg failed.
    pub(super) fn failure(&self, error: &FfmpegError) -> Failure {
        let why = error.to_string();
        match error {
            FfmpegError::Missing | FfmpegError::NotStarted(_) => {
                self.doubt();
                Failure::outside(why)
            }
            FfmpegError::DiskFull => Failure::outside(why),
            // A crash can be the machine's fault as well: the system ends programs when memory is short.
            FfmpegError::Failed(said) => match self.still_works() {
                Err(failure) => failure,
                Ok(()) if said.contains("by signal") => Failure::passing(why),
                Ok(()) => Failure::lasting(why),
            },
            // Its disk may have hung.
            FfmpegError::Stopped | FfmpegError::Silent(_) => Failure::passing(why),
            FfmpegError::TooLong(_) | FfmpegError::TooLarge(_) => Failure::lasting(why),
        }
    }

    fn look(&self) -> Result<Found, String> {
        let found = self.ffmpeg.look().map_err(|error: FfmpegError| error.to_string())?;
        if found.is_too_old() {
            return Err(format!("ffmpeg {} is too old; install 5.1 or newer", found.version));
        }
        Ok(found)
    }
}
