//! What is drawn on the pictures of a film: boxes around what moved, outlines of zones, the time. Pixels in, pixels out; it is
//! told what to draw, and knows no file and no clock.
//!
//! The font is that of the window and comes with the program, so that a film looks the same wherever it is made. Under every
//! line lies a dark halo: it has to be seen on snow and at night.

use epaint_default_fonts::HACK_REGULAR;
use jiff::tz::{Offset, TimeZone};
use skrifa::instance::{LocationRef, Size};
use skrifa::outline::OutlinePen;
use skrifa::{FontRef, MetadataProvider};
use vello_cpu::color::{AlphaColor, Srgb};
use vello_cpu::kurbo::{Affine, BezPath, Join, Rect, Shape, Stroke};
use vello_cpu::{CompositeMode, PixmapMut, RasterizerSettings, RenderContext, Resources};

use crate::codec;
use crate::domain::{Draw, RgbPicture, Timestamp, Zone, ZoneKind};
use crate::library::ClipMarks;

/// Boxes are of the frame that was taken at the time of the picture, or so many milliseconds beside it.
const NEAR_MILLIS: u64 = 300;
/// Lines are this share of the picture's shorter side, and never thinner than these pixels.
const LINE: (f64, f64) = (1.0 / 270.0, 2.0);
/// The same of the height of the text, which is never higher than the last.
const TEXT: (f64, f64, f64) = (1.0 / 24.0, 14.0, 64.0);
/// Text that would have to be smaller than this share of its size stands in two lines.
const LEAST_SHRUNK: f64 = 0.75;

/// Red, green, blue and opacity.
type Colour = [u8; 4];
const BOXES: Colour = [0xff, 0xb0, 0x20, 0xff];
const WATCHED: Colour = [0x8f, 0xd0, 0xff, 0xff];
const IGNORED: Colour = [0xd0, 0xd0, 0xd0, 0xff];
const WHITE: Colour = [0xff, 0xff, 0xff, 0xff];
const HALO: Colour = [0, 0, 0, 0xb0];

/// Draws on the pictures of one film.
pub(super) struct Overlay {
    draw: Draw,
    marks: ClipMarks,
    size: (u16, u16),
    scaled: RgbPicture,
    frame: Vec<u8>,
    pen: RenderContext,
    resources: Resources,
}

/// Where the picture lies in the frame of the film: they may differ in shape.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Place {
    left: u32,
    top: u32,
    width: u32,
    height: u32,
    /// How the picture was turned to be shown ([`codec::orientation`]): what is drawn is told as it came.
    orientation: u8,
}

impl Overlay {
    /// Draws on the frames of a film of this size. `None` when nothing is to be drawn.
    pub fn new(draw: Draw, marks: ClipMarks) -> Option<Self> {
        draw.any().then(|| Self {
            draw,
            marks,
            size: (0, 0),
            scaled: RgbPicture::default(),
            frame: Vec::new(),
            pen: RenderContext::new(1, 1),
            resources: Resources::new(),
        })
    }

    /// A frame of a film in this size: the picture in its middle, as large as it fits, and what is drawn on it. Red, green, blue
    /// and opacity of each pixel. The picture is upright; `orientation` says how it was turned for that, as the detector saw it as
    /// it came.
    pub fn frame(
        &mut self,
        picture: &RgbPicture,
        (width, height): (u32, u32),
        at: Timestamp,
        orientation: u8,
    ) -> &[u8] {
        let size = (u16::try_from(width).unwrap_or(u16::MAX), u16::try_from(height).unwrap_or(u16::MAX));
        if self.size != size {
            self.size = size;
            self.frame.resize(width as usize * height as usize * 4, 0);
            self.pen.reset_and_resize(size.0, size.1);
        }
        let place = Place { orientation, ..Place::of((picture.width, picture.height), (width, height)) };
        codec::resize(picture, place.width, place.height, &mut self.scaled);
        put(&mut self.frame, width, &self.scaled, place);
        self.pen.reset();
        let line = (f64::from(place.width.min(place.height)) * LINE.0).max(LINE.1);
        if self.draw.zones {
            for zone in &self.marks.zones {
                draw_zone(&mut self.pen, zone, place, line);
            }
        }
        if self.draw.boxes {
            for sides in boxes_at(&self.marks, at) {
                draw_box(&mut self.pen, *sides, place, line);
            }
        }
        if self.draw.time {
            draw_text(&mut self.pen, (width.into(), height.into()), &clock(&self.marks, at));
        }
        self.pen.flush();
        if let Some(target) = PixmapMut::new(size.0, size.1, &mut self.frame) {
            let over = RasterizerSettings { composite_mode: CompositeMode::SrcOver, ..RasterizerSettings::default() };
            self.pen.render_with(target, &mut self.resources, over);
        }
        &self.frame
    }
}

impl Place {
    fn of((width, height): (u32, u32), (room_width, room_height): (u32, u32)) -> Self {
        let scale = f64::min(
            f64::from(room_width) / f64::from(width.max(1)),
            f64::from(room_height) / f64::from(height.max(1)),
        );
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most the room")]
        let side = |side: u32, room: u32| ((f64::from(side) * scale).round() as u32).clamp(1, room);
        let (width, height) = (side(width, room_width), side(height, room_height));
        Self { left: (room_width - width) / 2, top: (room_height - height) / 2, width, height, orientation: 1 }
    }

    /// A point in shares of the picture as it came, in pixels of the frame.
    fn at(self, x: f32, y: f32) -> (f64, f64) {
        let (x, y) = match self.orientation {
            2 => (1.0 - x, y),
            3 => (1.0 - x, 1.0 - y),
            4 => (x, 1.0 - y),
            5 => (y, x),
            6 => (1.0 - y, x),
            7 => (1.0 - y, 1.0 - x),
            8 => (y, 1.0 - x),
            _ => (x, y),
        };
        let on = |from: u32, length: u32, share: f32| f64::from(from) + f64::from(length) * f64::from(share);
        (on(self.left, self.width, x), on(self.top, self.height, y))
    }
}

/// Copies a picture of the size of its place into a frame that is so wide; around it is black.
fn put(frame: &mut [u8], width: u32, picture: &RgbPicture, place: Place) {
    for pixel in frame.chunks_exact_mut(4) {
        pixel.copy_from_slice(&[0, 0, 0, 0xff]);
    }
    let rows = frame.chunks_exact_mut(width as usize * 4).skip(place.top as usize);
    for (row, line) in rows.zip(picture.data.chunks_exact(place.width as usize * 3)) {
        for (pixel, rgb) in row[place.left as usize * 4..].chunks_exact_mut(4).zip(line.chunks_exact(3)) {
            pixel[..3].copy_from_slice(rgb);
        }
    }
}

fn draw_box(pen: &mut RenderContext, [x, y, width, height]: [f32; 4], place: Place, line: f64) {
    let path = Rect::from_points(place.at(x, y), place.at(x + width, y + height)).to_path(0.1);
    stroke(pen, &path, Stroke::new(line * 2.5), HALO);
    stroke(pen, &path, Stroke::new(line), BOXES);
}

/// As the window draws them: what is watched has a whole line, what is not a broken one.
fn draw_zone(pen: &mut RenderContext, zone: &Zone, place: Place, line: f64) {
    let mut corners = zone.points.iter().map(|(x, y)| place.at(*x, *y));
    let Some(first) = corners.next() else { return };
    let mut path = BezPath::new();
    path.move_to(first);
    corners.for_each(|corner| path.line_to(corner));
    path.close_path();
    let whole = Stroke::new(line);
    let (colour, own) = match zone.kind {
        ZoneKind::Watch => (WATCHED, whole),
        ZoneKind::Ignore => (IGNORED, whole.with_dashes(0.0, [line * 4.0, line * 3.0])),
        ZoneKind::Private => (WHITE, whole.with_dashes(0.0, [line * 4.0, line * 3.0])),
    };
    stroke(pen, &path, Stroke::new(line * 2.5), HALO);
    stroke(pen, &path, own, colour);
}

/// In the lower left corner of a frame of this size, as large as it fits; where it would be too small, in two lines.
fn draw_text(pen: &mut RenderContext, (width, height): (f64, f64), text: &str) {
    let size = (width.min(height) * TEXT.0).clamp(TEXT.1, TEXT.2);
    let room = width * 0.94;
    let length = |text: &str| outline_of(text, size).map_or(1.0, |(_, length)| length.max(1.0));
    let is_narrow = room / length(text) < LEAST_SHRUNK;
    let lines: Vec<&str> = if is_narrow { text.split(' ').collect() } else { vec![text] };
    let margin = (size * 0.5).min(width * 0.03);
    let mut bottom = height - margin;
    for line in lines.into_iter().rev() {
        let Some((path, length)) = outline_of(line, size) else { continue };
        let shrink = (room / length.max(1.0)).min(1.0);
        let place = Affine::translate((margin, bottom - size * 0.2 * shrink)) * Affine::scale(shrink);
        let path = place * path;
        stroke(pen, &path, Stroke::new(size * 0.22 * shrink), HALO);
        pen.set_paint(paint(WHITE));
        pen.fill_path(&path);
        bottom -= size * 1.1 * shrink;
    }
}

fn stroke(pen: &mut RenderContext, path: &BezPath, stroke: Stroke, colour: Colour) {
    pen.set_paint(paint(colour));
    pen.set_stroke(stroke.with_join(Join::Round));
    pen.stroke_path(path);
}

fn paint([red, green, blue, opacity]: Colour) -> AlphaColor<Srgb> {
    AlphaColor::from_rgba8(red, green, blue, opacity)
}

/// The boxes of the frame that was taken next to a time.
fn boxes_at(marks: &ClipMarks, at: Timestamp) -> &[[f32; 4]] {
    let after = marks.boxes.partition_point(|(time, _)| *time < at);
    let distance = |(time, _): &&(Timestamp, Vec<_>)| time.as_millis().abs_diff(at.as_millis());
    let beside = marks.boxes[..after].last().into_iter().chain(marks.boxes.get(after));
    let nearest = beside.min_by_key(distance).filter(|near| distance(near) <= NEAR_MILLIS);
    nearest.map_or(&[], |(_, boxes)| boxes)
}

/// A time as the computer's own clock shows it.
fn clock(marks: &ClipMarks, at: Timestamp) -> String {
    let since = marks.offsets.partition_point(|(from, _)| *from <= at).saturating_sub(1);
    let ahead = marks.offsets.get(since).map_or(0, |(_, ahead)| *ahead);
    let zone = TimeZone::fixed(Offset::from_seconds(ahead).unwrap_or(Offset::UTC));
    let Ok(time) = jiff::Timestamp::from_millisecond(at.as_millis()) else { return String::new() };
    time.to_zoned(zone).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// The outline of a line of text that begins at 0, 0, and how long it is. `None` for a text of which nothing can be seen.
fn outline_of(text: &str, size: f64) -> Option<(BezPath, f64)> {
    #[expect(clippy::cast_possible_truncation, reason = "at most 64")]
    let font_size = Size::new(size as f32);
    let font = FontRef::new(HACK_REGULAR).ok()?;
    let (characters, outlines) = (font.charmap(), font.outline_glyphs());
    let widths = font.glyph_metrics(font_size, LocationRef::default());
    let mut pen = Pen { path: BezPath::new(), x: 0.0 };
    for character in text.chars() {
        let Some(glyph) = characters.map(character) else { continue };
        if let Some(outline) = outlines.get(glyph) {
            outline.draw(font_size, &mut pen).ok()?;
        }
        pen.x += f64::from(widths.advance_width(glyph).unwrap_or_default());
    }
    (!pen.path.is_empty()).then_some((pen.path, pen.x))
}

/// Writes outlines, whose y grows upwards, from a place on.
struct Pen {
    path: BezPath,
    x: f64,
}

impl Pen {
    fn at(&self, x: f32, y: f32) -> (f64, f64) {
        (self.x + f64::from(x), -f64::from(y))
    }
}

impl OutlinePen for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.path.move_to(self.at(x, y));
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.path.line_to(self.at(x, y));
    }

    fn quad_to(&mut self, over_x: f32, over_y: f32, x: f32, y: f32) {
        self.path.quad_to(self.at(over_x, over_y), self.at(x, y));
    }

    fn curve_to(&mut self, first_x: f32, first_y: f32, second_x: f32, second_y: f32, x: f32, y: f32) {
        self.path.curve_to(self.at(first_x, first_y), self.at(second_x, second_y), self.at(x, y));
    }

    fn close(&mut self) {
        self.path.close_path();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(width: u32, height: u32, level: u8) -> RgbPicture {
        RgbPicture { width, height, data: vec![level; (width * height * 3) as usize] }
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn overlay(draw: Draw) -> Overlay {
        let zones = vec![Zone::rectangle(ZoneKind::Watch, 0.0, 0.0, 0.5, 1.0)];
        let marks = ClipMarks {
            zones,
            offsets: vec![(at(0), 3600), (at(1_000_000), 7200)],
            boxes: vec![(at(1000), vec![[0.5, 0.25, 0.25, 0.5]])],
        };
        Overlay::new(draw, marks).unwrap()
    }

    /// Red, green and blue of a pixel.
    fn pixel(frame: &[u8], width: usize, (x, y): (usize, usize)) -> [u8; 3] {
        let from = (y * width + x) * 4;
        [frame[from], frame[from + 1], frame[from + 2]]
    }

    #[test]
    fn a_box_stands_where_it_moved_when_it_moved_and_leaves_the_picture_as_it_is() {
        let mut overlay = overlay(Draw { boxes: true, ..Draw::default() });
        let picture = grey(320, 240, 110);
        let frame = overlay.frame(&picture, (320, 240), at(1200), 1).to_vec();
        assert_eq!(pixel(&frame, 320, (160, 120)), [0xff, 0xb0, 0x20]);
        assert_eq!(pixel(&frame, 320, (200, 120)), [110; 3]);
        let later = overlay.frame(&picture, (320, 240), at(1301), 1).to_vec();
        assert!(later.chunks_exact(4).all(|pixel| pixel == [110, 110, 110, 255]));
    }

    #[test]
    fn a_picture_of_another_shape_stands_in_the_middle_and_its_marks_with_it() {
        let mut overlay = overlay(Draw { boxes: true, zones: true, ..Draw::default() });
        let frame = overlay.frame(&grey(100, 200, 200), (400, 200), at(1000), 1).to_vec();
        assert_eq!((pixel(&frame, 400, (100, 100)), pixel(&frame, 400, (170, 150))), ([0; 3], [200; 3]));
        assert_eq!(pixel(&frame, 400, (200, 20)), [0x8f, 0xd0, 0xff], "the zone ends in the middle");
        assert_eq!(pixel(&frame, 400, (225, 100)), [0xff, 0xb0, 0x20]);
    }

    #[test]
    fn on_a_picture_that_was_turned_a_box_stands_around_what_it_stood_around_before() {
        // A bright place in the upper right quarter, away from the middles so that each turn brings it elsewhere.
        let sides = [0.625, 0.125, 0.25, 0.25];
        let mut came = grey(320, 240, 60);
        for y in 30..90 {
            came.data[(y * 320 + 200) * 3..(y * 320 + 280) * 3].fill(200);
        }
        for orientation in 1..=8 {
            let marks = ClipMarks { boxes: vec![(at(1000), vec![sides])], ..ClipMarks::default() };
            let mut overlay = Overlay::new(Draw { boxes: true, ..Draw::default() }, marks).unwrap();
            let mut shown = came.clone();
            codec::turn(&mut shown, orientation);
            let size = (shown.width, shown.height);
            let frame = overlay.frame(&shown, size, at(1000), orientation);
            let pixels = frame.chunks_exact(4).map(|pixel| [pixel[0], pixel[1], pixel[2]]);
            let amber = pixels.clone().filter(|pixel| *pixel == [0xff, 0xb0, 0x20]).count();
            let bright = pixels.filter(|pixel| *pixel == [200; 3]).count();
            assert!(amber > 300, "orientation {orientation}: {amber} pixels of the box");
            // All of it lies within the box, whose line and halo cover its edge.
            assert!((3900..4800).contains(&bright), "orientation {orientation}: {bright} of 4800 pixels");
        }
    }

    #[test]
    fn the_time_can_be_read_on_snow_and_at_night_and_fits_the_smallest_picture() {
        for (width, height) in [(64_u32, 48_u32), (320, 240), (1920, 1080)] {
            for level in [0, 255] {
                let mut overlay = overlay(Draw { time: true, ..Draw::default() });
                let frame = overlay.frame(&grey(width, height, level), (width, height), at(1000), 1).to_vec();
                let count = |is: &dyn Fn(u8) -> bool| frame.chunks_exact(4).filter(|pixel| is(pixel[0])).count();
                let (light, dark) = (count(&|red| red > 180), count(&|red| red < 120));
                assert!(light.min(dark) > 40, "{width}x{height} {level}: {light} light and {dark} dark");
                let edge =
                    |x: u32| (0..height).any(|y| pixel(&frame, width as usize, (x as usize, y as usize)) != [level; 3]);
                assert!(!edge(width - 1) && !edge(0), "{width}x{height}: it is cut off");
            }
        }
    }

    #[test]
    fn the_clock_is_that_of_the_computer_also_when_it_was_set_meanwhile() {
        let marks = overlay(Draw { time: true, ..Draw::default() }).marks;
        assert_eq!(clock(&marks, at(5000)), "1970-01-01 01:00:05");
        assert_eq!(clock(&marks, at(1_000_000)), "1970-01-01 02:16:40");
        assert_eq!(clock(&marks, at(-1)), "1970-01-01 00:59:59");
    }

    #[test]
    fn the_boxes_are_those_of_the_nearest_frame() {
        let mut marks = ClipMarks::default();
        marks.boxes.extend((0..3_u8).map(|n| (at(i64::from(n) * 1000), vec![[f32::from(n); 4]])));
        for (time, expected) in [(0, Some(0.0)), (300, Some(0.0)), (301, None), (800, Some(1.0)), (2200, Some(2.0))] {
            assert_eq!(boxes_at(&marks, at(time)).first().map(|sides| sides[0]), expected, "{time}");
        }
    }
}
