//! Zones: parts of the picture that are watched, ignored or never stored.

use serde::{Deserialize, Serialize};

/// What a zone does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ZoneKind {
    /// Only motion inside counts. Several add up.
    Watch,
    /// Motion inside does not count.
    Ignore,
    /// Blacked out before anything is stored or sent, and not looked at.
    Private,
}

/// A polygon in shares of the picture (0 to 1), so that it fits every size of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Zone {
    /// What it does.
    pub kind: ZoneKind,
    /// Corners in order, `(x, y)`, at least three. The last joins the first.
    pub points: Vec<(f32, f32)>,
}

impl Zone {
    /// An upright rectangle.
    #[must_use]
    pub fn rectangle(kind: ZoneKind, x: f32, y: f32, width: f32, height: f32) -> Self {
        Self { kind, points: vec![(x, y), (x + width, y), (x + width, y + height), (x, y + height)] }
    }

    /// Whether a point lies inside, by the even-odd rule.
    #[must_use]
    pub fn contains(&self, x: f32, y: f32) -> bool {
        let mut inside = false;
        let mut previous = self.points.len().wrapping_sub(1);
        for (current, &(x1, y1)) in self.points.iter().enumerate() {
            let (x0, y0) = self.points[previous];
            if (y1 > y) != (y0 > y) && x < (x0 - x1) * (y - y1) / (y0 - y1) + x1 {
                inside = !inside;
            }
            previous = current;
        }
        inside
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_triangle_contains_its_middle_and_not_its_corner_of_the_box() {
        let zone = Zone { kind: ZoneKind::Watch, points: vec![(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)] };
        assert!(zone.contains(0.2, 0.2));
        assert!(!zone.contains(0.9, 0.9));
    }

    #[test]
    fn a_zone_without_corners_contains_nothing() {
        assert!(!Zone { kind: ZoneKind::Ignore, points: vec![] }.contains(0.5, 0.5));
    }
}
