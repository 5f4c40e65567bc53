//! The kept frames that the window knows of: a list, newest first, and a bounded set of thumbnails.
//!
//! Plain data. It knows no disk and no thread; [`crate::desktop::loader`] fills it.

use std::collections::HashMap;
use std::ops::Range;

use eframe::egui::{TextureHandle, TextureId};

use crate::domain::{FrameId, SavedFrame};

/// Most frames in the list; older ones stay in the folder.
pub const LONGEST: usize = 5000;
/// Most thumbnails on the graphics card: 320x180 pixels of 4 bytes each, about 45 MB together.
const THUMBNAILS: usize = 200;

/// The list and its thumbnails.
#[derive(Default)]
pub struct Gallery {
    /// Newest first.
    frames: Vec<SavedFrame>,
    /// Came while the list was held still; not yet in it.
    held: Vec<SavedFrame>,
    hold: bool,
    /// Where the list goes on in the library.
    next: Option<String>,
    /// Whether the first page has come.
    loaded: bool,
    problem: Option<String>,
    thumbnails: HashMap<FrameId, Thumbnail>,
    /// Counts passes, so that the thumbnail that was not looked at for longest can go.
    pass: u64,
}

enum Picture {
    Asked,
    There(TextureHandle),
    Missing,
}

struct Thumbnail {
    picture: Picture,
    used: u64,
}

impl Gallery {
    /// Frames, newest first.
    #[must_use]
    pub fn frames(&self) -> &[SavedFrame] {
        &self.frames
    }

    /// How many new frames wait until the list may move.
    #[must_use]
    pub fn held(&self) -> usize {
        self.held.len()
    }

    /// Whether the library has answered at all.
    #[must_use]
    pub fn is_loaded(&self) -> bool {
        self.loaded
    }

    /// Why the list could not be read, in words.
    #[must_use]
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// The place of a frame in the list.
    #[must_use]
    pub fn position(&self, id: FrameId) -> Option<usize> {
        self.frames.iter().position(|frame| frame.id == id)
    }

    /// Takes the first page in the place of all; what was there before is forgotten.
    pub fn replace(&mut self, frames: Vec<SavedFrame>, next: Option<String>) {
        self.frames = frames;
        self.held.clear();
        self.next = next;
        self.loaded = true;
        self.problem = None;
    }

    /// Takes the next page, behind the others.
    pub fn append(&mut self, frames: Vec<SavedFrame>, next: Option<String>) {
        self.next = next.filter(|_| self.frames.len() + frames.len() < LONGEST);
        for frame in frames {
            self.insert(frame);
        }
    }

    /// Notes that the list cannot be read.
    pub fn fail(&mut self, problem: String) {
        self.loaded = true;
        self.problem = Some(problem);
    }

    /// A frame was kept. It waits while the list is held still.
    pub fn add(&mut self, frame: SavedFrame) {
        if self.hold {
            self.held.retain(|other| other.id != frame.id);
            self.held.push(frame);
        } else {
            self.insert(frame);
        }
    }

    /// A deletion was taken back: the frame is there again at once, because somebody waits for it.
    pub fn restore(&mut self, frame: SavedFrame) {
        self.insert(frame);
    }

    /// A frame was deleted. Returns it.
    pub fn remove(&mut self, id: FrameId) -> Option<SavedFrame> {
        self.held.retain(|frame| frame.id != id);
        self.thumbnails.remove(&id);
        self.position(id).map(|at| self.frames.remove(at))
    }

    /// Holds the list still, or lets it move again: then what waited comes in.
    pub fn hold(&mut self, hold: bool) {
        self.hold = hold;
        if !hold {
            for frame in std::mem::take(&mut self.held) {
                self.insert(frame);
            }
        }
    }

    /// Where to go on reading, when the visible part comes near the end of the list.
    #[must_use]
    pub fn next_page(&self, visible: &Range<usize>) -> Option<&str> {
        self.next.as_deref().filter(|_| visible.end + 50 >= self.frames.len())
    }

    /// The next page was asked for; it is not asked for again.
    pub fn next_page_asked(&mut self) {
        self.next = None;
    }

    /// The thumbnail of a frame, if it is on the graphics card.
    #[must_use]
    pub fn thumbnail(&self, id: FrameId) -> Option<TextureId> {
        match &self.thumbnails.get(&id)?.picture {
            Picture::There(texture) => Some(texture.id()),
            Picture::Asked | Picture::Missing => None,
        }
    }

    /// Whether a thumbnail was asked for and could not be made.
    #[must_use]
    pub fn thumbnail_is_missing(&self, id: FrameId) -> bool {
        matches!(self.thumbnails.get(&id), Some(Thumbnail { picture: Picture::Missing, .. }))
    }

    /// Marks thumbnails as looked at, drops those that were not for longest, and returns frames to load, at most `most`.
    pub fn look_at(&mut self, visible: Range<usize>, most: usize) -> Vec<SavedFrame> {
        self.pass += 1;
        let mut wanted = Vec::new();
        for frame in self.frames.get(visible).unwrap_or_default() {
            match self.thumbnails.get_mut(&frame.id) {
                Some(thumbnail) => thumbnail.used = self.pass,
                None if wanted.len() < most => {
                    self.thumbnails.insert(frame.id, Thumbnail { picture: Picture::Asked, used: self.pass });
                    wanted.push(frame.clone());
                }
                None => {}
            }
        }
        while self.thumbnails.len() > THUMBNAILS {
            let Some(oldest) = self.thumbnails.iter().min_by_key(|(_, t)| t.used).map(|(id, _)| *id) else { break };
            self.thumbnails.remove(&oldest);
        }
        wanted
    }

    /// A thumbnail came, or `None` when there is none to be had.
    pub fn set_thumbnail(&mut self, id: FrameId, texture: Option<TextureHandle>) {
        let picture = texture.map_or(Picture::Missing, Picture::There);
        self.thumbnails.insert(id, Thumbnail { picture, used: self.pass });
    }

    /// A thumbnail that was asked for will not come; it may be asked for again.
    pub fn forget_thumbnail(&mut self, id: FrameId) {
        self.thumbnails.remove(&id);
    }

    fn insert(&mut self, frame: SavedFrame) {
        if self.position(frame.id).is_some() {
            return;
        }
        let key = |frame: &SavedFrame| (frame.captured_at, frame.seq, frame.id);
        let at = self.frames.partition_point(|other| key(other) > key(&frame));
        self.frames.insert(at, frame);
        if self.frames.len() > LONGEST {
            // What falls off the end is not asked for again: the cursor would lead to frames far behind it.
            self.frames.truncate(LONGEST);
            self.next = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{PictureFormat, StreamId, Timestamp};

    fn frame(number: i64) -> SavedFrame {
        SavedFrame {
            id: FrameId(number),
            stream: StreamId { user: "anna".parse().unwrap(), camera: "phone".parse().unwrap() },
            seq: 0,
            captured_at: Timestamp::from_millis(number),
            width: 640,
            height: 480,
            bytes: 1000,
            format: PictureFormat::Jpeg,
            score: 0.1,
            event: None,
            peak: false,
        }
    }

    fn numbers(gallery: &Gallery) -> Vec<i64> {
        gallery.frames().iter().map(|frame| frame.id.0).collect()
    }

    #[test]
    fn frames_lie_newest_first_whatever_order_they_come_in() {
        let mut gallery = Gallery::default();
        for number in [5, 9, 7, 9] {
            gallery.add(frame(number));
        }
        gallery.append(vec![frame(3), frame(1)], None);
        assert_eq!(numbers(&gallery), [9, 7, 5, 3, 1]);
    }

    #[test]
    fn a_list_that_is_held_does_not_move_and_loses_nothing() {
        let mut gallery = Gallery::default();
        gallery.add(frame(1));
        gallery.hold(true);
        gallery.add(frame(2));
        gallery.add(frame(3));
        assert_eq!((numbers(&gallery), gallery.held()), (vec![1], 2));
        gallery.hold(false);
        assert_eq!((numbers(&gallery), gallery.held()), (vec![3, 2, 1], 0));
    }

    #[test]
    fn the_list_and_the_thumbnails_are_bounded() {
        let mut gallery = Gallery::default();
        gallery.replace((0..6000).rev().map(frame).collect(), Some("on".to_owned()));
        gallery.add(frame(6000));
        assert_eq!(gallery.frames().len(), LONGEST);
        for start in (0..4000).step_by(20) {
            let wanted = gallery.look_at(start..start + 20, 8);
            assert_eq!(wanted.len(), 8);
            assert!(gallery.thumbnails.len() <= THUMBNAILS);
        }
    }

    #[test]
    fn a_thumbnail_is_asked_for_once() {
        let mut gallery = Gallery::default();
        gallery.add(frame(1));
        assert_eq!(gallery.look_at(0..1, 8).len(), 1);
        assert_eq!(gallery.look_at(0..1, 8).len(), 0);
        gallery.set_thumbnail(FrameId(1), None);
        assert!(gallery.thumbnail_is_missing(FrameId(1)));
        assert_eq!(gallery.look_at(0..1, 8).len(), 0);
    }

    #[test]
    fn the_next_page_is_asked_for_near_the_end_and_once() {
        let mut gallery = Gallery::default();
        gallery.replace((0..200).rev().map(frame).collect(), Some("200".to_owned()));
        assert_eq!(gallery.next_page(&(0..10)), None);
        assert_eq!(gallery.next_page(&(150..160)), Some("200"));
        gallery.next_page_asked();
        assert_eq!(gallery.next_page(&(150..160)), None);
    }
}
