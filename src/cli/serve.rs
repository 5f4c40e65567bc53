//! `framekeep serve`: the LAN server without a window.

use std::io::{IsTerminal, Write, stdout};
use std::time::Duration;

use crossbeam_channel::{RecvTimeoutError, bounded};

use crate::bus::ProblemKind;
use crate::cli::troubles::Troubles;
use crate::cli::{Outcome, tell};
use crate::control::{Controls, Fingerprint, Invitation, ServerState};
use crate::domain::{BlindReason, CameraChoice, CameraState};
use crate::runtime::{Options, Runtime};

/// Serves until SIGINT or SIGTERM.
pub(super) fn run(options: &Options) -> Outcome {
    go_on(Runtime::start(options)?)
}

/// Serves with what has been started until SIGINT or SIGTERM, then stops it in order.
pub(super) fn go_on(runtime: Runtime) -> Outcome {
    let (asked, stop) = bounded(1);
    runtime.on_signal(move || {
        // A second signal finds the first one still there, which is as good.
        let _ = asked.try_send(());
    });
    if let ServerState::Failed(why) = runtime.server() {
        runtime.stop();
        return Err(why.into());
    }
    let mut told = Told::default();
    while let Err(RecvTimeoutError::Timeout) = stop.recv_timeout(Duration::from_millis(200)) {
        // A log on a full disk, or a reader that went away, must not end the cameras.
        if let Err(error) = told.tell_news(&runtime.controls()) {
            tell(format_args!("what there is to say cannot be written to standard output: {error}"));
        }
    }
    tell("stopping");
    runtime.stop();
    Ok(())
}

/// What was printed already.
#[derive(Default)]
struct Told {
    greeted: bool,
    url: Option<String>,
    fingerprint: Fingerprint,
    blind: Option<BlindReason>,
    troubles: Troubles<ProblemKind>,
}

impl Told {
    fn tell_news(&mut self, controls: &Controls) -> std::io::Result<()> {
        let view = controls.view();
        let problems = view.problems.iter();
        self.troubles.set_all(problems.map(|problem| (problem.kind, (problem.what.as_str(), problem.todo.as_str()))));
        let mut out = stdout().lock();
        if let Some(invitation) = view.invitation.as_ref().filter(|i| self.url.as_ref() != Some(&i.url)) {
            // Said once, whether it can be written or not.
            self.url = Some(invitation.url.clone());
            if !self.greeted {
                writeln!(out, "Framekeep {} keeps frames in {}", env!("CARGO_PKG_VERSION"), view.save_dir.display())?;
            }
            let who = if self.greeted { "The next phone" } else { "A phone in the same network" };
            writeln!(out, "{who} joins by this code or address:\n{}\n{}", qr_text(invitation), invitation.url)?;
            if !self.greeted {
                writeln!(
                    out,
                    "Its warning about the certificate is explained at http://{}",
                    bare(&invitation.address)
                )?;
                writeln!(out, "Fingerprint: {}\nPress Ctrl-C to stop.", spelled(&invitation.fingerprint))?;
                self.fingerprint.clone_from(&invitation.fingerprint);
            }
            self.greeted = true;
            out.flush()?;
        }
        if let Some(invitation) = view.invitation.as_ref().filter(|i| self.greeted && self.fingerprint != i.fingerprint)
        {
            writeln!(out, "Another certificate is in use. Fingerprint: {}", spelled(&invitation.fingerprint))?;
            self.fingerprint.clone_from(&invitation.fingerprint);
        }
        let local = view.cameras.iter().find(|camera| camera.stream == view.local.stream);
        if let Some(CameraState::Blind { reason, .. }) = local.map(|camera| &camera.state) {
            if self.blind.as_ref() != Some(reason) && *reason != BlindReason::Starting && view.local.on {
                tell(format_args!("local camera: {reason}{}", hint(reason, &view.local.choice)));
                self.blind = Some(reason.clone());
            }
        } else if let Some(reason) = self.blind.take() {
            tell(format_args!("over: local camera: {reason}"));
        }
        Ok(())
    }
}

/// Words and digits of the authority, as the phone's help page shows them.
fn spelled(fingerprint: &Fingerprint) -> String {
    format!("{} ({})", fingerprint.phrase, fingerprint.digits)
}

fn hint(reason: &BlindReason, choice: &CameraChoice) -> &'static str {
    match (reason, choice) {
        (BlindReason::NotFound, CameraChoice::Auto) => {
            " (--camera demo, --camera FILE, or --camera none for phones only)"
        }
        _ => "",
    }
}

fn bare(address: &str) -> &str {
    address.trim_start_matches("https://")
}

/// The QR code in half blocks, two rows a line, with its quiet zone. On a terminal its colours are set, so that it is
/// dark on light whatever the terminal's own are.
fn qr_text(invitation: &Invitation) -> String {
    const QUIET: usize = 2;
    let side = invitation.qr.len() + 2 * QUIET;
    let dark = |x: usize, y: usize| {
        let row = y.checked_sub(QUIET).and_then(|y| invitation.qr.get(y));
        row.and_then(|row| row.get(x.checked_sub(QUIET)?)).copied().unwrap_or(false)
    };
    let coloured = stdout().is_terminal();
    let mut text = String::new();
    for y in (0..side).step_by(2) {
        if coloured {
            text.push_str("\x1b[38;5;231m\x1b[48;5;16m");
        }
        for x in 0..side {
            text.push(match (dark(x, y), y + 1 >= side || dark(x, y + 1)) {
                (false, false) => '█',
                (false, true) => '▀',
                (true, false) => '▄',
                (true, true) => ' ',
            });
        }
        text.push_str(if coloured { "\x1b[0m\n" } else { "\n" });
    }
    text
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn the_code_is_framed_by_light_modules() {
        let qr = Arc::new(vec![vec![true, false], vec![false, true]]);
        let invitation = Invitation {
            url: String::new(),
            address: String::new(),
            role: crate::access::Role::Camera,
            expires: crate::domain::Timestamp::default(),
            qr,
            fingerprint: Fingerprint::default(),
        };
        assert_eq!(qr_text(&invitation), "██████\n██▄▀██\n██████\n");
    }
}
