//! Who is on the line: how many connections there are, what each is doing, and which go when there are too many.
//!
//! A connection that has asked nothing yet is cheap to open for whoever wants to harm us and cheap to open again for a
//! phone. So these go first, the oldest before all others: a phone asks within a fraction of a second. A connection on
//! which something is going on is never cut for another's sake. It knows no sockets and reads no clock.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::slow::Pace;

/// How many connections there may be, and how long each may take for what.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Most connections in all.
    pub total: usize,
    /// Most from one address (for IPv6 from one network of 64 bits).
    pub per_address: usize,
    /// Most from this computer itself: a proxy before us speaks for everybody.
    pub from_loopback: usize,
    /// Until the first byte.
    pub first_byte: Duration,
    /// From there to the end of the TLS handshake.
    pub handshake: Duration,
    /// From there to the end of the first request's head.
    pub first_request: Duration,
    /// Between two requests.
    pub idle: Duration,
    /// How long a peer may take nothing of what we send.
    pub stalled: Duration,
    /// How slowly a request's body may come.
    pub pace: Pace,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            total: 1024,
            per_address: 64,
            from_loopback: 512,
            first_byte: Duration::from_secs(5),
            handshake: Duration::from_secs(10),
            first_request: Duration::from_secs(10),
            idle: Duration::from_secs(75),
            stalled: Duration::from_secs(30),
            pace: Pace::default(),
        }
    }
}

/// Number of a connection.
pub type LineId = u64;

/// What a connection is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Not a byte has come.
    Silent,
    /// In the TLS handshake.
    Shaking,
    /// Open; nothing has been asked yet.
    Unasked,
    /// So many requests are being read, worked on or answered; none: between two requests.
    Asked(usize),
}

struct Line {
    from: IpAddr,
    phase: Phase,
    /// Since when it is in this phase, and for the order in which connections go.
    since: Instant,
    admitted: Instant,
    /// Since when the peer takes nothing of what we send.
    stalled_since: Option<Instant>,
    cut: Arc<Notify>,
}

/// All connections.
pub struct Connections {
    limits: Limits,
    lines: HashMap<LineId, Line>,
    per_address: HashMap<IpAddr, usize>,
    next: LineId,
}

impl Connections {
    /// None yet.
    pub fn new(limits: Limits) -> Self {
        Self { limits, lines: HashMap::new(), per_address: HashMap::new(), next: 0 }
    }

    /// Takes a new connection in, if need be in the place of one that has asked nothing or is idle. `None`: there is no
    /// such. The connection must end when it is notified.
    pub fn admit(&mut self, address: IpAddr, now: Instant) -> Option<(LineId, Arc<Notify>)> {
        let from = household(address);
        let most = if from.is_loopback() { self.limits.from_loopback } else { self.limits.per_address };
        let of_address = self.per_address.get(&from).copied().unwrap_or(0);
        if of_address >= most {
            self.cut_one(Some(from))?;
        }
        if self.lines.len() >= self.limits.total {
            self.cut_one(None)?;
        }
        let id = self.next;
        self.next += 1;
        let cut = Arc::new(Notify::new());
        let line =
            Line { from, phase: Phase::Silent, since: now, admitted: now, stalled_since: None, cut: Arc::clone(&cut) };
        self.lines.insert(id, line);
        *self.per_address.entry(from).or_default() += 1;
        Some((id, cut))
    }

    /// The connection does something else now.
    pub fn enter(&mut self, id: LineId, phase: Phase, now: Instant) {
        if let Some(line) = self.lines.get_mut(&id) {
            line.phase = phase;
            line.since = now;
        }
    }

    /// A request has come.
    pub fn begin_request(&mut self, id: LineId, now: Instant) {
        if let Some(line) = self.lines.get_mut(&id) {
            let going_on = if let Phase::Asked(requests) = line.phase { requests } else { 0 };
            line.phase = Phase::Asked(going_on + 1);
            line.since = now;
        }
    }

    /// A request is answered to the end, or its connection is gone.
    pub fn end_request(&mut self, id: LineId, now: Instant) {
        if let Some(line) = self.lines.get_mut(&id)
            && let Phase::Asked(requests) = line.phase
        {
            line.phase = Phase::Asked(requests.saturating_sub(1));
            line.since = now;
        }
    }

    /// The peer takes nothing, since then; or it takes something again.
    pub fn stall(&mut self, id: LineId, since: Option<Instant>) {
        if let Some(line) = self.lines.get_mut(&id) {
            line.stalled_since = since;
        }
    }

    /// The connection is over.
    pub fn leave(&mut self, id: LineId) {
        let Some(line) = self.lines.remove(&id) else { return };
        if let Some(count) = self.per_address.get_mut(&line.from) {
            *count -= 1;
            if *count == 0 {
                self.per_address.remove(&line.from);
            }
        }
    }

    /// Cuts every connection whose time is over.
    pub fn sweep(&mut self, now: Instant) {
        let limits = self.limits;
        let over: Vec<_> =
            self.lines.iter().filter(|(_, line)| line.is_over(&limits, now)).map(|(id, _)| *id).collect();
        for id in over {
            self.cut(id);
        }
    }

    /// Cuts the connection that is least missed: of that address, or of all. `None`: all are busy.
    pub fn cut_one(&mut self, from: Option<IpAddr>) -> Option<()> {
        let candidates = self.lines.iter().filter(|(_, line)| from.is_none_or(|from| line.from == from));
        let ranked = candidates.filter_map(|(id, line)| Some((line.rank()?, *id)));
        let (_, id) = ranked.min()?;
        self.cut(id);
        Some(())
    }

    /// Cuts every connection that has asked nothing yet.
    pub fn cut_unasked(&mut self) {
        let unasked = self.lines.iter().filter(|(_, line)| !matches!(line.phase, Phase::Asked(_)));
        for id in unasked.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.cut(id);
        }
    }

    /// How many there are.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    fn cut(&mut self, id: LineId) {
        if let Some(line) = self.lines.get(&id) {
            line.cut.notify_one();
        }
        // It no longer counts, though its task may need a moment to close the socket.
        self.leave(id);
    }
}

impl Line {
    fn is_over(&self, limits: &Limits, now: Instant) -> bool {
        let most = match self.phase {
            Phase::Silent => limits.first_byte,
            Phase::Shaking => limits.handshake,
            Phase::Unasked => limits.first_request,
            Phase::Asked(0) => limits.idle,
            // A request's body has a guard of its own, and an answer may stream for hours.
            Phase::Asked(_) => Duration::MAX,
        };
        let stalled = self.stalled_since.is_some_and(|since| now.saturating_duration_since(since) >= limits.stalled);
        stalled || now.saturating_duration_since(self.since) >= most
    }

    /// Least missed first; `None`: not to be cut for another.
    fn rank(&self) -> Option<(u8, Instant)> {
        match self.phase {
            Phase::Silent | Phase::Shaking | Phase::Unasked => Some((0, self.admitted)),
            Phase::Asked(0) => Some((1, self.since)),
            Phase::Asked(_) => None,
        }
    }
}

/// What counts as one address. A household has a whole network of 64 bits in IPv6, and so has whoever wants to harm us.
pub fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) if !address.is_loopback() => {
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)))
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PHONE: &str = "192.168.1.20";
    const STRANGER: &str = "192.168.1.66";

    struct Clock {
        start: Instant,
    }

    impl Clock {
        fn at(&self, secs: u64) -> Instant {
            self.start + Duration::from_secs(secs)
        }
    }

    fn small() -> (Connections, Clock) {
        let limits = Limits { total: 4, per_address: 3, from_loopback: 4, ..Limits::default() };
        (Connections::new(limits), Clock { start: Instant::now() })
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn is_cut(cut: &Arc<Notify>) -> bool {
        use futures_util::FutureExt;
        cut.notified().now_or_never().is_some()
    }

    #[test]
    fn a_connection_that_says_nothing_is_cut_after_five_seconds() {
        let (mut lines, clock) = small();
        let (_, cut) = lines.admit(ip(STRANGER), clock.at(0)).unwrap();
        lines.sweep(clock.at(4));
        assert!(!is_cut(&cut));
        lines.sweep(clock.at(5));
        assert!(is_cut(&cut) && lines.len() == 0);
    }

    #[test]
    fn each_phase_has_its_own_time() {
        for (phase, secs) in [(Phase::Silent, 5), (Phase::Shaking, 10), (Phase::Unasked, 10), (Phase::Asked(0), 75)] {
            let (mut lines, clock) = small();
            let (id, _cut) = lines.admit(ip(PHONE), clock.at(0)).unwrap();
            lines.enter(id, phase, clock.at(100));
            lines.sweep(clock.at(100 + secs - 1));
            assert_eq!(lines.len(), 1, "{phase:?}");
            lines.sweep(clock.at(100 + secs));
            assert_eq!(lines.len(), 0, "{phase:?}");
        }
    }

    #[test]
    fn an_answer_may_stream_for_hours_unless_nobody_takes_it() {
        let (mut lines, clock) = small();
        let (id, cut) = lines.admit(ip(PHONE), clock.at(0)).unwrap();
        lines.begin_request(id, clock.at(0));
        lines.sweep(clock.at(36_000));
        assert!(!is_cut(&cut));
        lines.stall(id, Some(clock.at(36_000)));
        lines.stall(id, None);
        lines.sweep(clock.at(36_030));
        assert!(!is_cut(&cut));
        lines.stall(id, Some(clock.at(36_030)));
        lines.sweep(clock.at(36_060));
        assert!(is_cut(&cut));
    }

    #[test]
    fn the_oldest_connection_without_a_request_makes_room_for_a_new_one() {
        let (mut lines, clock) = small();
        let (first, cut_first) = lines.admit(ip(PHONE), clock.at(0)).unwrap();
        lines.begin_request(first, clock.at(0));
        let (_, cut_second) = lines.admit(ip(STRANGER), clock.at(1)).unwrap();
        let (_, cut_third) = lines.admit(ip(STRANGER), clock.at(2)).unwrap();
        lines.admit(ip("10.0.0.1"), clock.at(3)).unwrap();
        lines.admit(ip("10.0.0.2"), clock.at(3)).unwrap();
        assert!(is_cut(&cut_second) && !is_cut(&cut_first) && !is_cut(&cut_third));
        assert_eq!(lines.len(), 4);
    }

    #[test]
    fn an_idle_connection_goes_after_the_silent_ones_and_a_busy_one_never() {
        let (mut lines, clock) = small();
        let mut all: Vec<_> = (0..4).map(|n| lines.admit(ip(&format!("10.0.0.{n}")), clock.at(n)).unwrap()).collect();
        for (id, _) in &all {
            lines.begin_request(*id, clock.at(5));
        }
        assert!(lines.admit(ip(PHONE), clock.at(6)).is_none(), "all are busy");
        let (idle, cut_idle) = all.remove(2);
        lines.end_request(idle, clock.at(7));
        lines.admit(ip(PHONE), clock.at(8)).unwrap();
        assert!(is_cut(&cut_idle));
        assert!(all.iter().all(|(_, cut)| !is_cut(cut)));
    }

    #[test]
    fn one_address_cannot_take_the_place_of_others() {
        let (mut lines, clock) = small();
        let (_, cut_phone) = lines.admit(ip(PHONE), clock.at(0)).unwrap();
        for second in 1..100 {
            lines.admit(ip(STRANGER), clock.at(second)).unwrap();
        }
        assert!(!is_cut(&cut_phone));
        assert_eq!(lines.len(), 4);
    }

    #[test]
    fn addresses_of_one_network_of_ipv6_count_as_one() {
        assert_eq!(household(ip("2001:db8::1")), household(ip("2001:db8::ffff:2")));
        assert_ne!(household(ip("2001:db8::1")), household(ip("2001:db8:0:1::1")));
        assert_eq!(household(ip("::ffff:10.0.0.1")), ip("10.0.0.1"));
        assert!(household(ip("::1")).is_loopback());
    }

    #[test]
    fn requests_side_by_side_are_counted() {
        let (mut lines, clock) = small();
        let (id, _cut) = lines.admit(ip(PHONE), clock.at(0)).unwrap();
        lines.begin_request(id, clock.at(0));
        lines.begin_request(id, clock.at(0));
        lines.end_request(id, clock.at(1));
        lines.sweep(clock.at(1000));
        assert_eq!(lines.len(), 1);
        lines.end_request(id, clock.at(1000));
        lines.sweep(clock.at(1074));
        assert_eq!(lines.len(), 1);
        lines.sweep(clock.at(1075));
        assert_eq!(lines.len(), 0);
        assert!(lines.per_address.is_empty());
    }
}
