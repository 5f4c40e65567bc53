//! Whether the compressed data of a JPEG can be decoded from its first bit to its last.
//!
//! The Huffman codes of a baseline picture are walked (ITU-T T.81, F.2.2) and no pixel is computed, which costs less than
//! decoding. It is asked only of pictures from a camera that has just sent a broken one: damage that leaves the
//! markers whole shows as stripes and false colours, and would be kept as motion.

/// Bytes that may lie between the last code and the end: some cameras fill up to a word.
const FILL_BYTES: usize = 16;

/// Whether every block of a whole JPEG is there. `true` as well for what is not baseline in one scan: cameras hardly
/// send it, and whoever decodes it will see.
pub(super) fn is_decodable(jpeg: &[u8]) -> bool {
    let Some(scan) = Scan::of(jpeg) else { return true };
    scan.walk().is_some()
}

/// What a scan needs to be walked.
struct Scan<'a> {
    /// Tables of the DC and the AC values for each block of an MCU.
    blocks: Vec<(Table, Table)>,
    mcus: usize,
    /// MCUs between two restart markers; 0 when there are none.
    restart_interval: usize,
    data: &'a [u8],
}

impl<'a> Scan<'a> {
    /// `None` when it is not a baseline picture in one scan.
    fn of(jpeg: &'a [u8]) -> Option<Self> {
        let mut tables: [[Option<Table>; 4]; 2] = Default::default();
        let mut frame = None;
        let mut restart_interval = 0;
        let mut at = 2;
        loop {
            let marker = *jpeg.get(at + 1)?;
            if marker == 0xff {
                at += 1;
                continue;
            }
            let len = usize::from(u16::from_be_bytes(*jpeg.get(at + 2..)?.first_chunk()?));
            let segment = jpeg.get(at + 4..at + 2 + len)?;
            at += 2 + len;
            match marker {
                0xc0 => frame = Some(segment),
                0xc1 | 0xc2 => return None,
                0xc4 => read_tables(segment, &mut tables)?,
                0xdd => restart_interval = usize::from(u16::from_be_bytes(*segment.first_chunk()?)),
                0xda => {
                    let (blocks, mcus) = layout(frame?, segment, &tables)?;
                    return Some(Self { blocks, mcus, restart_interval, data: &jpeg[at..] });
                }
                _ => {}
            }
        }
    }

    /// `None` when it cannot be walked to its end.
    fn walk(&self) -> Option<()> {
        let mut bits = Bits { data: self.data, at: 0, value: 0, count: 0 };
        for mcu in 0..self.mcus {
            if self.restart_interval > 0 && mcu > 0 && mcu % self.restart_interval == 0 {
                bits.restart()?;
            }
            for (dc, ac) in &self.blocks {
                block(&mut bits, dc, ac)?;
            }
        }
        (bits.bytes_left() <= FILL_BYTES).then_some(())
    }
}

/// Passes one block of 64 values.
fn block(bits: &mut Bits, dc: &Table, ac: &Table) -> Option<()> {
    let size = bits.symbol(dc)?;
    if size > 11 {
        return None;
    }
    bits.skip(size)?;
    let mut next = 1;
    while next < 64 {
        let symbol = bits.symbol(ac)?;
        let (zeros, size) = (symbol >> 4, symbol & 15);
        if size == 0 && zeros < 15 {
            return Some(());
        }
        next += usize::from(zeros) + 1;
        if next > 64 || size > 10 {
            return None;
        }
        bits.skip(size)?;
    }
    Some(())
}

/// The tables of each block of an MCU, and how many MCUs there are.
fn layout(frame: &[u8], scan: &[u8], tables: &[[Option<Table>; 4]; 2]) -> Option<(Vec<(Table, Table)>, usize)> {
    let [_, h1, h0, w1, w0, count, components @ ..] = frame else { return None };
    let (height, width) = (usize::from(u16::from_be_bytes([*h1, *h0])), usize::from(u16::from_be_bytes([*w1, *w0])));
    let (scan_count, selectors) = scan.split_first()?;
    if scan_count != count {
        return None;
    }
    let alone = *count == 1;
    let (mut blocks, mut widest, mut highest) = (Vec::new(), 1, 1);
    for (component, selector) in components.chunks_exact(3).zip(selectors.chunks_exact(2)).take((*count).into()) {
        let (across, down) = if alone { (1, 1) } else { (component[1] >> 4, component[1] & 15) };
        let dc = tables[0].get(usize::from(selector[1] >> 4))?.as_ref()?;
        let ac = tables[1].get(usize::from(selector[1] & 15))?.as_ref()?;
        blocks.extend((0..across * down).map(|_| (dc.clone(), ac.clone())));
        (widest, highest) = (widest.max(across), highest.max(down));
    }
    let mcus = width.div_ceil(8 * usize::from(widest)) * height.div_ceil(8 * usize::from(highest));
    Some((blocks, mcus))
}

fn read_tables(mut segment: &[u8], tables: &mut [[Option<Table>; 4]; 2]) -> Option<()> {
    while let Some((place, rest)) = segment.split_first() {
        let (counts, rest) = rest.split_first_chunk::<16>()?;
        let (values, rest) = rest.split_at_checked(counts.iter().map(|count| usize::from(*count)).sum())?;
        let table = Table::new(counts, values);
        *tables.get_mut(usize::from(place >> 4))?.get_mut(usize::from(place & 15))? = Some(table);
        segment = rest;
    }
    Some(())
}

/// A Huffman table.
#[derive(Clone)]
struct Table {
    /// For each length of a code: the first code, the first value's place, and how many there are.
    lengths: [(u32, usize, u32); 17],
    values: Vec<u8>,
}

impl Table {
    fn new(counts: &[u8; 16], values: &[u8]) -> Self {
        let mut lengths = [(0, 0, 0); 17];
        let (mut code, mut place) = (0, 0);
        for (length, count) in lengths[1..].iter_mut().zip(counts) {
            *length = (code, place, u32::from(*count));
            code = (code + u32::from(*count)) << 1;
            place += usize::from(*count);
        }
        Self { lengths, values: values.to_vec() }
    }
}

/// Reads bits, most significant first, and leaves out the zero that is stuffed behind each 0xff.
struct Bits<'a> {
    data: &'a [u8],
    at: usize,
    value: u64,
    count: u32,
}

impl Bits<'_> {
    fn fill(&mut self) {
        while self.count <= 48 {
            let Some(byte) = self.data.get(self.at) else { return };
            if *byte == 0xff {
                if self.data.get(self.at + 1) != Some(&0) {
                    return;
                }
                self.at += 1;
            }
            self.at += 1;
            self.value = self.value << 8 | u64::from(*byte);
            self.count += 8;
        }
    }

    fn skip(&mut self, count: u8) -> Option<()> {
        if self.count < u32::from(count) {
            self.fill();
        }
        self.count = self.count.checked_sub(count.into())?;
        Some(())
    }

    fn symbol(&mut self, table: &Table) -> Option<u8> {
        if self.count < 16 {
            self.fill();
        }
        let mut code = 0;
        for (length, (first, place, count)) in (1..).zip(&table.lengths[1..]) {
            let left = self.count.checked_sub(length)?;
            code = code << 1 | u32::try_from(self.value >> left & 1).ok()?;
            if let Some(nth) = code.checked_sub(*first).filter(|nth| nth < count) {
                self.count = left;
                return table.values.get(place + nth as usize).copied();
            }
        }
        None
    }

    /// Passes a restart marker, which must be the next thing but for the bits that fill up a byte.
    fn restart(&mut self) -> Option<()> {
        self.fill();
        if self.count >= 8 || !matches!(self.data.get(self.at..self.at + 2), Some([0xff, 0xd0..=0xd7])) {
            return None;
        }
        self.at += 2;
        (self.value, self.count) = (0, 0);
        Some(())
    }

    /// Whole bytes that were not read.
    fn bytes_left(&self) -> usize {
        let rest = &self.data[self.at..];
        let until_marker = rest.windows(2).position(|two| two[0] == 0xff && two[1] != 0).unwrap_or(rest.len());
        until_marker + self.count as usize / 8
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

    use super::*;
    use crate::domain::RgbPicture;
    use crate::scenes::street::Scene;

    fn encoded(sampling: SamplingFactor, restart_interval: u16, grey: bool) -> Vec<u8> {
        let mut picture = RgbPicture::default();
        Scene::new(312, 236).draw(140, &mut picture);
        let mut jpeg = Vec::new();
        let mut encoder = Encoder::new(&mut jpeg, 85);
        encoder.set_sampling_factor(sampling);
        encoder.set_restart_interval(restart_interval);
        let luma: Vec<u8> = picture.data.iter().copied().step_by(3).collect();
        let (pixels, colour) = if grey { (luma, ColorType::Luma) } else { (picture.data, ColorType::Rgb) };
        encoder.encode(&pixels, 312, 236, colour).unwrap();
        jpeg
    }

    #[test]
    fn whole_pictures_of_every_layout_are_decodable() {
        for sampling in [SamplingFactor::R_4_4_4, SamplingFactor::R_4_2_2, SamplingFactor::R_4_2_0] {
            for restart_interval in [0, 7] {
                for grey in [false, true] {
                    let jpeg = encoded(sampling, restart_interval, grey);
                    assert!(is_decodable(&jpeg), "{sampling:?} {restart_interval} {grey}");
                }
            }
        }
    }

    #[test]
    fn a_few_fill_bytes_before_the_end_are_forgiven() {
        let mut jpeg = encoded(SamplingFactor::R_4_2_2, 0, false);
        let end = jpeg.len() - 2;
        jpeg.splice(end..end, [0; 8]);
        assert!(is_decodable(&jpeg));
    }

    #[test]
    fn damage_that_leaves_the_markers_whole_is_seen() {
        let jpeg = encoded(SamplingFactor::R_4_2_0, 0, false);
        let mut seen = 0;
        for seed in 0..50_usize {
            let mut damaged = jpeg.clone();
            for i in (jpeg.len() / 4..jpeg.len() - 2).step_by(97) {
                // Neither makes a marker nor takes the stuffing from one.
                if damaged[i] != 0xff && damaged[i - 1] != 0xff {
                    damaged[i] = ((i * 31 + seed * 17) % 255).to_le_bytes()[0];
                }
            }
            seen += u32::from(!is_decodable(&damaged));
        }
        assert!(seen >= 49, "{seen} of 50");
    }

    #[test]
    fn a_picture_with_a_piece_cut_out_is_seen() {
        let mut jpeg = encoded(SamplingFactor::R_4_2_0, 0, false);
        let middle = jpeg.len() / 2;
        jpeg.drain(middle..middle + 200);
        assert!(!is_decodable(&jpeg));
    }

    proptest::proptest! {
        #[test]
        fn a_damaged_picture_is_no_panic(at in 2_usize..8000, value: u8, cut in 0_usize..50) {
            static JPEG: LazyLock<Vec<u8>> = LazyLock::new(|| encoded(SamplingFactor::R_4_2_0, 7, false));
            let mut jpeg = JPEG.clone();
            let at = at % (jpeg.len() - 50);
            jpeg[at] = value;
            jpeg.drain(at + 1..at + 1 + cut / 10);
            let _ = is_decodable(&jpeg);
        }

        #[test]
        fn strange_bytes_are_no_panic(bytes: Vec<u8>) {
            let _ = is_decodable(&bytes);
            let _ = is_decodable(&[&[0xff, 0xd8, 0xff, 0xc0][..], &bytes].concat());
        }
    }
}
