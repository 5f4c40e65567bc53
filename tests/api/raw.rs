//! Rude clients: bytes over TLS as no library would send them.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::house::{House, SOON};

/// One connection.
pub struct Line {
    tls: StreamOwned<ClientConnection, TcpStream>,
    read: Vec<u8>,
}

impl Line {
    pub fn open(house: &House) -> Self {
        Self::over(TcpStream::connect(house.addr).unwrap(), &house.authority)
    }

    /// Over a connection that is there, trusting this authority.
    pub fn over(tcp: TcpStream, authority: &[u8]) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(authority).unwrap()).unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().unwrap();
        let config = Arc::new(builder.with_root_certificates(roots).with_no_client_auth());
        tcp.set_nodelay(true).unwrap();
        tcp.set_read_timeout(Some(SOON)).unwrap();
        let connection = ClientConnection::new(config, "127.0.0.1".try_into().unwrap()).unwrap();
        Self { tls: StreamOwned::new(connection, tcp), read: Vec::new() }
    }

    pub fn write(&mut self, bytes: impl AsRef<[u8]>) -> std::io::Result<()> {
        self.tls.write_all(bytes.as_ref())?;
        self.tls.flush()
    }

    /// Sends the head of a request: its first line and headers; `Host` is added.
    pub fn head(&mut self, house: &House, first: &str, headers: &[(&str, &str)]) {
        let mut head = format!("{first} HTTP/1.1\r\nHost: {}\r\n", house.addr);
        for (name, value) in headers {
            head.extend([name, ": ", value, "\r\n"]);
        }
        self.write(head + "\r\n").unwrap();
    }

    /// Reads until `wanted` stands in what was read, and returns all of it. `None`: the other end closed before.
    pub fn read_until(&mut self, wanted: &str, within: Duration) -> Option<String> {
        let there = |bytes: &[u8]| bytes.windows(wanted.len()).any(|window| window == wanted.as_bytes());
        self.read_while(wanted, within, |bytes| !there(bytes))?;
        Some(String::from_utf8_lossy(&self.read).into_owned())
    }

    /// Reads for so long and returns all that was read.
    pub fn read_for(&mut self, time: Duration) -> String {
        let deadline = Instant::now() + time;
        let mut chunk = [0; 16384];
        while let Some(left) = deadline.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
            self.tls.sock.set_read_timeout(Some(left)).unwrap();
            match self.tls.read(&mut chunk) {
                Ok(0) => break,
                Ok(length) => self.read.extend_from_slice(&chunk[..length]),
                Err(error) => assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}"),
            }
        }
        String::from_utf8_lossy(&self.read).into_owned()
    }

    /// Reads until what was read is enough. `None`: the other end closed before.
    pub fn read_while(&mut self, wanted: &str, within: Duration, more: impl Fn(&[u8]) -> bool) -> Option<()> {
        let deadline = Instant::now() + within;
        loop {
            if !more(&self.read) {
                return Some(());
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let text = String::from_utf8_lossy(&self.read);
            assert!(!left.is_zero(), "{wanted:?} did not come in {within:?}; this did: {text}");
            self.tls.sock.set_read_timeout(Some(left.max(Duration::from_millis(1)))).unwrap();
            let mut chunk = [0; 16384];
            match self.tls.read(&mut chunk) {
                Ok(0) => return None,
                Ok(length) => self.read.extend_from_slice(&chunk[..length]),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(_) => return None,
            }
        }
    }

    /// All bytes that were read and not forgotten.
    pub fn bytes(&self) -> &[u8] {
        &self.read
    }

    /// Reads what has come meanwhile, if anything.
    pub fn read_more(&mut self) {
        self.tls.sock.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        let mut chunk = [0; 16384];
        if let Ok(length) = self.tls.read(&mut chunk) {
            self.read.extend_from_slice(&chunk[..length]);
        }
    }

    /// The status, if an answer has come already.
    pub fn peek_status(&mut self) -> Option<u16> {
        self.read_more();
        String::from_utf8_lossy(&self.read).split(' ').nth(1)?.parse().ok()
    }

    /// Forgets the first bytes of what was read.
    pub fn forget(&mut self, bytes: usize) {
        self.read.drain(..bytes);
    }

    /// The status of the answer.
    pub fn status(&mut self) -> u16 {
        let text = self.read_until("\r\n\r\n", SOON).expect("an answer");
        text.split(' ').nth(1).unwrap().parse().unwrap()
    }

    /// Whether the other end closes.
    pub fn is_closed_within(&mut self, within: Duration) -> bool {
        let deadline = Instant::now() + within;
        self.tls.sock.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        while Instant::now() < deadline {
            let mut chunk = [0; 16384];
            match self.tls.read(&mut chunk) {
                Ok(0) => return true,
                Ok(_) => {}
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(_) => return true,
            }
        }
        false
    }
}
