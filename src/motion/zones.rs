//! Zones as bits: which pixels of the working picture are watched. Draws polygons, knows nothing of motion.

use super::bits::Bits;
use crate::domain::{Zone, ZoneKind};

/// The watched part of a picture of this size: inside any watch zone (everywhere when there is none), outside all ignored
/// and private ones. `None` when all of it is watched.
pub(super) fn watched(zones: &[Zone], width: usize, height: usize) -> Option<Bits> {
    if zones.is_empty() {
        return None;
    }
    let mut watched = Bits::new(width, height);
    let mut polygon = Bits::new(width, height);
    let kind = |zone: &&Zone, watch: bool| (zone.kind == ZoneKind::Watch) == watch;
    for zone in zones.iter().filter(|zone| kind(zone, true)) {
        draw(zone, &mut polygon);
        combine(&mut watched, &polygon, |watched, zone| watched | zone);
    }
    if zones.iter().all(|zone| zone.kind != ZoneKind::Watch) {
        watched.fill();
    }
    for zone in zones.iter().filter(|zone| kind(zone, false)) {
        draw(zone, &mut polygon);
        combine(&mut watched, &polygon, |watched, zone| watched & !zone);
    }
    Some(watched)
}

/// Sets the pixels whose centre lies inside the polygon, exactly those that [`Zone::contains`] tells.
///
/// Even-odd rule by crossings: along the row's centre line each edge that crosses it flips every pixel left of the
/// crossing. What is flipped an odd number of times is inside.
fn draw(zone: &Zone, picture: &mut Bits) {
    let (width, height) = (picture.width(), picture.height());
    for row in 0..height {
        let words = picture.row_mut(row);
        words.fill(0);
        let y = (row as f32 + 0.5) / height as f32;
        let Some(mut previous) = zone.points.last() else { continue };
        for current in &zone.points {
            let ((x0, y0), (x1, y1)) = (*previous, *current);
            if (y1 > y) != (y0 > y) {
                flip_before(words, width, (x0 - x1) * (y - y1) / (y0 - y1) + x1);
            }
            previous = current;
        }
    }
}

/// Flips the pixels whose centre lies left of `x`, a share of the width.
fn flip_before(words: &mut [u64], width: usize, x: f32) {
    let centre = |pixel: usize| (pixel as f32 + 0.5) / width as f32;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=width first")]
    let mut end = (x * width as f32).clamp(0.0, width as f32) as usize;
    // The estimate may be one off; the comparison is the one of `Zone::contains`, so that both agree on every pixel.
    while end < width && centre(end) < x {
        end += 1;
    }
    while end > 0 && centre(end - 1) >= x {
        end -= 1;
    }
    for (index, word) in words.iter_mut().enumerate().take(end.div_ceil(64)) {
        *word ^= match end - index * 64 {
            64.. => !0,
            used => (1 << used) - 1,
        };
    }
}

fn combine(picture: &mut Bits, other: &Bits, combine: impl Fn(u64, u64) -> u64) {
    for y in 0..picture.height() {
        for (word, other) in picture.row_mut(y).iter_mut().zip(other.row(y)) {
            *word = combine(*word, *other);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::bits::drawing::{is_set, text};
    use super::*;

    #[test]
    fn without_zones_everything_is_watched() {
        assert!(watched(&[], 8, 8).is_none());
    }

    #[test]
    fn ignored_and_private_zones_are_cut_out_of_the_watched_ones() {
        let zones = [
            Zone::rectangle(ZoneKind::Watch, 0.0, 0.0, 0.5, 1.0),
            Zone::rectangle(ZoneKind::Watch, 0.75, 0.0, 0.25, 0.5),
            Zone::rectangle(ZoneKind::Ignore, 0.0, 0.0, 0.25, 0.5),
            Zone::rectangle(ZoneKind::Private, 0.25, 0.5, 0.25, 0.5),
        ];
        let bits = watched(&zones, 8, 4).unwrap();
        assert_eq!(text(&bits), ["..##..##", "..##..##", "##......", "##......"]);
    }

    #[test]
    fn only_an_ignored_zone_leaves_the_rest_watched() {
        let zones = [Zone::rectangle(ZoneKind::Ignore, 0.5, 0.0, 0.5, 1.0)];
        assert_eq!(text(&watched(&zones, 4, 2).unwrap()), ["##..", "##.."]);
    }

    #[test]
    fn a_zone_without_corners_watches_nothing() {
        let zones = [Zone { kind: ZoneKind::Watch, points: vec![] }];
        assert_eq!(watched(&zones, 70, 2).unwrap().count(), 0);
    }

    proptest! {
        #[test]
        fn a_polygon_holds_exactly_the_pixels_whose_centre_it_contains(
            points in proptest::collection::vec((-0.2f32..1.2, -0.2f32..1.2), 3..8),
            width in 1usize..140,
            height in 1usize..20,
        ) {
            let zone = Zone { kind: ZoneKind::Watch, points };
            let bits = watched(std::slice::from_ref(&zone), width, height).unwrap();
            for y in 0..height {
                for x in 0..width {
                    let centre = ((x as f32 + 0.5) / width as f32, (y as f32 + 0.5) / height as f32);
                    prop_assert_eq!(is_set(&bits, x, y), zone.contains(centre.0, centre.1), "pixel {} {}", x, y);
                }
            }
        }
    }
}
