//! What a model says of one picture: the only thing that the judge knows of it.

use crate::domain::{Mask, Upheaval};

/// Handed from a model to the judge; its memory is used again for the next picture.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    /// What moves, of the working size.
    pub mask: Mask,
    /// The mask comes pixel by pixel from the model, with specks and gaps.
    pub is_raw: bool,
    /// Not 0 where the picture changed since the one before or a while ago. Empty when the model does not tell.
    pub changes: Vec<u8>,
    /// Whether everything changed, and why.
    pub upheaval: Upheaval,
}
