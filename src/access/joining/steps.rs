//! The steps of a phone on its way in, what is noticed and told of them, and what can hold it up. Words alone, no rules.

use serde::{Deserialize, Serialize};

use crate::access::TicketError;

/// What the listener notices of a connection before anything is asked over it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Knock {
    /// A connection from there.
    Came,
    /// It began the handshake.
    Began,
    /// The certificate was accepted.
    Secured,
    /// The certificate was refused, by an alert that says so.
    Refused,
    /// The connection ended in the middle of the handshake, without a word.
    BrokenOff,
}

/// How far a phone has come. Each step includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// It has reached this computer.
    Reached,
    /// It has accepted the certificate.
    Certificate,
    /// It has loaded a page.
    Page,
    /// It has paired.
    Paired,
    /// Its camera runs.
    Camera,
    /// Its first frame is here.
    FirstFrame,
}

impl Step {
    /// All steps of a camera, in their order.
    pub const ALL: [Self; 6] =
        [Self::Reached, Self::Certificate, Self::Page, Self::Paired, Self::Camera, Self::FirstFrame];
}

/// What a phone's page tells about its camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// The browser asks the person whether the page may use the camera.
    Asking,
    /// The camera runs.
    Allowed,
    /// The person or the browser said no.
    Denied,
    /// Something else uses the camera.
    Busy,
    /// There is no camera.
    Missing,
    /// The camera does not start, for another reason.
    Failed,
    /// The page is not protected, so the browser has no camera for it.
    Insecure,
    /// The page went into the background.
    Hidden,
    /// The page is seen again.
    Seen,
}

/// What holds a phone up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// It reads the help page, on the unprotected address.
    OnHelpPage,
    /// It connected and says nothing more.
    Silent,
    /// It shows its warning of the certificate.
    CertificateRefused,
    /// It has accepted the certificate and asks for no page.
    NoPage,
    /// It has loaded the page behind the code and did not go on.
    NotGoingOn,
    /// It came without a code.
    NotPaired,
    /// The code was used before.
    CodeUsed,
    /// The code is too old.
    CodeExpired,
    /// The code is not known.
    CodeUnknown,
    /// The code is for another address of this computer.
    CodeElsewhere,
    /// Nobody has pressed Start yet.
    NotStarted,
    /// The name waits for the operator's yes.
    NameAsked,
    /// The browser asks for the camera and nobody answers.
    AskingForCamera,
    /// The camera is not allowed.
    CameraDenied,
    /// The camera is in use.
    CameraBusy,
    /// There is no camera.
    CameraMissing,
    /// The camera does not start.
    CameraFailed,
    /// The page is not protected.
    Insecure,
    /// The page is in the background.
    PageHidden,
    /// The camera runs and no frame comes.
    NoFrame,
}

impl Trouble {
    /// All of them.
    pub const ALL: [Self; 20] = [
        Self::OnHelpPage,
        Self::Silent,
        Self::CertificateRefused,
        Self::NoPage,
        Self::NotGoingOn,
        Self::NotPaired,
        Self::CodeUsed,
        Self::CodeExpired,
        Self::CodeUnknown,
        Self::CodeElsewhere,
        Self::NotStarted,
        Self::NameAsked,
        Self::AskingForCamera,
        Self::CameraDenied,
        Self::CameraBusy,
        Self::CameraMissing,
        Self::CameraFailed,
        Self::Insecure,
        Self::PageHidden,
        Self::NoFrame,
    ];

    /// What a refused ticket means.
    pub(super) fn of_ticket(error: TicketError) -> Self {
        match error {
            TicketError::Used => Self::CodeUsed,
            TicketError::Expired => Self::CodeExpired,
            TicketError::Unknown => Self::CodeUnknown,
            TicketError::Elsewhere(_) => Self::CodeElsewhere,
        }
    }

    /// Whether a person has to do something; waiting for a press of Start is no trouble yet.
    pub(super) fn needs_a_person(self) -> bool {
        !matches!(self, Self::NotStarted | Self::OnHelpPage)
    }
}
