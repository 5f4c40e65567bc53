//! Films that the operator orders in the window: what is wanted becomes an order that a job carries out.

use crate::config::Settings;
use crate::control::FilmWish;
use crate::domain::ClipKind;
use crate::library::{ClipOrder, Library, LibraryError};

/// Kept frames that a second of a time-lapse shows.
const PER_SECOND: f32 = 30.0;

/// Why a film is not made.
#[derive(Debug, thiserror::Error)]
pub(super) enum FilmError {
    /// The event has no clip, or none any more.
    #[error("could not order the film: the event has no clip")]
    NoClip,
    /// The index does not answer.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// The order cannot be written.
    #[error("could not order the film: {0}")]
    Folder(std::io::Error),
}

/// Orders a film.
pub(super) fn order(library: &Library, settings: &Settings, wish: &FilmWish) -> Result<(), FilmError> {
    let number = Library::new_clip_number();
    let order = match wish {
        FilmWish::Day { stream, from, to } => {
            let plain = ClipOrder::new(ClipKind::Timelapse, number, stream, *from, Some(*to));
            ClipOrder { per_second: PER_SECOND, ..plain }
        }
        FilmWish::Mask { event, .. } => {
            let clip = library.clips_of(*event)?.into_iter().next().ok_or(FilmError::NoClip)?;
            let plain = ClipOrder::new(ClipKind::Mask, number, &clip.stream, clip.started_at, Some(clip.started_at));
            let (of, of_began_at) = (Some(Library::clip_place(&clip)), Some(clip.started_at));
            let motion = Some(settings.of_stream(&clip.stream).motion.clone());
            ClipOrder { of, of_began_at, shows: vec![clip.id.0], motion, ..plain }
        }
    };
    library.order_clip(&order).map_err(FilmError::Folder)?;
    library.clips_changed();
    Ok(())
}
