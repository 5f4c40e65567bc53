//! Films that were ordered in this window, until they are made: who asked for one is told when it is there.

use std::path::Path;

use crate::control::FilmWish;
use crate::desktop::panels::{Offer, Toast};
use crate::desktop::snapshot::Wish;
use crate::domain::{Clip, ClipKind, StreamId};
use crate::library::Library;

/// What was ordered and is not there yet.
#[derive(Debug, Default)]
pub(super) struct Films {
    ordered: Vec<(ClipKind, StreamId)>,
}

impl Films {
    /// Notes an order, and says so.
    pub fn ordered(&mut self, wish: &FilmWish, toast: &mut Toast) {
        self.ordered.push((wish.kind(), wish.stream().clone()));
        toast.say("The film is being made", false);
    }

    /// A film was made: if somebody waits for it, it is said and offered.
    pub fn made(&mut self, clip: &Clip, save_dir: &Path, toast: &mut Toast) {
        if let Some(offer) = self.offer(clip, save_dir) {
            toast.offer("The film is ready", offer);
        }
    }

    fn offer(&mut self, clip: &Clip, save_dir: &Path) -> Option<Offer> {
        let at = self.ordered.iter().position(|(kind, stream)| *kind == clip.kind && *stream == clip.stream)?;
        self.ordered.swap_remove(at);
        let path = save_dir.join(Library::clip_place(clip));
        Some(Offer { name: "Play film", hover: "In the system's player", wish: Wish::Play(path) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ClipId, EventId, Timestamp};

    #[test]
    fn a_film_is_offered_once_to_who_ordered_it() {
        let stream = |user: &str| StreamId { user: user.parse().unwrap(), camera: "front".parse().unwrap() };
        let clip = |kind, user| Clip {
            id: ClipId(1),
            kind,
            number: 7,
            stream: stream(user),
            started_at: Timestamp::from_millis(1_763_712_061_042),
            bytes: 9,
            duration_ms: None,
            has_sound: None,
        };
        let mut films = Films::default();
        films.ordered(&FilmWish::Mask { event: EventId(3), stream: stream("Anna") }, &mut Toast::default());
        for other in [clip(ClipKind::Event, "Anna"), clip(ClipKind::Mask, "Ben")] {
            assert!(films.offer(&other, Path::new("/frames")).is_none());
        }
        let offer = films.offer(&clip(ClipKind::Mask, "Anna"), Path::new("/frames")).unwrap();
        let path = "/frames/Anna/clips/2025-11-21T080101.042Z_front_mask-7.mp4";
        assert_eq!(offer.wish, Wish::Play(path.into()));
        assert!(films.offer(&clip(ClipKind::Mask, "Anna"), Path::new("/frames")).is_none());
    }
}
