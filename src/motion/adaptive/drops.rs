//! Drops that run down the lens: what is before the camera brings edges and colours of its own, a drop only blurs what lies behind it.
//!
//! A drop on the lens is far out of focus (Nashashibi, de Charette and Lia, *Detection of Unfocused Raindrops on a Windscreen using
//! Low Level Image Processing*, ICARCV 2010). So what is seen in it lies between the darkest and the brightest of the background
//! around, and its edges are copies of those of the background, several times weaker.

use super::light::Light;

/// The background is looked at so far around a pixel, as a part of the picture's width, and at half of that.
const REACH: usize = 40;
const LEAST_REACH: usize = 2;
/// The rows and columns of the places around, of five: rings of eight places, and the pixel itself.
const AROUND: [(usize, usize); 17] = [
    (0, 0),
    (0, 2),
    (0, 4),
    (2, 0),
    (2, 4),
    (4, 0),
    (4, 2),
    (4, 4),
    (1, 1),
    (1, 2),
    (1, 3),
    (2, 1),
    (2, 3),
    (3, 1),
    (3, 2),
    (3, 3),
    (2, 2),
];
/// A drop is a little darker or brighter than what it blurs: by an eighth, and by so many grey levels. Its colour is by so much
/// another.
const VEIL: u16 = 8;
const LEAST_VEIL: u16 = 8;
const COLOUR_VEIL: u8 = 7;
/// An edge of its own is stronger than that of the background by so much, and than so much of the contrast around.
const OWN_EDGE: u8 = 14;
const COPIED_EDGE: u8 = 3;
/// A drop has fewer than one in so many pixels with a brightness, and with an edge, of its own.
const FOREIGN_SHARE: u32 = 10;
const OWN_EDGES_SHARE: u32 = 16;

/// What is known of one shape.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sharpness {
    looked_at: u32,
    /// Pixels that are darker or brighter than all of the background around, or of a colour that nothing around has.
    foreign: u32,
    /// Pixels with an edge that no blur of the background has.
    own_edges: u32,
}

impl Sharpness {
    /// Whether the shape is nothing but blurred background. `inside`: it lies inside the picture. Of what comes in from outside
    /// hardly an edge is seen yet, so less of its own is enough there.
    pub fn is_blur(&self, inside: bool) -> bool {
        let times = if inside { 1 } else { 2 };
        let (foreign, own_edges) = (self.foreign * FOREIGN_SHARE, self.own_edges * OWN_EDGES_SHARE);
        foreign * times < self.looked_at && own_edges * times < self.looked_at
    }

    /// Whether the rest of the shape, of so many pixels in all, can still make it one: of what is none, a few rows are enough.
    pub fn may_be_blur(&self, pixels: u32) -> bool {
        // No more than that are looked at, as rows of five pixels and more are the rule.
        self.foreign * FOREIGN_SHARE < pixels && self.own_edges * OWN_EDGES_SHARE < pixels
    }

    /// Looks at every second pixel of part of a row, and at two to either side of it: the edges of a shape are just outside.
    /// `picture` and `background` are brightness and two colour differences.
    #[inline(always)]
    pub fn add(
        &mut self,
        picture: [&[u8]; 3],
        background: [&[u8]; 3],
        (width, height): (usize, usize),
        y: usize,
        run: (usize, usize),
        light: Light,
    ) {
        let (own_edge, colour_veil) = (light.levels(OWN_EDGE), light.levels(COLOUR_VEIL));
        let veil = |level: u16| u16::from(light.levels((level / VEIL + LEAST_VEIL) as u8));
        let reach = (width / REACH).max(LEAST_REACH);
        let five = |middle: usize, length: usize| {
            [(0, reach), (0, reach / 2), (0, 0), (reach / 2, 0), (reach, 0)]
                .map(|(after, before)| (middle + after).saturating_sub(before).min(length - 1))
        };
        let rows = five(y, height).map(|row| row * width);
        let (above, below) = (y.saturating_sub(1) * width, (y + 1).min(height - 1) * width);
        let least_veil = veil(0);
        for x in (run.0.saturating_sub(2)..(run.1 + 2).min(width)).step_by(2) {
            let columns = five(x, width);
            let (left, right) = (x.saturating_sub(1), (x + 1).min(width - 1));
            let edge = |plane: &[u8]| {
                let across = plane[rows[2] + left].abs_diff(plane[rows[2] + right]);
                across.max(plane[above + x].abs_diff(plane[below + x]))
            };
            self.looked_at += 1;
            let [now, then] = [picture[0], background[0]].map(|plane| u16::from(plane[rows[2] + x]));
            let (edge, least) = (edge(picture[0]), edge(background[0]).saturating_add(own_edge));
            let mut is_foreign = false;
            // The pixel itself is among the places around: mostly nothing else needs to be looked at, nor for its colours.
            if edge > least || now.abs_diff(then) > least_veil {
                let (darkest, brightest) = range(background[0], rows, columns);
                let copied = ((brightest - darkest) / COPIED_EDGE).saturating_add(own_edge);
                self.own_edges += u32::from(edge > least.max(copied));
                let [darkest, brightest] = [darkest, brightest].map(u16::from);
                is_foreign = now + veil(darkest) < darkest || now > brightest + veil(brightest);
            }
            let has_foreign_colour = |channel: usize| {
                let (now, plane) = (picture[channel][rows[2] + x], background[channel]);
                now.abs_diff(plane[rows[2] + x]) > colour_veil && {
                    let (least, most) = range(plane, rows, columns);
                    now < least.saturating_sub(colour_veil) || now > most.saturating_add(colour_veil)
                }
            };
            self.foreign += u32::from(is_foreign || has_foreign_colour(1) || has_foreign_colour(2));
        }
    }
}

/// The least and the most of the places around.
#[inline(always)]
fn range(plane: &[u8], rows: [usize; 5], columns: [usize; 5]) -> (u8, u8) {
    let (mut least, mut most) = (u8::MAX, 0);
    for (row, column) in AROUND {
        let there = plane[rows[row] + columns[column]];
        (least, most) = (least.min(there), most.max(there));
    }
    (least, most)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDTH: usize = 160;
    const HEIGHT: usize = 120;
    static GREY: [u8; WIDTH * HEIGHT] = [128; WIDTH * HEIGHT];

    /// A wall of bricks, dark and bright.
    fn wall() -> Vec<u8> {
        (0..WIDTH * HEIGHT)
            .map(|pixel| if (pixel % WIDTH / 9 + pixel / WIDTH / 7).is_multiple_of(2) { 70 } else { 170 })
            .collect()
    }

    /// The wall with another picture in a square of it.
    fn with_square(inside: impl Fn(usize) -> u8) -> Vec<u8> {
        let is_inside = |pixel: usize| (60..90).contains(&(pixel % WIDTH)) && (40..70).contains(&(pixel / WIDTH));
        wall().iter().enumerate().map(|(pixel, wall)| if is_inside(pixel) { inside(pixel) } else { *wall }).collect()
    }

    fn is_blur(luma: &[u8]) -> bool {
        let mut sharpness = Sharpness::default();
        for y in 40..70 {
            sharpness.add([luma, &GREY, &GREY], [&wall(), &GREY, &GREY], (WIDTH, HEIGHT), y, (60, 90), Light::GOOD);
        }
        sharpness.is_blur(true)
    }

    /// The mean of the wall over a square around a pixel.
    fn blurred(pixel: usize) -> u8 {
        let wall = wall();
        let values = (0..121).map(|place| u32::from(wall[pixel + place % 11 - 5 + (place / 11) * WIDTH - 5 * WIDTH]));
        u8::try_from(values.sum::<u32>() / 121).unwrap()
    }

    #[test]
    fn a_blurred_wall_is_a_drop_also_when_it_is_a_little_darker() {
        assert!(is_blur(&with_square(blurred)));
        assert!(is_blur(&with_square(|pixel| blurred(pixel) - blurred(pixel) / 10)));
    }

    #[test]
    fn what_has_another_brightness_or_edges_of_its_own_is_none() {
        assert!(!is_blur(&with_square(|_| 235)), "brighter than all bricks");
        assert!(!is_blur(&with_square(|_| 20)), "darker than all bricks");
        let striped = |pixel: usize| if pixel % WIDTH % 4 < 2 { 80 } else { 160 };
        assert!(!is_blur(&with_square(striped)), "as bright as the bricks, with other edges");
    }

    #[test]
    fn what_has_a_colour_that_nothing_around_has_is_none() {
        let (luma, wall) = (with_square(blurred), wall());
        let blurred_in = |cb: [u8; WIDTH * HEIGHT]| {
            let mut sharpness = Sharpness::default();
            for y in 40..70 {
                sharpness.add([&luma, &cb, &GREY], [&wall, &GREY, &GREY], (WIDTH, HEIGHT), y, (60, 90), Light::GOOD);
            }
            sharpness.is_blur(true)
        };
        assert!(blurred_in(GREY.map(|grey| grey + COLOUR_VEIL)), "as grey as the wall but for the noise of the camera");
        assert!(!blurred_in(GREY.map(|grey| grey - COLOUR_VEIL - 1)), "another colour of the same brightness");
    }

    #[test]
    fn in_the_dark_a_weaker_edge_is_an_edge_of_its_own() {
        let dark = |luma: &[u8]| luma.iter().map(|value| value / 5).collect::<Vec<u8>>();
        let striped = dark(&with_square(|pixel| if pixel % WIDTH % 4 < 2 { 80 } else { 160 }));
        let is_blur = |light: Light| {
            let mut sharpness = Sharpness::default();
            for y in 40..70 {
                sharpness.add(
                    [&striped, &GREY, &GREY],
                    [&dark(&wall()), &GREY, &GREY],
                    (WIDTH, HEIGHT),
                    y,
                    (60, 90),
                    light,
                );
            }
            sharpness.is_blur(true)
        };
        let [poor, _] = Light::of(&dark(&wall()));
        assert!(is_blur(Light::GOOD) && !is_blur(poor));
    }

    #[test]
    fn less_of_its_own_is_enough_for_what_comes_in_from_outside() {
        let own = Sharpness { looked_at: 100, foreign: 7, own_edges: 0 };
        assert!(own.is_blur(true) && !own.is_blur(false));
    }

    #[test]
    fn the_borders_of_a_picture_are_no_trouble() {
        for (width, height) in [(1, 1), (2, 9), (9, 2), (65, 3)] {
            let plane = vec![90; width * height];
            let mut sharpness = Sharpness::default();
            for y in 0..height {
                sharpness.add(
                    [&plane, &plane, &plane],
                    [&plane, &plane, &plane],
                    (width, height),
                    y,
                    (0, width),
                    Light::GOOD,
                );
            }
            assert!(sharpness.is_blur(true) && sharpness.is_blur(false), "{width}x{height}");
        }
    }
}
