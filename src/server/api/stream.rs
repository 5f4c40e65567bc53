//! Server-sent events: what happens, told to a page as it happens.
//!
//! Each page has a task that listens to the bus and picks what its device may see. The road to the page is short: a page
//! that does not read is let go, one that missed something is told to look again.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval, timeout};
use warp::Reply as _;
use warp::sse::Event;

use super::{cameras, clips, events, me};
use crate::access::Device;
use crate::bus::{Happening, Listener};
use crate::domain::UserName;
use crate::server::error::ApiError;
use crate::server::flow::{Site, now};
use crate::server::limits::Place;
use crate::server::reply::Reply;
use crate::server::session::{Principal, may_see};

/// Events that may wait for a page.
const WAITING: usize = 64;
/// A page that takes nothing for so long is gone, or asleep; it comes back by itself.
const SEND_WITHIN: Duration = Duration::from_secs(30);
/// How often a page hears from us when nothing happens, so that both sides notice a dead line.
const KEEP_ALIVE: Duration = Duration::from_secs(10);
/// How soon a browser comes back after the line broke.
const RETRY: Duration = Duration::from_secs(2);

pub fn stream(site: &Arc<Site>, principal: &Principal) -> Result<Reply, ApiError> {
    let place = site.limits.stream(principal.id())?;
    // From now on: what happens while the first events are written is not missed.
    let listener = site.parts.bus.listen();
    let (sender, mut receiver) = mpsc::channel(WAITING);
    let teller = Teller {
        site: Arc::clone(site),
        principal: principal.clone(),
        told: me::pending(site, principal),
        sender,
        _place: place,
    };
    tokio::spawn(teller.run(listener));
    let events = futures_util::stream::poll_fn(move |context| receiver.poll_recv(context));
    Ok(warp::sse::reply(events).into_response())
}

/// Tells one page.
struct Teller {
    site: Arc<Site>,
    /// The device as it was when the page last heard of it.
    principal: Principal,
    /// The pending name of which the page last heard.
    told: Option<UserName>,
    sender: mpsc::Sender<Result<Event, Infallible>>,
    _place: Place,
}

/// The page is gone, or has to go.
struct Over;

impl Teller {
    async fn run(mut self, mut listener: Listener) {
        let mut closing = self.site.closing.clone();
        tokio::select! {
            // An error means that the server is gone altogether.
            _ = closing.wait_for(|closing| *closing) => {}
            _ = self.tell_all(&mut listener) => {}
        }
    }

    async fn tell_all(&mut self, listener: &mut Listener) -> Result<Infallible, Over> {
        // It may have been revoked between the check of its session and the beginning of the listening.
        self.look_at_device().await?;
        self.greet().await?;
        let mut keep_alive = interval(KEEP_ALIVE);
        keep_alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let sender = self.sender.clone();
        loop {
            tokio::select! {
                () = sender.closed() => return Err(Over),
                heard = listener.recv() => match heard {
                    Ok(happening) => self.tell(&happening).await?,
                    Err(RecvError::Lagged(missed)) => {
                        self.send("resync", json!({ "missed": missed })).await?;
                        // What was missed may be that the device was revoked.
                        self.look_at_device().await?;
                    }
                    Err(RecvError::Closed) => return Err(Over),
                },
                _ = keep_alive.tick() => self.put(Event::default().comment("")).await?,
            }
        }
    }

    /// What a page needs to know that has just come, or come back.
    async fn greet(&mut self) -> Result<(), Over> {
        let hello = json!({ "now": now() });
        // A number and a name always become JSON.
        let hello = Event::default().event("hello").retry(RETRY).json_data(hello).map_err(|_| Over)?;
        self.put(hello).await?;
        self.send("session", self.session()).await?;
        self.send("problems", me::problems(&self.site.parts.problems.list())).await
    }

    async fn tell(&mut self, happening: &Happening) -> Result<(), Over> {
        if let Some(user) = happening.user() {
            // Asked anew for each event: the news that the device was revoked may wait behind it, or have been missed.
            let device = self.site.parts.access.device(self.principal.id());
            if !device.is_some_and(|device| may_see(&device, user)) {
                return Ok(());
            }
        }
        match happening {
            Happening::FrameSaved(frame) | Happening::FrameRestored(frame) => self.send("frame", json!(frame)).await,
            Happening::FrameDeleted { id, .. } => self.send("deleted", json!({ "id": id })).await,
            Happening::Recording(recording) | Happening::RecordingFinished(recording) => {
                self.send("recording", json!(recording)).await
            }
            Happening::RecordingMade { id, .. } => self.send("recording_made", json!({ "id": id })).await,
            Happening::RecordingDeleted { id, .. } => {
                self.send("recording", json!({ "id": id, "state": "deleted" })).await
            }
            Happening::Clip(clip) => self.send("clip", clips::describe(clip)).await,
            Happening::ClipDeleted { id, .. } => self.send("clip", json!({ "id": id, "kind": "deleted" })).await,
            Happening::Event(event) => self.send("event", events::describe(event)).await,
            Happening::Camera { stream, state } => self.send("camera", cameras::describe(stream, state)).await,
            Happening::Problems => self.send("problems", me::problems(&self.site.parts.problems.list())).await,
            Happening::Devices => self.look_at_device().await,
            Happening::Settings => Ok(()),
        }
    }

    /// Devices changed: perhaps this one. From here on the page sees what its device may see now.
    async fn look_at_device(&mut self) -> Result<(), Over> {
        let Some(device) = self.site.parts.access.device(self.principal.id()) else {
            self.send("revoked", json!({})).await?;
            return Err(Over);
        };
        let pending = me::pending(&self.site, &self.principal);
        let news = differs(&device, &self.principal.device) || pending != self.told;
        self.principal.device = device;
        self.told = pending;
        if news { self.send("session", self.session()).await } else { Ok(()) }
    }

    fn session(&self) -> Value {
        json!({ "user": self.principal.device.user, "pending": self.told })
    }

    async fn send(&self, name: &str, data: Value) -> Result<(), Over> {
        self.put(Event::default().event(name).data(data.to_string())).await
    }

    async fn put(&self, event: Event) -> Result<(), Over> {
        match timeout(SEND_WITHIN, self.sender.send(Ok(event))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Over),
        }
    }
}

/// Whether a page would show two versions of its device differently.
fn differs(a: &Device, b: &Device) -> bool {
    a.user != b.user || a.role != b.role
}
