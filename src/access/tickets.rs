//! Tickets: what the QR code carries. Each pairs one browser, once, within ten minutes.
//!
//! They live in memory only: after a restart the screen shows a fresh code.

use std::collections::VecDeque;
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
}

struct Issued {
    ticket: Ticket,
    role: Role,
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
    /// The ticket to show now: the same until it is used or nears its end, then a fresh one.
    pub fn current(&mut self, role: Role, now: Timestamp) -> Ticket {
        let shown = self.issued.iter().rev().find(|issued| issued.role == role && !issued.used && !issued.expired(now));
        if let Some(issued) = shown
            && now.plus(LAST_CALL) < issued.ticket.expires
        {
            return issued.ticket.clone();
        }
        self.forget_old(now);
        let ticket = Ticket { secret: random_secret::<16>(), expires: now.plus(LIFETIME) };
        self.issued.push_back(Issued { ticket: ticket.clone(), role, made: now, used: false });
        ticket
    }

    /// Uses a ticket up. Whoever comes second is told so.
    pub fn take(&mut self, secret: &str, now: Timestamp) -> Result<Role, TicketError> {
        let issued =
            self.issued.iter_mut().find(|issued| issued.ticket.secret == secret).ok_or(TicketError::Unknown)?;
        if issued.used {
            return Err(TicketError::Used);
        }
        if issued.expired(now) {
            return Err(TicketError::Expired);
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
        let first = tickets.current(Role::Camera, at(0));
        assert_eq!(tickets.current(Role::Camera, at(500)), first);
        assert_eq!(tickets.take(&first.secret, at(501)), Ok(Role::Camera));
        assert_ne!(tickets.current(Role::Camera, at(502)).secret, first.secret);
    }

    #[test]
    fn a_ticket_works_once_and_the_second_is_told_so() {
        let mut tickets = Tickets::default();
        let secret = tickets.current(Role::Camera, at(0)).secret;
        assert!(tickets.take(&secret, at(1)).is_ok());
        assert_eq!(tickets.take(&secret, at(2)), Err(TicketError::Used));
    }

    #[test]
    fn a_ticket_on_the_screen_can_be_used_for_another_minute() {
        let mut tickets = Tickets::default();
        for second in 0..3000 {
            let ticket = tickets.current(Role::Camera, at(second));
            assert!(ticket.expires > at(second + 60), "at {second} s");
        }
    }

    #[test]
    fn a_ticket_expires_after_ten_minutes_and_is_unknown_much_later() {
        let mut tickets = Tickets::default();
        let secret = tickets.current(Role::Camera, at(0)).secret;
        assert_eq!(tickets.take(&secret, at(600)), Err(TicketError::Expired));
        assert_eq!(tickets.take("never made", at(0)), Err(TicketError::Unknown));
        tickets.current(Role::Camera, at(600 + 3600));
        assert_eq!(tickets.take(&secret, at(600 + 3600)), Err(TicketError::Unknown));
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_lengthen_a_ticket_s_life() {
        let mut tickets = Tickets::default();
        let first = tickets.current(Role::Camera, at(100_000));
        assert_ne!(tickets.current(Role::Camera, at(0)), first);
        assert_eq!(tickets.take(&first.secret, at(0)), Err(TicketError::Expired));
    }

    #[test]
    fn the_operator_s_ticket_is_another() {
        let mut tickets = Tickets::default();
        let camera = tickets.current(Role::Camera, at(0));
        let operator = tickets.current(Role::Operator, at(0));
        assert_ne!(camera, operator);
        assert_eq!(tickets.current(Role::Camera, at(1)), camera);
        assert_eq!(tickets.take(&operator.secret, at(1)), Ok(Role::Operator));
    }

    #[test]
    fn tickets_do_not_pile_up() {
        let mut tickets = Tickets::default();
        for _ in 0..3 * MAX_REMEMBERED {
            let secret = tickets.current(Role::Camera, at(0)).secret;
            tickets.take(&secret, at(0)).unwrap();
        }
        assert!(tickets.issued.len() <= MAX_REMEMBERED);
    }
}
