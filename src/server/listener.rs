//! The door of the server: one port, TLS and plain HTTP by the first byte, and time limits for everybody.
//!
//! It knows nothing of routes. What comes over TLS is given to one filter, what comes in the clear to another.

use std::convert::Infallible;
use std::io;
use std::mem::MaybeUninit;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::service::{Service, service_fn};
use hyper::{Request, Response, StatusCode, Version};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::Sleep;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::{self, AlertDescription, ServerConfig};
use warp::Reply;
use warp::filters::BoxedFilter;

use super::connections::{Connections, LineId, Phase};
use super::slow::{self, Pace};
use crate::access::Knock;

pub use super::connections::Limits;

/// The first byte of a TLS connection: a handshake record (RFC 8446, section 5.1). No HTTP request begins with it.
const TLS_HANDSHAKE: u8 = 0x16;
/// How often connections are looked at whose time may be over.
const SWEEP_EVERY: Duration = Duration::from_millis(250);
/// How long no connection is accepted after the system refused one, growing up to the second.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));
/// Most requests side by side on one HTTP/2 connection.
const MAX_STREAMS: u32 = 64;
/// What a peer may send ahead on one HTTP/2 stream and on one connection, before anybody has read it.
const STREAM_WINDOW: u32 = 512 * 1024;
const CONNECTION_WINDOW: u32 = 1024 * 1024;
/// Most bytes of a request's head.
const MAX_HEAD: u32 = 32 * 1024;
/// How long we read on after a refusal in the middle of a body.
const LINGER: Duration = Duration::from_secs(2);
/// A peer that is gone without a word is noticed by asking it.
const PING_EVERY: Duration = Duration::from_secs(20);

/// Who sent a request. Every request carries it: `warp::ext::get::<Peer>()`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// The other end's address and port.
    pub addr: SocketAddr,
    /// Our address and port that it reached.
    pub local: SocketAddr,
    /// Whether it came over TLS.
    pub tls: bool,
}

/// Hears of what happens on connections before anything is asked over them: the peer's address, and what it did.
pub type Knocks = Arc<dyn Fn(SocketAddr, Knock) + Send + Sync>;

/// Serves until `shutdown` says that it is time, and how much of it is left to answer what is being asked. New
/// connections are refused from then on, idle ones end, and what is left at the end of that time is cut.
/// `true`: nothing had to be cut.
///
/// `secure` answers what comes over TLS, `plain` what comes in the clear. Each request carries a [`Peer`]. A body that
/// comes too slowly fails, and its request is answered 408. When a peer goes away its request's future is dropped: what
/// must be done to the end is done on a task of its own.
pub async fn serve<S, P>(
    tcp: TcpListener,
    tls: Arc<ServerConfig>,
    secure: BoxedFilter<(S,)>,
    plain: BoxedFilter<(P,)>,
    limits: Limits,
    knocks: Knocks,
    shutdown: impl Future<Output = Duration>,
) -> bool
where
    S: Reply + 'static,
    P: Reply + 'static,
{
    let limits = Limits { total: limits.total.min(room_for_connections()), ..limits };
    let (stop, stopped) = watch::channel(false);
    let connections = Arc::new(Mutex::new(Connections::new(limits)));
    let porter = Porter { connections, tls: tls.into(), secure, plain, pace: limits.pace, knocks, stopped };
    let mut tasks = JoinSet::new();
    let mut sweep = tokio::time::interval(SWEEP_EVERY);
    sweep.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut pause = Pause::default();
    let mut shutdown = pin!(shutdown);
    let grace = loop {
        tokio::select! {
            grace = &mut shutdown => break grace,
            _ = sweep.tick() => lock(&porter.connections).sweep(Instant::now()),
            Some(_) = tasks.join_next() => {}
            accepted = pause.accept(&tcp) => match accepted {
                Ok((stream, addr)) => porter.let_in(&mut tasks, stream, addr),
                // Out of file descriptors or memory: whoever is missed least makes room.
                Err(_) => drop(lock(&porter.connections).cut_one(None)),
            }
        }
    };
    drop(tcp);
    // Nobody may be there to hear it.
    let _ = stop.send(true);
    lock(&porter.connections).cut_unasked();
    let drained = async { while tasks.join_next().await.is_some() {} };
    let in_time = tokio::time::timeout(grace, drained).await.is_ok();
    tasks.shutdown().await;
    in_time
}

/// Takes connections in and sees each to its end.
struct Porter<S: Reply, P: Reply> {
    connections: Arc<Mutex<Connections>>,
    tls: TlsAcceptor,
    secure: BoxedFilter<(S,)>,
    plain: BoxedFilter<(P,)>,
    pace: Pace,
    knocks: Knocks,
    stopped: watch::Receiver<bool>,
}

impl<S: Reply + 'static, P: Reply + 'static> Porter<S, P> {
    fn let_in(&self, tasks: &mut JoinSet<()>, stream: TcpStream, addr: SocketAddr) {
        // A socket that is closed already has no local address; there is nobody to serve.
        let Ok(local) = stream.local_addr() else { return };
        let admitted = lock(&self.connections).admit(addr.ip(), Instant::now());
        let Some((id, cut)) = admitted else {
            tracing::debug!("refused a connection from {addr}: all places are taken by busy ones");
            return;
        };
        let line = Line(Arc::new(Place {
            connections: Arc::clone(&self.connections),
            id,
            pace: self.pace,
            linger: AtomicBool::new(false),
        }));
        let (tls, secure, plain) = (self.tls.clone(), self.secure.clone(), self.plain.clone());
        let (stopped, knocks) = (self.stopped.clone(), Arc::clone(&self.knocks));
        knocks(addr, Knock::Came);
        tasks.spawn(until_cut(cut, async move {
            let mut first = [0];
            // Answers are small and awaited; without this they would wait for each other. It is no loss where it fails.
            let _ = stream.set_nodelay(true);
            if !matches!(stream.peek(&mut first).await, Ok(1)) {
                return;
            }
            let io = Watched { stream, line: line.clone(), stalled: false, lingering: None };
            let peer = Peer { addr, local, tls: first[0] == TLS_HANDSHAKE };
            if !peer.tls {
                line.enter(Phase::Unasked);
                return talk(io, plain, peer, line, stopped).await;
            }
            knocks(addr, Knock::Began);
            line.enter(Phase::Shaking);
            match tls.accept(io).await {
                Ok(io) => {
                    knocks(addr, Knock::Secured);
                    line.enter(Phase::Unasked);
                    talk(io, secure, peer, line, stopped).await;
                }
                Err(error) => {
                    knocks(addr, if refuses_certificate(&error) { Knock::Refused } else { Knock::BrokenOff });
                    tracing::debug!("no TLS with {addr}: {error}");
                }
            }
        }));
    }
}

/// Whether the peer says by an alert that it does not believe the certificate (RFC 8446, section 6.2). Each browser has its
/// own: Chromium says `certificate_unknown`, Firefox `unknown_ca`, Safari `bad_certificate` or nothing at all.
fn refuses_certificate(error: &io::Error) -> bool {
    let error = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    matches!(
        error,
        Some(rustls::Error::AlertReceived(
            AlertDescription::CertificateUnknown
                | AlertDescription::UnknownCA
                | AlertDescription::BadCertificate
                | AlertDescription::CertificateExpired
                | AlertDescription::UnsupportedCertificate
                | AlertDescription::AccessDenied
        ))
    )
}

async fn until_cut(cut: Arc<Notify>, work: impl Future<Output = ()>) {
    tokio::select! {
        () = work => {}
        () = cut.notified() => {}
    }
}

/// Answers all requests of one connection.
async fn talk<I, R>(io: I, filter: BoxedFilter<(R,)>, peer: Peer, line: Line, mut stopped: watch::Receiver<bool>)
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    R: Reply + 'static,
{
    let routes = TowerToHyperService::new(warp::service(filter));
    let service = service_fn(move |request| answer(routes.clone(), request, peer, line.clone()));
    let builder = http();
    let mut connection = pin!(builder.serve_connection(TokioIo::new(io), service));
    let outcome = tokio::select! {
        outcome = connection.as_mut() => outcome,
        () = told_to_stop(&mut stopped) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = outcome {
        tracing::debug!("the connection with {} ended: {error}", peer.addr);
    }
}

async fn told_to_stop(stopped: &mut watch::Receiver<bool>) {
    // An error says that the porter itself is gone, which is the same.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

async fn answer<F, B>(
    routes: F,
    mut request: Request<Incoming>,
    peer: Peer,
    line: Line,
) -> Result<Response<Answer<B>>, Infallible>
where
    F: Service<Request<slow::Guarded<Incoming>>, Response = Response<B>, Error = Infallible>,
    B: Body + From<&'static str>,
{
    let busy = line.begin_request();
    request.extensions_mut().insert(peer);
    let version = request.version();
    let (head, body) = request.into_parts();
    let (body, fate) = slow::guarded(body, line.0.pace);
    let mut response = routes.call(Request::from_parts(head, body)).await?;
    if fate.too_slow() {
        response = too_slow(version);
    }
    if !fate.finished() {
        line.0.linger.store(true, Ordering::Relaxed);
    }
    Ok(response.map(|body| Answer { body, _busy: busy }))
}

fn too_slow<B: From<&'static str>>(version: Version) -> Response<B> {
    let body = r#"{"error":{"code":"too_slow","message":"the request's body came too slowly","hint":"go nearer to the Wi-Fi access point and send it again, or send smaller pictures"}}"#;
    let mut response = Response::new(body.into());
    *response.status_mut() = StatusCode::REQUEST_TIMEOUT;
    let headers = response.headers_mut();
    headers.insert("content-type", hyper::header::HeaderValue::from_static("application/json"));
    if version < Version::HTTP_2 {
        // The rest of the body may still come; HTTP/2 ends the stream alone.
        headers.insert("connection", hyper::header::HeaderValue::from_static("close"));
    }
    response
}

fn http() -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    // HTTP/1 gets no timer: its own time limit for a head also runs between two requests. Ours know the difference.
    builder.http1().max_buf_size(MAX_HEAD as usize);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PING_EVERY)
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(MAX_HEAD)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW);
    builder
}

/// The place of one connection among all; given back when nothing holds it any more.
#[derive(Clone)]
struct Line(Arc<Place>);

struct Place {
    connections: Arc<Mutex<Connections>>,
    id: LineId,
    pace: Pace,
    /// Whether the peer may still be sending a body that nobody reads.
    linger: AtomicBool,
}

impl Line {
    fn enter(&self, phase: Phase) {
        self.lock().enter(self.0.id, phase, Instant::now());
    }

    fn begin_request(&self) -> Busy {
        self.lock().begin_request(self.0.id, Instant::now());
        Busy(self.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Connections> {
        lock(&self.0.connections)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        lock(&self.connections).leave(self.id);
    }
}

/// One request that is going on.
struct Busy(Line);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.lock().end_request(self.0.0.id, Instant::now());
    }
}

/// An answer's body; its request goes on until it is sent or dropped.
struct Answer<B> {
    body: B,
    _busy: Busy,
}

impl<B: Body + Unpin> Body for Answer<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A socket that notices when the peer takes nothing of what we send, and that closes politely.
struct Watched {
    stream: TcpStream,
    line: Line,
    stalled: bool,
    lingering: Option<Pin<Box<Sleep>>>,
}

impl Watched {
    fn note<T>(&mut self, written: Poll<T>) -> Poll<T> {
        if written.is_pending() != self.stalled {
            self.stalled = written.is_pending();
            self.line.lock().stall(self.line.0.id, self.stalled.then(Instant::now));
        }
        written
    }

    /// Reads on for a while after our last word. To close a socket on which unread bytes arrive takes our answer back
    /// (RFC 9112, section 9.6): a peer that was refused in the middle of its body would see a broken connection and not
    /// the reason.
    fn linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let end = self.lingering.get_or_insert_with(|| Box::pin(tokio::time::sleep(LINGER)));
        if end.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        let mut scratch = [MaybeUninit::uninit(); 16 * 1024];
        // So many looks at once, then others may have the processor.
        for _ in 0..16 {
            let mut unread = ReadBuf::uninit(&mut scratch);
            match Pin::new(&mut self.stream).poll_read(cx, &mut unread) {
                Poll::Ready(Ok(())) if !unread.filled().is_empty() => {}
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => return Poll::Pending,
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl AsyncRead for Watched {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.note(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.note(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.lingering.is_none() {
            ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
        }
        if self.line.0.linger.load(Ordering::Relaxed) {
            ready!(self.linger(cx));
        }
        Poll::Ready(Ok(()))
    }
}

/// Waits a little after the system refused a connection: trying at once would only burn the processor.
#[derive(Default)]
struct Pause {
    until: Option<tokio::time::Instant>,
    length: Duration,
}

impl Pause {
    /// May be dropped and called again at any time.
    async fn accept(&mut self, tcp: &TcpListener) -> io::Result<(TcpStream, SocketAddr)> {
        loop {
            if let Some(until) = self.until {
                tokio::time::sleep_until(until).await;
                self.until = None;
            }
            match tcp.accept().await {
                Ok(accepted) => {
                    self.length = Duration::ZERO;
                    return Ok(accepted);
                }
                // These concern one connection that came and went, not us.
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::Interrupted
                    ) => {}
                Err(error) => {
                    if self.length.is_zero() {
                        tracing::warn!("the system refuses connections for now: {error}");
                    }
                    self.length = (self.length * 2).clamp(PAUSES.0, PAUSES.1);
                    self.until = Some(tokio::time::Instant::now() + self.length);
                    return Err(error);
                }
            }
        }
    }
}

/// How many connections there may be, so that at least as many files can be opened for everything else: kept frames must
/// not fail because strangers hold sockets. Asks the system for more first.
#[cfg(unix)]
fn room_for_connections() -> usize {
    /// Enough for the most connections and as many files.
    const WANTED: libc::rlim_t = 4096;
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `limit` is a valid place for the answer.
    if unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) } != 0 {
        return Limits::default().total;
    }
    if limit.rlim_cur < WANTED {
        let more = libc::rlimit { rlim_cur: WANTED.min(limit.rlim_max), ..limit };
        // SAFETY: `more` is a valid value, and raising the soft limit up to the hard one changes nothing else.
        if unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const more) } == 0 {
            limit = more;
        }
    }
    usize::try_from(limit.rlim_cur / 2).unwrap_or(usize::MAX).max(16)
}

#[cfg(not(unix))]
fn room_for_connections() -> usize {
    usize::MAX
}

fn lock(connections: &Mutex<Connections>) -> MutexGuard<'_, Connections> {
    // Every change leaves the table whole, so what a panicking task left behind is usable.
    connections.lock().unwrap_or_else(PoisonError::into_inner)
}
