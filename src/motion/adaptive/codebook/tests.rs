//! The codebook on films of one colour, and of a post that moves.

use super::*;

const WIDTH: usize = 64;
const HEIGHT: usize = 32;
const PIXELS: usize = WIDTH * HEIGHT;

struct Film {
    codebook: Codebook,
    planes: Planes,
    differing: Differing,
    sway: u8,
    guarded: u8,
}

impl Film {
    fn new(first: u8) -> Self {
        let mut film = Self {
            codebook: Codebook::default(),
            planes: Planes::default(),
            differing: Differing {
                differs: vec![0; PIXELS],
                displaced: vec![0; PIXELS],
                steps: vec![false; PIXELS / LANES],
            },
            sway: 0,
            guarded: 0,
        };
        film.codebook.set_radius(20);
        film.codebook.fit(WIDTH, HEIGHT);
        film.planes.fit(WIDTH, HEIGHT);
        film.draw(first);
        film.codebook.begin(&film.planes);
        film
    }

    fn draw(&mut self, luma: u8) {
        self.planes.channels[0].fill(luma);
    }

    /// Compares and learns; the evidence of one pixel.
    fn see(&mut self, luma: u8, secs: f32) -> u8 {
        self.draw(luma);
        self.see_drawn(secs)[PIXELS / 2]
    }

    fn see_drawn(&mut self, secs: f32) -> Vec<u8> {
        let (caps, sway, guarded) = ([255; PIXELS], [self.sway; PIXELS], [self.guarded; PIXELS]);
        // In good light.
        (self.codebook.light, self.codebook.quiet_radius) = (Light::GOOD, 20);
        self.codebook.compare(&self.planes, &caps, &sway, &mut self.differing);
        let evidence = self.codebook.evidence().to_vec();
        self.codebook.learn(&self.planes, &caps, &sway, &guarded, &guarded, secs);
        evidence
    }

    /// Sees the same until it is background; the seconds that took.
    fn absorbed_after(&mut self, luma: u8, secs: f32) -> f32 {
        let mut frames = 0.0;
        while self.see(luma, secs) > MOST_EVIDENCE / 2 {
            frames += 1.0;
            assert!(frames * secs < 1000.0, "never");
        }
        frames * secs
    }
}

#[test]
fn what_is_near_the_background_is_still_and_what_is_far_moves() {
    let mut film = Film::new(100);
    for _ in 0..100 {
        film.see(100, 0.04);
    }
    assert_eq!(film.see(104, 0.04), MOST_EVIDENCE / 2 - 8);
    assert_eq!(film.see(160, 0.04), MOST_EVIDENCE);
}

#[test]
fn the_radius_follows_the_light_of_the_background_and_that_of_a_lamp_which_is_switched_on() {
    let lit = |brightest: u8| {
        let mut planes = Planes::default();
        planes.fit(WIDTH, HEIGHT);
        planes.channels[0].iter_mut().step_by(2).for_each(|luma| *luma = brightest);
        planes.channels[1].fill(140);
        planes
    };
    let (dark, bright) = (lit(134), lit(255));
    let mut codebook = Codebook::default();
    codebook.set_radius(20);
    codebook.fit(WIDTH, HEIGHT);
    codebook.begin(&dark);
    let radius = |codebook: &mut Codebook, planes: &Planes, is_even: bool| {
        codebook.measure_light(&planes.channels[0], is_even);
        codebook.measure_tint(!is_even);
        codebook.quiet_radius
    };
    assert_eq!(radius(&mut codebook, &dark, true), 20, "in the beginning the noise is not known");
    codebook.learnt_secs = 60.0;
    assert_eq!(radius(&mut codebook, &dark, true), 6);
    assert_eq!(radius(&mut codebook, &bright, true), 14);
    assert_eq!(radius(&mut codebook, &dark, false), 20, "where light is evened out contrast tells nothing");
}

#[test]
fn in_fog_less_counts_as_differing() {
    let [fog, _] = Light::of(&[180, 190].repeat(1_000));
    for (light, luma, differs) in [(Light::GOOD, 115, false), (fog, 115, true), (fog, 105, false)] {
        let mut film = Film::new(100);
        film.draw(luma);
        // Nothing is beyond the radius: what is counted is counted for the difference.
        (film.codebook.light, film.codebook.quiet_radius) = (light, 60);
        film.codebook.compare(&film.planes, &[255; PIXELS], &[0; PIXELS], &mut film.differing);
        let Differing { differs: pixels, steps, .. } = &film.differing;
        assert_eq!((steps.contains(&true), pixels.contains(&1)), (differs, differs), "{luma} in {light:?}");
    }
}

#[test]
fn without_colours_the_radius_is_narrower() {
    let mut film = Film::new(100);
    film.codebook.learnt_secs = 60.0;
    for (colour, is_uneven, narrowed) in [(140, false, 0), (128, false, 7), (128, true, 0)] {
        film.codebook.colours[0][1].fill(colour);
        film.codebook.light = Light::GOOD;
        film.codebook.measure_tint(is_uneven);
        assert_eq!((film.codebook.narrowed(), film.codebook.quiet_radius), (narrowed, 20 - narrowed), "{colour}");
    }
    film.codebook.noise = 34;
    film.codebook.measure_tint(false);
    assert_eq!(film.codebook.quiet_radius, 17, "twice the noise");
}

#[test]
fn where_things_sway_restless_pixels_may_differ_more_but_not_as_much_as_they_usually_do() {
    let mut film = Film::new(100);
    film.codebook.mean_distance.fill(80);
    (film.codebook.noise, film.codebook.quiet_radius) = (0, 20);
    let mut radius = |sway: u8, tint: Tint| {
        film.codebook.tint = tint;
        film.codebook.radius_at(0, &[sway; LANES])[0]
    };
    assert_eq!(radius(0, Tint::FULL), 20, "what passes a still pixel does not make it restless");
    assert_eq!(radius(255, Tint::FULL), 20 + 54, "three fifths of 80 quarters and an eighth of that");
    assert_eq!(radius(255, Tint::of([&[128], &[128]])), 20 + 36, "without colours less");
}

#[test]
fn what_comes_into_view_is_background_and_what_was_in_view_went_along() {
    let mut film = Film::new(100);
    (0..PIXELS).for_each(|pixel| film.planes.channels[0][pixel] = 40 + (pixel % WIDTH) as u8);
    film.codebook.begin(&film.planes);
    film.codebook.follow((8, 0));
    (0..PIXELS).for_each(|pixel| film.planes.channels[0][pixel] = 32 + (pixel % WIDTH) as u8);
    for y in 0..HEIGHT {
        film.codebook.begin_part(&film.planes, y * WIDTH..y * WIDTH + 8);
    }
    assert!(film.see_drawn(0.04).iter().all(|evidence| *evidence < MOST_EVIDENCE / 2));
}

#[test]
fn the_same_time_teaches_the_same_at_any_rate() {
    for fps in [30.0, 15.0, 5.0, 1.0] {
        let mut film = Film::new(100);
        for _ in 0..(10.0 * fps) as usize {
            film.see(100, 1.0 / fps);
        }
        let secs = film.absorbed_after(200, 1.0 / fps);
        assert!((2.0..5.0).contains(&secs), "{secs} s at {fps} frames a second");
    }
}

#[test]
fn a_fast_camera_gives_no_more_lessons_than_teach_something_and_a_slow_one_as_many_as_it_has_frames() {
    // Frames a second, and lessons of two seconds in the beginning and of two later.
    for (fps, first, later) in
        [(60u16, 30..=31, 19..=21), (25, 25..=25, 16..=18), (15, 30..=30, 14..=16), (5, 10..=10, 10..=10)]
    {
        let mut film = Film::new(100);
        let mut lessons = |secs: u16| {
            let before = film.codebook.lessons;
            (0..secs * fps).for_each(|_| _ = film.see(100, 1.0 / f32::from(fps)));
            film.codebook.lessons - before
        };
        assert!(first.contains(&lessons(2)), "{fps} frames a second");
        lessons(2);
        assert!(later.contains(&lessons(2)), "{fps} frames a second");
    }
}

#[test]
fn who_stands_still_becomes_background_after_minutes() {
    for fps in [25.0, 5.0, 1.0] {
        let mut film = Film::new(100);
        for _ in 0..(10.0 * fps) as usize {
            film.see(100, 1.0 / fps);
        }
        film.guarded = 255;
        let secs = film.absorbed_after(200, 1.0 / fps);
        assert!((90.0..400.0).contains(&secs), "{secs} s at {fps} frames a second");
    }
}

#[test]
fn both_of_two_colours_that_come_again_and_again_are_background() {
    let mut film = Film::new(60);
    for frame in 0..500 {
        film.see(if frame / 5 % 2 == 0 { 60 } else { 180 }, 0.04);
    }
    assert!(film.see(60, 0.04) < MOST_EVIDENCE / 2);
    assert!(film.see(180, 0.04) < MOST_EVIDENCE / 2);
}

#[test]
fn a_colour_from_nearby_is_told_from_one_that_was_nowhere() {
    let mut film = Film::new(100);
    // A bright post in the middle.
    let post = |film: &mut Film, x: usize, luma: u8| {
        film.draw(100);
        for row in film.planes.channels[0].chunks_exact_mut(WIDTH) {
            row[x..x + 4].fill(luma);
        }
    };
    for _ in 0..100 {
        post(&mut film, 20, 200);
        film.see_drawn(0.04);
    }
    let count = |plane: &[u8]| plane.iter().map(|set| usize::from(*set)).sum::<usize>();
    // Each step counts once in COUNTED frames.
    let (mut differs, mut displaced, mut close) = (0, 0, 0);
    for _ in 0..COUNTED {
        post(&mut film, 24, 200);
        film.see_drawn(0.04);
        for step in (0..PIXELS / LANES).filter(|step| film.differing.steps[*step]) {
            let pixels = step * LANES..(step + 1) * LANES;
            differs += count(&film.differing.differs[pixels.clone()]);
            for found in &film.differing.displaced[pixels] {
                displaced += usize::from(*found > 0);
                close += usize::from(*found == 2);
            }
        }
    }
    assert_eq!((differs, displaced), (8 * HEIGHT, 8 * HEIGHT), "where it was and where it is");
    assert_eq!(close, 6 * HEIGHT, "all but the further half of where it is");
    post(&mut film, 50, 30);
    film.differing.displaced.fill(0);
    for _ in 0..COUNTED {
        film.see_drawn(0.04);
    }
    let there = film.differing.displaced.chunks_exact(WIDTH).map(|row| count(&row[50..54])).sum::<usize>();
    assert_eq!(there, 0, "black was nowhere nearby");
}

#[test]
fn a_noisy_camera_needs_more() {
    let noisy = |frame: usize, pixel: usize| {
        let hash = (pixel * 31 + frame).wrapping_mul(2_654_435_761) >> 7;
        u8::try_from(80 + hash % 41).unwrap()
    };
    let mut film = Film::new(100);
    for frame in 0..200 {
        for (pixel, luma) in film.planes.channels[0].iter_mut().enumerate() {
            *luma = noisy(frame, pixel);
        }
        let evidence = film.see_drawn(0.1);
        if frame > 100 {
            let moving = evidence.iter().filter(|evidence| **evidence > MOST_EVIDENCE / 2).count();
            assert!(moving < PIXELS / 50, "frame {frame}: {moving} of {PIXELS}");
        }
    }
    assert!(film.codebook.noise() > 20, "{}", film.codebook.noise());
}
