//! The invitation: the address and the QR code by which a phone joins.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use qrcode::{Color, EcLevel, QrCode};

use crate::control::Invitation;

/// Makes invitations; the QR code is drawn again only when its address changes.
#[derive(Default)]
pub(super) struct Invitations {
    last: Option<Invitation>,
}

impl Invitations {
    /// The invitation to `address`, with the ticket in it.
    pub(super) fn make(&mut self, address: SocketAddr, ticket: &str, fingerprint: &str) -> Option<Invitation> {
        let origin = format!("https://{address}");
        let url = format!("{origin}/j/{ticket}");
        if self.last.as_ref().is_none_or(|last| last.url != url || last.fingerprint != fingerprint) {
            let qr = Arc::new(modules(&url)?);
            self.last = Some(Invitation { url, address: origin, qr, fingerprint: fingerprint.to_owned() });
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
    fn the_code_reads_back_as_the_address() {
        let mut invitations = Invitations::default();
        let invitation = invitations.make("192.168.1.23:8443".parse().unwrap(), "abc-DEF_123", "one two").unwrap();
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
