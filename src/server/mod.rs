//! The LAN server: TLS, routes, the phone's page. It changes nothing by itself but through intake, access, library and control.

pub mod certificate;
mod connections;
pub mod help;
pub mod listener;
pub mod slow;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::access::Access;
use crate::bus::{Bus, Latest, Problems};
use crate::control::Controls;
use crate::intake::Door;
use crate::library::Library;

/// What the server needs.
#[derive(Clone)]
pub struct Parts {
    pub access: Arc<Access>,
    pub library: Arc<Library>,
    pub door: Arc<Door>,
    pub latest: Latest,
    pub bus: Bus,
    pub problems: Problems,
    pub controls: Controls,
    /// Folder of keys and certificates.
    pub certificates: PathBuf,
}

pub struct Server;

impl Server {
    /// Binds, makes or reads the certificates and serves on `runtime`.
    pub fn start(_runtime: &tokio::runtime::Handle, _listen: SocketAddr, _parts: Parts) -> Result<Self, ServerError> {
        todo!()
    }
    pub fn local_addr(&self) -> SocketAddr {
        todo!()
    }
    /// Words by which a person compares the authority on phone and window.
    pub fn fingerprint(&self) -> String {
        todo!()
    }
    pub fn stop(self, _deadline: Duration) -> bool {
        todo!()
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    #[error("failed to listen on {addr}: {source}; choose another with --listen ADDR:PORT")]
    Listen { addr: SocketAddr, source: std::io::Error },
    #[error("failed to prepare the certificate: {0}")]
    Certificate(String),
}
