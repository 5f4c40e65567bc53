//! From what was measured to a verdict: warm-up, upheaval, sizes, what only stands there, persistence. Knows no picture and no mask,
//! so that the same decides on a frame and, later, on its trace.

use super::measure::Measured;
use super::persistence::Persistence;
use crate::domain::{Detection, MotionSettings, MovingArea, Region, Upheaval, Verdict};

/// Areas of this share of the picture move for so long, and for so many frames, after anything changed: a large thing that has
/// come to a halt is no drop and no screen.
const LARGE_STANDING: f32 = 0.015;
const HOLD_SECS: f64 = 2.0;
const HOLD_FRAMES: u32 = 5;

/// Where in its stream a frame lies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    /// The background begins with this frame, and all that is counted from frame to frame.
    pub is_first: bool,
    /// Seconds since the frame before.
    pub interval_secs: f64,
    /// Seconds since the first frame.
    pub watched_secs: f64,
}

impl Moment {
    /// Times are counted in whole microseconds, so that they are the same wherever they are written down.
    pub fn new(is_first: bool, interval_micros: u32, watched_micros: u64) -> Self {
        let secs = |micros: u64| micros as f64 / 1e6;
        Self { is_first, interval_secs: secs(interval_micros.into()), watched_secs: secs(watched_micros) }
    }
}

/// Decides on the frames of one stream, one after the other.
#[derive(Default)]
pub(super) struct Decider {
    /// For how long nothing that counts has changed; at least so long where it is not known exactly.
    unchanged_frames: u32,
    unchanged_secs: f64,
    is_hold_known: bool,
    /// The moving frames in a row; at least these where it is not known whether there were more.
    persistence: Persistence,
    is_run_known: bool,
}

impl Decider {
    /// Makes room for so many areas a frame.
    pub fn fit(&mut self, areas: usize) {
        self.persistence.fit(areas);
    }

    /// What is counted from frame to frame begins with the next frame.
    pub fn begin(&mut self) {
        self.forget();
        (self.is_hold_known, self.is_run_known) = (true, true);
    }

    /// Frames are missing before the next one: what was counted from frame to frame is not known.
    pub fn forget(&mut self) {
        self.persistence.reset();
        (self.unchanged_frames, self.unchanged_secs) = (0, 0.0);
        (self.is_hold_known, self.is_run_known) = (false, false);
    }

    /// Decides on one frame. `false`: because of what is not known, another verdict, score or region may be right.
    pub fn decide(
        &mut self,
        measured: &Measured,
        settings: &MotionSettings,
        moment: Moment,
        detection: &mut Detection,
    ) -> bool {
        detection.regions.clear();
        detection.score = 0.0;
        if moment.is_first {
            self.begin();
        }
        let (verdict, is_known) = match decided_before_areas(measured, settings, moment) {
            Some(verdict) => {
                match verdict {
                    Verdict::WarmingUp | Verdict::CameraMoved | Verdict::LightChanged => self.end_hold(),
                    Verdict::Still | Verdict::OutsideZones => self.note_changes(false, false, moment.interval_secs),
                    _ => {}
                }
                (verdict, true)
            }
            None => self.weigh(measured, settings, moment.interval_secs, detection),
        };
        detection.verdict = verdict;
        if verdict != Verdict::Motion {
            self.persistence.reset();
            self.is_run_known = is_known;
            return is_known;
        }
        let is_enough = self.persistence.add(detection, settings.persistence, moment.interval_secs);
        if !is_enough {
            detection.verdict = Verdict::NotLongEnough;
        }
        let is_run_known = self.is_run_known || self.persistence.stands_alone(detection.score, moment.interval_secs);
        if !is_known {
            self.persistence.reset();
            self.is_run_known = false;
        }
        is_known && is_run_known
    }

    /// What differs from here on and only stands there did not come by itself.
    fn end_hold(&mut self) {
        (self.unchanged_frames, self.unchanged_secs, self.is_hold_known) = (HOLD_FRAMES, HOLD_SECS, true);
    }

    /// Applies the rules to the areas. Tells as well whether all that matters is known.
    fn weigh(
        &mut self,
        measured: &Measured,
        settings: &MotionSettings,
        interval_secs: f64,
        detection: &mut Detection,
    ) -> (Verdict, bool) {
        let pixels = pixels(measured);
        let holds = self.unchanged_secs < HOLD_SECS || self.unchanged_frames < HOLD_FRAMES;
        let (mut shown, mut counted, mut changes, mut held) = (0, 0, false, false);
        for area in measured.areas.iter().filter(|area| counts(area.pixels, settings, pixels)) {
            shown += area.pixels;
            changes |= area.is_live;
            let stands = !area.is_live && area.pixels as f32 >= LARGE_STANDING * pixels;
            held |= stands;
            if area.is_live || (holds && stands) {
                counted += area.pixels;
                detection.regions.push(region(area, measured.size));
            }
        }
        let left_out_counts = measured.left_out.count > 0 && counts(measured.left_out.largest, settings, pixels);
        let is_known = !left_out_counts && (self.is_hold_known || !(held && holds));
        self.note_changes(changes, left_out_counts, interval_secs);
        if shown == 0 {
            return (Verdict::TooSmall, is_known);
        }
        if detection.regions.is_empty() {
            return (Verdict::Still, is_known);
        }
        detection.score = counted as f32 / measured.watched_pixels as f32;
        (Verdict::Motion, is_known)
    }

    /// Counts for how long nothing has changed. `may`: something that is not known may have.
    fn note_changes(&mut self, changes: bool, may: bool, interval_secs: f64) {
        if changes || may {
            (self.unchanged_frames, self.unchanged_secs) = (0, 0.0);
            self.is_hold_known = changes;
            return;
        }
        self.unchanged_frames = self.unchanged_frames.saturating_add(1);
        self.unchanged_secs += interval_secs;
        // Whatever was before: by now it is too long ago.
        self.is_hold_known |= self.unchanged_secs >= HOLD_SECS && self.unchanged_frames >= HOLD_FRAMES;
    }
}

/// Whether an area of so many pixels is large enough; `pixels` are those of the picture.
pub(super) fn counts(area_pixels: u32, settings: &MotionSettings, pixels: f32) -> bool {
    area_pixels as f32 >= settings.smallest_area * pixels
}

/// Pixels of the working picture.
pub(super) fn pixels(measured: &Measured) -> f32 {
    measured.size.0 as f32 * measured.size.1 as f32
}

/// The verdicts for which no area is looked at.
fn decided_before_areas(measured: &Measured, settings: &MotionSettings, moment: Moment) -> Option<Verdict> {
    // The first frame is the background itself, even when no time is given to learn it.
    if moment.is_first || moment.watched_secs < f64::from(settings.warm_up_secs) {
        return Some(Verdict::WarmingUp);
    }
    match measured.upheaval {
        Upheaval::Camera => return Some(Verdict::CameraMoved),
        Upheaval::Light => return Some(Verdict::LightChanged),
        Upheaval::None => {}
    }
    if measured.moving_pixels == 0 {
        Some(Verdict::Still)
    } else if measured.moving_pixels as f32 > settings.largest_area * pixels(measured) {
        Some(Verdict::TooLarge)
    } else if measured.areas.is_empty() {
        Some(Verdict::OutsideZones)
    } else {
        None
    }
}

fn region(area: &MovingArea, (width, height): (u32, u32)) -> Region {
    let (width, height) = (width as f32, height as f32);
    let (across, down) = (area.width as f32, area.height as f32);
    Region {
        x: area.left as f32 / width,
        y: area.top as f32 / height,
        width: across / width,
        height: down / height,
        area: area.pixels as f32 / (width * height),
        strength: area.pixels as f32 / (across * down),
    }
}
