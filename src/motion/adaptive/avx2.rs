//! The default model compiled for AVX2. One call is `unsafe`: that of code for a processor which was just asked for.

use super::Adaptive;
use crate::domain::RgbPicture;
use crate::motion::pace::Since;
use crate::motion::seen::Seen;

/// All stages on one picture, compiled for AVX2. `None` when this processor lacks it.
pub(super) fn look(model: &mut Adaptive, picture: &RgbPicture, since: Since, seen: &mut Seen) -> Option<()> {
    #[target_feature(enable = "avx2,popcnt")]
    fn compiled_for_avx2(model: &mut Adaptive, picture: &RgbPicture, since: Since, seen: &mut Seen) {
        model.look_by(picture, since, seen);
    }
    if !(is_x86_feature_detected!("avx2") && is_x86_feature_detected!("popcnt")) {
        return None;
    }
    // SAFETY: the processor has both, as was just asked.
    unsafe { compiled_for_avx2(model, picture, since, seen) };
    Some(())
}
