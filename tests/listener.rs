//! The door holds: silent, slow and greedy peers are shown out, everybody else is served, over TLS and in the clear.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use framekeep::server::certificate::Certificates;
use framekeep::server::listener::{Limits, Peer, serve};
use framekeep::server::slow::Pace;
use futures_util::StreamExt;
use tokio::sync::oneshot;
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use warp::Filter;

type Tls = StreamOwned<ClientConnection, TcpStream>;

/// Longest that anything may take that should happen soon.
const SOON: Duration = Duration::from_secs(20);

/// A door with a route that echoes, one that streams for ever and one that floods.
struct Door {
    addr: SocketAddr,
    certificates: Certificates,
    stop: Option<oneshot::Sender<Duration>>,
    stopped: std::sync::mpsc::Receiver<bool>,
    flood_ended: Arc<AtomicBool>,
    _runtime: tokio::runtime::Runtime,
    _folder: tempfile::TempDir,
}

impl Door {
    fn open() -> Self {
        Self::with(Limits::default())
    }

    fn with(limits: Limits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let certificates = Certificates::open(folder.path(), &[]).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let tcp = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let addr = tcp.local_addr().unwrap();
        let flood_ended = Arc::new(AtomicBool::new(false));
        let (stop, told) = oneshot::channel::<Duration>();
        let (report, stopped) = std::sync::mpsc::channel();
        let secure = routes(Arc::clone(&flood_ended)).boxed();
        let plain =
            warp::any().and(warp::ext::get::<Peer>()).map(|peer: Peer| format!("help, tls {}", peer.tls)).boxed();
        let config = certificates.server_config();
        runtime.spawn(async move {
            let told = async { told.await.unwrap_or_default() };
            let _ = report.send(serve(tcp, config, secure, plain, limits, Arc::new(|_, _| {}), told).await);
        });
        Self { addr, certificates, stop: Some(stop), stopped, flood_ended, _runtime: runtime, _folder: folder }
    }

    fn tcp(&self) -> TcpStream {
        let stream = TcpStream::connect(self.addr).unwrap();
        stream.set_read_timeout(Some(SOON)).unwrap();
        stream.set_write_timeout(Some(SOON)).unwrap();
        stream
    }

    fn tls(&self, protocols: &[&str]) -> Tls {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificates.authority_der().unwrap().into()).unwrap();
        let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let mut config = builder.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        let name = "127.0.0.1".try_into().unwrap();
        let mut tls = StreamOwned::new(ClientConnection::new(Arc::new(config), name).unwrap(), self.tcp());
        while tls.conn.is_handshaking() {
            tls.conn.complete_io(&mut tls.sock).unwrap();
        }
        tls
    }

    fn stop(&mut self, grace: Duration) -> bool {
        self.stop.take().unwrap().send(grace).unwrap();
        self.stopped.recv_timeout(SOON).unwrap()
    }
}

fn routes(flood_ended: Arc<AtomicBool>) -> impl Filter<Extract = (impl warp::Reply,), Error = warp::Rejection> + Clone {
    let who =
        warp::path("who").and(warp::ext::get::<Peer>()).map(|peer: Peer| format!("{} tls {}", peer.addr, peer.tls));
    let count = warp::path("count").and(warp::body::bytes()).map(|body: Bytes| body.len().to_string());
    // Looks at its body only after a while: that is our own slowness and not the peer's.
    let late = warp::path("late")
        .and(warp::any().then(|| tokio::time::sleep(Duration::from_millis(900))))
        .and(warp::body::bytes())
        .map(|(), body: Bytes| body.len().to_string());
    let forever = warp::path("forever").map(|| {
        let first = futures_util::stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"first"))]);
        warp::reply::stream(first.chain(futures_util::stream::pending()))
    });
    let flood = warp::path("flood").map(move || {
        let ended = SetOnDrop(Arc::clone(&flood_ended));
        let chunk = Bytes::from(vec![0; 65536]);
        let endless = futures_util::stream::repeat_with(move || {
            let _held = &ended;
            Ok::<_, std::io::Error>(chunk.clone())
        });
        warp::reply::stream(endless)
    });
    who.or(count).or(late).or(forever).or(flood)
}

struct SetOnDrop(Arc<AtomicBool>);

impl Drop for SetOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Sends a request and reads the answer up to the end of its body, which must have a length.
fn ask(stream: &mut (impl Read + Write), request: &str) -> String {
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&answer).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).map(str::parse::<usize>);
            if body.len() >= length.and_then(Result::ok).unwrap_or(0) {
                return text;
            }
        }
        let read = stream.read(&mut buffer).unwrap();
        assert!(read > 0, "the connection ended after {text:?}");
        answer.extend_from_slice(&buffer[..read]);
    }
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")
}

/// Waits until the other side ends the connection, and says after how long.
fn end_of(stream: &mut TcpStream) -> Duration {
    let begin = Instant::now();
    let mut rest = Vec::new();
    match stream.read_to_end(&mut rest) {
        Ok(_) => {}
        Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}"),
    }
    begin.elapsed()
}

fn wait_until(what: &str, mut true_now: impl FnMut() -> bool) {
    let end = Instant::now() + SOON;
    while !true_now() {
        assert!(Instant::now() < end, "{what}: not within {SOON:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn one_port_answers_tls_and_plain_http_and_every_request_knows_its_peer() {
    let door = Door::open();
    let mut tls = door.tls(&[]);
    let answer = ask(&mut tls, &get("/who"));
    let own = tls.sock.local_addr().unwrap();
    assert!(answer.ends_with(&format!("{own} tls true")), "{answer}");
    let answer = ask(&mut door.tcp(), &get("/who"));
    assert!(answer.ends_with("help, tls false"), "{answer}");
}

#[test]
fn a_connection_serves_many_requests() {
    let door = Door::open();
    let mut tls = door.tls(&["http/1.1"]);
    for _ in 0..20 {
        assert!(ask(&mut tls, &get("/who")).starts_with("HTTP/1.1 200"));
    }
}

#[test]
fn http_2_and_http_1_1_are_offered_and_spoken() {
    let door = Door::open();
    let one = door.tls(&["http/1.1"]);
    assert_eq!(one.conn.alpn_protocol(), Some(&b"http/1.1"[..]));
    let mut two = door.tls(&["h2", "http/1.1"]);
    assert_eq!(two.conn.alpn_protocol(), Some(&b"h2"[..]));
    // Preface, empty SETTINGS, and HEADERS of stream 1: GET https://localhost/who (RFC 9113, RFC 7541 appendix A).
    two.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00").unwrap();
    let head = b"\x82\x87\x04\x04/who\x01\x09localhost";
    two.write_all(&[0, 0, u8::try_from(head.len()).unwrap(), 1, 5, 0, 0, 0, 1]).unwrap();
    two.write_all(head).unwrap();
    loop {
        let mut frame = [0; 9];
        two.read_exact(&mut frame).unwrap();
        let mut payload = vec![0; u32::from_be_bytes([0, frame[0], frame[1], frame[2]]) as usize];
        two.read_exact(&mut payload).unwrap();
        if frame[3] == 1 {
            // The indexed field ":status: 200".
            assert_eq!((frame[8], payload[0]), (1, 0x88));
            break;
        }
    }
}

#[test]
fn who_does_not_trust_the_authority_gets_no_further_than_the_handshake() {
    let (door, other) = (Door::open(), Door::open());
    let mut roots = RootCertStore::empty();
    roots.add(other.certificates.authority_der().unwrap().into()).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(builder.with_root_certificates(roots).with_no_client_auth());
    let mut client = ClientConnection::new(config, "127.0.0.1".try_into().unwrap()).unwrap();
    let error = client.complete_io(&mut door.tcp()).unwrap_err();
    assert!(error.to_string().contains("certificate"), "{error}");
}

#[test]
fn another_certificate_is_used_at_once_and_open_connections_live_on() {
    let door = Door::open();
    let mut old = door.tls(&[]);
    let first = old.conn.peer_certificates().unwrap()[0].clone();
    assert!(door.certificates.refresh(&["192.168.77.1".parse().unwrap()]).unwrap());
    let new = door.tls(&[]);
    assert_ne!(new.conn.peer_certificates().unwrap()[0], first);
    assert!(ask(&mut old, &get("/who")).starts_with("HTTP/1.1 200"));
}

#[test]
fn a_thousand_connections_that_say_nothing_do_not_keep_a_phone_out() {
    let door = Door::open();
    let mut phone = door.tls(&[]);
    ask(&mut phone, &get("/who"));
    let silent: Vec<_> = (0..1000).map(|_| door.tcp()).collect();
    let begin = Instant::now();
    for _ in 0..5 {
        assert!(ask(&mut door.tls(&[]), &get("/who")).starts_with("HTTP/1.1 200"));
    }
    assert!(ask(&mut phone, &get("/who")).starts_with("HTTP/1.1 200"), "and its open connection lives on");
    assert!(begin.elapsed() < Duration::from_secs(4), "served before the silent ones were over: {:?}", begin.elapsed());
    for mut stream in silent {
        end_of(&mut stream);
    }
    assert!(begin.elapsed() < Duration::from_secs(10), "all were cut after five seconds: {:?}", begin.elapsed());
}

#[test]
fn a_head_that_comes_too_slowly_is_cut_in_the_clear_and_over_tls() {
    let limits = Limits { first_request: Duration::from_millis(600), ..Limits::default() };
    let door = Door::with(limits);
    let mut plain = door.tcp();
    plain.write_all(b"GET / HT").unwrap();
    let took = end_of(&mut plain);
    assert!(took > Duration::from_millis(400) && took < Duration::from_secs(5), "{took:?}");
    let mut tls = door.tls(&[]);
    tls.write_all(b"GET / HTTP/1.1\r\nHost:").unwrap();
    let took = end_of(&mut tls.sock);
    assert!(took > Duration::from_millis(400) && took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn a_handshake_that_stops_in_the_middle_is_cut() {
    let door = Door::with(Limits { handshake: Duration::from_millis(500), ..Limits::default() });
    let mut stream = door.tcp();
    stream.write_all(&[0x16, 3, 1]).unwrap();
    assert!(end_of(&mut stream) < Duration::from_secs(5));
}

#[test]
fn an_idle_connection_is_closed_and_one_with_an_open_stream_is_not() {
    let door = Door::with(Limits { idle: Duration::from_millis(500), ..Limits::default() });
    let (mut idle, mut streaming) = (door.tls(&["http/1.1"]), door.tls(&["http/1.1"]));
    ask(&mut idle, &get("/who"));
    ask(&mut streaming, &get("/forever"));
    assert!(end_of(&mut idle.sock) < Duration::from_secs(5));
    streaming.sock.set_read_timeout(Some(Duration::from_millis(800))).unwrap();
    let mut buffer = [0; 16384];
    let outcome = loop {
        match streaming.sock.read(&mut buffer) {
            Ok(n) if n > 0 => {}
            outcome => break outcome,
        }
    };
    assert_eq!(outcome.unwrap_err().kind(), ErrorKind::WouldBlock, "still open, and nothing to read");
}

#[test]
fn a_body_that_dribbles_is_answered_408_and_one_with_pauses_is_taken() {
    let pace = Pace { window: Duration::from_millis(700), least_bytes: 100 };
    let door = Door::with(Limits { pace, ..Limits::default() });
    let post = "POST /count HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n";

    let mut silent = door.tls(&["http/1.1"]);
    let answer = ask(&mut silent, post);
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("\"code\":\"too_slow\""), "{answer}");

    let mut dribbling = door.tls(&["http/1.1"]);
    dribbling.write_all(post.as_bytes()).unwrap();
    let begin = Instant::now();
    // A byte at a time comes often enough, but is far less than the least rate.
    while begin.elapsed() < Duration::from_millis(1200) && dribbling.write_all(b"x").is_ok() {
        std::thread::sleep(Duration::from_millis(40));
    }
    let answer = ask(&mut dribbling, "");
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");

    let mut pausing = door.tls(&["http/1.1"]);
    pausing.write_all(post.as_bytes()).unwrap();
    for _ in 0..4 {
        std::thread::sleep(Duration::from_millis(300));
        pausing.write_all(&[b'x'; 250]).unwrap();
    }
    let answer = ask(&mut pausing, "");
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("1000"), "{answer}");
}

#[test]
fn a_refusal_in_the_middle_of_a_body_reaches_the_peer() {
    let door = Door::open();
    for _ in 0..5 {
        let mut phone = door.tls(&["http/1.1"]);
        phone.write_all(b"POST /who HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3000000\r\n\r\n").unwrap();
        for _ in 0..30 {
            phone.write_all(&vec![b'x'; 50_000]).unwrap();
        }
        assert!(ask(&mut phone, "").starts_with("HTTP/1.1 200"));
    }
}

#[test]
fn our_own_slowness_is_not_held_against_the_peer() {
    let pace = Pace { window: Duration::from_millis(400), least_bytes: 10_000 };
    let door = Door::with(Limits { pace, ..Limits::default() });
    let answer = ask(&mut door.tls(&[]), "POST /late HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc");
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with('3'), "{answer}");
}

#[test]
fn a_peer_that_takes_nothing_of_what_it_asked_for_is_cut() {
    let door = Door::with(Limits { stalled: Duration::from_millis(500), ..Limits::default() });
    let mut greedy = door.tls(&["http/1.1"]);
    greedy.write_all(get("/flood").as_bytes()).unwrap();
    wait_until("the flood ends", || door.flood_ended.load(Ordering::Relaxed));
}

#[test]
fn a_stop_with_nothing_going_on_is_quick_and_refuses_new_connections() {
    let mut door = Door::open();
    let (mut idle, mut silent) = (door.tls(&["http/1.1"]), door.tcp());
    ask(&mut idle, &get("/who"));
    let begin = Instant::now();
    assert!(door.stop(Duration::from_secs(10)));
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    end_of(&mut silent);
    end_of(&mut idle.sock);
    assert!(TcpStream::connect(door.addr).is_err());
}

#[test]
fn a_stop_waits_for_open_streams_only_as_long_as_it_was_told() {
    let mut door = Door::open();
    let mut streaming = door.tls(&["http/1.1"]);
    ask(&mut streaming, &get("/forever"));
    let begin = Instant::now();
    assert!(!door.stop(Duration::from_millis(400)), "a stream had to be cut");
    assert!(begin.elapsed() >= Duration::from_millis(400) && begin.elapsed() < Duration::from_secs(5));
    end_of(&mut streaming.sock);
}

#[test]
fn a_stop_lets_what_is_being_answered_be_answered() {
    let mut door = Door::open();
    let mut late = door.tls(&["http/1.1"]);
    late.write_all(b"POST /late HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc").unwrap();
    // Its handler sleeps for most of a second; by then the stop below has long begun.
    std::thread::sleep(Duration::from_millis(200));
    let asking = std::thread::spawn(move || ask(&mut late, ""));
    assert!(door.stop(Duration::from_secs(10)));
    assert!(asking.join().unwrap().ends_with('3'));
}
