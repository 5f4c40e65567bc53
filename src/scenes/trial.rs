//! The street through all that makes false alarms: light, noise, rain, a camera that is bumped. People walk by every minute,
//! and it is known to the pixel where they are.
//!
//! Picture `n` is a function of `n`, of the rate and of the trial, and of nothing else.

use super::hash::{between, hash, normal, share};
use super::rain;
use super::street::{Scene, Walker};
use crate::domain::{Mask, RgbPicture};

/// What happens beside people who walk by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trial {
    /// Nothing but the noise of a good camera.
    Calm,
    /// Noise of 8 grey levels, as at night.
    Noise,
    /// Lamps on the mains that a rolling shutter turns into bands, which drift.
    MainsFlicker,
    /// The camera thinks again about what is white, and about how bright it is.
    WhiteBalance,
    /// Clouds: slow, and not the same everywhere.
    Clouds,
    /// A lamp is switched.
    Lamp,
    /// A screen in the window shows one picture after another.
    Screen,
    /// Drops on the lens.
    Rain,
    /// The camera is bumped: it swings, and looks elsewhere afterwards.
    Bump,
}

impl Trial {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Calm,
        Self::Noise,
        Self::MainsFlicker,
        Self::WhiteBalance,
        Self::Clouds,
        Self::Lamp,
        Self::Screen,
        Self::Rain,
        Self::Bump,
    ];

    /// Its name in tables and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Calm => "calm",
            Self::Noise => "noise",
            Self::MainsFlicker => "mains-flicker",
            Self::WhiteBalance => "white-balance",
            Self::Clouds => "clouds",
            Self::Lamp => "lamp",
            Self::Screen => "screen",
            Self::Rain => "rain",
            Self::Bump => "bump",
        }
    }
}

/// Somebody walks by once in so many seconds, for so many, the first time after so many.
const EVERY_SECS: f32 = 60.0;
const WALK_SECS: f32 = 9.0;
const FIRST_SECS: f32 = 30.0;
/// Pixels of the street beyond the picture, of its width: what a bumped camera may come to see.
const MARGIN: f32 = 0.08;
/// A pixel belongs to the walker when it differs from the street by as many grey levels.
const VISIBLE: u8 = 12;
/// Noise of a good camera, and that of the noisy trial, in grey levels.
const QUIET: f32 = 1.5;
const NOISY: f32 = 8.0;
/// The camera is bumped once in so many seconds, and swings for so many.
const BUMP_SECS: f32 = 47.0;
const SWINGS_SECS: f32 = 1.2;
/// Numbers in the table of noise.
const NOISES: usize = 1 << 16;
const SEED: u64 = 0x6672_616d_656b;

/// Draws one trial at one size and rate.
pub struct Stage {
    trial: Trial,
    fps: f32,
    width: u32,
    height: u32,
    margin: u32,
    street: RgbPicture,
    /// The street and who walks there.
    peopled: RgbPicture,
    /// The picture before rain fell on the lens.
    dry: RgbPicture,
    noise: Vec<i8>,
    gains: Vec<[f32; 3]>,
}

impl Stage {
    /// A trial for pictures of this size at so many a second.
    #[must_use]
    pub fn new(trial: Trial, width: u32, height: u32, fps: f32) -> Self {
        let margin = (width as f32 * MARGIN) as u32;
        let mut street = RgbPicture::default();
        Scene::new(width + 2 * margin, height + 2 * margin).draw(0, &mut street);
        roughen(&mut street);
        let strength = if trial == Trial::Noise { NOISY } else { QUIET };
        let noise = (0..NOISES as u64).map(|n| (normal(SEED, n) * strength).round() as i8).collect();
        Self {
            trial,
            fps,
            width,
            height,
            margin,
            peopled: street.clone(),
            street,
            dry: RgbPicture::default(),
            noise,
            gains: Vec::new(),
        }
    }

    /// The time of picture `n`, in seconds.
    #[must_use]
    pub fn secs(&self, n: u64) -> f64 {
        n as f64 / f64::from(self.fps)
    }

    /// Draws picture `n`, and into `truth` who walks there, 255 where they are seen.
    pub fn draw(&mut self, n: u64, picture: &mut RgbPicture, truth: &mut Mask) {
        let secs = self.secs(n) as f32;
        self.people(secs);
        let (across, down) = self.look(secs);
        let (left, top) = (self.margin.wrapping_add_signed(across), self.margin.wrapping_add_signed(down));
        let (width, height, wide) = (self.width as usize, self.height as usize, self.street.width as usize);
        (picture.width, picture.height) = (self.width, self.height);
        (truth.width, truth.height) = (self.width, self.height);
        picture.data.resize(width * height * 3, 0);
        truth.data.resize(width * height, 0);
        for y in 0..height {
            let from = ((top as usize + y) * wide + left as usize) * 3;
            let (peopled, street) = (&self.peopled.data[from..][..width * 3], &self.street.data[from..][..width * 3]);
            picture.data[y * width * 3..][..width * 3].copy_from_slice(peopled);
            let pixels = peopled.as_chunks::<3>().0.iter().zip(street.as_chunks::<3>().0);
            for (truth, (walker, empty)) in truth.data[y * width..][..width].iter_mut().zip(pixels) {
                let differs = walker.iter().zip(empty).any(|(a, b)| a.abs_diff(*b) >= VISIBLE);
                *truth = if differs { Mask::MOVING } else { Mask::STILL };
            }
        }
        match self.trial {
            Trial::Screen => screen(picture, secs),
            Trial::Rain => {
                self.dry.clone_from(picture);
                rain::draw(picture, &self.dry, SEED, secs);
            }
            _ => {}
        }
        self.expose(n, secs, picture);
    }

    /// The street with whoever walks there at this time.
    fn people(&mut self, secs: f32) {
        self.peopled.data.copy_from_slice(&self.street.data);
        let since = secs - FIRST_SECS;
        let (visit, within) = ((since / EVERY_SECS).floor(), since.rem_euclid(EVERY_SECS));
        if since < 0.0 || within > WALK_SECS {
            return;
        }
        let visit = visit as u64;
        let coat = std::array::from_fn(|channel| between(20.0, 220.0, (SEED, visit, channel as u64)));
        let direction = if hash(SEED, visit, 3) & 1 == 0 { 1.0 } else { -1.0 };
        Walker { coat, direction, progress: within / WALK_SECS }.draw(&mut self.peopled);
    }

    /// Pixels by which the camera looks beside where it looked at first.
    fn look(&self, secs: f32) -> (i32, i32) {
        if self.trial != Trial::Bump {
            return (0, 0);
        }
        let (bump, since) = ((secs / BUMP_SECS) as u64, secs % BUMP_SECS);
        let margin = self.margin as f32;
        let rest = |bump: u64| {
            let far = if bump == 0 { 0.0 } else { margin };
            (between(-far, far, (SEED, bump, 10)), between(-far, far, (SEED, bump, 11)))
        };
        let (before, after) = (rest(bump.saturating_sub(1)), rest(bump));
        let share = (since / SWINGS_SECS).min(1.0);
        let swing = margin * 0.4 * (1.0 - share) * (since * 25.0).sin() * f32::from(u8::from(bump > 0));
        let place = |before: f32, after: f32| {
            let arrived = (share * 4.0).min(1.0);
            (before + (after - before) * arrived + swing).clamp(-margin, margin).round() as i32
        };
        (place(before.0, after.0), place(before.1, after.1))
    }

    /// What light, camera and noise make of a picture.
    fn expose(&mut self, n: u64, secs: f32, picture: &mut RgbPicture) {
        let width = self.width as usize;
        self.gains.resize(width, [1.0; 3]);
        for (y, row) in picture.data.chunks_exact_mut(width * 3).enumerate() {
            let down = y as f32 / self.height as f32;
            for (x, gain) in self.gains.iter_mut().enumerate() {
                *gain = gain_at(self.trial, secs, x as f32 / width as f32, down);
            }
            // Another part of the table in each row.
            let start = hash(SEED, n, y as u64) as usize;
            let noise = |place: usize| f32::from(self.noise[(start + place) % NOISES]);
            for (place, value) in row.iter_mut().enumerate() {
                let bright = f32::from(*value) * self.gains[place / 3][place % 3] + noise(place);
                *value = (bright + 0.5) as u8;
            }
        }
    }
}

/// How bright red, green and blue become at a place (0 to 1) of the picture.
fn gain_at(trial: Trial, secs: f32, across: f32, down: f32) -> [f32; 3] {
    match trial {
        // Lamps flicker at 100 Hz; what is seen of it drifts at the difference to a multiple of the rate.
        Trial::MainsFlicker => [1.0 + 0.10 * (std::f32::consts::TAU * (0.7 * secs + 1.6 * down)).sin(); 3],
        Trial::WhiteBalance => {
            let settled = |which: u64| {
                let (spell, since) = ((secs / 20.0) as u64, secs % 20.0);
                let of = |spell: u64| if spell == 0 { 1.0 } else { between(0.85, 1.15, (SEED, spell, 20 + which)) };
                let share = (since / 1.5).min(1.0);
                of(spell.saturating_sub(1)) * (1.0 - share) + of(spell) * share
            };
            [settled(0), settled(1), settled(2)]
        }
        Trial::Clouds => {
            let wave = |of: f32, along: f32| (std::f32::consts::TAU * (secs / of + along)).sin();
            [1.0 + 0.15 * wave(17.0, across * 0.8) + 0.12 * wave(41.0, down * 0.6 + 0.3); 3]
        }
        Trial::Lamp => {
            let lit = share(SEED, (secs / 25.0) as u64, 30) > 0.5 && secs > 25.0;
            // It shines from the left.
            if lit { [1.0, 0.98, 0.95].map(|gain| gain * (1.45 - 0.35 * across)) } else { [1.0; 3] }
        }
        _ => [1.0; 3],
    }
}

/// A small pattern on everything, as real walls and lawns have.
fn roughen(street: &mut RgbPicture) {
    for (pixel, values) in street.data.chunks_exact_mut(3).enumerate() {
        let (x, y) = (pixel as u64 % u64::from(street.width), pixel as u64 / u64::from(street.width));
        let rough = normal(x / 2, y / 2) * 4.0 + normal(x / 7 + 1_000, y / 7) * 4.0;
        for value in values {
            *value = (f32::from(*value) + rough) as u8;
        }
    }
}

/// Another picture on the screen every few seconds.
fn screen(picture: &mut RgbPicture, secs: f32) {
    let spell = (secs / 3.0) as u64;
    let show = 2 * spell + u64::from(between(0.5, 2.5, (SEED, spell, 40)) < secs % 3.0);
    let (width, height) = (picture.width as usize, picture.height as usize);
    let (left, right, top, bottom) = (width * 6 / 10, width * 7 / 10, height * 2 / 10, height * 3 / 10);
    for y in top..bottom {
        for x in left..right {
            // Four by three patches of colour.
            let patch = ((x - left) * 4 / (right - left) + 4 * ((y - top) * 3 / (bottom - top))) as u64;
            for channel in 0..3 {
                let bright = between(30.0, 220.0, (SEED ^ show, patch, channel));
                picture.data[(y * width + x) * 3 + channel as usize] = bright as u8;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(stage: &mut Stage, n: u64) -> (RgbPicture, Mask) {
        let (mut picture, mut truth) = (RgbPicture::default(), Mask::default());
        stage.draw(n, &mut picture, &mut truth);
        (picture, truth)
    }

    fn moving(truth: &Mask) -> usize {
        truth.data.iter().map(|pixel| usize::from(*pixel == Mask::MOVING)).sum()
    }

    #[test]
    fn a_picture_depends_on_its_number_only() {
        for trial in Trial::ALL {
            let first = drawn(&mut Stage::new(trial, 96, 72, 5.0), 613);
            let mut stage = Stage::new(trial, 96, 72, 5.0);
            drawn(&mut stage, 100);
            assert!(drawn(&mut stage, 613) == first, "{trial:?}");
        }
    }

    #[test]
    fn somebody_walks_by_when_the_timetable_says_so_and_is_in_the_truth() {
        let mut stage = Stage::new(Trial::Calm, 160, 120, 10.0);
        for n in [0, 299, 391, 899, 991] {
            assert_eq!(moving(&drawn(&mut stage, n).1), 0, "{n}");
        }
        for n in [330, 350, 930, 960] {
            let seen = moving(&drawn(&mut stage, n).1);
            assert!((100..1_500).contains(&seen), "{n}: {seen}");
        }
    }

    #[test]
    fn what_differs_between_two_calm_pictures_is_noise_or_in_the_truth() {
        let mut stage = Stage::new(Trial::Calm, 160, 120, 10.0);
        let ((empty, _), (peopled, truth)) = (drawn(&mut stage, 10), drawn(&mut stage, 340));
        let pixels = empty.data.chunks_exact(3).zip(peopled.data.chunks_exact(3)).zip(&truth.data);
        for ((a, b), truth) in pixels {
            let most = a.iter().zip(b).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
            assert!(most < 32 || *truth == Mask::MOVING, "{most}");
        }
    }

    #[test]
    fn each_trial_changes_more_than_the_calm_one() {
        let difference = |trial| {
            let mut stage = Stage::new(trial, 160, 120, 10.0);
            let (first, _) = drawn(&mut stage, 0);
            // Without anybody: 50 to 58 and 110 to 118 seconds.
            (500..1_180).step_by(40).filter(|n| n % 600 >= 500).fold(0.0, |most: f64, n| {
                let (later, truth) = drawn(&mut stage, n);
                assert_eq!(moving(&truth), 0);
                let sum: u64 = first.data.iter().zip(&later.data).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
                most.max(sum as f64 / first.data.len() as f64)
            })
        };
        let calm = difference(Trial::Calm);
        assert!(calm < 2.5, "{calm}");
        for trial in Trial::ALL.into_iter().filter(|trial| *trial != Trial::Calm) {
            assert!(difference(trial) > calm + 0.05, "{trial:?}: {} after {calm}", difference(trial));
        }
    }
}
