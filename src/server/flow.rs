//! The road of a request: host, route, session, origin, limits, handler; and back with the headers of every answer.
//!
//! warp brings the request in pieces and takes the answer. Nothing here rejects in warp's sense: a rejection would try the
//! next route and end as a 404 or 405 that has nothing to do with what went wrong, so every request gets an answer here.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use arc_swap::ArcSwap;
use futures_util::FutureExt;
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::host::Authority;
use warp::http::header::ACCEPT;
use warp::http::{HeaderMap, Method};

use crate::access::Role;
use crate::domain::Timestamp;
use crate::jobs::{JobError, JobQueue};
use crate::library::Library;
use crate::server::api::{self, JobWatch, LivePictures};
use crate::server::body::Body;
use crate::server::certificate::Certificates;
use crate::server::error::ApiError;
use crate::server::guard::{self, Names};
use crate::server::joining;
use crate::server::limits::Limits;
use crate::server::listener::Peer;
use crate::server::query::Query;
use crate::server::reply::{self, Reply};
use crate::server::route::{self, Miss, Who};
use crate::server::session::Principal;
use crate::server::{Parts, html};

/// How many questions to the library may be under way.
pub const ASKING: usize = 32;
/// How long the library may take to answer.
const LIBRARY_WITHIN: Duration = Duration::from_secs(10);

/// How many questions to the queue of jobs may be under way.
pub const ASKING_QUEUE: usize = 8;
/// How long the queue of jobs, which may lie on another machine, may take to answer.
const QUEUE_WITHIN: Duration = Duration::from_secs(10);

/// That something is not there is answered at a multiple of this after the question.
const STEP_OF_NOTHING: Duration = Duration::from_millis(10);

/// What all requests share.
pub struct Site {
    /// The parts of the program that the server works for.
    pub parts: Parts,
    /// Names of this computer; they change with its certificate.
    pub names: ArcSwap<Names>,
    /// Who asked how often.
    pub limits: Limits,
    /// Questions to the library that may be under way: its disk may be slow, or hang.
    pub asking: Arc<Semaphore>,
    /// Questions to the queue of jobs that may be under way.
    pub asking_queue: Arc<Semaphore>,
    /// How the queue stands, for as long as somebody looks.
    pub job_watch: JobWatch,
    /// Archives that may be made at the same time.
    pub archives: Arc<Semaphore>,
    /// The certificate in use, and the authority behind it.
    pub certificates: Arc<Certificates>,
    /// Pictures that are looked at live.
    pub live: LivePictures,
    /// Becomes true when the server is to end: streams end then.
    pub closing: watch::Receiver<bool>,
}

/// One request, in plain values.
pub struct Request {
    /// Who is at the other end of the connection.
    pub peer: Peer,
    /// How.
    pub method: Method,
    /// The computer that the client believes to talk to.
    pub host: Option<Authority>,
    /// The path, with its escapes.
    pub path: String,
    /// What stands behind the question mark.
    pub query: Query,
    /// All headers.
    pub headers: HeaderMap,
    /// What was sent, not read yet.
    pub body: Body,
}

impl Request {
    /// Whether a person looks at the answer in a browser.
    pub fn wants_page(&self) -> bool {
        let accepted = self.headers.get(ACCEPT).and_then(|value| value.to_str().ok());
        accepted.is_some_and(|types| types.contains("text/html"))
    }
}

/// The whole server as one filter of warp.
pub fn filter(site: Arc<Site>) -> BoxedFilter<(Reply,)> {
    // A `Host` that cannot be read, or differs from the address in the first line, is no host of ours.
    let host = warp::host::optional().or(warp::any().map(|| None)).unify();
    let query = warp::query::<Vec<(String, String)>>().or(warp::any().map(Vec::new)).unify();
    warp::any()
        .map(move || Arc::clone(&site))
        .and(warp::ext::get::<Peer>())
        .and(warp::method())
        .and(warp::path::full())
        .and(host)
        .and(query)
        .and(warp::header::headers_cloned())
        .and(warp::body::stream())
        .then(|site: Arc<Site>, peer, method, path: warp::path::FullPath, host, query, headers: HeaderMap, chunks| {
            let body = Body::new(chunks, &headers, site.limits.room(None));
            let path = path.as_str().to_owned();
            let request = Request { peer, method, host, path, query: Query::new(query), headers, body };
            async move { answer(&site, request).await }
        })
        .boxed()
}

/// Runs what would block a thread of the runtime: queries, files, codecs.
///
/// # Errors
/// [`ApiError::Internal`] when it panicked, [`ApiError::Closing`] when the runtime ends.
pub async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| match error.try_into_panic() {
        Ok(panic) => ApiError::Internal(words_of(&*panic)),
        Err(_) => ApiError::Closing,
    })
}

/// Asks the library, which reads the disk of the save folder.
///
/// A disk that is slow or hangs must not take every thread there is with it: frames, sessions and devices need it not.
///
/// # Errors
/// [`ApiError::NoDisk`] when it does not answer in time, and as [`off_thread`].
pub async fn ask_library<T: Send + 'static>(
    site: &Site,
    question: impl FnOnce(&Library) -> T + Send + 'static,
) -> Result<T, ApiError> {
    let (library, asking) = (Arc::clone(&site.parts.library), Arc::clone(&site.asking));
    let answer = async {
        // Nobody closes it. The place is held until the disk has answered, also when nobody waits for that any more.
        let place = asking.acquire_owned().await.map_err(|_| ApiError::Closing)?;
        off_thread(move || {
            let answer = question(&library);
            drop(place);
            answer
        })
        .await
    };
    timeout(LIBRARY_WITHIN, answer).await.unwrap_or(Err(ApiError::NoDisk))
}

/// Asks the queue of jobs, which reads a disk or the network.
///
/// # Errors
/// As the queue answers; [`ApiError::NoQueue`] when it does not in time, and as [`off_thread`].
pub async fn ask_queue<T: Send + 'static>(
    site: &Site,
    question: impl FnOnce(&JobQueue) -> Result<T, JobError> + Send + 'static,
) -> Result<T, ApiError> {
    let (queue, asking) = (site.parts.jobs.clone(), Arc::clone(&site.asking_queue));
    let answer = async {
        // As above: the place is held until the queue has answered.
        let place = asking.acquire_owned().await.map_err(|_| ApiError::Closing)?;
        off_thread(move || {
            let answer = question(&queue);
            drop(place);
            answer
        })
        .await
    };
    Ok(timeout(QUEUE_WITHIN, answer).await.unwrap_or(Err(ApiError::NoQueue))??)
}

/// The time by the clock of this computer.
pub fn now() -> Timestamp {
    SystemTime::now().into()
}

async fn answer(site: &Arc<Site>, mut request: Request) -> Reply {
    let begun = Instant::now();
    let mut reply = match caught(fulfil(site, &mut request)).await {
        Ok(reply) => reply,
        Err(error) => {
            let is_nothing = matches!(error, ApiError::NotFound);
            let reply = refuse(error, &mut request).await;
            if is_nothing {
                even_out(begun).await;
            }
            reply
        }
    };
    guard::harden(&mut reply);
    reply
}

/// Waits until it cannot be told by the time of an answer whether something is missing or somebody else's, for which a little
/// more is looked up.
pub async fn even_out(begun: Instant) {
    tokio::time::sleep_until((begun + whole_steps(begun.elapsed())).into()).await;
}

/// A time as the next multiple of a step.
fn whole_steps(time: Duration) -> Duration {
    let steps = time.as_nanos().div_ceil(STEP_OF_NOTHING.as_nanos()).max(1);
    STEP_OF_NOTHING.saturating_mul(u32::try_from(steps).unwrap_or(u32::MAX))
}

async fn fulfil(site: &Arc<Site>, request: &mut Request) -> Result<Reply, ApiError> {
    // Counted before anything is done for whoever asks.
    let (mut session, look_due) = Principal::remembered(&site.parts.access, &request.headers, now());
    match &session {
        Ok(principal) => site.limits.device(principal.id()).inspect_err(|_| api::refused(site, principal, request))?,
        Err(_) => site.limits.address(request.peer.addr.ip())?,
    }
    guard::host(request.host.as_ref(), request.peer.local, &site.names.load())?;
    let found = route::find(&request.method, &request.path);
    joining::note(site, request, found.as_ref().ok(), session.as_ref().ok());
    let found = found.map_err(|miss| match miss {
        Miss::Unknown => ApiError::UnknownPath,
        Miss::Method(allowed) => ApiError::Method(allowed),
        Miss::Undecodable => ApiError::BadPath,
    })?;
    if look_due {
        session = Principal::of(&site.parts.access, &request.headers, now()).await;
    }
    if let Ok(principal) = &session {
        request.body.sent_by_device(site.limits.room(Some(principal.id())), found.route.max_body_bytes);
    }
    let proof = session.as_ref().ok().map(|principal| principal.proof);
    guard::origin(&request.method, &request.headers, request.host.as_ref(), proof)?;
    match found.route.who {
        Who::Anyone => api::open(site, &found, session.ok().as_ref(), request).await,
        Who::Session | Who::Paired | Who::Viewer | Who::Operator => {
            let principal = session?;
            if !found.route.lets(principal.device.role) {
                let looks_on = principal.device.role == Role::Viewer && found.route.who == Who::Paired;
                return Err(if looks_on { ApiError::ViewerOnly } else { ApiError::OperatorOnly });
            }
            api::paired(site, &found, &principal, request).await
        }
    }
}

async fn refuse(error: ApiError, request: &mut Request) -> Reply {
    request.body.drain().await;
    // A program reads JSON everywhere, a person reads a page where pages are.
    if !request.wants_page() || request.path.starts_with("/api/") {
        return error.into_reply();
    }
    error.log();
    let sentence = format!("{}.", capital(&error.to_string()));
    let page = html::page(
        "en",
        "That did not work",
        &[&sentence, error.hint()],
        &[("/upload", "Send a photo"), ("/", "Camera")],
    );
    error.with_headers(reply::html(error.status(), page))
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// A panic ends its request, not the connection's task with whatever else that carries.
async fn caught(work: impl Future<Output = Result<Reply, ApiError>>) -> Result<Reply, ApiError> {
    let done = AssertUnwindSafe(work).catch_unwind().await;
    done.unwrap_or_else(|panic| Err(ApiError::Internal(words_of(&*panic))))
}

fn words_of(panic: &(dyn Any + Send)) -> String {
    let words = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("a handler panicked: {}", words.unwrap_or("without words"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_is_answered_in_whole_steps() {
        let millis = |micros| whole_steps(Duration::from_micros(micros)).as_millis();
        assert_eq!([0, 1, 700, 1_100, 10_000, 10_001, 25_000].map(millis), [10, 10, 10, 10, 10, 20, 30]);
    }

    #[tokio::test]
    async fn a_panic_is_an_error_like_any_other() {
        let outcome = caught(async { panic!("out of luck {}", 7) }).await;
        let Err(ApiError::Internal(why)) = outcome else { panic!("no error") };
        assert_eq!(why, "a handler panicked: out of luck 7");
        let outcome = off_thread(|| -> () { panic!("below") }).await;
        assert!(matches!(outcome, Err(ApiError::Internal(why)) if why.ends_with("below")));
    }
}
