//! Writes masks as PNG files, on a thread of its own so that compressing does not hold up the detector.

use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use crossbeam_channel::{Sender, bounded};

use crate::cli::scan::Error;
use crate::cli::scan::outputs::Names;
use crate::codec;
use crate::domain::Mask;

/// Masks that wait to be written.
const WAITING: usize = 8;

/// The masks of one input.
pub(super) struct Masks {
    folder: PathBuf,
    names: Names,
    /// `None` once nothing more will come.
    jobs: Option<Sender<(PathBuf, Mask)>>,
    /// `None` once it was waited for.
    thread: Option<JoinHandle<Result<(), Error>>>,
}

impl Masks {
    pub fn new(folder: PathBuf) -> Result<Self, Error> {
        let (jobs, to_write) = bounded::<(PathBuf, Mask)>(WAITING);
        let thread = std::thread::Builder::new()
            .name("scan-masks".into())
            .spawn(move || to_write.iter().try_for_each(|(path, mask)| write(&path, &mask)))
            .map_err(|error| Error::Write { path: folder.clone(), why: error.to_string() })?;
        Ok(Self { folder, names: Names::default(), jobs: Some(jobs), thread: Some(thread) })
    }

    /// Hands a mask over. `false`: the writer has failed, and [`Masks::finish`] says why.
    pub fn push(&mut self, picture: Option<&str>, number: u64, mask: Mask) -> bool {
        let stem = picture.map_or_else(|| format!("{number:06}"), |name| stem(name).to_owned());
        let path = self.folder.join(self.names.unique(&stem) + ".png");
        self.jobs.as_ref().is_some_and(|jobs| jobs.send((path, mask)).is_ok())
    }

    /// Waits until all is written.
    pub fn finish(mut self) -> Result<(), Error> {
        self.wait()
    }

    fn wait(&mut self) -> Result<(), Error> {
        self.jobs = None;
        let Some(thread) = self.thread.take() else { return Ok(()) };
        thread.join().unwrap_or_else(|_| {
            let why = "the writer gave up, which is a mistake in Framekeep".into();
            Err(Error::Write { path: self.folder.clone(), why })
        })
    }
}

impl Drop for Masks {
    /// A scan that was stopped leaves whole masks behind, too.
    fn drop(&mut self) {
        // Whoever wanted to know has called `finish`.
        let _ = self.wait();
    }
}

/// A file name without its ending.
pub(super) fn stem(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

fn write(path: &Path, mask: &Mask) -> Result<(), Error> {
    let failed = |why: String| Error::Write { path: path.to_owned(), why };
    let png = codec::encode_mask(mask).map_err(|error| failed(error.to_string()))?;
    std::fs::write(path, png).map_err(|error| failed(format!("{error}; make room or choose another folder")))
}
