//! Every sentence about a phone on its way in: how it stands, and what helps on that kind of phone.
//!
//! Window and interface show the same ones. It knows no state: it says what it is told.

use std::net::SocketAddr;

use serde::Serialize;

use super::{Platform, Step, Trouble};
use crate::access::Role;

/// What is, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Advice {
    /// One sentence.
    pub what: String,
    /// The cure, where something is to be done.
    pub todo: Option<String>,
}

fn advice(what: &str, todo: &str) -> Advice {
    Advice { what: what.to_owned(), todo: (!todo.is_empty()).then(|| todo.to_owned()) }
}

/// Why perhaps no phone comes.
pub fn nobody(address: SocketAddr) -> Advice {
    let port = address.port();
    let todo = format!(
        "If you have scanned the code and nothing happens: join the same Wi-Fi as this computer, not mobile data and no guest \
         Wi-Fi (many keep devices apart), and let port {port} (TCP) of {ip} through this computer's firewall. \
         http://{address} must open on the phone.",
        ip = address.ip()
    );
    advice("No phone has reached this computer yet.", &todo)
}

/// A phone that goes on as it should.
pub fn progress(step: Step, role: Option<Role>) -> Advice {
    let what = match (step, role) {
        (_, Some(Role::Viewer)) => "It may look on now.",
        (Step::Paired, Some(Role::Operator)) => "It may do all that this window may.",
        (Step::Reached, _) => "It has reached this computer.",
        (Step::Certificate, _) => "It has accepted the certificate.",
        (Step::Page, _) => "It has loaded the page.",
        (Step::Paired, _) => "It has paired.",
        (Step::Camera, _) => "Its camera runs.",
        (Step::FirstFrame, _) => "Its frames are here.",
    };
    advice(what, "")
}

/// A phone that stands still.
pub fn trouble(trouble: Trouble, platform: Platform) -> Advice {
    match trouble {
        Trouble::OnHelpPage => advice("It reads how to trust this computer.", "When that is done: scan the code here."),
        Trouble::Silent => advice(
            "It connected and says nothing more.",
            "Reload the page on the phone. If it stays so, a firewall or a VPN on the phone or in the network stops what it sends.",
        ),
        Trouble::CertificateRefused => {
            advice("It does not believe the certificate and shows its warning.", past_the_warning(platform))
        }
        Trouble::NoPage => {
            advice("It has not asked for the page yet; perhaps it shows its warning.", past_the_warning(platform))
        }
        Trouble::NotGoingOn => {
            advice("It has loaded the page and does not go on.", "Tap \u{201c}Pair this phone\u{201d} there.")
        }
        Trouble::NotPaired => advice("It came without a code.", "Scan the code here with the phone's camera app."),
        Trouble::CodeUsed => advice("It showed a code that was used already.", SCAN_AGAIN),
        Trouble::CodeExpired => advice("It showed a code that has expired.", SCAN_AGAIN),
        Trouble::CodeUnknown => advice("It showed a code that is not known.", SCAN_AGAIN),
        Trouble::CodeElsewhere => advice(
            "It showed a code for another address of this computer.",
            "Scan the code that is shown now. It names the address that phones can reach.",
        ),
        Trouble::NotStarted => advice("It has paired.", "On the phone: type a name and press Start camera."),
        Trouble::NameAsked => advice("It asks for a name that is in use.", "Say yes or no in the card above."),
        Trouble::AskingForCamera => {
            advice("It asks whether the page may use the camera.", "Tap \u{201c}Allow\u{201d} on the phone.")
        }
        Trouble::CameraDenied => advice("The camera is not allowed for the page.", allow_the_camera(platform)),
        Trouble::CameraBusy => advice(
            "Another app uses the camera.",
            "Close the camera app, calls and other pages with the camera on that phone, then press Start camera.",
        ),
        Trouble::CameraMissing => advice(
            "It has no camera.",
            "Plug one in, or send single photos from its page \u{201c}Send a photo\u{201d}.",
        ),
        Trouble::CameraFailed => {
            advice("Its camera does not start.", "Close other apps on that phone and press Start camera again.")
        }
        Trouble::Insecure => advice(
            "Its browser gives this page no camera.",
            "Open the address under the code, with https, in Safari or Chrome and not inside another app.",
        ),
        Trouble::PageHidden => {
            advice("The page is in the background.", "Go back to the page and keep it open, with the screen on.")
        }
        Trouble::NoFrame => advice(
            "Its camera runs, and no frame has come.",
            "Keep the page open and go nearer to the Wi-Fi access point. Reload the page if it stays so.",
        ),
    }
}

const SCAN_AGAIN: &str = "Scan the code that is shown now. Each code pairs one phone.";

fn past_the_warning(platform: Platform) -> &'static str {
    match platform {
        Platform::Ios => {
            "Tap Show Details, then \u{201c}visit this website\u{201d}. Help for good: http and the same address."
        }
        Platform::Android => "Tap Advanced, then Proceed. Help for good: http and the same address.",
        Platform::Computer => "Click Advanced, then Proceed. Help for good: http and the same address.",
        Platform::Unknown => {
            "iPhone: tap Show Details, then \u{201c}visit this website\u{201d}. Android: tap Advanced, then Proceed. Help for \
             good: http and the same address."
        }
    }
}

fn allow_the_camera(platform: Platform) -> &'static str {
    match platform {
        Platform::Ios => {
            "Tap the sign left of the address, Website Settings, Camera, Allow. If that is missing: Settings, Apps, Safari, \
             Camera. Then press Start camera."
        }
        Platform::Android => {
            "Tap the sign left of the address, Permissions, Camera, Allow. If Android itself refuses: Settings, Apps, the \
             browser, Permissions. Then press Start camera."
        }
        Platform::Computer | Platform::Unknown => {
            "Allow the camera in the browser: the sign left of the address. Then press Start camera."
        }
    }
}
