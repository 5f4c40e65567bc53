//! Numbers in the text that Prometheus reads. It counts nothing itself: whoever asks brings what there is to say.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeGaugeValue, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;

use crate::bus::StreamSummary;
use crate::domain::CameraState;
use crate::jobs::Overview;

/// What there is to say, at one time.
#[derive(Debug)]
pub struct Facts {
    /// All streams there are.
    pub streams: Vec<StreamSummary>,
    /// Times of detection: bins with their longest time in seconds, and the sum of all in seconds.
    pub detect: (Vec<(f64, u64)>, f64),
    /// Number and bytes of kept frames, where the index answers.
    pub frames: Option<(u64, u64)>,
    /// Number and bytes of recordings, where the index answers.
    pub recordings: Option<(u64, u64)>,
    /// The queue of jobs, where it answers.
    pub jobs: Option<Overview>,
    /// Free room in the save folder, in bytes.
    pub free_bytes: Option<u64>,
    /// Kinds of problems that need a person.
    pub problems: Vec<String>,
    /// Paired devices, and how many of them are here.
    pub devices: (u64, u64),
}

/// What the text is.
pub const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The facts as text.
///
/// # Errors
/// As the encoder; writing to memory does not fail.
pub fn text(facts: Facts) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_prefix("framekeep");
    registry.register_collector(Box::new(facts));
    let mut text = String::new();
    text::encode(&mut text, &registry)?;
    Ok(text)
}

impl Collector for Facts {
    fn encode(&self, encoder: DescriptorEncoder) -> fmt::Result {
        let mut out = Out(encoder);
        out.gauge("build_info", "The version that runs", [([("version", env!("CARGO_PKG_VERSION"))], 1)])?;
        self.write_streams(&mut out)?;
        self.write_detect(&mut out)?;
        self.write_kept(&mut out)?;
        self.write_jobs(&mut out)?;
        let problems = self.problems.iter().map(|kind| ([("kind", kind.as_str())], 1));
        out.gauge("problems", "Problems that need a person, by kind", problems)?;
        out.one("devices", "Paired devices", self.devices.0)?;
        out.one("devices_online", "Paired devices that were heard of lately", self.devices.1)
    }
}

impl Facts {
    fn write_streams(&self, out: &mut Out) -> fmt::Result {
        let states = ["motion", "still", "blind"].map(|state| {
            let count = self.streams.iter().filter(|stream| state_of(&stream.state) == state).count();
            ([("state", state)], count as u64)
        });
        out.gauge("streams", "Cameras, by what they do", states)?;
        let of = |count: fn(&StreamSummary) -> u64| {
            let labelled = move |stream| (labels(stream), count(stream));
            self.streams.iter().map(labelled)
        };
        out.counter("frames_received", "Frames that were accepted", of(|stream| stream.counts.received))?;
        out.counter("frames_motion", "Of these, frames with motion", of(|stream| stream.counts.motion))?;
        out.counter("frames_saved", "Of these, frames that are on disk", of(|stream| stream.counts.kept))?;
        let dropped = self.streams.iter().flat_map(|stream| {
            let [user, camera] = labels(stream);
            let reasons = [("busy", stream.counts.dropped), ("not_saved", stream.counts.lost)];
            reasons.map(|(reason, count)| ([user, camera, ("reason", reason)], count))
        });
        out.counter("frames_dropped", "Frames that were turned away or lost, by reason", dropped)?;
        let fps = self.streams.iter().filter_map(|stream| Some((labels(stream), stream.view.as_ref()?.fps)));
        out.gauge("stream_fps", "Frames a second over the last few seconds of each camera", fps)
    }

    fn write_detect(&self, out: &mut Out) -> fmt::Result {
        let (bins, sum) = &self.detect;
        let count = bins.iter().map(|(_, count)| count).sum();
        let help = "Time to look for motion in one frame";
        let mut metric = out.0.encode_descriptor("detect_seconds", help, None, MetricType::Histogram)?;
        metric.encode_histogram::<[(&str, &str); 0]>(*sum, count, bins, None)
    }

    fn write_kept(&self, out: &mut Out) -> fmt::Result {
        for (kept, name, help) in
            [(self.frames, "frames", "kept frames"), (self.recordings, "recordings", "recordings")]
        {
            let Some((count, bytes)) = kept else { continue };
            out.one(&format!("kept_{name}"), &format!("Number of {help}"), count)?;
            out.one(&format!("kept_{name}_bytes"), &format!("Bytes of {help}"), bytes)?;
        }
        self.free_bytes.map_or(Ok(()), |free| out.one("disk_free_bytes", "Free room in the save folder", free))
    }

    fn write_jobs(&self, out: &mut Out) -> fmt::Result {
        out.one("jobs_queue_up", "Whether the queue of jobs answers", u64::from(self.jobs.is_some()))?;
        let Some(jobs) = &self.jobs else { return Ok(()) };
        let counts = jobs.counts.iter();
        let counts = counts.map(|count| ([("kind", count.kind.name()), ("state", count.state.name())], count.count));
        out.gauge("jobs", "Jobs, by kind and state", counts)?;
        let there = jobs.workers.iter().filter(|worker| jobs.is_there(worker)).count();
        out.one("jobs_workers", "Workers that were heard of lately", there as u64)?;
        out.one("jobs_done_last_hour", "Jobs that were done in the last hour", jobs.done_by_minute.iter().sum())?;
        let oldest = jobs.oldest_due.map_or(0.0, |due| jobs.now.since(due).as_secs_f64());
        let help = "How long the job has been due that waits the longest; 0 where none does";
        out.gauge("jobs_oldest_due_seconds", help, [(NONE, oldest)])?;
        out.one("jobs_paused", "Whether no job is begun", u64::from(jobs.paused))
    }
}

/// No label.
const NONE: [(&str, &str); 0] = [];

fn labels(stream: &StreamSummary) -> [(&'static str, &str); 2] {
    [("user", stream.stream.user.as_str()), ("camera", stream.stream.camera.as_str())]
}

fn state_of(state: &CameraState) -> &'static str {
    match state {
        CameraState::Motion => "motion",
        CameraState::Still => "still",
        CameraState::Blind { .. } => "blind",
    }
}

/// Writes one metric after the other.
struct Out<'e>(DescriptorEncoder<'e>);

impl Out<'_> {
    fn gauge<'l, const N: usize, V: EncodeGaugeValue>(
        &mut self,
        name: &str,
        help: &str,
        values: impl IntoIterator<Item = ([(&'l str, &'l str); N], V)>,
    ) -> fmt::Result {
        let mut metric = self.0.encode_descriptor(name, help, None, MetricType::Gauge)?;
        values.into_iter().try_for_each(|(labels, value)| {
            if N == 0 { metric.encode_gauge(&value) } else { metric.encode_family(&labels)?.encode_gauge(&value) }
        })
    }

    fn counter<'l, const N: usize>(
        &mut self,
        name: &str,
        help: &str,
        values: impl IntoIterator<Item = ([(&'l str, &'l str); N], u64)>,
    ) -> fmt::Result {
        let mut metric = self.0.encode_descriptor(name, help, None, MetricType::Counter)?;
        values.into_iter().try_for_each(|(labels, value)| {
            metric.encode_family(&labels)?.encode_counter::<[(&str, &str); 0], _, u64>(&value, None)
        })
    }

    fn one(&mut self, name: &str, help: &str, value: u64) -> fmt::Result {
        self.gauge(name, help, [(NONE, value)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::{Bus, DetectTimes, Latest};
    use crate::domain::{StreamId, Timestamp};

    #[test]
    fn every_line_is_a_comment_or_a_sample_and_names_are_written_so_that_they_can_be_read_back() {
        let latest = Latest::new(Bus::default());
        let stream = StreamId { user: "Anna".parse().unwrap(), camera: "front door".parse().unwrap() };
        latest.appears(&stream);
        latest.count(&stream, |counts| counts.dropped = 7);
        let times = DetectTimes::default();
        times.add(std::time::Duration::from_millis(3));
        let (bins, sum) = times.bins();
        let now = Timestamp::from_millis(9000);
        let jobs = Overview {
            now,
            paused: true,
            counts: Vec::new(),
            running: Vec::new(),
            workers: Vec::new(),
            oldest_due: Some(Timestamp::from_millis(1500)),
            done_by_minute: vec![2, 3],
        };
        let facts = Facts {
            streams: latest.summaries(),
            detect: (bins, sum.as_secs_f64()),
            frames: Some((5, 1234)),
            recordings: None,
            jobs: Some(jobs),
            free_bytes: Some(10),
            problems: vec!["disk_full".into()],
            devices: (2, 1),
        };
        let text = text(facts).unwrap();
        for line in text.lines() {
            let sample = line.rsplit_once(' ').is_some_and(|(_, value)| value.parse::<f64>().is_ok());
            assert!(line.starts_with('#') || (line.starts_with("framekeep_") && sample), "{line}");
        }
        for line in [
            "framekeep_frames_dropped_total{user=\"Anna\",camera=\"front door\",reason=\"busy\"} 7",
            "framekeep_detect_seconds_bucket{le=\"0.004\"} 1",
            "framekeep_detect_seconds_bucket{le=\"+Inf\"} 1",
            "framekeep_detect_seconds_sum 0.003",
            "framekeep_jobs_oldest_due_seconds 7.5",
            "framekeep_jobs_done_last_hour 5",
            "framekeep_problems{kind=\"disk_full\"} 1",
            "framekeep_kept_frames_bytes 1234",
            "framekeep_streams{state=\"blind\"} 1",
        ] {
            assert!(text.lines().any(|have| have == line), "{line} in {text}");
        }
        assert!(text.ends_with("# EOF\n") && !text.contains("kept_recordings"), "{text}");
    }
}
