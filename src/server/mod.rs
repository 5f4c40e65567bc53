//! The LAN server: TLS, routes, the phone's page. It changes nothing by itself but through intake, access, library and control.

mod api;
mod assets;
mod body;
pub mod certificate;
mod connections;
mod error;
mod flow;
mod guard;
pub mod help;
mod html;
mod joining;
mod language;
mod limits;
pub mod listener;
mod metrics;
mod query;
mod range;
mod reply;
pub mod route;
mod session;
pub mod slow;
mod trust;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use tokio::net::TcpSocket;
use tokio::sync::{Semaphore, oneshot, watch};

use crate::access::Access;
use crate::bus::{Bus, Latest, Problem, ProblemKind, Problems};
use crate::config;
use crate::control::{Controls, Fingerprint};
use crate::intake::Door;
use crate::jobs::JobQueue;
use crate::library::Library;
use certificate::{CertificateError, Certificates};
use flow::Site;
use guard::Names;

/// How often the certificate is looked at: addresses may have changed, or its end may be near.
const REFRESH_EVERY: Duration = Duration::from_mins(1);
/// Connections that may wait to be accepted.
const BACKLOG: u32 = 1024;
/// Kept back of the time to stop, for the connections that are cut at its end.
const CUTTING: Duration = Duration::from_millis(200);

/// What the server needs.
#[derive(Clone)]
pub struct Parts {
    /// Who may.
    pub access: Arc<Access>,
    /// What was kept.
    pub library: Arc<Library>,
    /// Work that may wait.
    pub jobs: JobQueue,
    /// Where pictures go in.
    pub door: Arc<Door>,
    /// The newest picture of every stream.
    pub latest: Latest,
    /// What happens.
    pub bus: Bus,
    /// What needs a person.
    pub problems: Problems,
    /// What the operator sees.
    pub controls: Controls,
    /// Folder of keys and certificates.
    pub certificates: PathBuf,
}

/// The running server.
pub struct Server {
    addr: SocketAddr,
    certificates: Arc<Certificates>,
    closing: watch::Sender<bool>,
    shutdown: oneshot::Sender<Duration>,
    ended: mpsc::Receiver<bool>,
}

/// Why the server could not start.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The address is taken, or not ours.
    #[error("failed to listen on {addr}: {source}; choose another with --listen ADDR:PORT")]
    Listen {
        /// Which.
        addr: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// There is no certificate to serve with.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
}

impl Server {
    /// Binds, makes or reads the certificates and serves on `runtime`, whose clock and network must be on.
    ///
    /// # Errors
    /// [`ServerError`] when the address cannot be used or there is no certificate.
    pub fn start(runtime: &tokio::runtime::Handle, listen: SocketAddr, parts: Parts) -> Result<Self, ServerError> {
        let certificates = Arc::new(Certificates::open(&parts.certificates, &config::addresses())?);
        let (tcp, addr) = bind(runtime, listen).map_err(|source| ServerError::Listen { addr: listen, source })?;
        let (closing, closed) = watch::channel(false);
        let (shutdown, told) = oneshot::channel();
        let (report, ended) = mpsc::channel();
        let problems = parts.problems.clone();
        let knocks = joining::knocks(&parts.access);
        let readers = joining::readers(&parts.access);
        let site = Arc::new(Site {
            parts,
            names: ArcSwap::from_pointee(Names::new(certificates.host_names())),
            limits: limits::Limits::default(),
            asking: Arc::new(Semaphore::new(flow::ASKING)),
            asking_queue: Arc::new(Semaphore::new(flow::ASKING_QUEUE)),
            job_watch: api::JobWatch::default(),
            archives: Arc::new(Semaphore::new(api::ARCHIVES)),
            certificates: Arc::clone(&certificates),
            live: api::LivePictures::default(),
            closing: closed.clone(),
        });
        runtime.spawn(refresh(Arc::clone(&certificates), Arc::clone(&site), closed));
        let serving = runtime.spawn(listener::serve(
            tcp,
            certificates.server_config(),
            flow::filter(site),
            help::routes(Arc::clone(&certificates), readers),
            listener::Limits::default(),
            knocks,
            // Without a sender the server is gone, and no time is left.
            async { told.await.unwrap_or_default() },
        ));
        runtime.spawn(async move {
            match serving.await {
                // Nobody waits for it when the program ends without stopping its parts.
                Ok(in_time) => drop(report.send(in_time)),
                Err(error) => problems.raise(stopped(&error.to_string())),
            }
        });
        Ok(Self { addr, certificates, closing, shutdown, ended })
    }

    /// Where it listens, with the port that the system chose when none was asked for.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.addr
    }

    /// Gives what a person compares between window and phone: the fingerprint of the local authority, as it is when asked.
    pub fn fingerprint(&self) -> impl Fn() -> Fingerprint + use<> {
        let certificates = Arc::clone(&self.certificates);
        move || Fingerprint { phrase: certificates.phrase(), digits: certificates.digits() }
    }

    /// Ends the streams, answers what is being asked and lets go. `false`: something had to be cut.
    #[must_use]
    pub fn stop(self, deadline: Duration) -> bool {
        let until = Instant::now() + deadline;
        // Both receivers are there as long as the server runs; if it does not, there is nothing to end.
        let _ = self.closing.send(true);
        let _ = self.shutdown.send(deadline.saturating_sub(CUTTING));
        self.ended.recv_timeout(until.saturating_duration_since(Instant::now())).unwrap_or(false)
    }
}

fn bind(
    runtime: &tokio::runtime::Handle,
    listen: SocketAddr,
) -> std::io::Result<(tokio::net::TcpListener, SocketAddr)> {
    let _within = runtime.enter();
    let socket = if listen.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // As the standard library does it: elsewhere the option lets two programs have one port.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    // Connections inherit it. A peer that went without a word is noticed also where nothing is to be sent.
    socket.set_keepalive(true)?;
    socket.bind(listen)?;
    let tcp = socket.listen(BACKLOG)?;
    let addr = tcp.local_addr()?;
    Ok((tcp, addr))
}

/// Keeps the certificate fit for the addresses that the computer has now.
async fn refresh(certificates: Arc<Certificates>, site: Arc<Site>, mut closed: watch::Receiver<bool>) {
    let mut told = None;
    loop {
        tokio::select! {
            // An error means that the server is gone altogether.
            _ = closed.wait_for(|closing| *closing) => return,
            () = tokio::time::sleep(REFRESH_EVERY) => {}
        }
        let looked_at = Arc::clone(&certificates);
        let looked = flow::off_thread(move || looked_at.refresh(&config::addresses())).await;
        let why = match looked {
            Ok(Ok(changed)) => {
                if changed {
                    tracing::info!("another certificate is in use now");
                    site.names.store(Arc::new(Names::new(certificates.host_names())));
                }
                None
            }
            Ok(Err(error)) => Some(error.to_string()),
            Err(error) => Some(error.to_string()),
        };
        // Once, not each minute.
        if told != why {
            match &why {
                Some(why) => {
                    tracing::warn!("the certificate stays as it is: {why}");
                    site.parts.problems.raise(no_new_certificate(why));
                }
                None => site.parts.problems.settle(ProblemKind::Server),
            }
            told = why;
        }
    }
}

fn no_new_certificate(why: &str) -> Problem {
    Problem {
        kind: ProblemKind::Server,
        since: flow::now(),
        what: format!("The certificate for phones stays as it is ({why})"),
        todo: "Mend what is named; it is looked at again each minute".to_owned(),
    }
}

fn stopped(why: &str) -> Problem {
    Problem {
        kind: ProblemKind::Server,
        since: flow::now(),
        what: format!("The server for phones stopped because of a fault ({why})"),
        todo: "Start Framekeep again".to_owned(),
    }
}
