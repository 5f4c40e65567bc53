//! Where something moves, and whether it came there from elsewhere: a screen that shows one picture after the other changes in every
//! frame, and always in the same place.

use crate::domain::Region;

/// Boxes this far from each other, of the picture's width and height, still touch; and so much farther as somebody walks in the time
/// between two frames, of width or height a second.
const NEAR: f64 = 0.02;
const WALKS: f64 = 0.15;
/// What came from elsewhere, and what is no longer seen, is known for so long.
const MEMORY_SECS: f64 = 4.5;
/// Boxes of which the common part is this share of both together are the same place.
const SAME: f32 = 0.7;
/// So many places are followed, those of the largest regions first.
const MOST: usize = 32;

/// The places of one run of moving frames.
#[derive(Debug, Default)]
pub(super) struct Places {
    places: Vec<Place>,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    region: Region,
    /// How long ago something came here from elsewhere; `None` where it was first seen here.
    came_secs: Option<f64>,
    /// How long ago something moved here.
    unseen_secs: f64,
}

impl Places {
    /// Makes room.
    pub fn fit(&mut self) {
        self.places.reserve(MOST);
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.places.clear();
    }

    /// Takes in the regions of a frame, the largest first. Whether any of them came from elsewhere, and not long ago.
    pub fn note(&mut self, regions: &[Region], interval_secs: f64) -> bool {
        for place in &mut self.places {
            place.unseen_secs += interval_secs;
            place.came_secs = place.came_secs.map(|secs| secs + interval_secs);
        }
        self.places.retain(|place| place.unseen_secs <= MEMORY_SECS);
        let known = self.places.len();
        let mut passes = false;
        for region in regions.iter().take(MOST) {
            let same = self.places[..known].iter().position(|place| is_same(&place.region, region));
            let came_secs = match same {
                Some(same) => self.places[same].came_secs,
                None => self.places[..known]
                    .iter()
                    .any(|place| is_near(&place.region, region, interval_secs))
                    .then_some(0.0),
            };
            passes |= came_secs.is_some_and(|secs| secs <= MEMORY_SECS);
            let place = Place { region: *region, came_secs, unseen_secs: 0.0 };
            match same {
                Some(same) => self.places[same] = place,
                None if self.places.len() < MOST => self.places.push(place),
                None => {}
            }
        }
        passes
    }
}

/// Whether what moved there may be what moves here: the boxes, each as much larger as it is large, touch.
pub(super) fn is_near(one: &Region, other: &Region, interval_secs: f64) -> bool {
    let apart = NEAR.max(WALKS * interval_secs);
    let near = |from: f32, length: f32, other_from: f32, other_length: f32| {
        let between = (other_from - from - length).max(from - other_from - other_length);
        f64::from(between - f32::midpoint(length, other_length)) <= apart
    };
    near(one.x, one.width, other.x, other.width) && near(one.y, one.height, other.y, other.height)
}

/// Whether both are the same place.
fn is_same(one: &Region, other: &Region) -> bool {
    let common = |from: f32, length: f32, other_from: f32, other_length: f32| {
        ((from + length).min(other_from + other_length) - from.max(other_from)).max(0.0)
    };
    let both = common(one.x, one.width, other.x, other.width) * common(one.y, one.height, other.y, other.height);
    both >= SAME * (one.width * one.height + other.width * other.height - both)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A square of a hundredth of the picture.
    fn square(x: f32) -> Region {
        Region { x, y: 0.1, width: 0.1, height: 0.1, area: 0.01, strength: 1.0 }
    }

    /// What is said of each frame, at one a second.
    fn noted(frames: &[&[Region]]) -> Vec<bool> {
        let mut places = Places::default();
        places.fit();
        frames.iter().map(|regions| places.note(regions, 1.0)).collect()
    }

    #[test]
    fn a_screen_stays_and_who_passes_does_not() {
        assert_eq!(noted(&[&[square(0.5)], &[square(0.51)], &[], &[square(0.5)]]), [false; 4]);
        assert_eq!(noted(&[&[square(0.1)], &[square(0.2)], &[square(0.3)]]), [false, true, true]);
    }

    #[test]
    fn somebody_beside_a_screen_passes_and_the_screen_does_not_go_on_with_it() {
        let both = [square(0.1), square(0.5)];
        let later = [square(0.2), square(0.5)];
        let alone = [square(0.5)];
        assert_eq!(noted(&[&alone, &both, &later, &alone, &alone]), [false, false, true, false, false]);
    }

    #[test]
    fn who_came_and_stays_counts_for_a_while() {
        let frames =
            [[square(0.1)], [square(0.2)], [square(0.2)], [square(0.2)], [square(0.2)], [square(0.2)], [square(0.2)]];
        let frames: Vec<&[Region]> = frames.iter().map(<[Region; 1]>::as_slice).collect();
        assert_eq!(noted(&frames), [false, true, true, true, true, true, false]);
    }

    #[test]
    fn the_longer_between_two_frames_the_farther_one_walks() {
        let [here, there] = [0.1, 0.44].map(square);
        assert_eq!([0.1, 1.0, 2.0].map(|secs| is_near(&here, &there, secs)), [false, true, true]);
        assert!(is_near(&there, &here, 1.0) && !is_near(&here, &Region { x: 0.6, ..there }, 1.0));
    }

    #[test]
    fn of_more_places_than_there_is_room_for_the_largest_are_followed() {
        let many: Vec<Region> = (0..40).map(|n| Region { y: n as f32 / 40.0, height: 0.001, ..square(0.5) }).collect();
        let mut places = Places::default();
        places.fit();
        let room = places.places.capacity();
        assert!(!places.note(&many, 1.0));
        assert_eq!((places.places.len(), places.places.capacity()), (MOST, room));
    }
}
