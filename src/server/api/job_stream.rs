//! How the queue of jobs stands, told to pages as it changes.
//!
//! One task looks for all pages, once a second, and only while there is one: a queue on another machine is not asked for
//! nobody.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::json;
use tokio::sync::{mpsc, watch};
use tokio::time::{MissedTickBehavior, interval, timeout};
use warp::Reply as _;
use warp::sse::Event;

use super::jobs::summarize;
use crate::access::Role;
use crate::jobs::{JobQueue, Overview};
use crate::server::error::ApiError;
use crate::server::flow::{Site, ask_queue};
use crate::server::limits::Place;
use crate::server::reply::Reply;
use crate::server::session::Principal;

/// How often the queue is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Events that may wait for a page.
const WAITING: usize = 8;
/// A page that takes nothing for so long is gone, or asleep; it comes back by itself.
const SEND_WITHIN: Duration = Duration::from_secs(30);
/// How often a page hears from us when nothing happens, and it is asked whether its device may still look.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// How the queue stood when it was looked at last.
#[derive(Debug, Clone)]
enum News {
    Stands(Arc<Overview>),
    /// It does not answer: what is, and what to do.
    Trouble(String, &'static str),
}

/// The queue as all pages see it.
pub struct JobWatch {
    news: watch::Sender<Option<News>>,
    /// Whether the task is there that looks.
    looking: Mutex<bool>,
}

impl Default for JobWatch {
    fn default() -> Self {
        Self { news: watch::Sender::new(None), looking: Mutex::new(false) }
    }
}

impl JobWatch {
    /// What is news from now on. The first who asks starts the task that looks.
    fn follow(&self, site: &Arc<Site>) -> watch::Receiver<Option<News>> {
        let mut looking = self.looking.lock().unwrap_or_else(PoisonError::into_inner);
        let news = self.news.subscribe();
        if !std::mem::replace(&mut *looking, true) {
            tokio::spawn(look(Arc::clone(site)));
        }
        news
    }

    /// Whether nobody follows any more; then the task ends, and what it saw is forgotten.
    fn is_over(&self) -> bool {
        let mut looking = self.looking.lock().unwrap_or_else(PoisonError::into_inner);
        *looking = self.news.receiver_count() > 0;
        if !*looking {
            self.news.send_replace(None);
        }
        !*looking
    }
}

async fn look(site: Arc<Site>) {
    let mut closing = site.closing.clone();
    let mut clock = interval(LOOK_EVERY);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            // An error means that the server is gone altogether.
            _ = closing.wait_for(|closing| *closing) => return,
            _ = clock.tick() => {}
        }
        if site.job_watch.is_over() {
            return;
        }
        let seen = match ask_queue(&site, JobQueue::overview).await {
            Ok(overview) => News::Stands(Arc::new(overview)),
            Err(error) => News::Trouble(error.to_string(), error.hint()),
        };
        site.job_watch.news.send_if_modified(|last| {
            let same = match (&*last, &seen) {
                (Some(News::Stands(before)), News::Stands(now)) => now.says_the_same_as(before),
                (Some(News::Trouble(before, _)), News::Trouble(now, _)) => before == now,
                _ => false,
            };
            if !same {
                *last = Some(seen);
            }
            !same
        });
    }
}

pub fn stream(site: &Arc<Site>, principal: &Principal) -> Result<Reply, ApiError> {
    let place = site.limits.stream(principal.id())?;
    let news = site.job_watch.follow(site);
    let (sender, mut receiver) = mpsc::channel(WAITING);
    tokio::spawn(tell(Arc::clone(site), principal.clone(), news, sender, place));
    let events = futures_util::stream::poll_fn(move |context| receiver.poll_recv(context));
    Ok(warp::sse::reply(events).into_response())
}

/// Tells one page until it is gone, has to go, or the server ends.
async fn tell(
    site: Arc<Site>,
    principal: Principal,
    mut news: watch::Receiver<Option<News>>,
    sender: mpsc::Sender<Result<Event, Infallible>>,
    _place: Place,
) {
    let mut closing = site.closing.clone();
    let mut keep_alive = interval(KEEP_ALIVE);
    keep_alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // What was seen for other pages already.
    news.mark_changed();
    loop {
        let event = tokio::select! {
            _ = closing.wait_for(|closing| *closing) => return,
            () = sender.closed() => return,
            changed = news.changed() => match (changed, &*news.borrow_and_update()) {
                (Err(_), _) => return,
                (_, None) => continue,
                (_, Some(told)) => describe(told, &site),
            },
            _ = keep_alive.tick() => Event::default().comment(""),
        };
        let device = site.parts.access.device(principal.id());
        let may = device.is_some_and(|device| device.role == Role::Operator);
        let event = if may { event } else { Event::default().event("revoked").data("{}") };
        match timeout(SEND_WITHIN, sender.send(Ok(event))).await {
            Ok(Ok(())) if may => {}
            _ => return,
        }
    }
}

fn describe(news: &News, site: &Site) -> Event {
    match news {
        News::Stands(overview) => {
            Event::default().event("jobs").data(summarize(overview, &site.parts.jobs.place()).to_string())
        }
        News::Trouble(what, todo) => {
            Event::default().event("trouble").data(json!({ "what": what, "todo": todo }).to_string())
        }
    }
}
