//! One step in time of MOG2 for sixteen neighbouring pixels at once, and the loop over a picture.

pub const LANES: usize = 16;
pub const MODES: usize = 5;
pub type Lanes = [f32; LANES];
type Flags = [u32; LANES];

#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub struct Gauss {
    variance: Lanes,
    mean: [Lanes; 3],
}
impl Gauss {
    pub const ZERO: Self = Self { variance: [0.0; LANES], mean: [[0.0; LANES]; 3] };
}

#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub struct Weight(pub Lanes);

#[derive(Default, Clone)]
pub struct ModePlane {
    pub weight: Vec<Weight>,
    pub gauss: Vec<Gauss>,
}

pub struct Rates {
    pub alpha: f32,
    pub keep: f32,
    pub prune: f32,
    pub tb: f32,
}
impl Rates {
    pub fn new(rate: f64, threshold: f32) -> Self {
        let alpha = rate as f32;
        Self { alpha, keep: 1.0 - alpha, prune: (-rate * f64::from(0.05f32)) as f32, tb: threshold }
    }
}
pub struct Block<'a> {
    pub modes: &'a mut [ModePlane; MODES],
    pub counts: &'a mut Vec<[u8; LANES]>,
}
impl ModePlane {
    pub fn new(blocks: usize) -> Self {
        Self { weight: vec![Weight([0.0; LANES]); blocks], gauss: vec![Gauss::ZERO; blocks] }
    }
}

pub fn run(shadows: bool, block: Block<'_>, px: &[u8], mask: &mut [u8], r: &Rates) {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        return if shadows {
            unsafe { avx2::<true>(block, px, mask, r) }
        } else {
            unsafe { avx2::<false>(block, px, mask, r) }
        };
    }
    if shadows { body::<true>(block, px, mask, r) } else { body::<false>(block, px, mask, r) }
}
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn avx2<const S: bool>(block: Block<'_>, px: &[u8], mask: &mut [u8], r: &Rates) {
    body::<S>(block, px, mask, r)
}

#[inline(always)]
fn body<const S: bool>(block: Block<'_>, px: &[u8], mask: &mut [u8], r: &Rates) {
    let (pixels, rest) = px.as_chunks::<{ 3 * LANES }>();
    let (out, out_rest) = mask.as_chunks_mut::<LANES>();
    for (b, (px, out)) in pixels.iter().zip(out).enumerate() {
        step::<S>(block.modes, b, &mut block.counts[b], &planes(px), out, r);
    }
    if !rest.is_empty() {
        let mut px = [0; 3 * LANES];
        px[..rest.len()].copy_from_slice(rest);
        let mut out = [0; LANES];
        let b = pixels.len();
        step::<S>(block.modes, b, &mut block.counts[b], &planes(&px), &mut out, r);
        out_rest.copy_from_slice(&out[..out_rest.len()]);
    }
}
#[inline(always)]
fn planes(px: &[u8; 3 * LANES]) -> [Lanes; 3] {
    let mut d = [[0f32; LANES]; 3];
    for l in 0..LANES {
        d[0][l] = f32::from(px[3 * l + 2]);
        d[1][l] = f32::from(px[3 * l + 1]);
        d[2][l] = f32::from(px[3 * l]);
    }
    d
}

const TG: f32 = 9.0;
const TBIG: f32 = 0.9;
const VAR_INIT: f32 = 15.0;
const VAR_MIN: f32 = 4.0;
const VAR_MAX: f32 = 75.0;
const TAU: f32 = 0.5;

#[inline(always)]
fn any(f: &Flags) -> bool {
    let mut a = 0;
    for v in f {
        a |= v;
    }
    a != 0
}
#[inline(always)]
fn flag(b: bool) -> u32 {
    if b { !0 } else { 0 }
}

#[inline(always)]
pub fn step<const SHADOWS: bool>(
    modes: &mut [ModePlane; MODES],
    b: usize,
    count: &mut [u8; LANES],
    data: &[Lanes; 3],
    out: &mut [u8; LANES],
    r: &Rates,
) {
    let mut n: Flags = [0; LANES];
    for l in 0..LANES {
        n[l] = count[l] as u32;
    }
    let mut most = 0u8;
    for c in count.iter() {
        most = most.max(*c);
    }
    let most = most as usize;
    let mut fits: Flags = [0; LANES];
    let mut back: Flags = [0; LANES];
    let mut total: Lanes = [0.0; LANES];
    for m in 0..MODES {
        if m >= most {
            break;
        }
        let (upper, lower) = modes.split_at_mut(m);
        let w_plane = &mut lower[0].weight[b].0;
        let mut w: Lanes = [0.0; LANES];
        let mut need: Flags = [0; LANES];
        for l in 0..LANES {
            w[l] = r.keep * w_plane[l] + r.prune;
            need[l] = flag((m as u32) < n[l]) & !fits[l];
        }
        let mut fit: Flags = [0; LANES];
        if any(&need) {
            let g = &mut lower[0].gauss[b];
            let mut dist: Lanes = [0.0; LANES];
            for l in 0..LANES {
                let d0 = g.mean[0][l] - data[0][l];
                let d1 = g.mean[1][l] - data[1][l];
                let d2 = g.mean[2][l] - data[2][l];
                dist[l] = d0 * d0 + d1 * d1 + d2 * d2;
                let var = g.variance[l];
                back[l] |= need[l] & flag(total[l] < TBIG) & flag(dist[l] < r.tb * var);
                fit[l] = need[l] & flag(dist[l] < TG * var);
                fits[l] |= fit[l];
            }
            if any(&fit) {
                for l in 0..LANES {
                    let f = fit[l] != 0;
                    let grown = w[l] + r.alpha;
                    let k = r.alpha / grown;
                    w[l] = if f { grown } else { w[l] };
                    for c in 0..3 {
                        let mean = g.mean[c][l];
                        let d = mean - data[c][l];
                        g.mean[c][l] = if f { mean - k * d } else { mean };
                    }
                    let var = g.variance[l];
                    let v = var + k * (dist[l] - var);
                    let v = if v < VAR_MIN { VAR_MIN } else { v };
                    let v = if v > VAR_MAX { VAR_MAX } else { v };
                    g.variance[l] = if f { v } else { var };
                }
            }
        }
        for l in 0..LANES {
            let active = (m as u32) < n[l];
            let pruned = active & (w[l] < -r.prune);
            w[l] = if pruned { 0.0 } else { w[l] };
            n[l] = if pruned { n[l] - 1 } else { n[l] };
            w_plane[l] = w[l];
            total[l] += if active { w[l] } else { 0.0 };
        }
        if m > 0 && any(&fit) {
            // rise
            let mut moving = fit;
            let _ = upper;
            for i in (1..=m).rev() {
                if !rise(modes, b, i, &mut moving, &w) {
                    break;
                }
            }
        }
    }
    let mut inv: Lanes = [0.0; LANES];
    for l in 0..LANES {
        inv[l] = if total[l].abs() > f32::EPSILON { 1.0 / total[l] } else { 0.0 };
    }
    for m in 0..MODES {
        if m >= most {
            break;
        }
        let w = &mut modes[m].weight[b].0;
        for l in 0..LANES {
            w[l] *= inv[l];
        }
    }
    let mut new: Flags = [0; LANES];
    for l in 0..LANES {
        new[l] = !fits[l];
    }
    if r.alpha > 0.0 && any(&new) {
        let mut at: Flags = [0; LANES];
        let mut last = 0;
        for l in 0..LANES {
            at[l] = if n[l] == MODES as u32 { MODES as u32 - 1 } else { n[l] };
            n[l] = if new[l] != 0 { at[l] + 1 } else { n[l] };
            at[l] = if new[l] != 0 { at[l] } else { 0 };
            last = last.max(at[l]);
        }
        for m in 0..MODES {
            if m > last as usize {
                break;
            }
            let w = &mut modes[m].weight[b].0;
            let mut here: Flags = [0; LANES];
            let start = if m == 0 { 1.0 } else { r.alpha };
            for l in 0..LANES {
                here[l] = new[l] & flag(at[l] == m as u32);
                let below = new[l] & flag((m as u32) < at[l]) != 0;
                w[l] = if here[l] != 0 {
                    start
                } else if below {
                    w[l] * r.keep
                } else {
                    w[l]
                };
            }
            if any(&here) {
                let g = &mut modes[m].gauss[b];
                for l in 0..LANES {
                    let h = here[l] != 0;
                    for c in 0..3 {
                        g.mean[c][l] = if h { data[c][l] } else { g.mean[c][l] };
                    }
                    g.variance[l] = if h { VAR_INIT } else { g.variance[l] };
                }
            }
        }
        let alphas = [r.alpha; LANES];
        for i in (1..=last as usize).rev() {
            let mut here: Flags = [0; LANES];
            for l in 0..LANES {
                here[l] = new[l] & flag(at[l] == i as u32);
            }
            rise(modes, b, i, &mut here, &alphas);
            for l in 0..LANES {
                at[l] = if here[l] != 0 { i as u32 - 1 } else { at[l] };
            }
        }
    }
    for l in 0..LANES {
        count[l] = n[l] as u8;
    }
    for l in 0..LANES {
        out[l] = if back[l] != 0 { 0 } else { 255 };
    }
    if SHADOWS {
        let mut open: Flags = [0; LANES];
        for l in 0..LANES {
            open[l] = !back[l];
        }
        if any(&open) {
            let mut shadow: Flags = [0; LANES];
            let mut sum: Lanes = [0.0; LANES];
            for m in 0..MODES {
                for l in 0..LANES {
                    open[l] &= flag((m as u32) < n[l]);
                }
                if !any(&open) {
                    break;
                }
                let g = &modes[m].gauss[b];
                let w = &modes[m].weight[b].0;
                for l in 0..LANES {
                    let (m0, m1, m2) = (g.mean[0][l], g.mean[1][l], g.mean[2][l]);
                    let (x0, x1, x2) = (data[0][l], data[1][l], data[2][l]);
                    let num = x0 * m0 + x1 * m1 + x2 * m2;
                    let den = m0 * m0 + m1 * m1 + m2 * m2;
                    open[l] &= flag(den != 0.0);
                    let inside = flag(num <= den) & flag(num >= TAU * den);
                    let a = num / den;
                    let (e0, e1, e2) = (a * m0 - x0, a * m1 - x1, a * m2 - x2);
                    let dist = e0 * e0 + e1 * e1 + e2 * e2;
                    let hit = open[l] & inside & flag(dist < r.tb * g.variance[l] * a * a);
                    shadow[l] |= hit;
                    sum[l] += w[l];
                    open[l] &= !hit & flag(!(sum[l] > TBIG));
                }
            }
            for l in 0..LANES {
                out[l] = if shadow[l] != 0 { 127 } else { out[l] };
            }
        }
    }
}

#[inline(always)]
fn rise(modes: &mut [ModePlane; MODES], b: usize, i: usize, moving: &mut Flags, w: &Lanes) -> bool {
    let (above, here) = modes.split_at_mut(i);
    let (above, here) = (&mut above[i - 1], &mut here[0]);
    let (wa, wh) = (&mut above.weight[b].0, &mut here.weight[b].0);
    for l in 0..LANES {
        moving[l] &= flag(!(w[l] < wa[l]));
    }
    if !any(moving) {
        return false;
    }
    for l in 0..LANES {
        let mv = moving[l] != 0;
        let a = wa[l];
        wa[l] = if mv { w[l] } else { a };
        wh[l] = if mv { a } else { wh[l] };
    }
    let (ga, gh) = (&mut above.gauss[b], &mut here.gauss[b]);
    for l in 0..LANES {
        let mv = moving[l] != 0;
        let (a, h) = (ga.variance[l], gh.variance[l]);
        ga.variance[l] = if mv { h } else { a };
        gh.variance[l] = if mv { a } else { h };
        for c in 0..3 {
            let (a, h) = (ga.mean[c][l], gh.mean[c][l]);
            ga.mean[c][l] = if mv { h } else { a };
            gh.mean[c][l] = if mv { a } else { h };
        }
    }
    true
}
