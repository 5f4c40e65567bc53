//! Gathers the traces of one stream until they are worth a row in the index.

use crate::codec::TraceWriter;
use crate::domain::{StreamId, Timestamp, TracedFrame};
use crate::library::TraceChunk;

/// A chunk is handed on when it is so large, however short.
const MOST_BYTES: usize = 64 * 1024;

/// The chunk to which the next frame belongs.
#[derive(Debug, Default)]
pub(super) struct OpenChunk {
    writer: TraceWriter,
    from: Timestamp,
    to: Timestamp,
}

impl OpenChunk {
    /// Adds the next frame; gives the chunk before when this one begins another. Within a chunk times only grow.
    pub fn push(&mut self, stream: &StreamId, frame: &TracedFrame) -> Option<TraceChunk> {
        let is_full = self.writer.len() >= MOST_BYTES || frame.at.since(self.from) > TraceChunk::LONGEST;
        let before = if is_full || frame.at < self.to { self.close(stream) } else { None };
        if self.writer.is_empty() {
            self.from = frame.at;
        }
        self.to = frame.at;
        self.writer.push(frame);
        before
    }

    /// Gives what was gathered, if anything was.
    pub fn close(&mut self, stream: &StreamId) -> Option<TraceChunk> {
        let Self { writer, from, to } = std::mem::take(self);
        (!writer.is_empty()).then(|| TraceChunk { stream: stream.clone(), from, to, bytes: writer.into_bytes() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::TraceReader;
    use crate::domain::Trace;

    #[test]
    fn a_chunk_ends_when_it_is_long_and_when_time_goes_backwards() {
        let stream = StreamId { user: "Anna".parse().unwrap(), camera: "front".parse().unwrap() };
        let mut open = OpenChunk::default();
        let mut chunks = Vec::new();
        for (seq, at) in (0..).zip([-9_000, 0, 11_000, 11_001, 31_001, 5_000, 5_000, 6_000]) {
            let frame = TracedFrame { at: Timestamp::from_millis(at), seq, trace: Trace::default() };
            chunks.extend(open.push(&stream, &frame));
        }
        chunks.extend(open.close(&stream));
        assert_eq!(open.close(&stream), None);
        let frames = |chunk: &TraceChunk| TraceReader::new(&chunk.bytes).unwrap().count();
        let spans = chunks.iter().map(|chunk| (chunk.from.as_millis(), chunk.to.as_millis(), frames(chunk)));
        assert_eq!(spans.collect::<Vec<_>>(), [(-9_000, 11_000, 3), (11_001, 31_001, 2), (5_000, 6_000, 3)]);
    }
}
