//! The default model: what a pixel saw, in even light, from where the camera should be, and which parts of the picture sway.
//!
//! ```text
//! picture ─▶ planes (fewer pixels, brightness and colour) ─▶ light (how much things differ) ─▶ exposure (even brightness)
//!         ─▶ zoom (put back through an affine map, or the background goes along)
//!         ─▶ shake (put back, and exposure once more from there; or follow, where the camera turns) ─▶ white (even colour)
//!         ─▶ codebook: compare ─▶ sway (tree or traffic) ─▶ shapes, outline ─▶ codebook: learn ─▶ mask
//!         ─▶ liveness (what changes, what only stands there) ─▶ upheaval (camera or lamp) ─▶ changes
//! ```
//!
//! Every rate is by the clock and not by the frame: the same time teaches the same on a phone that sends one frame a second
//! and on a webcam.

// The stages calculate in bytes and short integers, whose ranges are told where they are not obvious; all of them must become
// part of a function that is compiled for AVX2, in which a branch costs more than both of its sides.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::inline_always,
    clippy::needless_bitwise_bool,
    clippy::needless_range_loop,
    reason = "see above"
)]

mod affine;
#[cfg(target_arch = "x86_64")]
mod avx2;
mod box_sum;
mod codebook;
mod drops;
mod exposure;
mod follow;
mod light;
mod liveness;
mod outline;
mod planes;
mod ratios;
mod search;
mod shake;
mod shapes;
mod sway;
mod tiles;
mod upheaval;
mod white;
mod zoom;

use self::affine::Affine;
use self::codebook::{Codebook, Differing};
use self::exposure::Exposure;
use self::follow::{new_pixels, shift_plane};
use self::liveness::Liveness;
use self::planes::{LANES, Planes, padded};
use self::shake::{Shake, fill_unseen};
use self::shapes::Shapes;
use self::sway::Sway;
use self::upheaval::Watch;
use self::white::White;
use self::zoom::Zoom;
use super::cells::{Cells, Fineness};
use super::pace::Since;
use super::seen::Seen;
use crate::domain::{Mask, RgbPicture, Upheaval};

/// Small pictures are worked on as they come. A person who fills a thousandth of one that was made smaller still has 25 pixels or
/// more.
pub(super) const FINE: Fineness = Fineness { most_pixels: 102_000, tallest: 1 };
/// The same where speed counts more: half of the work.
pub(super) const FAST: Fineness = Fineness { most_pixels: 43_500, tallest: 2 };
/// The noise, in quarters of a grey level, above which pictures are blurred before they are compared, and below which they no
/// longer are. In a smaller picture things are smaller and as much noise hides more of them; in the dark less noise does.
const BLUR_ABOVE: u8 = 22;
const BLUR_ABOVE_FAST: u8 = 18;
const BLUR_BELOW: u8 = 6;
/// Where something was seen for less than this before the camera looked elsewhere, nobody stood.
const STANDS_SECS: f32 = 1.0;
/// A hole in the film teaches no more than this.
const LONGEST_SECS: f32 = 1.0;

/// The model of one stream, stage by stage.
#[derive(Default)]
pub(super) struct Adaptive {
    fineness: Fineness,
    cells: Cells,
    planes: Planes,
    exposure: Exposure,
    white: White,
    shake: Shake,
    codebook: Codebook,
    sway: Sway,
    shapes: Shapes,
    liveness: Liveness,
    watch: Watch,
    zoom: Zoom,
    differing: Differing,
    /// The brightness of the picture in even light.
    evened: Vec<u8>,
    /// The brightest that the camera can tell, after the light was evened out.
    caps: Vec<u8>,
    moving: Vec<u8>,
    guarded: Vec<u8>,
    candidates: Vec<u8>,
    changes: Vec<u8>,
    /// Room to draw a plane in.
    room: Vec<u8>,
    begun: bool,
    blurs: bool,
    /// For how long something moved, or stood there, when the camera last looked where the background is.
    occupied_secs: f32,
}

impl Adaptive {
    /// A model that knows nothing yet. `fineness`: of the working picture.
    pub fn new(fineness: Fineness, radius: u8) -> Self {
        let mut model = Self { fineness, ..Self::default() };
        model.codebook.set_radius(radius);
        model
    }

    /// Another radius from the next picture on.
    pub fn set_radius(&mut self, radius: u8) {
        self.codebook.set_radius(radius);
    }

    /// The noise of the camera, in quarters of a grey level.
    pub fn noise(&self) -> u8 {
        self.codebook.noise()
    }

    /// Pictures will have this size. Tells the size of the masks.
    pub fn fit(&mut self, width: usize, height: usize) -> Cells {
        self.cells = Cells::for_size(width, height, self.fineness);
        self.reset();
        self.cells
    }

    /// Forgets the background.
    pub fn reset(&mut self) {
        let (width, height) = (self.cells.across, self.cells.down);
        let length = padded(width * height);
        self.planes.fit(width, height);
        self.exposure.fit(width);
        self.white.reset();
        self.shake.fit(width, height);
        self.codebook.fit(width, height);
        self.sway.fit(width, height);
        self.shapes.fit(width, height);
        self.liveness.fit(width, height);
        self.watch.fit(width, height);
        self.zoom.fit(width, height);
        let Differing { differs, displaced, steps } = &mut self.differing;
        for (plane, value) in [
            (&mut self.evened, 0),
            (&mut self.caps, 255),
            (&mut self.moving, 0),
            (&mut self.guarded, 0),
            (&mut self.candidates, 0),
            (&mut self.changes, 0),
            (&mut self.room, 0),
            (differs, 0),
            (displaced, 0),
        ] {
            plane.clear();
            plane.resize(length, value);
        }
        steps.clear();
        steps.resize(length / LANES, false);
        (self.begun, self.blurs, self.occupied_secs) = (false, false, 0.0);
    }

    /// Looks at a picture of the size that was fitted and learns from it. `since`: what is known of the time since the one
    /// before. `seen` receives what moves, of the working size.
    pub fn look(&mut self, picture: &RgbPicture, since: Since, seen: &mut Seen) {
        let Seen { mask, changes, upheaval, .. } = seen;
        let length = |cells: usize| u32::try_from(cells).expect("no more cells than pixels, whose number is a u32");
        (mask.width, mask.height) = (length(self.cells.across), length(self.cells.down));
        mask.data.resize(self.cells.across * self.cells.down, Mask::STILL);
        changes.resize(mask.data.len(), 0);
        *upheaval = Upheaval::None;
        if mask.data.is_empty() {
            return;
        }
        #[cfg(target_arch = "x86_64")]
        if avx2::look(self, picture, since, seen).is_some() {
            return;
        }
        self.look_by(picture, since, seen);
    }

    /// All stages, compiled for whoever calls.
    #[inline(always)]
    fn look_by(&mut self, picture: &RgbPicture, since: Since, seen: &mut Seen) {
        let interval_secs = (since.interval_secs as f32).min(LONGEST_SECS);
        self.decide_blur();
        self.take(picture);
        if !self.begun {
            self.begin();
            seen.mask.data.fill(Mask::STILL);
            seen.changes.fill(0);
            return;
        }
        // What is put back through an affine map is drawn anew, between the pixels as they came.
        let is_exact = self.exposure.is_nearly_even() && !self.zoom.is_away();
        self.codebook.measure_light(&self.planes.channels[0], is_exact);
        let shift = self.even_out_and_put_back(interval_secs);
        self.codebook.measure_tint(self.exposure.is_far_from_even());
        self.codebook.compare(&self.planes, &self.caps, self.sway.map(), &mut self.differing);
        let lumas = [self.planes.channels[0].as_slice(), self.codebook.luma()];
        self.sway.count(&self.differing, lumas, self.codebook.light(), interval_secs);
        self.shapes.find(&shapes::Inputs {
            evidence: self.codebook.evidence(),
            sway: self.sway.map(),
            sways_anywhere: self.sway.is_anywhere(),
            blink: self.codebook.blink(),
            picture: self.planes.channels.each_ref().map(Vec::as_slice),
            background: self.codebook.colours(),
            before: self.liveness.before(),
            light: self.codebook.light(),
            narrowed: self.codebook.narrowed(),
            moved: &self.moving,
            remembers: &|pixel| self.codebook.remembers(&self.planes, pixel),
        });
        self.shapes.moving().write_bytes(&mut self.moving);
        // In the beginning what moves cannot be told from what the first picture hid.
        if !self.codebook.is_beginning() {
            self.shapes.guarded().write_bytes(&mut self.guarded);
        }
        self.shapes.candidates().write_bytes(&mut self.candidates);
        self.codebook.learn(&self.planes, &self.caps, self.sway.map(), &self.guarded, &self.candidates, interval_secs);
        seen.upheaval = self.see_what_changes(interval_secs, since.moved, shift.is_some());
        let (across, down) = shift.unwrap_or_default();
        let shift = (across.round() as i32, down.round() as i32);
        let pixels = seen.changes.len();
        seen.changes.copy_from_slice(&self.changes[..pixels]);
        seen.mask.data.copy_from_slice(&self.moving[..pixels]);
        for plane in [&mut seen.mask.data, &mut seen.changes] {
            shift_plane(plane, (self.cells.across, self.cells.down), shift);
        }
        if let Some(back) = self.zoom.affine().and_then(|affine| affine.inverse()) {
            back.carry(&mut seen.mask.data, &mut self.room);
            back.carry(&mut seen.changes, &mut self.room);
        }
    }

    /// Whether pictures are blurred follows the noise, and the background what is done to pictures.
    #[inline(always)]
    fn decide_blur(&mut self) {
        let blur_above = if self.fineness == FAST { BLUR_ABOVE_FAST } else { BLUR_ABOVE };
        let [blur_above, blur_below] = [blur_above, BLUR_BELOW].map(|noise| self.codebook.light().levels(noise));
        let noise = self.codebook.noise();
        if !self.blurs && noise > blur_above {
            self.blurs = true;
            self.codebook.blur(&mut self.planes);
            self.liveness.blur(&mut self.planes);
        } else if self.blurs && noise < blur_below && self.shapes.moving().count() == 0 {
            // What was blurred away nobody can bring back: the background begins anew, while nobody is lost by it.
            (self.blurs, self.begun) = (false, false);
        }
        self.codebook.set_blurred(self.blurs);
    }

    #[inline(always)]
    fn take(&mut self, picture: &RgbPicture) {
        self.planes.take(picture, self.cells);
        if self.blurs {
            self.planes.blur();
        }
    }

    /// Brings the picture into the light of the background and to its place. Tells how far beside it was.
    #[inline(always)]
    fn even_out_and_put_back(&mut self, interval_secs: f32) -> Option<(f32, f32)> {
        let size = (self.cells.across, self.cells.down);
        // A picture that lies beside the background cannot be compared with it: the light of the one before tells enough.
        let was_beside = self.shake.shook() || self.zoom.is_away();
        if !was_beside {
            self.exposure.measure(size, &self.planes.channels[0], self.codebook.luma(), &self.moving);
        }
        self.even_luma();
        let gone = self.follow_zoom(interval_secs);
        let luma = if self.exposure.is_even() { &self.planes.channels[0] } else { &self.evened };
        let (background, moving) = (self.codebook.luma(), &self.moving);
        let mut shift = self.shake.look(&shake::Inputs { luma, background, moving });
        let followed = if self.zoom.is_away() { None } else { self.shake.follow() };
        if let Some((across, down)) = followed {
            shift = shift.map(|shift| (shift.0 - across as f32, shift.1 - down as f32));
            self.follow((across, down));
        }
        if let Some(shift) = shift {
            self.shake.put_back(&mut self.planes, shift);
        }
        if was_beside || shift.is_some() {
            self.exposure.measure(size, &self.planes.channels[0], self.codebook.luma(), &self.moving);
            self.even_luma();
        }
        if !self.exposure.is_even() {
            std::mem::swap(&mut self.planes.channels[0], &mut self.evened);
        }
        self.exposure.even_colours(&mut self.planes, &mut self.caps);
        self.white.even_out(&mut self.planes, self.codebook.colours(), &self.moving);
        if let Some(by) = followed {
            self.begin_new(by);
        }
        if let Some(from) = gone {
            self.begin_outside(&from);
        }
        if let Some(affine) = self.zoom.affine() {
            affine.fill_unseen(&mut self.planes, self.codebook.colours());
        }
        if let Some(shift) = shift {
            fill_unseen(&mut self.planes, self.codebook.colours(), shift);
        }
        shift
    }

    /// The camera turned: all that is known of the background goes with it.
    #[inline(always)]
    fn follow(&mut self, by: (i32, i32)) {
        let size = (self.cells.across, self.cells.down);
        self.codebook.follow(by);
        self.liveness.follow(size, by);
        for plane in [&mut self.moving, &mut self.guarded, &mut self.candidates] {
            shift_plane(&mut plane[..size.0 * size.1], size, by);
        }
        self.begin_new(by);
    }

    /// What came into view is the background as it is now.
    #[inline(always)]
    fn begin_new(&mut self, by: (i32, i32)) {
        for pixels in new_pixels((self.cells.across, self.cells.down), by) {
            self.codebook.begin_part(&self.planes, pixels.clone());
            self.liveness.begin_part(&self.planes.channels[0], pixels);
        }
    }

    /// Where the camera zooms or rolls the picture is put back to where the background is. Tells where the background came from, when it
    /// goes along.
    #[inline(always)]
    fn follow_zoom(&mut self, interval_secs: f32) -> Option<Affine> {
        let luma = if self.exposure.is_even() { &self.planes.channels[0] } else { &self.evened };
        self.zoom.look(luma, self.codebook.luma(), self.shapes.moving().count(), interval_secs);
        let (gone, room) = (self.zoom.go_along(), &mut self.room);
        if let Some(from) = gone {
            self.codebook.carry(|plane| from.carry(plane, room));
            self.liveness.carry(|plane| from.carry(plane, room));
            for plane in [&mut self.moving, &mut self.guarded, &mut self.candidates] {
                from.carry(plane, room);
            }
            self.begin_outside(&from);
        }
        if let Some(affine) = self.zoom.affine() {
            for plane in &mut self.planes.channels {
                affine.draw(plane, &mut self.room);
            }
            let size = (self.cells.across, self.cells.down);
            self.exposure.measure(size, &self.planes.channels[0], self.codebook.luma(), &self.moving);
            self.even_luma();
        }
        gone
    }

    /// What came into view is the background as it is now.
    #[inline(always)]
    fn begin_outside(&mut self, from: &Affine) {
        for pixels in from.outside() {
            self.codebook.begin_part(&self.planes, pixels.clone());
            self.liveness.begin_part(&self.planes.channels[0], pixels);
        }
    }

    #[inline(always)]
    fn even_luma(&mut self) {
        if !self.exposure.is_even() {
            self.exposure.even_luma((self.cells.across, self.cells.down), &self.planes.channels[0], &mut self.evened);
        }
    }

    /// The picture is the background.
    #[inline(always)]
    fn begin(&mut self) {
        (self.begun, self.occupied_secs) = (true, 0.0);
        self.exposure.reset();
        self.caps.fill(255);
        self.white.reset();
        self.shake.reset();
        self.zoom.reset();
        self.codebook.begin(&self.planes);
        self.sway.reset();
        self.liveness.begin(&self.planes.channels[0]);
        self.moving.fill(0);
        self.guarded.fill(0);
    }

    /// What changed since the picture before, and whether everything did.
    #[inline(always)]
    fn see_what_changes(&mut self, interval_secs: f32, told_moved: bool, put_back: bool) -> Upheaval {
        let luma = &self.planes.channels[0];
        let least = self.codebook.light().levels(liveness::CHANGES);
        self.liveness.compare(luma, least, self.codebook.noise(), &mut self.changes);
        let finding = self.watch.look(&upheaval::Inputs {
            luma,
            before: self.liveness.before(),
            reference: self.liveness.reference(),
            moving: self.shapes.moving(),
            changes: &self.changes,
            interval_secs,
            told_moved,
            put_back,
        });
        self.liveness.learn(luma, &self.guarded, interval_secs);
        // The next picture, as it comes, is the background.
        self.begun = !(self.looks_elsewhere(interval_secs) || finding.begin_anew);
        let jumped = self.exposure.jumped();
        match finding.upheaval {
            Upheaval::None if jumped => Upheaval::Light,
            upheaval => upheaval,
        }
    }

    /// Whether the camera has come to rest beside the background and nobody is lost when that is learnt anew. To be asked once for each
    /// picture.
    #[inline(always)]
    fn looks_elsewhere(&mut self, interval_secs: f32) -> bool {
        let nothing_there = self.shapes.moving().count() == 0;
        if !self.shake.is_elsewhere() {
            self.occupied_secs = if nothing_there { 0.0 } else { self.occupied_secs + interval_secs };
        }
        // What stands there may have come with the camera, whose picture was not put back to the pixel.
        let may_stand = self.occupied_secs < STANDS_SECS || self.shake.is_far();
        let nobody_moves = nothing_there || (may_stand && self.changes.iter().all(|change| *change == 0));
        self.shake.rests_elsewhere(interval_secs) && nobody_moves
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A wall of bricks of many greys, from so many pixels beside it, in so much percent of the light, with something that moves; in the end the
    /// camera zooms.
    fn film(n: usize) -> RgbPicture {
        let (across, percent) = (if n % 5 == 4 { 3 } else { 0 }, if n > 20 { 70 } else { 100 });
        let zoom = n.saturating_sub(39).min(20) * 12;
        let value = |x: usize, y: usize| {
            let (u, v) = (x * 1000 / (1000 + zoom), y * 1000 / (1000 + zoom));
            let brick = 50 + ((u + across) / 9 * 131 + v / 7 * 197) % 140;
            let moves = (10 + 3 * n..40 + 3 * n).contains(&x) && (30..70).contains(&y);
            (if moves { 230 } else { brick + (x * 7 + y * 13 + n * 5) % 6 }) * percent / 100
        };
        let pixels = (0..120).flat_map(|y| (0..163).map(move |x| (x, y)));
        let data = pixels.flat_map(|(x, y)| [value(x, y), value(x, y) * 9 / 10, 200 - value(x, y) / 2]);
        RgbPicture { width: 163, height: 120, data: data.map(|value| value.min(255) as u8).collect() }
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn every_processor_sees_the_same() {
        let mut models = [FINE, FAST].map(|fineness| [Adaptive::new(fineness, 20), Adaptive::new(fineness, 20)]);
        for [fast, portable] in &mut models {
            let cells = fast.fit(163, 120);
            portable.fit(163, 120);
            let (mut seen, mut moving) = ([Seen::default(), Seen::default()], 0);
            for Seen { mask, changes, .. } in &mut seen {
                (mask.width, mask.height) = (cells.across as u32, cells.down as u32);
                mask.data.resize(cells.across * cells.down, Mask::STILL);
                changes.resize(mask.data.len(), 0);
            }
            let mut zooms = 0;
            for n in 0..70 {
                let [one, other] = &mut seen;
                let since = Since { interval_secs: 0.1, moved: n == 38 };
                if avx2::look(fast, &film(n), since, one).is_none() {
                    return;
                }
                portable.look_by(&film(n), since, other);
                assert!(one.mask.data == other.mask.data && one.changes == other.changes, "frame {n}");
                assert_eq!((one.upheaval, fast.noise()), (other.upheaval, portable.noise()), "frame {n}");
                zooms += usize::from(fast.zoom.is_away());
                moving += usize::from(one.mask.data.contains(&Mask::MOVING));
            }
            assert!(moving > 20 && zooms > 3, "{moving} moving frames and {zooms} of a zoom are little to try");
        }
    }
}
