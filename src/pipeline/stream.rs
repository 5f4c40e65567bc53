//! One stream: its detector, its events, and what is kept of it. Owned by one worker.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use crate::bus::{LiveView, ProblemKind};
use crate::codec;
use crate::config::Settings;
use crate::domain::{
    Detection, Event, EventId, Frame, KeepRule, Mask, Picture, PictureFormat, RgbPicture, StreamId, StreamSettings,
    Timestamp, TracedFrame, Verdict,
};
use crate::library::{SaveError, SaveRequest};
use crate::motion::Detector;
use crate::pipeline::event::{EndedEvent, EventMachine, EventSpan, Step};
use crate::pipeline::footage::Footage;
use crate::pipeline::losses::{Losses, OwnLosses};
use crate::pipeline::privacy::{black_out, has_private};
use crate::pipeline::rate::Rate;
use crate::pipeline::traces::OpenChunk;
use crate::pipeline::worker::{Parts, Task};
use crate::pipeline::{FrameOutcome, Judged, Kept, Reply, Undecodable, Wish};

/// Width of the picture from which thumbnails are made.
const PREVIEW_WIDTH: u32 = 640;
/// Quality of pictures that had to be compressed again because of a private zone.
const PRIVATE_QUALITY: u8 = 90;
/// A camera is shown as moving until nothing moved for this long: a verdict that flickers is no news.
const CALM: Duration = Duration::from_secs(1);
/// How long a frame may wait for the library before it is given up. Meanwhile the door fills and turns others away.
const LIBRARY_PATIENCE: Duration = Duration::from_secs(5);
/// Of what led to an event so much is asked of a sender that holds pictures back.
const PRE_ROLL: Duration = Duration::from_secs(3);
/// Over how long the rate of frames is measured.
const RATE_WINDOW: Duration = Duration::from_secs(3);
/// The rate is measured over at least two frames, however slow they come.
const MOST_ARRIVALS: usize = 128;

/// What a stream's frames say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Lane {
    /// What is now: it is shown.
    Live,
    /// What was while the sender could not send.
    Late,
}

/// The best frame of the event that goes on, kept when the event is over.
struct Peak {
    frame: Arc<Frame>,
    preview: Arc<RgbPicture>,
    score: f32,
    kept: bool,
}

/// One stream of frames and all that is known of it.
pub(super) struct Stream {
    id: StreamId,
    lane: Lane,
    settings: Arc<Settings>,
    own: StreamSettings,
    detector: Detector,
    events: EventMachine,
    rate_kept: Rate,
    event: Option<Event>,
    peak: Option<Peak>,
    last_motion: Option<Timestamp>,
    /// When the frame was captured that is the peak by now: the machine may have moved its time, as it lets none go backwards.
    peak_at: Timestamp,
    arrivals: VecDeque<Instant>,
    losses: Arc<OwnLosses>,
    footage: Footage,
    traces: OpenChunk,
    /// Memory of a view that nobody looks at any more.
    spare: (Detection, Mask),
}

impl Stream {
    /// A stream whose background is not known yet.
    pub(super) fn new(id: &StreamId, lane: Lane, parts: &Parts, (losses, footage): (&Losses, &Footage)) -> Self {
        let settings = parts.settings.get();
        let own = settings.of_stream(id).clone();
        Self {
            id: id.clone(),
            lane,
            detector: Detector::new(&own.motion),
            events: EventMachine::new(&own.event),
            rate_kept: Rate::default(),
            settings,
            own,
            event: None,
            peak: None,
            last_motion: None,
            peak_at: Timestamp::default(),
            arrivals: VecDeque::with_capacity(MOST_ARRIVALS),
            losses: losses.of_stream(id),
            footage: footage.clone(),
            traces: OpenChunk::default(),
            spare: Default::default(),
        }
    }

    /// Decides on one frame: motion or not, which event, kept or not. Answers by `reply` when all that is known. It is decoded
    /// into `pixels`, whose memory is used again.
    pub(super) fn decide(&mut self, task: Task, pixels: &mut RgbPicture, parts: &Parts) {
        let Task { frame, order, accepted, reply, load } = task;
        self.take_up_settings(parts);
        let frame = match self.decode(frame, pixels) {
            Ok(frame) => Arc::new(frame),
            Err(error) => return answer(reply, Err(error)),
        };
        // A photo that a person picked is of another place, or another day.
        if order.wish != Wish::Always {
            self.footage.frame(&self.id, self.lane, &frame, &self.own.clip, self.own.event.shortest_secs);
        }
        if let Wish::Judged(judged) = order.wish {
            return self.keep_judged(frame, pixels, judged, reply, parts);
        }
        let (mut detection, mut mask) = std::mem::take(&mut self.spare);
        #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit 53 bits until the year 287396")]
        let seconds = frame.captured_at.as_millis() as f64 / 1000.0;
        if order.moved {
            self.detector.tell_moved();
        }
        let began = Instant::now();
        detection.clone_from(self.detector.detect(pixels, seconds));
        parts.latest.detect_times().add(began.elapsed());
        mask.clone_from(self.detector.working_mask());
        let trace = TracedFrame { at: frame.captured_at, seq: frame.seq, trace: *self.detector.trace() };
        if let Some(chunk) = self.traces.push(&self.id, &trace) {
            parts.library.keep_traces(chunk);
        }
        let motion = detection.verdict.is_motion();
        let step = self.events.push(frame.captured_at, frame.seq, detection.verdict.into(), detection.score);
        if let Some(ended) = step.ended {
            self.end_event(&ended, parts);
        }
        // Of a preview without a picture behind it nothing can be shown as the peak.
        if step.peak && (order.wish != Wish::Preview { whole: false } || step.began.is_some()) {
            self.peak_at = frame.captured_at;
        }
        if let Some(span) = step.began {
            self.begin_event(&span, parts);
        }
        // A photo that a person picked does not mean that somebody watches from then on; that it is kept is told below.
        if order.wish != Wish::Always {
            parts.latest.ledger().judged(&self.id, frame.captured_at, self.events.current().is_some());
        }
        let outcome = FrameOutcome {
            seq: frame.seq,
            verdict: detection.verdict,
            score: detection.score,
            event: self.event.as_ref().map(|event| event.id),
            kept: Kept::NotAsked,
            interval: load.interval(),
            lively: self.is_lively(detection.verdict),
        };
        match order.wish {
            Wish::Preview { whole } => {
                let kept = self.weigh_preview(frame.captured_at, motion, whole, &step);
                answer(reply, Ok(FrameOutcome { kept, ..outcome }));
            }
            wish => match self.weigh(&frame, pixels, wish, &detection, &step) {
                Some(preview) => self.keep(Arc::clone(&frame), preview, false, &outcome, reply, parts),
                None => answer(reply, Ok(outcome)),
            },
        }
        self.show(frame, (detection, mask), motion, accepted, parts);
    }

    /// Whether a frame is to be kept, by its wish or the rule of its stream: then the picture from which its thumbnail is made.
    /// The best of an event is held back in case it is not.
    fn weigh(
        &mut self,
        frame: &Arc<Frame>,
        pixels: &RgbPicture,
        wish: Wish,
        detection: &Detection,
        step: &Step,
    ) -> Option<Arc<RgbPicture>> {
        let motion = detection.verdict.is_motion();
        let keep = self.rate_kept.wants(self.own.keep, frame.captured_at, motion) || wish == Wish::Always;
        let peak = step.peak && matches!(self.own.keep, KeepRule::Motion { .. });
        let preview = (keep || peak).then(|| Arc::new(preview(pixels)))?;
        if peak {
            let (frame, preview) = (Arc::clone(frame), Arc::clone(&preview));
            self.peak = Some(Peak { frame, preview, score: detection.score, kept: keep });
        }
        keep.then_some(preview)
    }

    /// What is wanted of the pictures that the sender of a preview holds.
    fn weigh_preview(&mut self, at: Timestamp, motion: bool, whole: bool, step: &Step) -> Kept {
        // Whoever sends previews holds the best picture back itself.
        self.peak = None;
        let by_motion = matches!(self.own.keep, KeepRule::Motion { .. });
        if let Some(span) = step.began.filter(|_| by_motion) {
            self.rate_kept.wants(self.own.keep, at, motion);
            return Kept::Wanted { since: span.start.at.minus(PRE_ROLL) };
        }
        if whole && self.rate_kept.wants(self.own.keep, at, motion) {
            return Kept::Wanted { since: at };
        }
        if whole && by_motion && step.peak { Kept::Best } else { Kept::NotAsked }
    }

    /// Keeps a frame whose preview was looked at.
    fn keep_judged(&self, frame: Arc<Frame>, pixels: &RgbPicture, judged: Judged, reply: Option<Reply>, parts: &Parts) {
        let Judged { score, event, peak } = judged;
        let verdict = if score > 0.0 { Verdict::Motion } else { Verdict::Still };
        let outcome = FrameOutcome {
            seq: frame.seq,
            verdict,
            score,
            event,
            kept: Kept::NotAsked,
            interval: Duration::ZERO,
            lively: self.is_lively(verdict),
        };
        if self.lane == Lane::Live {
            parts.latest.sharpen(&frame);
        }
        self.keep(frame, Arc::new(preview(pixels)), peak, &outcome, reply, parts);
    }

    /// Whether something goes on or may begin.
    fn is_lively(&self, verdict: Verdict) -> bool {
        let may_begin = matches!(verdict, Verdict::Motion | Verdict::NotLongEnough | Verdict::WarmingUp);
        may_begin || self.events.current().is_some()
    }

    /// The camera gives nothing for now: the event that goes on ends, and so do its traces for now.
    pub(super) fn interrupt(&mut self, parts: &Parts) {
        // What came late ends with the last that came.
        let at = if self.lane == Lane::Live { SystemTime::now().into() } else { Timestamp::default() };
        if let Some(ended) = self.events.finish(at) {
            self.end_event(&ended, parts);
        }
        self.peak = None;
        if let Some(chunk) = self.traces.close(&self.id) {
            parts.library.keep_traces(chunk);
        }
    }

    fn take_up_settings(&mut self, parts: &Parts) {
        let settings = parts.settings.get();
        if Arc::ptr_eq(&settings, &self.settings) {
            return;
        }
        let own = settings.of_stream(&self.id);
        if own.motion != self.own.motion {
            self.detector.set(&own.motion);
        }
        if own.event != self.own.event {
            self.events.set(&own.event);
        }
        self.own = own.clone();
        self.settings = settings;
    }

    /// Decodes the frame into `pixels`. What lies in private zones is gone from both afterwards.
    fn decode(&self, frame: Frame, pixels: &mut RgbPicture) -> Result<Frame, Undecodable> {
        codec::decode_into(&frame.picture, pixels).map_err(|error| Undecodable(error.to_string()))?;
        if !has_private(&self.own.motion.zones) {
            return Ok(frame);
        }
        // Zones are drawn on the upright picture, and a picture that is compressed again no longer says how to turn it.
        if let Picture::Encoded { bytes, .. } = &frame.picture {
            codec::turn(pixels, codec::orientation(bytes));
        }
        black_out(pixels, &self.own.motion.zones);
        let bytes = codec::encode_jpeg(pixels, PRIVATE_QUALITY).map_err(|error| Undecodable(error.to_string()))?.into();
        let (width, height) = (pixels.width, pixels.height);
        Ok(Frame { picture: Picture::Encoded { width, height, format: PictureFormat::Jpeg, bytes }, ..frame })
    }

    fn begin_event(&mut self, span: &EventSpan, parts: &Parts) {
        match parts.library.begin_event(&self.id, span.start.at) {
            Ok(id) => {
                let event = self.event_of(id, span, None);
                self.footage.event(self.lane, &event, &self.own.clip);
                self.event = Some(event);
            }
            // The frames are kept all the same; the library tells the operator that its index cannot be written.
            Err(error) => tracing::error!(stream = %self.id, %error, "an event got no number"),
        }
    }

    fn end_event(&mut self, ended: &EndedEvent, parts: &Parts) {
        let event = self.event.take().map(|event| self.event_of(event.id, &ended.span, Some(ended.end.at)));
        if let Some(peak) = self.peak.take().filter(|peak| !peak.kept && peak.frame.seq == ended.span.peak.seq) {
            let outcome = FrameOutcome {
                seq: peak.frame.seq,
                verdict: Verdict::Motion,
                score: peak.score,
                event: event.as_ref().map(|event| event.id),
                kept: Kept::NotAsked,
                interval: Duration::ZERO,
                lively: false,
            };
            self.keep(peak.frame, peak.preview, true, &outcome, None, parts);
        }
        if let Some(event) = &event {
            if self.own.clip.draw.boxes
                && let Some(chunk) = self.traces.close(&self.id)
            {
                // What is drawn on the clip is made of them.
                parts.library.keep_traces(chunk);
            }
            self.footage.event(self.lane, event, &self.own.clip);
        }
        if let Some(Err(error)) = event.map(|event| parts.library.update_event(&event)) {
            tracing::error!(stream = %self.id, %error, "an event's end was not written");
        }
    }

    fn event_of(&self, id: EventId, span: &EventSpan, end: Option<Timestamp>) -> Event {
        let (start, peak, peak_score) = (span.start.at, self.peak_at, span.peak_score);
        Event { id, stream: self.id.clone(), start, end, peak, peak_score }
    }

    /// Hands a frame to the library and answers when it is on disk or cannot be.
    fn keep(
        &self,
        frame: Arc<Frame>,
        preview: Arc<RgbPicture>,
        peak: bool,
        outcome: &FrameOutcome,
        reply: Option<Reply>,
        parts: &Parts,
    ) {
        let (latest, id, losses) = (parts.latest.clone(), self.id.clone(), Arc::clone(&self.losses));
        let (captured_at, problems) = (frame.captured_at, parts.problems.clone());
        let FrameOutcome { seq, verdict, score, event, interval, lively, .. } = *outcome;
        let done = Box::new(move |result: Result<_, SaveError>| {
            let kept = match result {
                Ok(saved) => {
                    latest.count(&id, |counts| counts.kept += 1);
                    latest.ledger().kept(&id, captured_at);
                    losses.kept();
                    Kept::Saved(saved)
                }
                Err(error) => {
                    latest.count(&id, |counts| counts.lost += 1);
                    latest.ledger().lost(&id, captured_at, problems.has(ProblemKind::DiskFull));
                    losses.lost(&error.to_string());
                    Kept::Failed(error.to_string())
                }
            };
            answer(reply, Ok(FrameOutcome { seq, verdict, score, event, kept, interval, lively }));
        });
        let mut request = SaveRequest { frame, preview, score, event, peak, done };
        let patience = Instant::now() + LIBRARY_PATIENCE;
        while let Err(refused) = parts.library.save(request) {
            if Instant::now() > patience {
                let why = "the disk is too slow: it has not written a frame for seconds; check it or choose another";
                return (refused.done)(Err(SaveError(why.to_owned())));
            }
            std::thread::sleep(Duration::from_millis(5));
            request = refused;
        }
    }

    fn show(
        &mut self,
        frame: Arc<Frame>,
        (detection, mask): (Detection, Mask),
        motion: bool,
        accepted: Instant,
        parts: &Parts,
    ) {
        let at = frame.captured_at;
        if motion {
            self.last_motion = Some(at);
            parts.latest.count(&self.id, |counts| counts.motion += 1);
        }
        if self.lane == Lane::Late {
            self.spare = (detection, mask);
            return;
        }
        let lively = motion || self.last_motion.is_some_and(|last| last <= at && at.since(last) < CALM);
        let now = Instant::now();
        let view = LiveView {
            frame,
            detection,
            mask,
            event: self.event.as_ref().map(|event| event.id),
            fps: self.rate(now),
            at: now,
        };
        if let Some(old) = parts.latest.show(view).and_then(Arc::into_inner) {
            self.spare = (old.detection, old.mask);
        }
        parts.latest.saw(&self.id, lively, accepted);
    }

    /// Frames a second lately.
    fn rate(&mut self, now: Instant) -> f32 {
        while self.arrivals.len() >= MOST_ARRIVALS
            || (self.arrivals.len() > 1 && self.arrivals.front().is_some_and(|first| now - *first > RATE_WINDOW))
        {
            self.arrivals.pop_front();
        }
        self.arrivals.push_back(now);
        match (self.arrivals.front(), self.arrivals.len()) {
            (Some(first), 2..) if now > *first => (self.arrivals.len() - 1) as f32 / (now - *first).as_secs_f32(),
            _ => 0.0,
        }
    }
}

fn preview(pixels: &RgbPicture) -> RgbPicture {
    let mut preview = RgbPicture::default();
    codec::reduce(pixels, PREVIEW_WIDTH, &mut preview);
    preview
}

fn answer(reply: Option<Reply>, result: Result<FrameOutcome, Undecodable>) {
    if let Some(reply) = reply {
        reply(result);
    }
}
