//! What is to become a clip: a folder with the order, the frames that were spooled for it, and in the end the film.
//!
//! `.framekeep/clips/<kind>-<number>/` holds `order.json`, `frames.mkv` and `marks.json` (not of every kind), `gone.json` when all frames of
//! its event were deleted meanwhile, and, once somebody made it, `film.mp4` and then `made.json`. Whoever makes the film needs this folder and the kept files, and no index: it may be another
//! machine. Nothing depends on a message: what is to be done is seen by looking.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::domain::{CameraName, ClipKind, Draw, MotionSettings, StreamId, Timestamp, UserName, Zone};
use crate::library::clips::FOLDER;
use crate::library::home::INSIDE;

/// What clip is wanted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClipOrder {
    /// What it shows.
    pub kind: ClipKind,
    /// Its number among those of its kind.
    pub number: i64,
    /// Whose camera.
    pub user: UserName,
    /// Which camera.
    pub camera: CameraName,
    /// It shows nothing from before this time of capture.
    pub from: Timestamp,
    /// Nor from after this one. `None` while that is not known: frames are still being spooled.
    pub to: Option<Timestamp>,
    /// The recording that shows it, by its place below the save folder, if there is one. For [`ClipKind::Mask`]: the recording or
    /// the clip that is looked at. For [`ClipKind::Drawn`]: the clip that is drawn on.
    #[serde(default)]
    pub of: Option<String>,
    /// When that began.
    #[serde(default)]
    pub of_began_at: Option<Timestamp>,
    /// How long that lasts, in milliseconds, where its sender told: what a browser recorded does not know it.
    #[serde(default)]
    pub of_lasts_ms: Option<u64>,
    /// For [`ClipKind::Timelapse`] and [`ClipKind::Selection`]: how many kept frames a second of the film shows.
    #[serde(default)]
    pub per_second: f32,
    /// For [`ClipKind::Selection`]: the frames by their places below the save folder, oldest first.
    #[serde(default)]
    pub frames: Vec<String>,
    /// Of what was ordered, but for [`ClipKind::Timelapse`]: the numbers of the frames, the recording or the clip that it shows. The
    /// film goes with the last of them.
    #[serde(default)]
    pub shows: Vec<i64>,
    /// For [`ClipKind::Mask`]: how motion is looked for.
    #[serde(default)]
    pub motion: Option<MotionSettings>,
    /// What is drawn on it; what is known for that stands in [`ClipMarks`].
    #[serde(default)]
    pub draw: Draw,
}

impl ClipOrder {
    /// An order of a span of time of one camera, of which nothing else is known.
    #[must_use]
    pub fn new(kind: ClipKind, number: i64, stream: &StreamId, from: Timestamp, to: Option<Timestamp>) -> Self {
        let (user, camera) = (stream.user.clone(), stream.camera.clone());
        Self {
            kind,
            number,
            user,
            camera,
            from,
            to,
            of: None,
            of_began_at: None,
            of_lasts_ms: None,
            per_second: 0.0,
            frames: Vec::new(),
            shows: Vec::new(),
            motion: None,
            draw: Draw::default(),
        }
    }

    /// Whose camera it is of.
    #[must_use]
    pub fn stream(&self) -> StreamId {
        StreamId { user: self.user.clone(), camera: self.camera.clone() }
    }

    /// What its folder and its job are called.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}-{}", self.kind.name(), self.number)
    }
}

/// What is drawn on a film, as far as its pictures do not tell: for a worker that has neither index nor settings.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ClipMarks {
    /// The zones of the camera when the film was ordered.
    pub zones: Vec<Zone>,
    /// From when on the clock of the computer was so many seconds ahead of UTC, oldest first.
    pub offsets: Vec<(Timestamp, i32)>,
    /// What moved and counted at a time of capture, oldest first: left, top, width and height of each box, in shares of the
    /// picture.
    pub boxes: Vec<(Timestamp, Vec<[f32; 4]>)>,
}

/// What was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClipMade {
    /// Frames of the film; 0: there was nothing to show, and there is no film.
    pub frames: u64,
    /// Capture time of its first frame.
    pub started_at: Timestamp,
    /// How long it plays.
    pub duration_ms: u64,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Whether it can be heard.
    pub has_sound: bool,
}

/// The folder of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClipFolder {
    path: PathBuf,
}

impl ClipFolder {
    /// The file that holds the order.
    pub const ORDER: &str = "order.json";
    /// The file that says what was made.
    pub const MADE: &str = "made.json";
    /// The file that says what is drawn.
    pub const MARKS: &str = "marks.json";
    /// The film.
    pub const FILM: &str = "film.mp4";
    /// The frames that were spooled.
    pub const FRAMES: &str = "frames.mkv";
    /// The file that says when the last frame of the event was deleted.
    const GONE: &str = "gone.json";

    /// Where the folder of a name lies below the save folder, with `/` on every system; `None` for a name that no order has.
    #[must_use]
    pub fn place_of(name: &str) -> Option<String> {
        let (kind, number) = name.split_once('-')?;
        let (kind, number) = (ClipKind::from_name(kind)?, number.parse::<i64>().ok()?);
        Some(format!("{INSIDE}/{FOLDER}/{}-{number}", kind.name()))
    }

    /// The folder of a name as [`ClipOrder::name`] gives it, in a save folder; `None` for another text.
    #[must_use]
    pub fn named(save_dir: &Path, name: &str) -> Option<Self> {
        Some(Self { path: save_dir.join(Self::place_of(name)?) })
    }

    /// All there are in a save folder.
    #[must_use]
    pub fn all(save_dir: &Path) -> Vec<Self> {
        let entries = fs::read_dir(save_dir.join(INSIDE).join(FOLDER)).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let mut all: Vec<_> = names.filter_map(|name| Self::named(save_dir, &name)).collect();
        all.sort_by(|a, b| a.path.cmp(&b.path));
        all
    }

    /// Makes the folder, or finds it, and writes the order into it.
    ///
    /// # Errors
    /// What the system says.
    pub fn put_order(&self, order: &ClipOrder) -> io::Result<()> {
        if let Some(folder) = self.path.parent() {
            make(folder)?;
        }
        make(&self.path)?;
        self.put(Self::ORDER, order)
    }

    /// The order; `None` when there is none that can be read.
    ///
    /// # Errors
    /// What the system says.
    pub fn order(&self) -> io::Result<Option<ClipOrder>> {
        self.read(Self::ORDER)
    }

    /// What was made; `None` while nothing was.
    ///
    /// # Errors
    /// What the system says.
    pub fn made(&self) -> io::Result<Option<ClipMade>> {
        self.read(Self::MADE)
    }

    /// Whether it is noted already what is drawn on the film.
    #[must_use]
    pub fn has_marks(&self) -> bool {
        self.path.join(Self::MARKS).exists()
    }

    /// Writes what is drawn on the film.
    ///
    /// # Errors
    /// What the system says.
    pub fn put_marks(&self, marks: &ClipMarks) -> io::Result<()> {
        self.put(Self::MARKS, marks)
    }

    /// Notes when the last kept frame of the event was deleted, for a film that is made long after that.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn put_gone(&self, at: Timestamp) -> io::Result<()> {
        self.put(Self::GONE, &at)
    }

    /// When that was; `None` when it was not noted.
    pub(super) fn gone(&self) -> Option<Timestamp> {
        self.read(Self::GONE).ok().flatten()
    }

    /// Where the spooled frames lie, or would.
    #[must_use]
    pub fn frames(&self) -> PathBuf {
        self.path.join(Self::FRAMES)
    }

    /// Where the film lies once it is made.
    #[must_use]
    pub fn film(&self) -> PathBuf {
        self.path.join(Self::FILM)
    }

    /// The folder itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Takes it away with all that is in it.
    ///
    /// # Errors
    /// What the system says.
    pub fn remove(&self) -> io::Result<()> {
        fs::remove_dir_all(&self.path).or_else(|error| match error.kind() {
            io::ErrorKind::NotFound => Ok(()),
            _ => Err(error),
        })
    }

    fn put(&self, name: &str, what: &impl Serialize) -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(&self.path)?;
        file.write_all(&serde_json::to_vec(what)?)?;
        file.as_file().sync_data()?;
        file.persist(self.path.join(name))?;
        Ok(())
    }

    fn read<T: DeserializeOwned>(&self, name: &str) -> io::Result<Option<T>> {
        match fs::read(self.path.join(name)) {
            // One that was cut short by a power cut says nothing.
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn make(folder: &Path) -> io::Result<()> {
    match fs::create_dir(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}
