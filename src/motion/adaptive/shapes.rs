//! From the evidence of single pixels to shapes: smoothing, two thresholds, connected shapes, and which of them are noise,
//! swaying leaves, or the hole that something left behind.
//!
//! Two thresholds with a connection between them after Canny, *A Computational Approach to Edge Detection*, IEEE PAMI 8(6),
//! 1986, section VIII. The test for what was left behind (its outline is an edge of the background and not of the picture) after
//! Lu, Zhang and Feng, *Detecting unattended packages through human activity recognition and object association*, Pattern
//! Recognition 40(8), 2007, section 3.

use super::super::bits::Bits;
use super::super::regions::{Area, Labeller};
use super::box_sum::BoxSum;
use super::codebook::MOST_EVIDENCE;
use super::drops::Sharpness;
use super::light::Light;
use super::outline::Outline;

/// The mean evidence of a pixel's surroundings from which it is part of a shape, and from which it is a strong part.
const WEAK: u16 = MOST_EVIDENCE as u16 / 2;
const STRONG: u16 = WEAK + 3;
/// Surroundings are 5x5 pixels, 7x7 where the background sways, and 3x3 in pictures of fewer pixels than this, in which somebody is four
/// pixels wide; the sums of the others are brought to 5x5.
const SMALL_PICTURE: usize = 8_000;
const SMALL_RADIUS: usize = 1;
const STILL_RADIUS: usize = 2;
const SWAYING_RADIUS: usize = 3;
const STILL_PIXELS: u16 = 25;
/// 25/49 in 65536ths.
const SWAYING_TO_STILL: u32 = 33_437;
/// 25/9 in 65536ths, rounded up.
const SMALL_TO_STILL: u32 = 182_045;

/// A shape has at least this share of the picture and so many strong pixels.
const LEAST_SHARE: f32 = 0.0004;
const LEAST_STRONG: u32 = 8;
/// A smaller shape whose pixels change their minds as often as this (mean) sways.
const SWAYING_BLINK: u32 = 16;
const LARGE_SHARE: f32 = 0.02;
/// Holes up to this share of the picture are filled: colours like those of the background, and not the gap under an arm.
const HOLE_SHARE: f32 = 0.01;
/// What was left behind changes less than this from frame to frame, and its outline is so much more of an edge in the
/// background than in the picture.
const STILL_CHANGE: u8 = 4;
/// A shape without edges of its own is light or a drop on the lens: of its pixels less than one in so many has a gradient that
/// is by so much stronger than that of the background.
const DULL_SHARE: u32 = 20;
const NEW_EDGE: u8 = 14;
/// Where a drop ran away, or a lamp went out again, half of the pixels are as they were some time ago, and they change by less
/// than this from frame to frame. Cars of one colour that follow each other change by more.
const RETURNED_PARTS: u32 = 2;
const RETURNED_CHANGE: u8 = 8;
/// What is a shape only since a picture has few colours, but for one pixel in so many, must change by this from frame to frame.
const SURE_PARTS: u32 = 8;
const DOUBTFUL_CHANGE: u8 = 7;
/// Who stands there for long is known in the end as well, but moved in the picture before, all but one part of so many.
const STOOD_PARTS: u32 = 8;
/// What goes out of the picture, and of which such a part moved before, is no drop, however little of it is seen.
const GOES_ON_PARTS: u32 = 4;
/// The model keeps away from shapes by so many pixels.
const MARGIN: usize = 2;

/// Finds the shapes of one stream; its memory is reused.
#[derive(Default)]
pub(super) struct Shapes {
    width: usize,
    height: usize,
    still: BoxSum,
    swaying: BoxSum,
    outline: Outline,
    labeller: Labeller,
    measures: Vec<Measures>,
    moving: Bits,
    guarded: Bits,
    candidates: Bits,
    scratch: Bits,
}

/// What the shapes are judged by, a byte a pixel each.
pub(super) struct Inputs<'a> {
    pub evidence: &'a [u8],
    pub sway: &'a [u8],
    pub sways_anywhere: bool,
    pub blink: &'a [u8],
    /// Brightness and colour of the picture and of the background, and the brightness of the picture before.
    pub picture: [&'a [u8]; 3],
    pub background: [&'a [u8]; 3],
    pub before: &'a [u8],
    /// How much things differ.
    pub light: Light,
    /// By how many levels less pixels may differ since there are few colours.
    pub narrowed: u8,
    /// Not 0 where something moved in the picture before.
    pub moved: &'a [u8],
    /// Whether a pixel has a colour that was background some time ago.
    pub remembers: &'a dyn Fn(usize) -> bool,
}

/// Sums over the pixels of one shape.
#[derive(Debug, Clone, Copy, Default)]
struct Measures {
    strong: u32,
    /// Pixels that would be strong with more colours as well.
    sure: u32,
    blink: u32,
    change: u32,
    edge: u32,
    background_edge: u32,
    /// Pixels at which the picture has an edge that the background has not.
    new_edges: u32,
    sharpness: Sharpness,
    /// Pixels that moved in the picture before.
    moved: u32,
    /// Every second pixel, and those of them that show what was background some time ago.
    asked: u32,
    remembered: u32,
}

impl Measures {
    /// Whether a shape of so many pixels is nothing but the background of some time ago.
    fn returns(&self, pixels: u32, change: u32) -> bool {
        self.asked > 0 && self.remembered * RETURNED_PARTS >= self.asked && self.may_return(pixels, change)
    }

    /// Whether it has no edges of its own, as far as it was looked at.
    fn may_be_dull(&self, pixels: u32) -> bool {
        self.new_edges * DULL_SHARE < pixels
    }

    /// Whether it may still be, after some of its rows.
    fn may_return(&self, pixels: u32, change: u32) -> bool {
        self.change < change * pixels
    }
}

impl Shapes {
    /// Makes room for pictures of this size.
    pub fn fit(&mut self, width: usize, height: usize) {
        (self.width, self.height) = (width, height);
        self.still.fit(width, height);
        self.swaying.fit(width, height);
        self.outline.fit(width, height);
        self.labeller.fit(width, height);
        for bits in [&mut self.moving, &mut self.guarded, &mut self.candidates, &mut self.scratch] {
            *bits = Bits::new(width, height);
        }
        // Surroundings of 5x5 pixels, or of 3x3, leave no room for more shapes.
        let least = if width * height < SMALL_PICTURE { 4 } else { 16 };
        self.measures.reserve(width * height / least);
    }

    /// What moves.
    pub fn moving(&self) -> &Bits {
        &self.moving
    }

    /// Where the model must not learn quickly: what moves and what is close to it, but not what was left behind.
    pub fn guarded(&self) -> &Bits {
        &self.guarded
    }

    /// Every shape, also the swaying ones, and what is close to it.
    pub fn candidates(&self) -> &Bits {
        &self.candidates
    }

    /// Finds the shapes of a frame.
    #[inline(always)]
    pub fn find(&mut self, inputs: &Inputs) {
        if self.width * self.height < SMALL_PICTURE {
            self.still.add_up::<SMALL_RADIUS>(inputs.evidence);
            for sum in &mut self.still.sums {
                *sum = ((u32::from(*sum) * SMALL_TO_STILL) >> 16) as u16;
            }
        } else {
            self.still.add_up::<STILL_RADIUS>(inputs.evidence);
        }
        if inputs.sways_anywhere {
            self.swaying.add_up::<SWAYING_RADIUS>(inputs.evidence);
            let sums = self.still.sums.iter_mut().zip(&self.swaying.sums);
            for ((sum, wide), sway) in sums.zip(inputs.sway) {
                let wide = ((u32::from(*wide) * SWAYING_TO_STILL) >> 16) as u16;
                *sum = if *sway > 127 { wide } else { *sum };
            }
        }
        self.candidates.set_above(&self.still.sums, WEAK * STILL_PIXELS);
        let shapes = self.labeller.label(&self.candidates).len();
        self.measures.clear();
        self.measures.resize(shapes, Measures::default());
        self.measure(inputs);
        self.sort_out(inputs);
        self.outline.sharpen(&mut self.moving, inputs.evidence);
        self.fill_holes();
        self.guarded.dilate(MARGIN, &mut self.scratch);
        self.candidates.dilate(MARGIN, &mut self.scratch);
    }

    /// Looks at the rows of each shape. Of most shapes the first rows settle most questions, and the rest is not asked for them.
    #[inline(always)]
    fn measure(&mut self, inputs: &Inputs) {
        let (least, large) = self.limits();
        let ([luma, ..], [background, ..]) = (inputs.picture, inputs.background);
        let returned_change = u32::from(inputs.light.levels(RETURNED_CHANGE));
        // Two levels are one step of the evidence.
        let sure = STRONG * STILL_PIXELS + u16::from(inputs.narrowed) * STILL_PIXELS / 2;
        for (shape, run) in self.labeller.runs() {
            let pixels = self.labeller.areas()[shape].pixels;
            if pixels < least {
                continue;
            }
            let row = run.row as usize * self.width;
            let (start, end) = (row + run.start as usize, row + run.end as usize);
            let asks_for_edges = pixels < large && self.measures[shape].may_be_dull(pixels);
            let new_edges = if asks_for_edges { self.new_edges(inputs, row + self.width, (start, end)) } else { 0 };
            let measures = &mut self.measures[shape];
            measures.new_edges += new_edges;
            if measures.strong < LEAST_STRONG {
                let is_strong = |sum: &u16| u32::from(*sum > STRONG * STILL_PIXELS);
                measures.strong += self.still.sums[start..end].iter().map(is_strong).sum::<u32>();
            }
            if inputs.narrowed > 0 {
                let is_sure = |sum: &u16| u32::from(*sum > sure);
                measures.sure += self.still.sums[start..end].iter().map(is_sure).sum::<u32>();
            }
            if measures.may_return(pixels, returned_change) {
                let change = luma[start..end].iter().zip(&inputs.before[start..end]);
                measures.change += change.map(|(now, before)| u32::from(now.abs_diff(*before))).sum::<u32>();
            }
            if pixels < large {
                let blink = inputs.blink[start..end].iter().zip(&inputs.sway[start..end]);
                measures.blink += blink.map(|(blink, sway)| (u32::from(*blink) * u32::from(*sway)) >> 8).sum::<u32>();
                measures.moved += inputs.moved[start..end].iter().map(|moved| u32::from(*moved != 0)).sum::<u32>();
                if measures.may_return(pixels, returned_change) {
                    let asked = (start..end).step_by(2);
                    measures.asked += asked.len() as u32;
                    measures.remembered += asked.filter(|pixel| (inputs.remembers)(*pixel)).count() as u32;
                }
                if measures.sharpness.may_be_blur(pixels) {
                    let size = (self.width, self.height);
                    let run = (run.start as usize, run.end as usize);
                    measures.sharpness.add(
                        inputs.picture,
                        inputs.background,
                        size,
                        row / self.width,
                        run,
                        inputs.light,
                    );
                }
            }
            // Across both ends of the run, where there are pixels enough.
            for end in [start, end].into_iter().filter(|end| end - row >= 3 && end - row + 3 <= self.width) {
                measures.edge += u32::from(luma[end - 3].abs_diff(luma[end + 2]));
                measures.background_edge += u32::from(background[end - 3].abs_diff(background[end + 2]));
            }
        }
    }

    /// Pixels of a run, and two to either side, at which the picture has an edge that the background has not.
    #[inline(always)]
    fn new_edges(&self, inputs: &Inputs, row_end: usize, (start, end): (usize, usize)) -> u32 {
        let width = self.width;
        if start < width + 2 || row_end + width > width * self.height {
            return 0;
        }
        let (start, end) = (start.saturating_sub(2).max(row_end - width + 1), (end + 2).min(row_end - 1));
        let length = end.saturating_sub(start);
        let gradient = |luma: &[u8], pixel: usize| {
            let across = luma[pixel + 1].abs_diff(luma[pixel - 1]);
            across.max(luma[pixel + width].abs_diff(luma[pixel - width]))
        };
        let new_edge = inputs.light.levels(NEW_EDGE);
        let is_new = |pixel: &usize| {
            gradient(inputs.picture[0], *pixel) > gradient(inputs.background[0], *pixel).saturating_add(new_edge)
        };
        (start..start + length).filter(is_new).count() as u32
    }

    /// The fewest pixels of a shape, and how many make it a large one.
    fn limits(&self) -> (u32, u32) {
        let pixels = (self.width * self.height) as f32;
        ((LEAST_SHARE * pixels) as u32, (LARGE_SHARE * pixels) as u32)
    }

    /// Which shapes count, which of these move, and which of these are more than the place that something left.
    fn sort_out(&mut self, inputs: &Inputs) {
        let [still_change, returned_change, doubtful_change] =
            [STILL_CHANGE, RETURNED_CHANGE, DOUBTFUL_CHANGE].map(|change| u32::from(inputs.light.levels(change)));
        let (least, large) = self.limits();
        let (width, height) = (self.width as u32, self.height as u32);
        let measures = &self.measures;
        let is_shape = |shape: usize, area: &Area| area.pixels >= least && measures[shape].strong >= LEAST_STRONG;
        let moves = |shape: usize, area: &Area| {
            let Measures { blink, sharpness, .. } = measures[shape];
            let stood = measures[shape].moved * STOOD_PARTS >= area.pixels * (STOOD_PARTS - 1);
            let returns = !stood && measures[shape].returns(area.pixels, returned_change);
            // Of what comes in from outside hardly an edge is seen yet.
            let inside = area.left > 0 && area.top > 0 && area.right < width && area.bottom < height;
            let is_dull = measures[shape].may_be_dull(area.pixels);
            let goes_on = measures[shape].moved * GOES_ON_PARTS >= area.pixels;
            let is_drop =
                if inside { is_dull || sharpness.is_blur(true) } else { sharpness.is_blur(false) && !goes_on };
            let is_doubtful = inputs.narrowed > 0
                && measures[shape].sure * SURE_PARTS < area.pixels
                && measures[shape].change < doubtful_change * area.pixels;
            let sways = blink > SWAYING_BLINK * area.pixels;
            !is_doubtful && (area.pixels >= large || !(sways || is_drop || returns))
        };
        let was_left = |shape: usize, area: &Area| {
            let Measures { change, edge, background_edge, .. } = measures[shape];
            change < still_change * area.pixels && 2 * background_edge > 3 * edge
        };
        self.labeller.clear_unless(&mut self.candidates, is_shape);
        self.moving.copy(&self.candidates);
        self.labeller.clear_unless(&mut self.moving, moves);
        self.guarded.copy(&self.moving);
        self.labeller.clear_unless(&mut self.guarded, |shape, area| !was_left(shape, area));
    }

    fn fill_holes(&mut self) {
        let (width, height) = (self.width as u32, self.height as u32);
        let most = (HOLE_SHARE * (self.width * self.height) as f32) as u32;
        self.scratch.copy(&self.moving);
        self.scratch.invert();
        self.labeller.label(&self.scratch);
        self.labeller.clear_unless(&mut self.scratch, |_, hole| {
            let inside = hole.left > 0 && hole.top > 0 && hole.right < width && hole.bottom < height;
            inside && hole.pixels <= most
        });
        for bits in [&mut self.moving, &mut self.guarded, &mut self.candidates] {
            bits.join(&self.scratch);
        }
    }
}

#[cfg(test)]
mod tests;
