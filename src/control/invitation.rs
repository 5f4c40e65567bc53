//! The invitation: the address and the QR code by which a phone joins.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use qrcode::{Color, EcLevel, QrCode};

use crate::access::{Access, Role, Ticket};
use crate::control::{Fingerprint, Invitation};
use crate::domain::Timestamp;

/// Makes invitations; the QR code is drawn again only when its address changes.
#[derive(Default)]
pub(super) struct Invitations {
    last: Option<Invitation>,
    /// What was asked for instead of a camera, and its ticket once it was shown.
    special: Option<(Role, Option<Ticket>)>,
}

impl Invitations {
    /// Invites somebody of this role from now on. For a viewer or an operator once: then a camera again.
    pub(super) fn invite(&mut self, role: Role) {
        self.special = (role != Role::Camera).then_some((role, None));
    }

    /// The role that the code at `address` is for, and its ticket.
    pub(super) fn ticket(&mut self, access: &Access, address: SocketAddr, now: Timestamp) -> (Role, Ticket) {
        if let Some((_, Some(ticket))) = &self.special
            && !access.is_open(ticket, now)
        {
            // Used, or too old: nobody is to become an operator by a code that was forgotten on the screen.
            self.special = None;
        }
        let role = self.special.as_ref().map_or(Role::Camera, |(role, _)| *role);
        let fresh = || access.ticket(role, Some(address.ip()), now);
        let ticket = match &mut self.special {
            // Kept to its end and not replaced before it, for the same reason.
            Some((_, shown)) => shown.get_or_insert_with(fresh).clone(),
            None => fresh(),
        };
        (role, ticket)
    }

    /// The invitation to `address`, with the ticket in it.
    pub(super) fn make(
        &mut self,
        address: SocketAddr,
        (role, ticket): (Role, &Ticket),
        fingerprint: &Fingerprint,
    ) -> Option<Invitation> {
        let origin = format!("https://{address}");
        let url = format!("{origin}/j/{}", ticket.secret);
        if self.last.as_ref().is_none_or(|last| last.url != url || last.fingerprint != *fingerprint) {
            let (qr, fingerprint) = (Arc::new(modules(&url)?), fingerprint.clone());
            self.last = Some(Invitation { url, address: origin, role, expires: ticket.expires, qr, fingerprint });
        }
        self.last.clone()
    }
}

/// The address that the QR code names: the chosen one while this computer has it, else the best there is.
pub(super) fn reachable(listening: SocketAddr, chosen: Option<IpAddr>, addresses: &[IpAddr]) -> SocketAddr {
    let ip = if listening.ip().is_unspecified() {
        chosen
            .filter(|chosen| addresses.contains(chosen))
            .or_else(|| addresses.first().copied())
            .unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST))
    } else {
        listening.ip()
    };
    SocketAddr::new(ip, listening.port())
}

/// Rows of modules, true is dark. `None` only for an address longer than a QR code holds, which none is.
fn modules(text: &str) -> Option<Vec<Vec<bool>>> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M)
        .inspect_err(|error| tracing::error!(%error, "the address does not fit a QR code"))
        .ok()?;
    let dark: Vec<bool> = code.to_colors().into_iter().map(|color| color == Color::Dark).collect();
    Some(dark.chunks(code.width()).map(<[bool]>::to_vec).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn the_chosen_address_is_named_while_the_computer_has_it() {
        let any: SocketAddr = "0.0.0.0:8443".parse().unwrap();
        let have = [ip("192.168.1.23"), ip("10.0.0.4")];
        assert_eq!(reachable(any, Some(ip("10.0.0.4")), &have).to_string(), "10.0.0.4:8443");
        assert_eq!(reachable(any, Some(ip("10.9.9.9")), &have).to_string(), "192.168.1.23:8443");
        assert_eq!(reachable(any, None, &[]).to_string(), "127.0.0.1:8443");
    }

    #[test]
    fn a_server_on_one_address_names_that_one() {
        let one: SocketAddr = "127.0.0.1:9000".parse().unwrap();
        assert_eq!(reachable(one, Some(ip("10.0.0.4")), &[ip("10.0.0.4")]), one);
    }

    #[test]
    fn a_code_for_an_operator_is_shown_until_it_is_used_or_too_old_and_then_one_for_a_camera() {
        let dir = tempfile::tempdir().unwrap();
        let access = Access::open(dir.path(), crate::bus::Bus::default()).unwrap();
        let address: SocketAddr = "192.168.1.23:8443".parse().unwrap();
        let at = |secs: u64| Timestamp::from_millis(1_800_000_000_000).plus(std::time::Duration::from_secs(secs));
        let mut invitations = Invitations::default();
        let role = |invitations: &mut Invitations, secs| invitations.ticket(&access, address, at(secs));
        assert_eq!(role(&mut invitations, 0).0, Role::Camera);

        invitations.invite(Role::Operator);
        let (shown, ticket) = role(&mut invitations, 1);
        assert_eq!((shown, role(&mut invitations, 590)), (Role::Operator, (Role::Operator, ticket.clone())));
        assert_eq!(role(&mut invitations, 601).0, Role::Camera, "too old");

        invitations.invite(Role::Viewer);
        let (shown, ticket) = role(&mut invitations, 700);
        assert_eq!(shown, Role::Viewer);
        access.redeem(&ticket.secret, Some(address.ip()), "tablet", at(701)).unwrap().unwrap();
        assert_eq!(role(&mut invitations, 702).0, Role::Camera, "used");

        invitations.invite(Role::Operator);
        invitations.invite(Role::Camera);
        assert_eq!(role(&mut invitations, 703).0, Role::Camera, "taken back");
    }

    #[test]
    fn the_code_reads_back_as_the_address() {
        let mut invitations = Invitations::default();
        let ticket = Ticket { secret: "abc-DEF_123".to_owned(), expires: Timestamp::default() };
        let address = "192.168.1.23:8443".parse().unwrap();
        let invitation = invitations.make(address, (Role::Camera, &ticket), &Fingerprint::default()).unwrap();
        assert_eq!(invitation.address, "https://192.168.1.23:8443");
        let qr = &invitation.qr;
        let side = (qr.len() + 8) * 4;
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(side, side, |x, y| {
            let module = |v: usize| (v / 4).checked_sub(4).filter(|v| *v < qr.len());
            match (module(x), module(y)) {
                (Some(x), Some(y)) if qr[y][x] => 0,
                _ => 255,
            }
        });
        let (_, text) = image.detect_grids()[0].decode().unwrap();
        assert_eq!(text, invitation.url);
    }
}
