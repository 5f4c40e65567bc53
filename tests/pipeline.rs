//! A frame's road from the door to the disk: what moves is kept as it came, what does not is not, and nothing accepted
//! is lost.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use bytes::Bytes;
use framekeep::bus::{Bus, Happening, Latest, Listener, ProblemKind, Problems};
use framekeep::codec;
use framekeep::config::SettingsStore;
use framekeep::domain::{
    CameraState, Event, Frame, KeepRule, Picture, PictureFormat, RgbPicture, StreamId, Timestamp, Zone, ZoneKind,
};
use framekeep::library::{FrameQuery, Library, read_traces};
use framekeep::pipeline::{EndedEvent, FrameOutcome, Kept, Parts, Pipeline, Rejected, StreamReplay, Undecodable, Wish};

const START: Timestamp = Timestamp::from_millis(1_790_000_000_000);

struct Road {
    pipeline: Pipeline,
    library: Arc<Library>,
    settings: Arc<SettingsStore>,
    latest: Latest,
    problems: Problems,
    listener: Listener,
    stream: StreamId,
    folder: tempfile::TempDir,
}

type Answer = Receiver<Result<FrameOutcome, Undecodable>>;

impl Road {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bus = Bus::default();
        let (latest, problems) = (Latest::new(bus.clone()), Problems::new(bus.clone()));
        let settings = Arc::new(SettingsStore::open(folder.path().join("settings.toml"), bus.clone()).unwrap());
        let (frames, spool) = (folder.path().join("frames"), folder.path().join("spool"));
        let library = Arc::new(Library::open(&frames, &spool, bus.clone(), problems.clone()).unwrap());
        let listener = bus.listen();
        let parts = Parts {
            settings: Arc::clone(&settings),
            library: Arc::clone(&library),
            latest: latest.clone(),
            problems: problems.clone(),
        };
        let stream = StreamId { user: "Anna".parse().unwrap(), camera: "front".parse().unwrap() };
        Self {
            pipeline: Pipeline::start(&parts).unwrap(),
            library,
            settings,
            latest,
            problems,
            listener,
            stream,
            folder,
        }
    }

    fn try_send(&self, seq: u64, millis: u64, bytes: Bytes) -> Result<Answer, Rejected> {
        let (sender, answer) = channel();
        let picture = Picture::Encoded { width: 320, height: 240, format: PictureFormat::Jpeg, bytes };
        let captured_at = START.plus(Duration::from_millis(millis));
        let frame = Frame { stream: self.stream.clone(), seq, captured_at, picture };
        let reply = Box::new(move |outcome| sender.send(outcome).unwrap_or(()));
        self.pipeline.submit(frame, Wish::ByRule, Some(reply)).map(|()| answer)
    }

    /// Sends a frame and waits for what became of it.
    fn send(&self, seq: u64, bytes: Bytes) -> FrameOutcome {
        let answer = self.try_send(seq, seq * 100, bytes).unwrap();
        answer.recv_timeout(Duration::from_secs(10)).expect("an answer").expect("a readable picture")
    }

    /// Sends frames at ten a second; `square` tells where the bright square stands in frame n.
    fn film(&self, frames: std::ops::Range<u64>, square: impl Fn(u64) -> Option<u32>) -> Vec<(Bytes, FrameOutcome)> {
        frames
            .map(|n| {
                let bytes = room(n, square(n));
                (bytes.clone(), self.send(n, bytes))
            })
            .collect()
    }

    fn events(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        while let Ok(happening) = self.listener.try_recv() {
            if let Happening::Event(event) = &*happening {
                events.push(event.clone());
            }
        }
        events
    }

    /// The bytes of everything that is listed, newest first.
    fn kept(&self) -> Vec<(u64, Vec<u8>, bool)> {
        let page = self.library.frames(&FrameQuery { limit: 500, ..FrameQuery::default() }).unwrap();
        page.frames.iter().map(|f| (f.seq, std::fs::read(self.library.file(f)).unwrap(), f.peak)).collect()
    }

    fn until(&mut self, what: &str, mut is_so: impl FnMut(&mut Self) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !is_so(self) {
            assert!(Instant::now() < deadline, "it never came true that {what}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn keep(&self, rule: KeepRule) {
        self.settings.update(|settings| settings.defaults.keep = rule).unwrap();
    }
}

/// A room with a little noise, and perhaps a bright square in it.
fn room(n: u64, square: Option<u32>) -> Bytes {
    room_with(n, square.map(|left| (left, 60)))
}

fn room_with(n: u64, square: Option<(u32, u32)>) -> Bytes {
    let mut noise = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut data = Vec::with_capacity(320 * 240 * 3);
    for y in 0..240_u32 {
        for x in 0..320_u32 {
            noise ^= noise << 13;
            noise ^= noise >> 7;
            noise ^= noise << 17;
            let wall = u8::try_from(70 + x / 8 + y / 6 + (noise & 3) as u32).unwrap();
            let bright =
                square.is_some_and(|(left, width)| (left..left + width).contains(&x) && (80..150).contains(&y));
            data.extend(if bright { [235, 220, 90] } else { [wall, wall, wall] });
        }
    }
    codec::encode_jpeg(&RgbPicture { width: 320, height: 240, data }, 90).unwrap().into()
}

fn walk(n: u64) -> Option<u32> {
    (30..60).contains(&n).then(|| u32::try_from((n - 30) * 8).unwrap())
}

#[test]
fn what_was_said_of_every_frame_is_kept_and_replayed_it_gives_the_same_events() {
    let mut road = Road::new();
    // Somebody passes twice.
    let said = road.film(0..90, |n| match n {
        20..30 => Some(u32::try_from(n).unwrap() * 8),
        60..70 => Some(u32::try_from(n).unwrap() * 3),
        _ => None,
    });
    assert!(road.pipeline.stop(Duration::from_secs(10)));
    let events: Vec<_> = road.events().into_iter().filter(|event| event.end.is_some()).collect();
    assert_eq!(events.len(), 2);
    assert!(road.library.stop(Duration::from_secs(10)));
    let (settings, folder) = (road.settings.get(), road.folder.path().join("frames"));
    let mut replay = StreamReplay::new(&settings.defaults);
    let mut traced = Vec::new();
    read_traces(&folder, &road.stream, (START, Timestamp::from_millis(i64::MAX)), |frame| {
        replay.push(frame);
        traced.push((frame.seq, frame.trace.verdict, frame.trace.score.to_bits()));
    })
    .unwrap();
    let expected = said.iter().map(|(_, said)| (said.seq, said.verdict, said.score.to_bits()));
    assert_eq!(traced, expected.collect::<Vec<_>>());
    let replayed = replay.finish();
    assert_eq!((replayed.inexact, replayed.otherwise, replayed.frames), (0, 0, 90));
    let facts = |start, end, peak, score: f32| (start, end, peak, score.to_bits());
    let replayed_events = replayed
        .events
        .iter()
        .map(|EndedEvent { span, end }| facts(span.start.at, Some(end.at), span.peak.at, span.peak_score));
    let told = events.iter().map(|event| facts(event.start, event.end, event.peak, event.peak_score));
    assert_eq!(replayed_events.collect::<Vec<_>>(), told.collect::<Vec<_>>());
    let kept = Library::open(&folder, &road.folder.path().join("spool"), Bus::default(), Problems::new(Bus::default()))
        .unwrap()
        .frames(&FrameQuery { limit: 500, ..FrameQuery::default() });
    assert_eq!(replayed.kept, kept.unwrap().frames.len() as u64);
}

#[test]
fn what_moves_is_kept_byte_for_byte_as_one_event_with_its_peak() {
    let mut road = Road::new();
    let frames = road.film(0..100, walk);
    road.pipeline.stop(Duration::from_secs(10));
    assert!(road.library.stop(Duration::from_secs(10)));

    let moving: Vec<u64> = frames.iter().filter(|(_, o)| o.verdict.is_motion()).map(|(_, o)| o.seq).collect();
    assert!(moving.first().is_some_and(|first| (30..34).contains(first)), "{moving:?}");
    assert!(moving.last().is_some_and(|last| (57..66).contains(last)), "{moving:?}");

    let events = road.events();
    let ended: Vec<&Event> = events.iter().filter(|event| event.end.is_some()).collect();
    assert_eq!((events.len(), ended.len()), (2, 1), "{events:?}");
    assert_eq!(events[0].id, ended[0].id);

    let saved: Vec<u64> = frames.iter().filter(|(_, o)| matches!(o.kept, Kept::Saved(_))).map(|(_, o)| o.seq).collect();
    // Three seconds of motion at two a second.
    assert!((6..=8).contains(&saved.len()), "{saved:?}");
    let kept = road.kept();
    for (seq, bytes, _) in &kept {
        assert_eq!(bytes, &frames[usize::try_from(*seq).unwrap()].0, "frame {seq} is not as it came");
        assert!(moving.contains(seq), "frame {seq} does not move");
    }
    for seq in &saved {
        assert!(kept.iter().any(|(kept, ..)| kept == seq), "frame {seq} was answered as saved");
    }
    let peaks: Vec<u64> = kept.iter().filter(|(.., peak)| *peak).map(|(seq, ..)| *seq).collect();
    assert_eq!(peaks.len(), 1, "the peak of the event is among the kept: {peaks:?}");
    let counts = road.latest.summary(&road.stream).unwrap().counts;
    assert_eq!(counts.received, 100);
    assert_eq!(counts.motion, moving.len() as u64);
    assert_eq!(counts.kept, kept.len() as u64);
}

#[test]
fn a_still_room_is_not_kept_unless_all_frames_are_asked_for() {
    let road = Road::new();
    assert!(road.film(0..40, |_| None).iter().all(|(_, o)| matches!(o.kept, Kept::NotAsked)));
    road.keep(KeepRule::All { every_secs: 1.0 });
    let kept = road.film(40..80, |_| None).iter().filter(|(_, o)| matches!(o.kept, Kept::Saved(_))).count();
    assert_eq!(kept, 4);
    assert_eq!(road.latest.summary(&road.stream).unwrap().state, CameraState::Still);
}

#[test]
fn a_picture_that_a_person_picked_is_kept_in_a_still_room_too() {
    let road = Road::new();
    road.film(0..20, |_| None);
    let (sender, answer) = channel();
    let bytes = room(20, None);
    let picture = Picture::Encoded { width: 320, height: 240, format: PictureFormat::Jpeg, bytes: bytes.clone() };
    let captured_at = START.plus(Duration::from_secs(2));
    let frame = Frame { stream: road.stream.clone(), seq: 20, captured_at, picture };
    let reply = Box::new(move |outcome| sender.send(outcome).unwrap_or(()));
    road.pipeline.submit(frame, Wish::Always, Some(reply)).unwrap();
    let outcome = answer.recv_timeout(Duration::from_secs(10)).unwrap().unwrap();
    assert!(matches!(outcome.kept, Kept::Saved(_)), "{outcome:?}");
    assert_eq!(road.kept(), [(20, bytes.to_vec(), false)]);
}

#[test]
fn nobody_takes_the_places_of_the_others_with_names_of_cameras() {
    let road = Road::new();
    let bytes = room(0, None);
    let submit = |user: &str, camera: u32| {
        let stream = StreamId { user: user.parse().unwrap(), camera: format!("c{camera}").parse().unwrap() };
        let picture = Picture::Encoded { width: 320, height: 240, format: PictureFormat::Jpeg, bytes: bytes.clone() };
        road.pipeline.submit(Frame { stream, seq: 0, captured_at: START, picture }, Wish::ByRule, None)
    };
    assert!((0..16).all(|camera| submit("greedy", camera).is_ok()));
    assert!(matches!(submit("greedy", 16), Err(Rejected::TooManyCameras(16))));
    assert!(submit("modest", 0).is_ok());
}

#[test]
fn a_picture_that_cannot_be_decoded_is_told_and_costs_nothing_else() {
    let road = Road::new();
    let whole = room(0, None);
    let half = whole.slice(..whole.len() / 2);
    let answer = road.try_send(0, 0, half).unwrap().recv_timeout(Duration::from_secs(10)).unwrap();
    let error = answer.expect_err("half a picture");
    assert!(error.to_string().contains("cut short"), "{error}");
    assert_eq!(road.send(1, whole).seq, 1);
}

#[test]
fn what_lies_in_a_private_zone_is_never_stored() {
    let road = Road::new();
    road.settings
        .update(|settings| {
            settings.defaults.keep = KeepRule::All { every_secs: 0.0 };
            settings.defaults.motion.zones = vec![Zone::rectangle(ZoneKind::Private, 0.0, 0.0, 0.5, 1.0)];
        })
        .unwrap();
    assert!(matches!(road.send(0, room(0, Some(20))).kept, Kept::Saved(_)));
    let (_, bytes, _) = road.kept().remove(0);
    let bytes = bytes.into();
    let picture =
        codec::decode(&Picture::Encoded { width: 320, height: 240, format: PictureFormat::Jpeg, bytes }).unwrap();
    let luma = |x: usize, y: usize| picture.data[(y * 320 + x) * 3];
    assert!(luma(50, 110) < 16, "the square in the private zone is still there: {}", luma(50, 110));
    assert!(luma(250, 110) > 60, "the rest is gone: {}", luma(250, 110));
    let view = road.latest.view(&road.stream).unwrap();
    assert!(matches!(&view.frame.picture, Picture::Encoded { .. }), "the live view shows what is stored");
}

#[test]
fn a_photograph_on_its_side_is_upright_before_a_part_of_it_is_made_private() {
    let road = Road::new();
    road.settings
        .update(|settings| {
            settings.defaults.keep = KeepRule::All { every_secs: 0.0 };
            settings.defaults.motion.zones = vec![Zone::rectangle(ZoneKind::Private, 0.0, 0.0, 1.0, 0.5)];
        })
        .unwrap();
    let lying = RgbPicture { width: 320, height: 240, data: vec![200; 320 * 240 * 3] };
    // Its left edge is the top once it is turned.
    assert!(matches!(road.send(0, codec::encode_jpeg_turned(&lying, 90, 6).unwrap().into()).kept, Kept::Saved(_)));
    let (_, bytes, _) = road.kept().remove(0);
    assert_eq!(codec::orientation(&bytes), 1);
    let mut kept = RgbPicture::default();
    codec::decode_file_into(&bytes, &mut kept).unwrap();
    assert_eq!((kept.width, kept.height), (240, 320));
    let luma = |x: usize, y: usize| kept.data[(y * 240 + x) * 3];
    assert!(luma(20, 100) < 16 && luma(220, 100) < 16, "the upper half is private");
    assert!(luma(20, 220) > 180 && luma(220, 220) > 180, "the lower half is not");
}

#[test]
fn the_peak_of_an_event_is_when_its_frame_was_captured_also_if_another_overtook_it() {
    let mut road = Road::new();
    road.keep(KeepRule::Motion { per_second: 100.0 });
    for n in 0..60 {
        // Frame 41 is the largest, and comes after one that was captured later.
        let square = walk(n).map(|left| (left, if n == 41 { 150 } else { 60 }));
        let millis = if n == 41 { n * 100 - 150 } else { n * 100 };
        road.try_send(n, millis, room_with(n, square)).unwrap().recv_timeout(Duration::from_secs(10)).unwrap().unwrap();
    }
    road.pipeline.stop(Duration::from_secs(10));
    assert!(road.library.stop(Duration::from_secs(10)));
    let event = road.events().pop().unwrap();
    assert_eq!(event.peak, START.plus(Duration::from_millis(41 * 100 - 150)));
    assert_eq!(road.kept().iter().filter(|(.., peak)| *peak).map(|(seq, ..)| *seq).collect::<Vec<_>>(), [41]);
}

#[test]
fn a_camera_that_is_told_blind_ends_its_event_after_the_frames_that_came_before() {
    let mut road = Road::new();
    road.film(0..41, walk);
    let last = road.try_send(41, 4100, room(41, walk(41))).unwrap();
    // However often it is told: nobody waits for a worker that is busy.
    for _ in 0..10_000 {
        road.pipeline.interrupt(&road.stream);
    }
    let event = last.recv_timeout(Duration::from_secs(10)).unwrap().unwrap().event.expect("it still goes on");
    road.until("the event ends", |road| road.events().iter().any(|told| told.id == event && told.end.is_some()));
    let next = road.film(42..46, walk).pop().unwrap().1.event;
    assert!(next.is_some_and(|next| next != event), "the background stays, and motion begins another event");
}

#[test]
fn a_stream_that_is_closed_learns_its_background_anew() {
    let mut road = Road::new();
    road.film(0..41, walk);
    road.pipeline.close(&road.stream);
    assert!(!road.send(41, room(41, walk(41))).verdict.is_motion());
    road.until("the event ends", |road| road.events().iter().any(|told| told.end.is_some()));
}

#[test]
fn streams_that_gave_large_pictures_once_do_not_slow_the_others_down() {
    let mut road = Road::new();
    let large = large_png(4000);
    let of = |camera: u32| StreamId { user: "Ben".parse().unwrap(), camera: format!("c{camera}").parse().unwrap() };
    let decided = |road: &Road, stream: StreamId, bytes: Bytes, format| {
        let (sender, answer) = channel();
        let picture = Picture::Encoded { width: 320, height: 240, format, bytes };
        let frame = Frame { stream, seq: 0, captured_at: START, picture };
        let reply = Box::new(move |outcome| sender.send(outcome).unwrap_or(()));
        road.pipeline.submit(frame, Wish::ByRule, Some(reply)).unwrap();
        answer.recv_timeout(Duration::from_secs(20)).unwrap().unwrap().interval
    };
    // More streams than there are workers, so that each has some of them.
    for camera in 0..8 {
        decided(&road, of(camera), large.clone(), PictureFormat::Png);
    }
    let small = room(0, None);
    let interval = |road: &Road| {
        (8..16).map(|camera| decided(road, of(camera), small.clone(), PictureFormat::Jpeg)).max().unwrap()
    };
    let busy = interval(&road);
    assert!(busy > Duration::ZERO);
    road.until("the small ones may come faster", |road| interval(road) < busy / 4);
}

#[cfg(target_os = "linux")]
#[test]
fn many_streams_of_large_pictures_do_not_keep_their_pixels() {
    fn resident() -> usize {
        let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
        statm.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
    }
    let road = Road::new();
    // 61 MB once it is decoded; what a stream learns of its background takes 8 MB whatever the size.
    let large = large_png(4500);
    let before = resident();
    for camera in 0..8 {
        let stream = StreamId { user: "Ben".parse().unwrap(), camera: format!("c{camera}").parse().unwrap() };
        let (sender, answer) = channel();
        let picture = Picture::Encoded { width: 4500, height: 4500, format: PictureFormat::Png, bytes: large.clone() };
        let reply = Box::new(move |outcome| sender.send(outcome).unwrap_or(()));
        let frame = Frame { stream, seq: 0, captured_at: START, picture };
        road.pipeline.submit(frame, Wish::ByRule, Some(reply)).unwrap();
        answer.recv_timeout(Duration::from_mins(1)).unwrap().unwrap();
    }
    let more = resident().saturating_sub(before);
    assert!(more < 400_000_000, "{more} bytes more than before, of 486 million that were decoded");
}

/// One colour, so that it is small as a file.
fn large_png(side: u32) -> Bytes {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(side, side).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner().into()
}

#[test]
fn a_frame_that_is_lost_on_its_last_step_is_counted_and_told_until_one_is_kept() {
    let road = Road::new();
    road.keep(KeepRule::All { every_secs: 0.0 });
    let place = road.folder.path().join("frames/Anna");
    std::fs::write(&place, "not a folder").unwrap();
    assert!(matches!(road.send(0, room(0, None)).kept, Kept::Failed(_)));
    assert_eq!(road.latest.summary(&road.stream).unwrap().counts.lost, 1);
    let problem = road.problems.list().pop().expect("it is told");
    assert!(problem.kind == ProblemKind::FramesLost && problem.what.contains("Anna"), "{problem:?}");
    std::fs::remove_file(place).unwrap();
    assert!(matches!(road.send(1, room(1, None)).kept, Kept::Saved(_)));
    assert!(road.problems.list().is_empty());
}

#[test]
fn a_flood_is_refused_at_the_door_and_what_was_taken_is_answered() {
    let road = Road::new();
    road.keep(KeepRule::All { every_secs: 0.0 });
    let frames: Vec<Bytes> = (0..8).map(|n| room(n, None)).collect();
    let (mut taken, mut refused) = (Vec::new(), 0);
    for n in 0..200 {
        match road.try_send(n, n * 5, frames[usize::try_from(n % 8).unwrap()].clone()) {
            Ok(answer) => taken.push(answer),
            Err(Rejected::Busy { retry_after }) => {
                assert!(retry_after > Duration::ZERO && retry_after <= Duration::from_secs(5));
                refused += 1;
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert!(refused > 0, "two hundred frames at once were all taken");
    for answer in &taken {
        let outcome = answer.recv_timeout(Duration::from_secs(20)).unwrap().unwrap();
        assert!(matches!(outcome.kept, Kept::Saved(_)), "{outcome:?}");
    }
    assert_eq!(road.kept().len(), taken.len());
    let counts = road.latest.summary(&road.stream).unwrap().counts;
    assert_eq!((counts.received, counts.dropped), (taken.len() as u64, refused));
}

#[test]
fn stopping_decides_on_what_waits_and_keeps_the_peak_of_the_event() {
    let mut road = Road::new();
    road.keep(KeepRule::Motion { per_second: 0.0 });
    road.film(0..45, walk);
    assert!(road.kept().is_empty(), "only the peak is asked for, and the event goes on");
    assert!(road.pipeline.stop(Duration::from_secs(10)));
    assert!(road.library.stop(Duration::from_secs(10)));
    assert_eq!(road.kept().len(), 1);
    assert!(road.events().last().is_some_and(|event| event.end.is_some()));
    assert!(matches!(road.try_send(99, 9900, room(99, None)), Err(Rejected::Closing)));
}

#[test]
fn another_save_folder_takes_the_frames_from_then_on_and_none_is_lost() {
    let road = Road::new();
    road.keep(KeepRule::All { every_secs: 0.0 });
    let second = road.folder.path().join("second");
    let mut answers = Vec::new();
    for n in 0..60 {
        if n == 30 {
            road.library.change_save_dir(&second).unwrap();
        }
        let bytes = room(n, None);
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            match road.try_send(n, n * 100, bytes.clone()) {
                Ok(answer) => break answers.push(answer),
                Err(Rejected::Busy { retry_after }) if Instant::now() < deadline => std::thread::sleep(retry_after),
                Err(other) => panic!("{other}"),
            }
        }
    }
    for answer in answers {
        let outcome = answer.recv_timeout(Duration::from_secs(20)).unwrap().unwrap();
        assert!(matches!(outcome.kept, Kept::Saved(_)), "{outcome:?}");
    }
    let count = |folder: &std::path::Path| {
        let user = folder.join("Anna");
        let days = std::fs::read_dir(user).unwrap().map(|day| day.unwrap().path());
        days.map(|day| std::fs::read_dir(day).unwrap().count()).sum::<usize>()
    };
    let (before, after) = (count(&road.folder.path().join("frames")), count(&second));
    assert_eq!(before + after, 60);
    assert!(before > 0 && after >= 30, "{before} before, {after} after");
}
