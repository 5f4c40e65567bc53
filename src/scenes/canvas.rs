//! Draws shapes with smooth edges into a picture.
//!
//! A shape is a function that tells how far a point is from its edge, negative inside; from that follow the colour of
//! the edge's pixels and everything else. Positions are those of a picture of 640x480, whatever its real size.

use crate::domain::RgbPicture;

/// The size in which the scene is thought.
pub(super) const WIDTH: f32 = 640.0;
pub(super) const HEIGHT: f32 = 480.0;

/// Red, green, blue, 0 to 255.
pub(super) type Colour = [f32; 3];

/// An upright box: left, top, right, bottom.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bounds(pub(super) f32, pub(super) f32, pub(super) f32, pub(super) f32);

impl Bounds {
    pub(super) const ALL: Self = Self(0.0, 0.0, WIDTH, HEIGHT);

    /// The pixels of it that lie in a picture: left, top, right and bottom, the last two not included.
    pub(super) fn pixels(self, picture: &RgbPicture) -> [u32; 4] {
        let (x, y) = (picture.width as f32 / WIDTH, picture.height as f32 / HEIGHT);
        [
            whole(self.0 * x, picture.width),
            whole(self.1 * y, picture.height),
            whole((self.2 * x).ceil(), picture.width),
            whole((self.3 * y).ceil(), picture.height),
        ]
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the picture's size")]
fn whole(position: f32, most: u32) -> u32 {
    position.clamp(0.0, most as f32) as u32
}

/// Something to draw on.
pub(super) struct Canvas<'a> {
    picture: &'a mut RgbPicture,
    /// Pixels for one step of the scene.
    scale: (f32, f32),
}

impl<'a> Canvas<'a> {
    pub(super) fn new(picture: &'a mut RgbPicture) -> Self {
        let scale = (picture.width as f32 / WIDTH, picture.height as f32 / HEIGHT);
        Self { picture, scale }
    }

    /// Draws a shape in one colour.
    pub(super) fn fill(&mut self, bounds: Bounds, colour: Colour, distance: impl Fn(f32, f32) -> f32) {
        self.paint(bounds, |_, _| (colour, 1.0), distance);
    }

    /// Draws a shape; each of its points has a colour and an opacity from 0 to 1.
    pub(super) fn paint(
        &mut self,
        bounds: Bounds,
        colour: impl Fn(f32, f32) -> (Colour, f32),
        distance: impl Fn(f32, f32) -> f32,
    ) {
        let [left, top, right, bottom] = bounds.pixels(self.picture);
        let edge = self.scale.0.min(self.scale.1);
        let row_len = self.picture.width as usize * 3;
        for row in top..bottom {
            let y = (row as f32 + 0.5) / self.scale.1;
            let start = row as usize * row_len;
            let pixels = &mut self.picture.data[start + left as usize * 3..start + right as usize * 3];
            for (column, pixel) in (left..right).zip(pixels.chunks_exact_mut(3)) {
                let x = (column as f32 + 0.5) / self.scale.0;
                let covered = (0.5 - distance(x, y) * edge).clamp(0.0, 1.0);
                if covered > 0.0 {
                    let (colour, opacity) = colour(x, y);
                    blend(pixel, colour, covered * opacity);
                }
            }
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a mixture of two bytes is a byte")]
fn blend(pixel: &mut [u8], colour: Colour, share: f32) {
    for (old, new) in pixel.iter_mut().zip(colour) {
        *old = (f32::from(*old) + (new - f32::from(*old)) * share + 0.5).clamp(0.0, 255.0) as u8;
    }
}

/// Between two colours: 0 is the first.
pub(super) fn mix(a: Colour, b: Colour, share: f32) -> Colour {
    let share = share.clamp(0.0, 1.0);
    [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share]
}

pub(super) fn circle(cx: f32, cy: f32, radius: f32) -> impl Fn(f32, f32) -> f32 {
    move |x, y| (x - cx).hypot(y - cy) - radius
}

/// Exact on the edge only, which is all that is drawn.
pub(super) fn ellipse(cx: f32, cy: f32, rx: f32, ry: f32) -> impl Fn(f32, f32) -> f32 {
    move |x, y| (((x - cx) / rx).hypot((y - cy) / ry) - 1.0) * rx.min(ry)
}

/// A rectangle from left, top to right, bottom with rounded corners.
pub(super) fn rectangle(Bounds(left, top, right, bottom): Bounds, radius: f32) -> impl Fn(f32, f32) -> f32 {
    let (cx, cy) = (f32::midpoint(left, right), f32::midpoint(top, bottom));
    let (half_width, half_height) = ((right - left) / 2.0 - radius, (bottom - top) / 2.0 - radius);
    move |x, y| {
        let (dx, dy) = ((x - cx).abs() - half_width, (y - cy).abs() - half_height);
        dx.max(0.0).hypot(dy.max(0.0)) + dx.max(dy).min(0.0) - radius
    }
}

/// A line from one point to another with round ends: an arm, a leg, a branch.
pub(super) fn limb((ax, ay): (f32, f32), (bx, by): (f32, f32), radius: f32) -> impl Fn(f32, f32) -> f32 {
    let (dx, dy) = (bx - ax, by - ay);
    let square = dx.mul_add(dx, dy * dy).max(f32::EPSILON);
    move |x, y| {
        let along = (((x - ax) * dx + (y - ay) * dy) / square).clamp(0.0, 1.0);
        (x - ax - dx * along).hypot(y - ay - dy * along) - radius
    }
}

/// A triangle, corners clockwise on the screen.
pub(super) fn triangle(corners: [(f32, f32); 3]) -> impl Fn(f32, f32) -> f32 {
    move |x, y| {
        let side = |i: usize| {
            let ((ax, ay), (bx, by)) = (corners[i], corners[(i + 1) % 3]);
            let (dx, dy) = (bx - ax, by - ay);
            (dy * (x - ax) - dx * (y - ay)) / dx.hypot(dy)
        };
        side(0).max(side(1)).max(side(2))
    }
}
