//! When the system runs out of file descriptors the door stays where it is, and opens again by itself.
//!
//! A test of its own, because it takes descriptors away from its whole process.
#![cfg(unix)]

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use framekeep::server::certificate::Certificates;
use framekeep::server::{help, listener};

#[test]
fn a_phone_that_comes_while_descriptors_are_short_is_served_when_they_are_back() {
    let few = libc::rlimit { rlim_cur: 200, rlim_max: 200 };
    // SAFETY: the value is valid for reads; lowering the limits of this test's own process concerns nobody else.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const few) }, 0);
    let folder = tempfile::tempdir().unwrap();
    let certificates = Arc::new(Certificates::open(folder.path(), &[]).unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let tcp = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let addr = tcp.local_addr().unwrap();
    let pages = help::routes(Arc::clone(&certificates), Arc::new(|_, _| {}));
    let config = certificates.server_config();
    let for_ever = std::future::pending::<Duration>();
    let door = runtime.spawn(listener::serve(
        tcp,
        config,
        pages.clone(),
        pages,
        listener::Limits::default(),
        Arc::new(|_, _| {}),
        for_ever,
    ));

    let mut hoard: Vec<File> = std::iter::from_fn(|| File::open("/dev/null").ok()).collect();
    assert!(hoard.len() > 50, "the limit holds: {}", hoard.len());
    hoard.pop();
    // Takes the one that is left; the system itself completes the connection, and the door cannot take it.
    let mut phone = TcpStream::connect(addr).unwrap();
    phone.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    phone.set_read_timeout(Some(Duration::from_millis(700))).unwrap();
    let mut buffer = [0; 4096];
    let error = phone.read(&mut buffer).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}");

    drop(hoard);
    phone.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let read = phone.read(&mut buffer).unwrap();
    assert!(buffer[..read].starts_with(b"HTTP/1.1 200"));
    assert!(!door.is_finished());
}
