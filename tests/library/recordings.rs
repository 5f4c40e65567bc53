//! A recording comes in chunks, in any order, cut anywhere, as often as anybody likes, and is the same file in the end.

use std::collections::BTreeSet;
use std::time::Duration;

use bytes::Bytes;
use framekeep::bus::{Happening, ProblemKind};
use framekeep::domain::{Recording, RecordingId, RecordingState, Timestamp, VideoFormat};
use framekeep::library::{
    ChunkPiece, FrameQuery, NewRecording, RecordingError, Verified, VerifyOptions, rebuild, verify,
};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

use crate::fixture::*;
use crate::small_disk::SmallDisk;

pub fn beginning(key: &str) -> NewRecording {
    NewRecording {
        user: "Anna".parse().unwrap(),
        camera: "front".parse().unwrap(),
        started_at: Timestamp::from_millis(MORNING),
        mime: "video/webm;codecs=vp8".to_owned(),
        format: VideoFormat::WebM,
        key: key.to_owned(),
    }
}

/// Chunk `seq` of `length` bytes; the first begins as `WebM` does.
pub fn chunk(seq: u32, length: usize) -> Bytes {
    let mut bytes: Vec<u8> = (0..length).map(|at| (at * 31 + seq as usize * 7 + at / 251).to_le_bytes()[0]).collect();
    if seq == 0 {
        for (byte, magic) in bytes.iter_mut().zip([0x1a, 0x45, 0xdf, 0xa3, 0x9f, 0x42, 0x86, 0x81]) {
            *byte = magic;
        }
    }
    bytes.into()
}

/// The bytes `from..to` of a chunk, as a phone sends them.
pub fn piece(seq: u32, whole: &Bytes, from: usize, to: usize) -> ChunkPiece {
    ChunkPiece {
        seq,
        offset: from as u64,
        chunk_bytes: whole.len() as u64,
        sha256: Sha256::digest(whole).into(),
        captured_at: Some(Timestamp::from_millis(MORNING + 2000 * (i64::from(seq) + 1))),
        bytes: whole.slice(from..to),
    }
}

pub fn all_of(seq: u32, whole: &Bytes) -> ChunkPiece {
    piece(seq, whole, 0, whole.len())
}

impl Fixture {
    fn begin(&self, key: &str) -> RecordingId {
        self.library.begin_recording(beginning(key)).unwrap().0.id
    }

    fn put(&self, id: RecordingId, seq: u32, length: usize) {
        let stored = self.library.put_chunk(id, &all_of(seq, &chunk(seq, length))).unwrap();
        assert!(stored.complete);
    }

    fn state(&self, id: RecordingId) -> RecordingState {
        self.library.recording(id).unwrap().unwrap().recording.state
    }

    fn bytes(&self, recording: &Recording) -> Vec<u8> {
        std::fs::read(self.library.recording_file(recording)).unwrap()
    }

    fn list(&self) -> Vec<Recording> {
        self.library.recordings(&FrameQuery { limit: 100, ..FrameQuery::default() }).unwrap().0
    }

    fn reopened(self) -> Self {
        Self::reopen(self.close())
    }
}

fn joined(lengths: &[usize]) -> Vec<u8> {
    lengths.iter().enumerate().flat_map(|(seq, length)| chunk(number(seq), *length).to_vec()).collect()
}

fn number(seq: usize) -> u32 {
    u32::try_from(seq).unwrap()
}

/// Numbers that look like chance and are the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_order_any_repetition_and_any_cut_give_the_same_file(
        lengths in prop::collection::vec(8_usize..3000, 1..7), seed in 1_u64..,
    ) {
        let mut fixture = Fixture::new();
        let id = fixture.begin("a");
        let mut chance = Chance(seed);
        let chunks: Vec<Bytes> = lengths.iter().enumerate().map(|(seq, length)| chunk(number(seq), *length)).collect();
        // A phone at its worst: pieces of anything from anywhere, some of them of a liar, and the program ends in between.
        for _ in 0..chance.below(40) {
            let seq = chance.below(chunks.len());
            let whole = &chunks[seq];
            let from = chance.below(whole.len());
            let to = from + 1 + chance.below(whole.len() - from);
            let known = fixture.library.recording(id).unwrap().unwrap();
            let have = known.partial.iter().find(|(known, ..)| *known as usize == seq).map_or(0, |(_, have, _)| *have);
            match fixture.library.put_chunk(id, &piece(number(seq), whole, from, to)) {
                Ok(stored) => prop_assert!(stored.bytes >= to as u64),
                Err(RecordingError::Gap { have: told }) => {
                    prop_assert_eq!(told, have);
                    prop_assert!(from as u64 > have);
                }
                Err(other) => prop_assert!(false, "{other}"),
            }
            let other = chunk(number(seq) + 50, whole.len());
            if from.is_multiple_of(3) && known.have.iter().any(|(first, last)| (*first..=*last).contains(&(number(seq)))) {
                let refused = fixture.library.put_chunk(id, &all_of(number(seq), &other));
                prop_assert!(matches!(refused, Err(RecordingError::OtherChunk(_))), "{refused:?}");
            }
            if chance.below(12) == 0 {
                fixture = fixture.reopened();
            }
        }
        // A phone as it should be: it asks what is missing and sends that.
        for (seq, whole) in chunks.iter().enumerate() {
            let known = fixture.library.recording(id).unwrap().unwrap();
            let have = known.partial.iter().find(|(known, ..)| *known as usize == seq).map_or(0, |(_, have, _)| usize::try_from(*have).unwrap());
            if !known.have.iter().any(|(first, last)| (*first..=*last).contains(&(number(seq)))) {
                let missing = fixture.library.finish_recording(id, number(chunks.len()), None);
                prop_assert!(matches!(missing, Err(RecordingError::Missing(_))));
                prop_assert!(fixture.library.put_chunk(id, &piece(number(seq), whole, have, whole.len())).unwrap().complete);
            }
        }
        let done = fixture.library.finish_recording(id, number(chunks.len()), Some(1234)).unwrap();
        prop_assert_eq!(&done, &fixture.library.finish_recording(id, number(chunks.len()), None).unwrap());
        prop_assert_eq!((done.state, done.chunks, done.duration_ms), (RecordingState::Finished, number(chunks.len()), Some(1234)));
        prop_assert!(fixture.bytes(&done) == joined(&lengths));
        prop_assert_eq!(std::fs::read_dir(fixture.dir().join(".framekeep/recordings")).unwrap().count(), 1, "but the notes");
    }
}

#[test]
fn a_recording_lies_under_its_name_and_is_told() {
    let mut fixture = Fixture::new();
    let id = fixture.begin("a");
    fixture.put(id, 0, 100);
    fixture.put(id, 1, 50);
    let done = fixture.library.finish_recording(id, 2, None).unwrap();
    assert_eq!(files(&fixture.dir()), [format!("Anna/recordings/2025-11-21T080101.042Z_front_{id}.webm")]);
    assert_eq!(
        (done.bytes, done.duration_ms),
        (150, Some(4000)),
        "the last chunk ended four seconds after the beginning"
    );
    let mut told = Vec::new();
    while let Ok(happening) = fixture.listener.try_recv() {
        match &*happening {
            Happening::Recording(recording) => told.push(recording.state),
            Happening::RecordingFinished(recording) => {
                assert_eq!(*recording, done);
                told.push(recording.state);
            }
            _ => {}
        }
    }
    assert_eq!(told, [RecordingState::Open, RecordingState::Finished]);
    assert_eq!(fixture.list(), [done]);
}

#[test]
fn the_same_beginning_is_one_recording_and_another_one_with_its_key_is_refused() {
    let fixture = Fixture::new();
    let id = fixture.begin("a");
    let (again, is_new) = fixture.library.begin_recording(beginning("a")).unwrap();
    assert_eq!((again.id, is_new), (id, false));
    let other = NewRecording { camera: "back".parse().unwrap(), ..beginning("a") };
    assert!(matches!(fixture.library.begin_recording(other), Err(RecordingError::OtherBeginning)));
    assert_ne!(fixture.begin("b"), id);
    fixture.put(id, 0, 100);
    fixture.library.finish_recording(id, 1, None).unwrap();
    let (again, is_new) = fixture.library.begin_recording(beginning("a")).unwrap();
    assert_eq!((again.state, is_new), (RecordingState::Finished, false));
}

#[test]
fn what_contradicts_changes_nothing() {
    let fixture = Fixture::new();
    let id = fixture.begin("a");
    fixture.put(id, 0, 100);
    let put = |piece: &ChunkPiece| fixture.library.put_chunk(id, piece);
    assert!(matches!(put(&all_of(0, &chunk(7, 100))), Err(RecordingError::OtherChunk(0))));
    let long = chunk(1, 1000);
    assert_eq!(put(&piece(1, &long, 0, 400)).unwrap().bytes, 400);
    assert!(matches!(put(&piece(1, &chunk(8, 1000), 400, 1000)), Err(RecordingError::OtherChunk(1))));
    assert!(matches!(put(&piece(1, &long, 500, 1000)), Err(RecordingError::Gap { have: 400 })));
    let lie = ChunkPiece { bytes: chunk(9, 600), ..piece(1, &long, 400, 1000) };
    assert!(matches!(put(&lie), Err(RecordingError::WrongChecksum)));
    assert_eq!(put(&piece(1, &long, 0, 400)).unwrap().bytes, 400, "it begins anew");
    assert!(put(&piece(1, &long, 300, 1000)).unwrap().complete);
    assert!(matches!(put(&all_of(5000, &long)), Err(RecordingError::TooFarAhead)));
    let finish = |chunks| fixture.library.finish_recording(id, chunks, None);
    assert!(matches!(finish(1), Err(RecordingError::OtherEnd { chunks: 2 })));
    assert!(matches!(finish(5), Err(RecordingError::Missing(missing)) if missing == [(2, 4)]));
    fixture.put(id, 3, 10);
    assert!(matches!(finish(5), Err(RecordingError::Missing(missing)) if missing == [(2, 2), (4, 4)]));
    assert!(matches!(put(&all_of(5, &long)), Err(RecordingError::BeyondEnd)));
    fixture.put(id, 2, 20);
    fixture.put(id, 4, 20);
    let done = finish(5).unwrap();
    assert_eq!(fixture.bytes(&done), joined(&[100, 1000, 20, 10, 20]));
    assert!(put(&all_of(1, &long)).unwrap().complete, "a repeated chunk of a finished recording is as good as before");
    assert!(matches!(put(&all_of(1, &chunk(8, 1000))), Err(RecordingError::OtherChunk(1))));
    assert!(matches!(put(&all_of(5, &long)), Err(RecordingError::BeyondEnd)));
    assert!(matches!(finish(4), Err(RecordingError::OtherEnd { chunks: 5 })));
}

#[test]
fn only_a_video_is_taken_also_when_its_first_bytes_come_one_by_one() {
    let fixture = Fixture::new();
    let id = fixture.begin("a");
    let text = Bytes::from_static(b"I am no video, whatever my name is");
    for end in [text.len(), 20] {
        let refused = fixture.library.put_chunk(id, &piece(0, &text, 0, end));
        assert!(matches!(refused, Err(RecordingError::NotAVideo)), "{refused:?}");
    }
    for at in 0..text.len() - 1 {
        fixture.library.put_chunk(id, &piece(0, &text, at, at + 1)).unwrap();
    }
    let last = fixture.library.put_chunk(id, &piece(0, &text, text.len() - 1, text.len()));
    assert!(matches!(last, Err(RecordingError::NotAVideo)), "{last:?}");
    let known = fixture.library.recording(id).unwrap().unwrap();
    assert!(known.have.is_empty() && known.partial.is_empty());
    let mp4 = Bytes::from_static(b"\0\0\0\x10ftypiso5\0\0\0\0");
    fixture.library.put_chunk(id, &all_of(0, &mp4)).unwrap();
    let done = fixture.library.finish_recording(id, 1, None).unwrap();
    assert_eq!(done.format, VideoFormat::Mp4, "the bytes decide, not the name");
    assert_eq!(fixture.library.recording_file(&done).extension().unwrap(), "mp4");
}

#[test]
fn an_abandoned_recording_is_joined_up_to_the_hole_and_whole_when_its_phone_is_back() {
    let fixture = Fixture::new();
    let id = fixture.begin("a");
    for seq in [0, 1, 3] {
        fixture.put(id, seq, 100);
    }
    fixture.library.close_quiet_recordings(Duration::from_mins(10));
    assert_eq!(fixture.state(id), RecordingState::Open, "it was heard of a moment ago");
    fixture.library.close_quiet_recordings(Duration::ZERO);
    let abandoned = fixture.list().remove(0);
    assert_eq!((abandoned.state, abandoned.bytes, abandoned.chunks), (RecordingState::Abandoned, 200, 2));
    assert!(abandoned.reason.as_ref().unwrap().contains("went away"));
    assert_eq!(fixture.bytes(&abandoned), joined(&[100, 100]));

    let fixture = fixture.reopened();
    assert_eq!(fixture.list(), [abandoned]);
    assert!(fixture.library.put_chunk(id, &all_of(1, &chunk(1, 100))).unwrap().complete);
    assert_eq!(fixture.state(id), RecordingState::Abandoned, "a repeated chunk is no news");
    fixture.put(id, 2, 100);
    assert_eq!(fixture.state(id), RecordingState::Open);
    assert_eq!(fixture.list().len(), 1);
    let fixture = fixture.reopened();
    let done = fixture.library.finish_recording(id, 4, None).unwrap();
    assert_eq!((done.state, done.reason.as_ref()), (RecordingState::Finished, None));
    assert_eq!(fixture.bytes(&done), joined(&[100; 4]));
    assert_eq!(files(&fixture.dir()).len(), 1);
}

#[test]
fn an_abandoned_recording_can_be_finished_as_it_is() {
    let fixture = Fixture::new();
    let id = fixture.begin("a");
    fixture.put(id, 0, 100);
    fixture.library.close_quiet_recordings(Duration::ZERO);
    assert_eq!(fixture.state(id), RecordingState::Abandoned);
    assert!(matches!(fixture.library.finish_recording(id, 2, None), Err(RecordingError::Missing(_))));
    assert_eq!(fixture.state(id), RecordingState::Open);
    let done = fixture.library.finish_recording(id, 1, None).unwrap();
    assert_eq!((done.state, done.reason.as_ref(), done.bytes), (RecordingState::Finished, None, 100));
    assert!(matches!(fixture.library.finish_recording(id, 2, None), Err(RecordingError::OtherEnd { chunks: 1 })));
}

#[test]
fn what_has_no_beginning_waits_for_it_and_what_is_empty_goes() {
    let fixture = Fixture::new();
    let (id, empty) = (fixture.begin("a"), fixture.begin("b"));
    fixture.put(id, 1, 100);
    fixture.library.close_quiet_recordings(Duration::ZERO);
    assert!(fixture.library.recording(empty).unwrap().is_none());
    assert_eq!(fixture.state(id), RecordingState::Abandoned);
    assert!(files(&fixture.dir()).is_empty());
    let fixture = fixture.reopened();
    assert!(fixture.list()[0].reason.as_ref().unwrap().contains("beginning"));
    fixture.put(id, 0, 100);
    assert_eq!(fixture.state(id), RecordingState::Open);
    let done = fixture.library.finish_recording(id, 2, None).unwrap();
    assert_eq!(fixture.bytes(&done), joined(&[100, 100]));
}

#[test]
fn the_last_chunk_ends_a_recording_whose_phone_said_how_many_there_are_and_went() {
    let fixture = Fixture::new();
    let id = fixture.begin("a");
    fixture.put(id, 0, 100);
    assert!(fixture.library.finish_recording(id, 2, Some(2500)).is_err());
    fixture.put(id, 1, 100);
    fixture.library.close_quiet_recordings(Duration::ZERO);
    let done = fixture.list().remove(0);
    assert_eq!((done.state, done.duration_ms), (RecordingState::Finished, Some(2500)));
}

#[test]
fn a_deleted_recording_is_gone_and_can_be_restored() {
    let fixture = Fixture::new();
    let (id, open, bare) = (fixture.begin("a"), fixture.begin("b"), fixture.begin("c"));
    fixture.put(id, 0, 100);
    let done = fixture.library.finish_recording(id, 1, None).unwrap();
    fixture.put(open, 0, 100);
    for id in [id, open, bare] {
        assert_eq!(fixture.library.delete_recording(id).unwrap().unwrap().id, id);
        assert!(fixture.library.delete_recording(id).unwrap().is_none());
        assert!(fixture.library.recording(id).unwrap().unwrap().deleted);
        let late = fixture.library.put_chunk(id, &all_of(1, &chunk(1, 10)));
        assert!(matches!(late, Err(RecordingError::Deleted)), "{late:?}");
    }
    assert!(matches!(fixture.library.begin_recording(beginning("a")), Err(RecordingError::Deleted)));
    assert!(files(&fixture.dir()).is_empty() && fixture.list().is_empty());
    let fixture = fixture.reopened();
    assert_eq!(fixture.library.restore_recording(id).unwrap(), Some(done.clone()));
    assert!(fixture.library.restore_recording(id).unwrap().is_none(), "it is there already");
    assert_eq!(fixture.bytes(&done), joined(&[100]));
    assert_eq!(fixture.library.restore_recording(open).unwrap().unwrap().state, RecordingState::Abandoned);
    assert!(fixture.library.restore_recording(bare).unwrap().is_none(), "nothing was ever there");
    fixture.put(open, 1, 100);
    assert_eq!(fixture.library.finish_recording(open, 2, None).unwrap().bytes, 200);
}

#[test]
fn the_index_can_be_made_again_from_the_names_and_what_differs_is_mended() {
    let fixture = Fixture::new();
    let (id, other) = (fixture.begin("a"), fixture.begin("b"));
    fixture.put(id, 0, 100);
    let done = fixture.library.finish_recording(id, 1, Some(777)).unwrap();
    fixture.put(other, 0, 60);
    fixture.library.close_quiet_recordings(Duration::ZERO);
    let listed = fixture.list();
    let (dir, root) = (fixture.dir(), fixture.close());
    std::fs::remove_file(dir.join(".framekeep/index.sqlite")).unwrap();
    assert_eq!(rebuild(&dir).unwrap().recordings, 2);
    let fixture = Fixture::reopen(root);
    assert_eq!(fixture.list(), listed, "the notes tell what the names do not");
    let root = fixture.close();

    std::fs::remove_dir_all(dir.join(".framekeep")).unwrap();
    assert_eq!(rebuild(&dir).unwrap().recordings, 2);
    let sound = verify(&dir, VerifyOptions::default()).unwrap();
    assert!(sound.is_sound() && sound.recordings == 2, "{sound:?}");
    let fixture = Fixture::reopen(root);
    let by_name = fixture.library.recording(id).unwrap().unwrap().recording;
    assert_eq!(by_name, Recording { mime: "video/webm".into(), chunks: 0, duration_ms: None, ..done.clone() });
    assert!(fixture.library.finish_recording(id, 1, None).is_ok(), "it is as finished as before");

    let copy = framekeep::domain::RecordingId(5);
    let path = fixture.library.recording_file(&done);
    std::fs::copy(&path, fixture.library.recording_file(&Recording { id: copy, ..done.clone() })).unwrap();
    std::fs::write(&path, b"longer than before by some bytes, which is no recording but tells a difference, as it is longer than all of it").unwrap();
    std::fs::remove_file(fixture.library.recording_file(listed.iter().find(|one| one.id == other).unwrap())).unwrap();
    let found = verify(&dir, VerifyOptions::default()).unwrap();
    let counts = |found: &Verified| (found.files_without_row, found.rows_without_file, found.wrong_sizes);
    assert_eq!(counts(&found), (1, 1, 1), "{found:?}");
    let root = fixture.close();
    verify(&dir, VerifyOptions { mend: true, ..VerifyOptions::default() }).unwrap();
    let found = verify(&dir, VerifyOptions::default()).unwrap();
    assert!(found.is_sound(), "{found:?}");
    drop(root);
}

#[test]
fn there_is_an_end_to_how_many_a_user_may_open() {
    let fixture = Fixture::new();
    let opened: BTreeSet<_> = (0..16).map(|number| fixture.begin(&number.to_string())).collect();
    assert_eq!(opened.len(), 16);
    assert!(matches!(fixture.library.begin_recording(beginning("one more")), Err(RecordingError::TooManyOpen)));
    let other = NewRecording { user: "Ben".parse().unwrap(), ..beginning("one more") };
    assert!(fixture.library.begin_recording(other).is_ok());
    assert!(!fixture.library.begin_recording(beginning("3")).unwrap().1, "one that is open is found all the same");
}

#[test]
fn a_folder_that_is_gone_refuses_chunks_and_has_them_all_when_it_is_back() {
    let fixture = Fixture::new();
    let id = fixture.begin("a");
    fixture.put(id, 0, 100);
    let (dir, away) = (fixture.dir(), fixture.root.path().join("away"));
    std::fs::rename(&dir, &away).unwrap();
    eventually("the folder is missed", || fixture.problem(ProblemKind::SaveFolder).is_some());
    let refused = fixture.library.put_chunk(id, &all_of(1, &chunk(1, 100)));
    assert!(matches!(refused, Err(RecordingError::NoFolder | RecordingError::Io(_))), "{refused:?}");
    assert!(matches!(fixture.library.begin_recording(beginning("b")), Err(RecordingError::NoFolder)));
    std::fs::rename(&away, &dir).unwrap();
    eventually("it goes on", || fixture.library.put_chunk(id, &all_of(1, &chunk(1, 100))).is_ok());
    let done = fixture.library.finish_recording(id, 2, None).unwrap();
    assert_eq!(fixture.bytes(&done), joined(&[100, 100]));
}

#[test]
fn another_save_folder_does_not_cut_a_recording_in_two() {
    let fixture = Fixture::new();
    let id = fixture.begin("a");
    fixture.put(id, 0, 100);
    fixture.library.change_save_dir(&fixture.root.path().join("other")).unwrap();
    fixture.put(id, 1, 100);
    let done = fixture.library.finish_recording(id, 2, None).unwrap();
    assert_eq!(done.bytes, 200);
    assert_eq!(files(&fixture.dir()).len(), 1, "it lies where it began");
}

#[test]
fn a_full_disk_refuses_chunks_and_loses_none_that_was_accepted() {
    const BYTES: usize = 700_000;
    let root = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(root.path(), "saves", "6m") else { return };
    let fixture = Fixture::reopen(root);
    let id = fixture.begin("a");
    let put = |fixture: &Fixture, seq| fixture.library.put_chunk(id, &all_of(seq, &chunk(seq, BYTES)));
    let mut accepted = 0;
    let refused = loop {
        match put(&fixture, accepted) {
            Ok(_) => accepted += 1,
            Err(error) => break error,
        }
    };
    assert!(
        accepted > 2 && matches!(refused, RecordingError::Io(_) | RecordingError::NoFolder),
        "{accepted}: {refused}"
    );
    assert!(fixture.problem(ProblemKind::DiskFull).is_some(), "it is told");
    let have = |fixture: &Fixture| fixture.library.recording(id).unwrap().unwrap().have;
    assert_eq!(have(&fixture), [(0, accepted - 1)]);
    let root = fixture.close();
    disk.resize("64m");
    let fixture = Fixture::reopen(root);
    for seq in accepted..12 {
        assert!(put(&fixture, seq).unwrap().complete);
    }
    let done = fixture.library.finish_recording(id, 12, None).unwrap();
    assert!(fixture.bytes(&done) == joined(&[BYTES; 12]));
    drop(fixture.close());
}

#[test]
fn a_disk_that_is_pulled_out_brings_its_recording_back() {
    let root = tempfile::tempdir().unwrap();
    let Some(stick) = SmallDisk::mount(root.path(), "stick", "16m") else { return };
    let saves = root.path().join("saves");
    std::fs::create_dir(&saves).unwrap();
    stick.plug_in(&saves);
    let fixture = Fixture::reopen(root);
    let id = fixture.begin("a");
    fixture.put(id, 0, 100);
    stick.unplug(&saves);
    for _ in 0..3 {
        assert!(fixture.library.put_chunk(id, &all_of(1, &chunk(1, 100))).is_err());
        assert!(fixture.library.begin_recording(beginning("b")).is_err());
    }
    eventually("it is told", || fixture.problem(ProblemKind::SaveFolder).is_some());
    assert_eq!(std::fs::read_dir(&saves).unwrap().count(), 0, "the bare place where the disk was mounted stays empty");
    stick.plug_in(&saves);
    eventually("it goes on", || fixture.library.put_chunk(id, &all_of(1, &chunk(1, 100))).is_ok());
    let done = fixture.library.finish_recording(id, 2, None).unwrap();
    assert_eq!(fixture.bytes(&done), joined(&[100, 100]));
    let root = fixture.close();
    stick.unplug(&saves);
    drop(stick);
    drop(root);
}
