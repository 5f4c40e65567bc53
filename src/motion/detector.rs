//! The detector of one stream: a model of the background, and the judge of what it sees.

use super::adaptive::{Adaptive, FAST, FINE};
use super::cells::Cells;
use super::decide::Moment;
use super::judge::Judge;
use super::mog2::{Mog2, Mog2Params};
use super::pace::{Pace, Since};
use super::seen::Seen;
use crate::domain::{Detection, DetectorKind, Mask, MotionSettings, RgbPicture, Trace, Upheaval};

/// Background subtraction for one stream. Owned by one thread; nothing is allocated per frame after the first ones.
pub struct Detector {
    settings: MotionSettings,
    model: Model,
    judge: Judge,
    pace: Pace,
    /// Width and height of the pictures.
    size: (u32, u32),
    /// From a picture to the mask of the model.
    cells: Cells,
    /// What the model says, of the working size.
    seen: Seen,
    detection: Detection,
    trace: Trace,
    working_mask: Mask,
    full_mask: Mask,
    /// The working mask that `full_mask` shows; empty before the first.
    shown: Vec<u8>,
    /// Whether `full_mask` is of the last frame. It is made only when it is asked for.
    full_mask_is_current: bool,
    /// The next frame is of a camera that was moved.
    told_moved: bool,
}

/// The models there are. A new one takes a seat here: it looks at a picture, learns from it and writes a mask of the size
/// it told in [`Model::fit`]. Everything behind the mask is the judge's.
enum Model {
    Adaptive(Box<Adaptive>),
    Mog2(Box<Mog2>),
}

impl Detector {
    /// A detector that knows no background yet.
    #[must_use]
    pub fn new(settings: &MotionSettings) -> Self {
        Self {
            settings: settings.clone(),
            model: Model::new(settings),
            judge: Judge::default(),
            pace: Pace::new(),
            size: (0, 0),
            cells: Cells::default(),
            seen: Seen::default(),
            detection: Detection::default(),
            trace: Trace::default(),
            working_mask: Mask::default(),
            full_mask: Mask::default(),
            shown: Vec::new(),
            full_mask_is_current: true,
            told_moved: false,
        }
    }

    /// The camera was moved since the last frame, as its own sensors say: the next frame is no motion, and where the camera
    /// comes to rest the background begins anew if it is another one.
    pub fn tell_moved(&mut self) {
        self.told_moved = true;
    }

    /// New settings from the next frame on; the background that was learnt is kept unless the detector itself changes.
    pub fn set(&mut self, settings: &MotionSettings) {
        let before = std::mem::replace(&mut self.settings, settings.clone());
        if before.detector == settings.detector {
            self.model.set(settings);
            if before.zones != settings.zones {
                self.judge.set_zones(&settings.zones);
            }
        } else {
            self.model = Model::new(settings);
            self.fit(self.size);
        }
    }

    /// Looks at one frame. `seconds` is the capture time since any fixed point; it may jump or go backwards.
    /// A picture of another size starts anew.
    pub fn detect(&mut self, picture: &RgbPicture, seconds: f64) -> &Detection {
        let size = (picture.width, picture.height);
        if self.size != size {
            self.fit(size);
        }
        let since = Since { interval_secs: self.pace.advance(seconds), moved: std::mem::take(&mut self.told_moved) };
        self.model.look(picture, since, &mut self.seen);
        let (is_first, interval_micros, watched_micros) =
            (self.pace.frames() <= 1, self.pace.interval_micros(), self.pace.watched_micros());
        let moment = Moment::new(is_first, interval_micros, watched_micros);
        self.judge.judge(&self.seen, &self.settings, moment, &mut self.detection, &mut self.trace);
        (self.trace.is_first, self.trace.noise) = (is_first, self.model.noise());
        (self.trace.interval_micros, self.trace.watched_micros) = (interval_micros, watched_micros);
        self.judge.moving().write_bytes(&mut self.working_mask.data);
        self.full_mask_is_current = false;
        &self.detection
    }

    /// What was said of the last frame.
    #[must_use]
    pub fn detection(&self) -> &Detection {
        &self.detection
    }

    /// The trace of the last frame: what was measured in it, and how it was decided.
    #[must_use]
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    /// The mask of the last frame, of the picture's size. With [`DetectorKind::Mog2`] exactly what OpenCV returns, shadows
    /// included; otherwise [`Detector::working_mask`] made larger. It is made when it is asked for.
    pub fn mask(&mut self) -> &Mask {
        if matches!(self.model, Model::Mog2(_)) {
            return &self.seen.mask;
        }
        if !self.full_mask_is_current {
            enlarge(&self.working_mask.data, &mut self.shown, self.cells, self.size, &mut self.full_mask);
            self.full_mask_is_current = true;
        }
        &self.full_mask
    }

    /// The moving pixels that counted in the last frame, after zones and areas, of the working size: the picture made
    /// smaller by whole factors across and down, which `fast` may choose apart, so that its shares mean the same. Meant for overlays.
    #[must_use]
    pub fn working_mask(&self) -> &Mask {
        &self.working_mask
    }

    /// Forgets the background.
    pub fn reset(&mut self) {
        self.model.reset();
        // All that is counted from frame to frame begins anew with the first frame.
        self.pace = Pace::new();
        self.detection = Detection { regions: std::mem::take(&mut self.detection.regions), ..Detection::default() };
        self.detection.regions.clear();
        self.trace = Trace::default();
    }

    fn fit(&mut self, size: (u32, u32)) {
        self.size = size;
        self.cells = self.model.fit(size.0 as usize, size.1 as usize);
        let Cells { across, down, .. } = self.cells;
        self.judge.fit(&self.settings.zones, across, down);
        let length = |cells: usize| u32::try_from(cells).expect("no more cells than pixels, whose number is a u32");
        self.working_mask =
            Mask { width: length(across), height: length(down), data: vec![Mask::STILL; across * down] };
        self.detection.regions.reserve(self.judge.room());
        self.full_mask = Mask::default();
        self.shown.clear();
        self.seen = Seen::default();
        self.full_mask_is_current = false;
        self.reset();
    }
}

impl Model {
    fn new(settings: &MotionSettings) -> Self {
        let adaptive = |fineness| Self::Adaptive(Box::new(Adaptive::new(fineness, radius(settings.sensitivity))));
        let threshold = variance_threshold(settings.sensitivity);
        match settings.detector {
            DetectorKind::Default => adaptive(FINE),
            DetectorKind::Fast => adaptive(FAST),
            DetectorKind::Mog2 => Self::Mog2(Box::new(Mog2::new(exact_params(threshold)))),
        }
    }

    /// Takes up settings that leave the background as it is.
    fn set(&mut self, settings: &MotionSettings) {
        let threshold = variance_threshold(settings.sensitivity);
        match self {
            Self::Adaptive(model) => model.set_radius(radius(settings.sensitivity)),
            Self::Mog2(model) => model.set_params(exact_params(threshold)),
        }
    }

    /// Pictures will have this size. Tells how they become masks.
    fn fit(&mut self, width: usize, height: usize) -> Cells {
        match self {
            Self::Adaptive(model) => model.fit(width, height),
            Self::Mog2(_) => Cells { columns: 1, rows: 1, every: 1, across: width, down: height },
        }
    }

    fn look(&mut self, picture: &RgbPicture, since: Since, seen: &mut Seen) {
        match self {
            Self::Adaptive(model) => model.look(picture, since, seen),
            // A negative rate is OpenCV's automatic one, which counts frames and not seconds.
            Self::Mog2(model) => {
                model.apply(picture, -1.0, &mut seen.mask);
                seen.is_raw = true;
                seen.upheaval = if since.moved { Upheaval::Camera } else { Upheaval::None };
            }
        }
    }

    /// The noise of the camera in quarters of a grey level, where the model measures it.
    fn noise(&self) -> Option<u8> {
        match self {
            Self::Adaptive(model) => Some(model.noise()),
            Self::Mog2(_) => None,
        }
    }

    fn reset(&mut self) {
        match self {
            Self::Adaptive(model) => model.reset(),
            Self::Mog2(model) => model.reset(),
        }
    }
}

fn exact_params(variance_threshold: f32) -> Mog2Params {
    Mog2Params { variance_threshold, ..Mog2Params::default() }
}

/// How far a pixel may be from a quiet background, in grey levels: from 40 (strong changes only) through 20 to 10.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the threshold is 4 to 64")]
fn radius(sensitivity: f32) -> u8 {
    (5.0 * variance_threshold(sensitivity).sqrt()) as u8
}

/// From 64 (strong changes only) through OpenCV's 16 to 4 (the faintest).
fn variance_threshold(sensitivity: f32) -> f32 {
    let sensitivity = if sensitivity.is_nan() { 0.5 } else { sensitivity.clamp(0.0, 1.0) };
    16.0 * 4f32.powf(1.0 - 2.0 * sensitivity)
}

/// Each pixel of `small` fills its cell; the last ones fill what is left at the borders too. Rows that are as in `shown`, which `full`
/// shows so far and which becomes `small`, are left as they are.
fn enlarge(small: &[u8], shown: &mut Vec<u8>, cells: Cells, (width, height): (u32, u32), full: &mut Mask) {
    let (columns, rows) = (width as usize, height as usize);
    (full.width, full.height) = (width, height);
    full.data.resize(columns * rows, Mask::STILL);
    if full.data.is_empty() {
        return;
    }
    if shown.is_empty() {
        shown.resize(small.len(), Mask::STILL);
    }
    let pairs = small.chunks_exact(cells.across).zip(shown.chunks_exact_mut(cells.across));
    for (y, (from, shown)) in pairs.enumerate().filter(|(_, (from, shown))| from != shown) {
        shown.copy_from_slice(from);
        let first = y * cells.rows * columns;
        widen(from, cells.columns, &mut full.data[first..first + columns]);
        let used = cells.across * cells.columns;
        full.data[first + used..first + columns].fill(from[cells.across - 1]);
        let end = if y + 1 == cells.down { rows } else { (y + 1) * cells.rows };
        for row in y * cells.rows + 1..end {
            full.data.copy_within(first..first + columns, row * columns);
        }
    }
}

/// Each value as often as a cell is wide; common widths are known to the compiler, which makes them fast.
fn widen(from: &[u8], times: usize, to: &mut [u8]) {
    fn by<const TIMES: usize>(from: &[u8], to: &mut [u8]) {
        for (cell, value) in to.as_chunks_mut::<TIMES>().0.iter_mut().zip(from) {
            *cell = [*value; TIMES];
        }
    }
    match times {
        1 => by::<1>(from, to),
        2 => by::<2>(from, to),
        3 => by::<3>(from, to),
        4 => by::<4>(from, to),
        5 => by::<5>(from, to),
        6 => by::<6>(from, to),
        _ => to.chunks_exact_mut(times).zip(from).for_each(|(cell, value)| cell.fill(*value)),
    }
}

#[cfg(test)]
mod tests;
