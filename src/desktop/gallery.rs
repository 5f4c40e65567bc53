//! The kept frames that the window knows of: a list, newest first, and a bounded set of thumbnails.
//!
//! Plain data. It knows no disk and no thread; [`crate::desktop::loader`] fills it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;

use eframe::egui::TextureHandle;
use eframe::egui::load::SizedTexture;

use crate::domain::{FrameId, SavedFrame, Timestamp};

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
    held: Newest,
    hold: bool,
    /// Since the first page was asked for, while it has not come.
    since: Option<Since>,
    /// Where the list goes on in the library.
    next: Option<String>,
    /// The same, while it is being read.
    asked: Option<String>,
    /// Whether the first page has come.
    loaded: bool,
    problem: Option<String>,
    thumbnails: HashMap<FrameId, Thumbnail>,
    /// Counts passes, so that the thumbnail that was not looked at for longest can go.
    pass: u64,
}

/// What the order of the list goes by.
type Key = (Timestamp, u64, FrameId);

/// At most [`LONGEST`] frames, the newest: more would fall off the list all the same.
#[derive(Default)]
struct Newest(BTreeMap<Key, SavedFrame>);

/// What was heard of while the first page was being read. The page may know of it or not.
#[derive(Default)]
struct Since {
    kept: Newest,
    deleted: HashSet<FrameId>,
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
        self.held.0.len()
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

    /// The first page was asked for: what is heard of from now on is kept for when it comes.
    pub fn first_page_asked(&mut self) {
        self.since = Some(Since::default());
    }

    /// Whether the first page is being read.
    #[must_use]
    pub fn waits_for_first_page(&self) -> bool {
        self.since.is_some()
    }

    /// Takes the first page in the place of all; what was there before is forgotten, but not what came meanwhile.
    pub fn replace(&mut self, frames: Vec<SavedFrame>, next: Option<String>) {
        let since = self.since.take().unwrap_or_default();
        self.frames = frames;
        self.frames.retain(|frame| !since.deleted.contains(&frame.id));
        self.held = Newest::default();
        (self.next, self.asked) = (next, None);
        self.loaded = true;
        self.problem = None;
        self.merge(since.kept);
    }

    /// Takes the next page, behind the others.
    pub fn append(&mut self, frames: Vec<SavedFrame>, next: Option<String>) {
        self.asked = None;
        self.next = next.filter(|_| self.frames.len() + frames.len() < LONGEST);
        for frame in frames {
            self.insert(frame);
        }
    }

    /// Notes that the list cannot be read.
    pub fn fail(&mut self, problem: String) {
        self.since = None;
        self.loaded = true;
        self.problem = Some(problem);
    }

    /// The next page cannot be read; it can be asked for again.
    pub fn next_page_failed(&mut self) {
        self.next = self.asked.take();
    }

    /// A frame was kept. It waits while the list is held still.
    pub fn add(&mut self, frame: SavedFrame) {
        if let Some(since) = &mut self.since {
            since.kept.insert(frame.clone());
        }
        if self.hold {
            self.held.insert(frame);
        } else {
            self.insert(frame);
        }
    }

    /// A deletion was taken back: the frame is there again at once, because somebody waits for it.
    pub fn restore(&mut self, frame: SavedFrame) {
        if let Some(since) = &mut self.since {
            since.deleted.remove(&frame.id);
            since.kept.insert(frame.clone());
        }
        self.insert(frame);
    }

    /// A frame was deleted. Returns it.
    pub fn remove(&mut self, id: FrameId) -> Option<SavedFrame> {
        if let Some(since) = &mut self.since {
            since.deleted.insert(id);
            since.kept.remove(id);
        }
        self.held.remove(id);
        self.thumbnails.remove(&id);
        self.position(id).map(|at| self.frames.remove(at))
    }

    /// Holds the list still, or lets it move again: then what waited comes in.
    pub fn hold(&mut self, hold: bool) {
        self.hold = hold;
        if !hold {
            let came = std::mem::take(&mut self.held);
            self.merge(came);
        }
    }

    /// Whether the list is held still.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.hold
    }

    /// Where to go on reading, when the visible part comes near the end of the list.
    #[must_use]
    pub fn next_page(&self, visible: &Range<usize>) -> Option<&str> {
        self.next.as_deref().filter(|_| self.since.is_none() && visible.end + 50 >= self.frames.len())
    }

    /// The next page was asked for; it is not asked for again.
    pub fn next_page_asked(&mut self) {
        self.asked = self.next.take();
    }

    /// The thumbnail of a frame, if it is on the graphics card.
    #[must_use]
    pub fn thumbnail(&self, id: FrameId) -> Option<SizedTexture> {
        match &self.thumbnails.get(&id)?.picture {
            Picture::There(texture) => Some(SizedTexture::from_handle(texture)),
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

    /// Thumbnails that could not be had may be asked for again.
    pub fn forget_missing(&mut self) {
        self.thumbnails.retain(|_, thumbnail| !matches!(thumbnail.picture, Picture::Missing));
    }

    fn insert(&mut self, frame: SavedFrame) {
        let at = self.frames.partition_point(|other| key(other) > key(&frame));
        if self.frames.get(at).is_none_or(|other| other.id != frame.id) {
            self.frames.insert(at, frame);
            self.cut();
        }
    }

    fn merge(&mut self, more: Newest) {
        if more.0.is_empty() {
            return;
        }
        self.frames.extend(more.0.into_values());
        self.frames.sort_unstable_by_key(|frame| std::cmp::Reverse(key(frame)));
        self.frames.dedup_by_key(|frame| frame.id);
        self.cut();
    }

    fn cut(&mut self) {
        if self.frames.len() > LONGEST {
            // What falls off the end is not asked for again: the cursor would lead to frames far behind it.
            self.frames.truncate(LONGEST);
            self.next = None;
        }
    }
}

impl Newest {
    fn insert(&mut self, frame: SavedFrame) {
        self.0.insert(key(&frame), frame);
        if self.0.len() > LONGEST {
            self.0.pop_first();
        }
    }

    fn remove(&mut self, id: FrameId) {
        self.0.retain(|_, frame| frame.id != id);
    }
}

fn key(frame: &SavedFrame) -> Key {
    (frame.captured_at, frame.seq, frame.id)
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
    fn a_list_that_is_held_all_night_holds_the_newest_and_no_more() {
        let mut gallery = Gallery::default();
        gallery.add(frame(0));
        gallery.hold(true);
        for number in 1..20_000 {
            gallery.add(frame(number));
        }
        assert_eq!(gallery.held(), LONGEST);
        gallery.hold(false);
        assert_eq!((gallery.frames().len(), numbers(&gallery)[0]), (LONGEST, 19_999));
    }

    #[test]
    fn what_is_kept_or_deleted_while_the_first_page_is_read_is_not_forgotten() {
        let mut gallery = Gallery::default();
        gallery.first_page_asked();
        gallery.add(frame(4));
        gallery.remove(FrameId(2));
        gallery.add(frame(3));
        gallery.replace(vec![frame(3), frame(2), frame(1)], None);
        assert_eq!(numbers(&gallery), [4, 3, 1]);
        gallery.replace(vec![frame(2), frame(1)], None);
        assert_eq!(numbers(&gallery), [2, 1], "what was heard of before the page was asked for, it knows");
    }

    #[test]
    fn a_page_that_could_not_be_read_is_asked_for_again() {
        let mut gallery = Gallery::default();
        gallery.replace(vec![frame(9)], Some("on".to_owned()));
        gallery.next_page_asked();
        gallery.next_page_failed();
        assert_eq!(gallery.next_page(&(0..1)), Some("on"));
        gallery.first_page_asked();
        assert_eq!(gallery.next_page(&(0..1)), None, "the cursor would lead on from another list");
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
