//! Private zones: blacked out before anything is stored, shown or looked at.

use crate::domain::{RgbPicture, Zone, ZoneKind};

/// Whether a part of the picture is private, so that it is not kept as it came.
pub(super) fn has_private(zones: &[Zone]) -> bool {
    zones.iter().any(|zone| zone.kind == ZoneKind::Private)
}

/// Blackens what lies in private zones.
pub(super) fn black_out(picture: &mut RgbPicture, zones: &[Zone]) {
    let private: Vec<&Zone> = zones.iter().filter(|zone| zone.kind == ZoneKind::Private).collect();
    if private.is_empty() || picture.width == 0 {
        return;
    }
    let (width, height) = (picture.width as f32, picture.height as f32);
    for (y, row) in picture.data.chunks_exact_mut(picture.width as usize * 3).enumerate() {
        for (x, pixel) in row.chunks_exact_mut(3).enumerate() {
            let (x, y) = ((x as f32 + 0.5) / width, (y as f32 + 0.5) / height);
            if private.iter().any(|zone| zone.contains(x, y)) {
                pixel.fill(0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_private_part_turns_black() {
        let mut picture = RgbPicture { width: 4, height: 2, data: vec![200; 24] };
        let zones = [
            Zone::rectangle(ZoneKind::Private, 0.0, 0.0, 0.5, 1.0),
            Zone::rectangle(ZoneKind::Ignore, 0.5, 0.0, 0.5, 1.0),
        ];
        assert!(has_private(&zones));
        black_out(&mut picture, &zones);
        let luma: Vec<u8> = picture.data.chunks(3).map(|p| p[0]).collect();
        assert_eq!(luma, [0, 0, 200, 200, 0, 0, 200, 200]);
    }

    #[test]
    fn without_private_zones_nothing_is_touched() {
        let mut picture = RgbPicture { width: 1, height: 1, data: vec![9; 3] };
        let zones = [Zone::rectangle(ZoneKind::Watch, 0.0, 0.0, 1.0, 1.0)];
        assert!(!has_private(&zones));
        black_out(&mut picture, &zones);
        assert_eq!(picture.data, [9; 3]);
    }
}
