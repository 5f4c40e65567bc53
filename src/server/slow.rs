//! Bodies that come too slowly: a phone with bad reception is waited for, a peer that dribbles a byte a second is not.
//!
//! Only the time in which we wait for the peer counts. While a request waits for us, its clock stands still.

use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Buf;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep};

/// How slowly a body may come.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Longest silence, and the time over which the rate is taken.
    pub window: Duration,
    /// Least bytes in each window that was waited through.
    pub least_bytes: u64,
}

impl Default for Pace {
    fn default() -> Self {
        Self { window: Duration::from_secs(10), least_bytes: 10 * 1024 }
    }
}

/// The body came too slowly. The listener answers 408 for it, whatever the route makes of the failed body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the body came too slowly")]
pub struct TooSlow;

/// What became of a body that was handed away.
#[derive(Debug, Clone, Default)]
pub struct Fate(Arc<Facts>);

#[derive(Debug, Default)]
struct Facts {
    too_slow: AtomicBool,
    finished: AtomicBool,
}

impl Fate {
    /// Whether it came too slowly.
    #[must_use]
    pub fn too_slow(&self) -> bool {
        self.0.too_slow.load(Ordering::Relaxed)
    }

    /// Whether it was read to its end.
    #[must_use]
    pub fn finished(&self) -> bool {
        self.0.finished.load(Ordering::Relaxed)
    }
}

/// Watches over a body.
pub fn guarded<B: Body>(body: B, pace: Pace) -> (Guarded<B>, Fate) {
    let fate = Fate::default();
    fate.0.finished.store(body.is_end_stream(), Ordering::Relaxed);
    let guarded = Guarded { body, pace, alarm: None, wait: None, waited: Duration::ZERO, bytes: 0, fate: fate.clone() };
    (guarded, fate)
}

/// A body that fails with [`TooSlow`] when it comes too slowly.
pub struct Guarded<B> {
    body: B,
    pace: Pace,
    alarm: Option<Pin<Box<Sleep>>>,
    wait: Option<Wait>,
    /// How long this window was waited through before the present wait, and what came in it.
    waited: Duration,
    bytes: u64,
    fate: Fate,
}

/// The present wait for the peer.
#[derive(Clone, Copy)]
struct Wait {
    /// Since when nothing has come.
    silent_since: Instant,
    /// From when on it counts for the window: later, when a window ended in the middle of the wait.
    counts_from: Instant,
}

impl<B> Guarded<B> {
    /// Looks at the clock while nothing comes. `true`: too slow.
    fn wait(&mut self, cx: &mut Context<'_>) -> bool {
        let (now, window) = (Instant::now(), self.pace.window);
        let wait = self.wait.get_or_insert(Wait { silent_since: now, counts_from: now });
        if now - wait.silent_since >= window {
            return true;
        }
        if self.waited + (now - wait.counts_from) >= window {
            if self.bytes < self.pace.least_bytes {
                return true;
            }
            (self.waited, self.bytes) = (Duration::ZERO, 0);
            wait.counts_from = now;
        }
        let next_look = (wait.silent_since + window).min(wait.counts_from + window.saturating_sub(self.waited));
        let alarm = self.alarm.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(next_look)));
        alarm.as_mut().reset(next_look);
        if alarm.as_mut().poll(cx).is_ready() {
            // The time came between the two lines above.
            cx.waker().wake_by_ref();
        }
        false
    }

    fn receive(&mut self, bytes: u64) {
        if let Some(wait) = self.wait.take() {
            self.waited += wait.counts_from.elapsed();
        }
        self.bytes += bytes;
    }
}

impl<B> Body for Guarded<B>
where
    B: Body + Unpin,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Data = B::Data;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let this = &mut *self;
        if this.fate.too_slow() {
            return Poll::Ready(Some(Err(TooSlow.into())));
        }
        match Pin::new(&mut this.body).poll_frame(cx) {
            Poll::Ready(frame) => {
                let bytes = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref().map(Buf::remaining));
                this.receive(bytes.unwrap_or(0) as u64);
                if frame.is_none() || this.body.is_end_stream() {
                    this.fate.0.finished.store(true, Ordering::Relaxed);
                }
                Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
            }
            Poll::Pending if this.wait(cx) => {
                this.fate.0.too_slow.store(true, Ordering::Relaxed);
                Poll::Ready(Some(Err(TooSlow.into())))
            }
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
