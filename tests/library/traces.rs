//! What was seen in every frame is there for as long as was asked for, and no longer.

use std::io::{Seek, SeekFrom, Write};

use framekeep::codec::TraceWriter;
use framekeep::domain::{StreamId, Timestamp, Trace, TraceSettings, TracedFrame, Verdict};
use framekeep::library::{LibraryError, TraceChunk, TraceQuery, read_traces, traced_streams};

use crate::fixture::*;

fn now() -> i64 {
    Timestamp::from(std::time::SystemTime::now()).as_millis()
}

fn traced(seq: u64, at: i64) -> TracedFrame {
    let verdict = Verdict::ALL[usize::try_from(seq % 9).unwrap()];
    let trace = Trace { verdict, interval_micros: 100_000, watched_micros: seq * 100_000, ..Trace::default() };
    TracedFrame { at: Timestamp::from_millis(at), seq, trace }
}

/// So many frames 100 ms apart.
fn chunk(stream: &StreamId, from: i64, count: u64) -> (TraceChunk, Vec<TracedFrame>) {
    let frames: Vec<_> = (0..count).map(|n| traced(n, from + i64::try_from(n).unwrap() * 100)).collect();
    let mut writer = TraceWriter::default();
    for frame in &frames {
        writer.push(frame);
    }
    let (first, last) = (frames[0].at, frames[frames.len() - 1].at);
    (TraceChunk { stream: stream.clone(), from: first, to: last, bytes: writer.into_bytes() }, frames)
}

fn query(stream: &StreamId) -> TraceQuery {
    TraceQuery { stream: stream.clone(), from: None, to: None, cursor: None, limit: 500 }
}

fn listed(fixture: &Fixture, query: &TraceQuery) -> Vec<TracedFrame> {
    fixture.library.traces(query).unwrap().frames
}

#[test]
fn traces_outlive_a_clean_end_and_are_paged_oldest_first() {
    let fixture = Fixture::new();
    let (front, start) = (stream("Anna", "front"), now() - 60_000);
    let mut all = Vec::new();
    for part in 0..3 {
        let (chunk, frames) = chunk(&front, start + part * 5_000, 30);
        fixture.library.keep_traces(chunk);
        all.extend(frames);
    }
    fixture.library.keep_traces(chunk(&stream("Ben", "front"), start, 5).0);
    let fixture = Fixture::reopen(fixture.close());
    let mut query = TraceQuery { limit: 7, ..query(&stream("ANNA", "Front")) };
    let mut seen = Vec::new();
    loop {
        let page = fixture.library.traces(&query).unwrap();
        assert!(page.frames.len() == 7 || page.next.is_none());
        seen.extend(page.frames);
        query.cursor = page.next;
        if query.cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, all);
    query.cursor = Some("made up".into());
    assert!(matches!(fixture.library.traces(&query), Err(LibraryError::Cursor)));
}

#[test]
fn a_span_of_time_begins_and_ends_within_a_chunk() {
    let fixture = Fixture::new();
    let (front, start) = (stream("Anna", "front"), now() - 60_000);
    let (one, frames) = chunk(&front, start, 100);
    fixture.library.keep_traces(one);
    eventually("the traces are listed", || listed(&fixture, &query(&front)).len() == 100);
    let at = |millis| Some(Timestamp::from_millis(start + millis));
    let within = TraceQuery { from: at(9_000), to: at(9_300), ..query(&front) };
    assert_eq!(listed(&fixture, &within), frames[90..93]);
    // Read from outside while the library is open.
    let mut seen = Vec::new();
    read_traces(&fixture.dir(), &front, (at(9_000).unwrap(), at(9_300).unwrap()), |frame| seen.push(*frame)).unwrap();
    assert_eq!(seen, frames[90..93]);
    let streams = traced_streams(&fixture.dir()).unwrap();
    assert_eq!(streams, [(front, frames[0].at, frames[99].at)]);
    assert!(matches!(traced_streams(fixture.root.path()), Err(LibraryError::Folder { .. })));
}

#[test]
fn of_a_chunk_with_a_damaged_tail_the_frames_before_it_are_listed() {
    let fixture = Fixture::new();
    let (front, start) = (stream("Anna", "front"), now() - 60_000);
    let (mut one, mut all) = chunk(&front, start, 30);
    // There is no such verdict.
    one.bytes.extend([0xff; 40]);
    let (mut unknown, _) = chunk(&front, start + 5_000, 30);
    unknown.bytes[0] = 99;
    let (last, frames) = chunk(&front, start + 10_000, 30);
    all.extend(frames);
    for chunk in [one, unknown, last] {
        fixture.library.keep_traces(chunk);
    }
    eventually("all that can be read are listed", || listed(&fixture, &query(&front)) == all);
    let page = fixture.library.traces(&TraceQuery { limit: 30, ..query(&front) }).unwrap();
    let rest = fixture.library.traces(&TraceQuery { cursor: page.next, ..query(&front) }).unwrap();
    assert_eq!([page.frames, rest.frames].concat(), all);
}

#[test]
fn traces_that_are_damaged_while_framekeep_runs_begin_anew_and_cost_no_frame() {
    let fixture = Fixture::new();
    let (front, start) = (stream("Anna", "front"), now() - 60_000);
    let event = fixture.library.begin_event(&front, Timestamp::from_millis(MORNING)).unwrap();
    let saved = fixture.hand_in(frame(1), 0.5, Some(event)).recv_timeout(PATIENCE).unwrap().unwrap();
    fixture.library.keep_traces(chunk(&front, start, 30).0);
    let path = fixture.dir().join(".framekeep/index.sqlite");
    let root = fixture.close();
    let connection = rusqlite::Connection::open(&path).unwrap();
    let sql = "SELECT (rootpage - 1) * 4096 FROM sqlite_schema WHERE name = 'traces'";
    let page = connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    drop(connection);
    let fixture = Fixture::reopen(root);
    let mut file = std::fs::File::options().write(true).open(&path).unwrap();
    file.seek(SeekFrom::Start(page.cast_unsigned())).unwrap();
    file.write_all(&[0x55; 4096]).unwrap();
    let (new, frames) = chunk(&front, start + 20_000, 30);
    fixture.library.keep_traces(new);
    eventually("new ones are listed", || {
        fixture.library.traces(&query(&front)).is_ok_and(|page| page.frames == frames)
    });
    let all = fixture.all();
    assert_eq!((all.len(), all[0].id, all[0].score, all[0].event), (1, saved.id, 0.5, Some(event)));
    assert!(!path.with_file_name("index.old.sqlite").exists(), "the index was not made again");
    eventually("the problem is over", || fixture.problems.list().is_empty());
}

#[test]
fn what_is_too_old_or_too_much_goes_and_the_rest_stays() {
    let fixture = Fixture::new();
    let (front, day) = (stream("Anna", "front"), 24 * 60 * 60 * 1000);
    // More than a megabyte a day; the oldest is not handed in first.
    for days in [3, 9, 2, 1, 0] {
        for part in 0..60 {
            let (mut chunk, _) = chunk(&front, now() - days * day - 3_600_000 + part * 10, 1);
            chunk.bytes.extend(std::iter::repeat_n(0xff, 20_000));
            fixture.library.keep_traces(chunk);
        }
    }
    let oldest_days = || {
        let oldest = traced_streams(&fixture.dir()).unwrap().first().map(|(_, first, _)| now() - first.as_millis());
        oldest.map(|millis| millis / day)
    };
    eventually("all are there", || oldest_days() == Some(9));
    fixture.library.limit_traces(TraceSettings::default());
    eventually("those of more than a week ago are gone", || oldest_days() == Some(3));
    fixture.library.limit_traces(TraceSettings { keep_days: 2, ..TraceSettings::default() });
    eventually("those of more than two days ago are gone", || oldest_days() == Some(1));
    fixture.library.limit_traces(TraceSettings { keep_days: 7, most_megabytes: 1 });
    eventually("only the newest megabyte is left", || oldest_days() == Some(0));
    fixture.library.limit_traces(TraceSettings { keep_days: 7, most_megabytes: 0 });
    eventually("nothing is left", || oldest_days().is_none());
}

#[test]
fn who_wants_no_traces_has_none() {
    let fixture = Fixture::new();
    let front = stream("Anna", "front");
    fixture.library.limit_traces(TraceSettings { keep_days: 0, ..TraceSettings::default() });
    fixture.library.keep_traces(chunk(&front, now(), 5).0);
    let fixture = Fixture::reopen(fixture.close());
    assert!(listed(&fixture, &query(&front)).is_empty());
}
