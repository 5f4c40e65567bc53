//! Tickets: what the QR code carries. Each pairs one browser, once, within ten minutes.
//!
//! They live in memory only: after a restart the screen shows a fresh code.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::Duration;

use super::Role;
use super::secret::random_secret;
use crate::domain::Timestamp;

/// How long a ticket can be used.
const LIFETIME: Duration = Duration::from_mins(10);
/// Before its end a ticket is replaced on the screen, so that whoever scans the code has at least this long to open it.
const LAST_CALL: Duration = Duration::from_mins(1);
/// How long a ticket is remembered after its end, to tell people that it has expired and not that it never was.
const MEMORY: Duration = Duration::from_hours(1);
/// Most tickets that are remembered. Only tickets that were shown are; strangers cannot add any.
const MAX_REMEMBERED: usize = 1000;

/// A fresh ticket: the secret part of the QR code's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// 128 random bits in base64url: short enough for a QR code that a cheap phone reads across a table.
    pub secret: String,
    /// When it stops working.
    pub expires: Timestamp,
}

/// Why a ticket pairs nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TicketError {
    /// It was never made, or long ago, or before the last restart.
    #[error("this code is not known; scan the code on the screen again")]
    Unknown,
    /// Somebody has been paired with it.
    #[error("this code was used already; scan the code on the screen again")]
    Used,
    /// Its ten minutes are over.
    #[error("this code has expired; scan the code on the screen again")]
    Expired,
    /// It was shown for another address of this computer.
    #[error("this code is for the address {0} of this computer; scan the code on the screen again")]
    Elsewhere(IpAddr),
}

struct Issued {
    ticket: Ticket,
    role: Role,
    /// The address of this computer at which it is good; `None`: at any.
    address: Option<IpAddr>,
    made: Timestamp,
    used: bool,
}

impl Issued {
    /// A clock that was set back must not make a ticket live for hours, so one from the future has expired as well.
    fn expired(&self, now: Timestamp) -> bool {
        now >= self.ticket.expires || now.plus(LAST_CALL) < self.made
    }
}

/// All tickets that were shown lately, oldest first.
#[derive(Default)]
pub struct Tickets {
    issued: VecDeque<Issued>,
}

impl Tickets {
    /// The ticket to show now for an address: the same until it is used or nears its end, then a fresh one.
    pub fn current(&mut self, role: Role, address: Option<IpAddr>, now: Timestamp) -> Ticket {
        let address = address.map(|address| address.to_canonical());
        let fits = |issued: &&Issued| issued.role == role && issued.address == address;
        let shown = self.issued.iter().rev().filter(fits).find(|issued| !issued.used && !issued.expired(now));
        if let Some(issued) = shown
            && now.plus(LAST_CALL) < issued.ticket.expires
        {
            return issued.ticket.clone();
        }
        self.forget_old(now);
        let ticket = Ticket { secret: random_secret::<16>(), expires: now.plus(LIFETIME) };
        self.issued.push_back(Issued { ticket: ticket.clone(), role, address, made: now, used: false });
        ticket
    }

    /// Uses a ticket up that is shown at the address `reached` of this computer. Whoever comes second is told so.
    pub fn take(&mut self, secret: &str, reached: Option<IpAddr>, now: Timestamp) -> Result<Role, TicketError> {
        let issued =
            self.issued.iter_mut().find(|issued| issued.ticket.secret == secret).ok_or(TicketError::Unknown)?;
        if issued.used {
            return Err(TicketError::Used);
        }
        if issued.expired(now) {
            return Err(TicketError::Expired);
        }
        if let Some(address) = issued.address
            && reached.map(|reached| reached.to_canonical()) != Some(address)
        {
            return Err(TicketError::Elsewhere(address));
        }
        issued.used = true;
        Ok(issued.role)
    }

    /// Gives a ticket back, because pairing failed after it was taken.
    pub fn give_back(&mut self, secret: &str) {
        if let Some(issued) = self.issued.iter_mut().find(|issued| issued.ticket.secret == secret) {
            issued.used = false;
        }
    }

    /// Whether a ticket would still pair somebody.
    pub fn is_open(&self, secret: &str, now: Timestamp) -> bool {
        self.issued.iter().any(|issued| issued.ticket.secret == secret && !issued.used && !issued.expired(now))
    }

    fn forget_old(&mut self, now: Timestamp) {
        self.issued.retain(|issued| now < issued.ticket.expires.plus(MEMORY));
        while self.issued.len() >= MAX_REMEMBERED {
            self.issued.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_millis(1_000_000_000_000 + secs * 1000)
    }

    #[test]
    fn a_ticket_stays_the_same_until_it_is_used() {
        let mut tickets = Tickets::default();
        let first = tickets.current(Role::Camera, None, at(0));
        assert_eq!(tickets.current(Role::Camera, None, at(500)), first);
        assert_eq!(tickets.take(&first.secret, None, at(501)), Ok(Role::Camera));
        assert_ne!(tickets.current(Role::Camera, None, at(502)).secret, first.secret);
    }

    #[test]
    fn a_ticket_works_once_and_the_second_is_told_so() {
        let mut tickets = Tickets::default();
        let secret = tickets.current(Role::Camera, None, at(0)).secret;
        assert!(tickets.take(&secret, None, at(1)).is_ok());
        assert_eq!(tickets.take(&secret, None, at(2)), Err(TicketError::Used));
    }

    #[test]
    fn a_ticket_on_the_screen_can_be_used_for_another_minute() {
        let mut tickets = Tickets::default();
        for second in 0..3000 {
            let ticket = tickets.current(Role::Camera, None, at(second));
            assert!(ticket.expires > at(second + 60), "at {second} s");
        }
    }

    #[test]
    fn a_ticket_expires_after_ten_minutes_and_is_unknown_much_later() {
        let mut tickets = Tickets::default();
        let secret = tickets.current(Role::Camera, None, at(0)).secret;
        assert_eq!(tickets.take(&secret, None, at(600)), Err(TicketError::Expired));
        assert_eq!(tickets.take("never made", None, at(0)), Err(TicketError::Unknown));
        tickets.current(Role::Camera, None, at(600 + 3600));
        assert_eq!(tickets.take(&secret, None, at(600 + 3600)), Err(TicketError::Unknown));
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_lengthen_a_ticket_s_life() {
        let mut tickets = Tickets::default();
        let first = tickets.current(Role::Camera, None, at(100_000));
        assert_ne!(tickets.current(Role::Camera, None, at(0)), first);
        assert_eq!(tickets.take(&first.secret, None, at(0)), Err(TicketError::Expired));
    }

    #[test]
    fn the_operator_s_ticket_is_another() {
        let mut tickets = Tickets::default();
        let camera = tickets.current(Role::Camera, None, at(0));
        let operator = tickets.current(Role::Operator, None, at(0));
        assert_ne!(camera, operator);
        assert_eq!(tickets.current(Role::Camera, None, at(1)), camera);
        assert_eq!(tickets.take(&operator.secret, None, at(1)), Ok(Role::Operator));
    }

    #[test]
    fn tickets_do_not_pile_up() {
        let mut tickets = Tickets::default();
        for _ in 0..3 * MAX_REMEMBERED {
            let secret = tickets.current(Role::Camera, None, at(0)).secret;
            tickets.take(&secret, None, at(0)).unwrap();
        }
        assert!(tickets.issued.len() <= MAX_REMEMBERED);
    }

    #[test]
    fn a_ticket_is_good_at_the_address_that_its_code_names_and_not_used_up_elsewhere() {
        let mut tickets = Tickets::default();
        let ip = |text: &str| Some(text.parse::<IpAddr>().unwrap());
        let home = ip("192.168.1.23");
        let ticket = tickets.current(Role::Camera, home, at(0));
        assert_ne!(tickets.current(Role::Camera, ip("10.0.0.4"), at(1)), ticket, "another address, another ticket");
        for elsewhere in [ip("10.0.0.4"), ip("127.0.0.1"), None] {
            assert_eq!(tickets.take(&ticket.secret, elsewhere, at(2)), Err(TicketError::Elsewhere(home.unwrap())));
        }
        assert!(tickets.is_open(&ticket.secret, at(3)));
        assert_eq!(tickets.take(&ticket.secret, ip("::ffff:192.168.1.23"), at(3)), Ok(Role::Camera));
        assert!(!tickets.is_open(&ticket.secret, at(4)));
    }
}
