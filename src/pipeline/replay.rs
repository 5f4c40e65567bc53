//! What settings would have made of a stream of which the traces are left: its events, and how many frames would have been kept.

use crate::domain::{KeepRule, StreamSettings, Timestamp, TracedFrame};
use crate::motion::Replay;
use crate::pipeline::event::{EndedEvent, EventMachine};
use crate::pipeline::rate::Rate;

/// Decides again on the frames of one stream, in their order.
pub struct StreamReplay {
    motion: Replay,
    events: EventMachine,
    rate: Rate,
    keep: KeepRule,
    /// The number of the best frame of the event that goes on, and whether it is kept anyway.
    peak: Option<(u64, bool)>,
    last: Timestamp,
    told: Replayed,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Replayed {
    /// How many frames there were.
    pub frames: u64,
    /// Frames with motion.
    pub moving: u64,
    /// Frames that would have been kept, peaks of events included.
    pub kept: u64,
    /// Frames of which the detector itself might say something else ([`crate::motion::Redecided::is_exact`]).
    pub inexact: u64,
    /// Frames of which something else was said when they came.
    pub otherwise: u64,
    /// The events, oldest first.
    pub events: Vec<EndedEvent>,
}

impl StreamReplay {
    /// Decides by these settings; of those for motion only what a trace can carry is used.
    #[must_use]
    pub fn new(settings: &StreamSettings) -> Self {
        Self {
            motion: Replay::new(&settings.motion),
            events: EventMachine::new(&settings.event),
            rate: Rate::default(),
            keep: settings.keep,
            peak: None,
            last: Timestamp::default(),
            told: Replayed::default(),
        }
    }

    /// Takes in a frame from before the time that is asked about, so that what is counted from frame to frame is known.
    pub fn lead_in(&mut self, frame: &TracedFrame) {
        self.motion.decide(&frame.trace);
    }

    /// Decides on the next frame.
    pub fn push(&mut self, frame: &TracedFrame) {
        let again = self.motion.decide(&frame.trace);
        let (verdict, score) = (again.detection.verdict, again.detection.score);
        self.told.frames += 1;
        self.told.moving += u64::from(verdict.is_motion());
        self.told.inexact += u64::from(!again.is_exact);
        self.told.otherwise += u64::from(again.is_exact && verdict != frame.trace.verdict);
        let step = self.events.push(frame.at, frame.seq, verdict.into(), score);
        self.ended(step.ended);
        let keep = self.rate.wants(self.keep, frame.at, verdict.is_motion());
        self.told.kept += u64::from(keep);
        if step.peak && matches!(self.keep, KeepRule::Motion { .. }) {
            self.peak = Some((frame.seq, keep));
        }
        self.last = frame.at;
    }

    /// The time that is asked about is over: so is the event that goes on.
    #[must_use]
    pub fn finish(mut self) -> Replayed {
        let ended = self.events.finish(self.last);
        self.ended(ended);
        self.told
    }

    fn ended(&mut self, ended: Option<EndedEvent>) {
        let Some(ended) = ended else { return };
        let peak = self.peak.take().filter(|(seq, kept)| !kept && *seq == ended.span.peak.seq);
        self.told.kept += u64::from(peak.is_some());
        self.told.events.push(ended);
    }
}
