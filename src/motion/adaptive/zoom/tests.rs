//! Zooms, rolls and turns of drawn hills, and what is none of them.

use super::*;

const SIZE: (usize, usize) = (320, 240);

/// Hills as a camera sees them that zooms, rolls (radians) and looks to the side, with noise; and something bright, 80 pixels wide, at `x`.
fn scene((scale, roll, shift): (f32, f32, f32), seed: usize, x: Option<usize>) -> Vec<u8> {
    let (width, height) = SIZE;
    let value = |pixel: usize| {
        let (column, row) = (pixel % width, pixel / width);
        if x.is_some_and(|x| (x..x + 80).contains(&column) && (60..180).contains(&row)) {
            return 240;
        }
        let (u, v) = (column as f32 - 159.5 + shift, row as f32 - 119.5);
        let (u, v) = ((u * roll.cos() - v * roll.sin()) / scale, (u * roll.sin() + v * roll.cos()) / scale);
        let hills = 50.0 * (u * 0.083).sin() * (v * 0.067).cos() + 30.0 * (u * 0.028 + v * 0.048).sin();
        let noise = ((pixel * 7919 + seed * 104_729) % 13) as f32 / 6.0 - 1.0;
        (120.0 + hills + noise).round() as u8
    };
    (0..width * height).map(value).collect()
}

fn zoom() -> Zoom {
    let mut zoom = Zoom::default();
    zoom.fit(SIZE.0, SIZE.1);
    zoom
}

/// Whether a zoom is seen in one picture after the other, a tenth of a second apart.
fn seen(background: &[u8], pictures: &[Vec<u8>]) -> Vec<bool> {
    let mut zoom = zoom();
    let looks = pictures.iter().map(|picture| {
        zoom.look(picture, background, SIZE.0 * SIZE.1 / 100, 0.1);
        zoom.is_away()
    });
    looks.collect()
}

/// The mean difference of a picture that was put back, where it shows the background.
fn left(zoom: &Zoom, picture: &[u8], background: &[u8]) -> f32 {
    let (affine, mut picture) = (zoom.affine().unwrap(), picture.to_vec());
    affine.draw(&mut picture, &mut Vec::new());
    let mut counts = vec![true; picture.len()];
    affine.outside().for_each(|pixels| counts[pixels].fill(false));
    let left = picture.iter().zip(background).zip(&counts).filter(|(_, counts)| **counts);
    let (sum, count) =
        left.fold((0u32, 0u32), |(sum, count), ((a, b), _)| (sum + u32::from(a.abs_diff(*b)), count + 1));
    sum as f32 / count as f32
}

#[test]
fn a_zoom_and_a_roll_are_followed_to_the_pixel() {
    let background = scene((1.0, 0.0, 0.0), 1, None);
    let views = (1..=12u8).map(f32::from).map(|n| (1.0 + 0.008 * n, 0.004 * n, 0.5 * n));
    let zooms_out = (1..=12u8).map(f32::from).map(|n| (1.0 - 0.006 * n, -0.003 * n, 0.0));
    for views in [views.collect::<Vec<_>>(), zooms_out.collect()] {
        let mut zoom = zoom();
        for (n, view) in views.into_iter().enumerate() {
            let picture = scene(view, n, None);
            zoom.look(&picture, &background, SIZE.0 * SIZE.1 / 50, 0.1);
            if n >= 3 {
                let left = left(&zoom, &picture, &background);
                assert!(left < 1.5, "{view:?}: {left} grey levels");
            }
        }
    }
}

#[test]
fn where_little_moves_nobody_looks_for_a_zoom() {
    let (background, larger) = (scene((1.0, 0.0, 0.0), 1, None), scene((1.03, 0.0, 0.0), 2, None));
    for (moving, expected) in [(SIZE.0 * SIZE.1 / 1100, false), (SIZE.0 * SIZE.1 / 900, true)] {
        let mut zoom = zoom();
        let seen = [(); 2].map(|()| {
            zoom.look(&larger, &background, moving, 0.1);
            zoom.is_away()
        });
        assert_eq!(seen, [false, expected], "{moving} pixels; at first it may be anything");
    }
}

#[test]
fn the_background_goes_along_with_a_camera_that_rests_or_has_gone_far() {
    let background = scene((1.0, 0.0, 0.0), 1, None);
    let mut zoom = zoom();
    let mut look = |scale: f32| {
        zoom.look(&scene((scale, 0.0, 0.0), 3, None), &background, 2000, 0.1);
        (zoom.is_away(), zoom.go_along().is_some(), zoom.is_away())
    };
    let zooms = [1.02, 1.025, 1.03].map(&mut look);
    assert_eq!(zooms, [(false, false, false), (true, false, true), (true, false, true)]);
    let resting = [1.03; 6].map(&mut look);
    assert_eq!(resting.iter().position(|(_, goes, _)| *goes), Some(4), "{resting:?}");
    assert_eq!(resting[4], (true, true, false), "it is in its place");
    zoom = self::zoom();
    let far = (1..=30u8).map(|n| 1.0 + 0.01 * f32::from(n)).find(|scale| {
        zoom.look(&scene((*scale, 0.0, 0.0), 3, None), &background, 2000, 0.1);
        zoom.go_along().is_some()
    });
    assert!(far.is_some_and(|scale| (1.13..1.17).contains(&scale)) && zoom.is_away(), "{far:?}");
}

#[test]
fn a_turn_noise_and_something_large_that_moves_are_no_zoom() {
    let still = (1.0, 0.0, 0.0);
    for (view, now, then) in [
        ((1.0, 0.0, 6.0), None, None),
        ((1.0, 0.0, -3.0), Some(120), None),
        (still, None, None),
        (still, Some(120), Some(96)),
        (still, Some(200), None),
        (still, None, Some(80)),
    ] {
        let seen = seen(&scene(still, 2, then), &[scene(view, 1, now), scene(view, 3, now)]);
        assert_eq!(seen, [false; 2], "{view:?}, {now:?}, {then:?}");
    }
}

#[test]
fn what_one_large_thing_does_before_a_bare_wall_is_no_zoom() {
    let wall = |x: usize| -> Vec<u8> {
        let value = |pixel: usize| {
            let (column, row) = (pixel % SIZE.0, pixel / SIZE.0);
            let inside = (x..x + 120).contains(&column) && (48..192).contains(&row);
            let (u, v) = (column as f32 - x as f32, row as f32);
            let pattern = 128.0 + 80.0 * (u * 0.125).sin() * (v * 0.1).cos();
            if inside { pattern as u8 } else { 120 + (pixel * 7919 % 5) as u8 }
        };
        (0..SIZE.0 * SIZE.1).map(value).collect()
    };
    assert_eq!(seen(&wall(80), &[88, 96, 104].map(wall)), [false; 3]);
}

#[test]
fn a_camera_that_zooms_no_longer_but_turns_is_left_to_others() {
    let background = scene((1.0, 0.0, 0.0), 1, None);
    let views = [(1.02, 0.0), (1.025, 0.0), (1.03, 0.0), (1.0, 2.0), (1.0, 4.0), (1.0, 6.0), (1.0, 8.0)];
    let pictures: Vec<_> = views.iter().map(|(scale, shift)| scene((*scale, 0.0, *shift), 5, None)).collect();
    let seen = seen(&background, &pictures);
    assert_eq!(seen[..3], [false, true, true]);
    assert!(!seen[6], "{seen:?}");
}

#[test]
fn what_was_found_once_and_is_not_so_in_the_next_picture_was_no_zoom() {
    let background = scene((1.0, 0.0, 0.0), 1, None);
    let pictures = [(1.03, 0.0, 0.0), (1.0, 0.0, 0.0), (1.0, 0.0, 0.0), (1.03, 0.0, 0.0), (1.03, 0.0, 0.0)];
    let pictures: Vec<_> = pictures.iter().map(|view| scene(*view, 5, None)).collect();
    assert_eq!(seen(&background, &pictures), [false, false, false, false, true]);
}

#[test]
fn a_bare_wall_and_a_picture_of_nothing_tell_nothing() {
    for (width, height) in [(0, 0), (1, 1), (3, 9), (9, 3), (40, 30), (320, 240)] {
        let mut zoom = Zoom::default();
        zoom.fit(width, height);
        let luma = vec![7; width * height];
        zoom.look(&luma, &luma, width * height, 0.1);
        assert!(!zoom.is_away() && zoom.go_along().is_none(), "{width}x{height}");
    }
}
