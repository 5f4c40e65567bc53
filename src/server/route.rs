//! The route table: every address that the server answers, in one list.
//!
//! The table says who may ask and how large a body may be; `api` holds one handler for each [`Endpoint`], and the compiler
//! sees that none is missing. Tests read the same list: for the documents, and for what one device may see of another.
//! It knows nothing of sessions, bodies and answers.

mod endpoint;

use warp::http::Method;

pub use endpoint::Endpoint;

use crate::access::Role;

/// Largest picture that is taken, in bytes.
pub const MAX_PICTURE_BYTES: usize = 25_000_000;
/// Largest preview, in bytes.
const MAX_PREVIEW_BYTES: usize = 1_000_000;
/// A form adds borders and names to the picture, a data URL a third of its length.
const MAX_UPLOAD_BYTES: usize = MAX_PICTURE_BYTES / 3 * 4 + 64 * 1024;
/// Five hundred numbers of frames.
const MAX_PICKED_BYTES: usize = 32 * 1024;
/// Largest piece of a chunk of a recording.
pub const MAX_PIECE_BYTES: usize = 4 << 20;
/// Largest body where a few words are expected.
const MAX_WORDS_BYTES: usize = 4096;

/// Who may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Everybody who reaches this computer.
    Anyone,
    /// A paired device of any role, about its own session.
    Session,
    /// A camera, for what belongs to its own user, and the operator; viewers where nothing is sent or changed.
    Paired,
    /// The operator and viewers.
    Viewer,
    /// The operator alone.
    Operator,
}

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    /// What answers it.
    pub endpoint: Endpoint,
    /// `GET` (which answers `HEAD` too), `POST`, `PUT`, `PATCH` or `DELETE`.
    pub method: &'static str,
    /// The path. `{name}` stands for one segment or the beginning of one, `{+name}` for all that is left (RFC 6570).
    pub path: &'static str,
    /// Who may ask.
    pub who: Who,
    /// Largest body in bytes.
    pub max_body_bytes: usize,
    /// What it does, one line.
    pub summary: &'static str,
}

impl Route {
    /// Whether a paired device of this role may ask.
    #[must_use]
    pub fn lets(&self, role: Role) -> bool {
        match (self.who, role) {
            (Who::Anyone | Who::Session, _)
            | (_, Role::Operator)
            | (Who::Paired, Role::Camera)
            | (Who::Viewer, Role::Viewer) => true,
            (Who::Paired, Role::Viewer) => self.method == "GET",
            (Who::Viewer | Who::Operator, Role::Camera) | (Who::Operator, Role::Viewer) => false,
        }
    }
}

/// Every route there is.
pub const ROUTES: &[Route] = &[
    get(Endpoint::AskToPair, "/j/{ticket}", Who::Anyone, "The target of the QR code: a page that goes on to pair"),
    change("POST", Endpoint::Pair, "/j/{ticket}", Who::Anyone, MAX_WORDS_BYTES, "Pairs this browser"),
    get(Endpoint::Page, "/", Who::Anyone, "The phone's page"),
    get(Endpoint::FramesPage, "/frames", Who::Anyone, "The page My frames"),
    get(Endpoint::UploadPage, "/upload", Who::Anyone, "A plain form for single photos"),
    get(Endpoint::WatchPage, "/watch", Who::Anyone, "The page of all cameras, for viewers and the operator"),
    get(Endpoint::JobsPage, "/jobs", Who::Anyone, "The page of the queue of jobs, for the operator"),
    get(Endpoint::TrustPage, "/trust", Who::Anyone, "How to trust this computer once, and whether that worked"),
    get(Endpoint::TrustCheck, "/trust/check", Who::Anyone, "Answers whoever believes the certificate"),
    get(Endpoint::Authority, "/framekeep-ca.crt", Who::Anyone, "The local authority's certificate"),
    get(Endpoint::Profile, "/framekeep.mobileconfig", Who::Anyone, "The same as iPhones take it"),
    get(Endpoint::Asset, "/web/{+file}", Who::Anyone, "Scripts, styles and icons of the pages"),
    get(Endpoint::Description, "/openapi.yaml", Who::Anyone, "This interface as an OpenAPI description"),
    get(Endpoint::Health, "/healthz", Who::Anyone, "Whether all is well, or what needs a person"),
    get(Endpoint::Me, "/api/v1/me", Who::Session, "Who this device is"),
    change(
        "PUT",
        Endpoint::ChooseUser,
        "/api/v1/me/user",
        Who::Paired,
        MAX_WORDS_BYTES,
        "Picks the user of this device",
    ),
    change("DELETE", Endpoint::SignOut, "/api/v1/me", Who::Session, MAX_WORDS_BYTES, "Signs this device out for good"),
    change(
        "POST",
        Endpoint::PostFrame,
        "/api/v1/cameras/{camera}/frames",
        Who::Paired,
        MAX_PICTURE_BYTES,
        "Sends one frame and waits for what became of it",
    ),
    change(
        "POST",
        Endpoint::PostPreview,
        "/api/v1/cameras/{camera}/previews",
        Who::Paired,
        MAX_PREVIEW_BYTES,
        "Sends one small frame to be looked at in place of a larger one, and asks whether that is wanted",
    ),
    change(
        "POST",
        Endpoint::CameraState,
        "/api/v1/cameras/{camera}/state",
        Who::Paired,
        MAX_WORDS_BYTES,
        "Tells what a phone's camera does",
    ),
    change(
        "POST",
        Endpoint::Upload,
        "/upload",
        Who::Paired,
        MAX_UPLOAD_BYTES,
        "Sends one picture as form, JSON or bytes",
    ),
    get(Endpoint::Frames, "/api/v1/frames", Who::Paired, "Lists saved frames, newest first"),
    get(Endpoint::Frame, "/api/v1/frames/{id}", Who::Paired, "The file of a saved frame, byte for byte"),
    get(Endpoint::Thumbnail, "/api/v1/frames/{id}/thumbnail", Who::Paired, "A small JPEG of a saved frame"),
    change(
        "DELETE",
        Endpoint::DeleteFrame,
        "/api/v1/frames/{id}",
        Who::Paired,
        MAX_WORDS_BYTES,
        "Deletes a saved frame",
    ),
    change(
        "POST",
        Endpoint::RestoreFrame,
        "/api/v1/frames/{id}/restore",
        Who::Paired,
        MAX_WORDS_BYTES,
        "Takes the deletion of a frame back",
    ),
    change(
        "POST",
        Endpoint::FillTrash,
        "/api/v1/trash",
        Who::Paired,
        MAX_PICKED_BYTES,
        "Deletes many saved frames at once",
    ),
    change(
        "DELETE",
        Endpoint::EmptyTrash,
        "/api/v1/trash",
        Who::Paired,
        MAX_PICKED_BYTES,
        "Takes the deletion of many frames back",
    ),
    get(Endpoint::Archive, "/api/v1/archive", Who::Paired, "Saved frames, clips and recordings as one zip file"),
    change(
        "POST",
        Endpoint::BeginRecording,
        "/api/v1/recordings",
        Who::Paired,
        MAX_WORDS_BYTES,
        "Begins a recording, or finds one that was begun",
    ),
    change(
        "PUT",
        Endpoint::PutChunk,
        "/api/v1/recordings/{id}/chunks/{seq}",
        Who::Paired,
        MAX_PIECE_BYTES,
        "Sends a chunk of a recording, or a piece of one",
    ),
    change(
        "POST",
        Endpoint::FinishRecording,
        "/api/v1/recordings/{id}/finish",
        Who::Paired,
        MAX_WORDS_BYTES,
        "Says how many chunks a recording has; joined, it is done",
    ),
    get(Endpoint::Recordings, "/api/v1/recordings", Who::Paired, "Lists recordings, newest first"),
    get(Endpoint::Recording, "/api/v1/recordings/{id}", Who::Paired, "A recording, and which of its chunks are there"),
    get(
        Endpoint::RecordingFile,
        "/api/v1/recordings/{id}/file",
        Who::Paired,
        "The video as it came, byte for byte, or a part of it",
    ),
    get(
        Endpoint::RecordingVideo,
        "/api/v1/recordings/{id}/video",
        Who::Paired,
        "The video to be played and sought in, or a part of it",
    ),
    get(
        Endpoint::RecordingStrip,
        "/api/v1/recordings/{id}/strip",
        Who::Paired,
        "Small pictures of a recording in one JPEG",
    ),
    change(
        "DELETE",
        Endpoint::DeleteRecording,
        "/api/v1/recordings/{id}",
        Who::Paired,
        MAX_WORDS_BYTES,
        "Deletes a recording",
    ),
    change(
        "POST",
        Endpoint::RestoreRecording,
        "/api/v1/recordings/{id}/restore",
        Who::Paired,
        MAX_WORDS_BYTES,
        "Takes the deletion of a recording back",
    ),
    get(
        Endpoint::Clips,
        "/api/v1/clips",
        Who::Paired,
        "Lists clips of events and those that were ordered, newest first",
    ),
    change(
        "POST",
        Endpoint::OrderClip,
        "/api/v1/clips",
        Who::Paired,
        MAX_PICKED_BYTES,
        "Orders a time-lapse, a film of picked frames, the mask of a video, or a clip that is drawn on",
    ),
    get(Endpoint::Clip, "/api/v1/clips/{id}", Who::Paired, "The video of a clip, or a part of it"),
    change("DELETE", Endpoint::DeleteClip, "/api/v1/clips/{id}", Who::Paired, MAX_WORDS_BYTES, "Deletes a clip"),
    change(
        "POST",
        Endpoint::RestoreClip,
        "/api/v1/clips/{id}/restore",
        Who::Paired,
        MAX_WORDS_BYTES,
        "Takes the deletion of a clip back",
    ),
    get(Endpoint::Events, "/api/v1/events", Who::Paired, "Lists events, newest first"),
    get(
        Endpoint::Traces,
        "/api/v1/traces",
        Who::Paired,
        "Lists what was seen in every frame of a camera, oldest first",
    ),
    get(
        Endpoint::Ledger,
        "/api/v1/ledger",
        Who::Paired,
        "What every second of a camera was: recorded, watched or blind, and why",
    ),
    get(Endpoint::Stream, "/api/v1/stream", Who::Paired, "Tells what happens as it happens (server-sent events)"),
    get(Endpoint::Live, "/api/v1/live/{stream}.mjpeg", Who::Paired, "The live picture of a camera (MJPEG)"),
    get(Endpoint::Cameras, "/api/v1/cameras", Who::Viewer, "Lists all cameras and what they do"),
    change(
        "POST",
        Endpoint::Progress,
        "/api/v1/me/progress",
        Who::Paired,
        MAX_WORDS_BYTES,
        "Tells how far this phone's page has come, and of its battery",
    ),
    get(Endpoint::Joining, "/api/v1/joining", Who::Operator, "Lists phones on their way in and what holds them up"),
    change(
        "POST",
        Endpoint::Invite,
        "/api/v1/invitations",
        Who::Operator,
        MAX_WORDS_BYTES,
        "Makes a code for a camera, a viewer or an operator",
    ),
    get(Endpoint::Devices, "/api/v1/devices", Who::Operator, "Lists paired devices and their requests for names"),
    change(
        "POST",
        Endpoint::Approve,
        "/api/v1/devices/{id}/approve",
        Who::Operator,
        MAX_WORDS_BYTES,
        "Lets a device have the name that it asked for",
    ),
    change(
        "POST",
        Endpoint::Refuse,
        "/api/v1/devices/{id}/refuse",
        Who::Operator,
        MAX_WORDS_BYTES,
        "Does not let a device have the name that it asked for",
    ),
    change(
        "PATCH",
        Endpoint::ChangeDevice,
        "/api/v1/devices/{id}",
        Who::Operator,
        MAX_WORDS_BYTES,
        "Gives a device another label or another user",
    ),
    change(
        "DELETE",
        Endpoint::Revoke,
        "/api/v1/devices/{id}",
        Who::Operator,
        MAX_WORDS_BYTES,
        "Locks a device out for good",
    ),
    get(Endpoint::Jobs, "/api/v1/jobs", Who::Operator, "Lists jobs, newest first"),
    change(
        "DELETE",
        Endpoint::PurgeJobs,
        "/api/v1/jobs",
        Who::Operator,
        MAX_WORDS_BYTES,
        "Forgets jobs that are done, dead or cancelled",
    ),
    get(
        Endpoint::JobSummary,
        "/api/v1/jobs/summary",
        Who::Operator,
        "How the queue of jobs stands, and who works on it",
    ),
    get(Endpoint::JobStream, "/api/v1/jobs/stream", Who::Operator, "The same as it changes (server-sent events)"),
    change(
        "PUT",
        Endpoint::PauseJobs,
        "/api/v1/jobs/paused",
        Who::Operator,
        MAX_WORDS_BYTES,
        "Lets no job be begun, or jobs be begun again",
    ),
    get(Endpoint::Job, "/api/v1/jobs/{id}", Who::Operator, "A job, with all that went wrong"),
    change(
        "POST",
        Endpoint::RetryJob,
        "/api/v1/jobs/{id}/retry",
        Who::Operator,
        MAX_WORDS_BYTES,
        "Tries a job anew that is dead or was cancelled",
    ),
    change(
        "POST",
        Endpoint::CancelJob,
        "/api/v1/jobs/{id}/cancel",
        Who::Operator,
        MAX_WORDS_BYTES,
        "Cancels a job that waits or runs",
    ),
    get(Endpoint::Metrics, "/metrics", Who::Operator, "What is counted and measured, as Prometheus reads it"),
];

const fn get(endpoint: Endpoint, path: &'static str, who: Who, summary: &'static str) -> Route {
    Route { endpoint, method: "GET", path, who, max_body_bytes: MAX_WORDS_BYTES, summary }
}

const fn change(
    method: &'static str,
    endpoint: Endpoint,
    path: &'static str,
    who: Who,
    max_body_bytes: usize,
    summary: &'static str,
) -> Route {
    Route { endpoint, method, path, who, max_body_bytes, summary }
}

/// A route that was found, and what stood in its path.
#[derive(Debug)]
pub struct Found {
    /// The line of the table.
    pub route: &'static Route,
    /// The first part of the path that the route leaves open, decoded; empty where it leaves none.
    pub param: String,
    /// The second. No route leaves three open.
    pub second: String,
}

/// Why no route was found.
#[derive(Debug, PartialEq, Eq)]
pub enum Miss {
    /// Nothing lies under this path.
    Unknown,
    /// Something does, but not by this method: those that it knows.
    Method(String),
    /// The path is no text in UTF-8.
    Undecodable,
}

/// Finds the route of a request. `path` is as it stood in the request, with its escapes.
///
/// A path is cut at its slashes before it is decoded, so that an escaped slash stays inside its segment, where the check
/// of names refuses it.
///
/// # Errors
/// [`Miss`] when there is none.
pub fn find(method: &Method, path: &str) -> Result<Found, Miss> {
    let wanted = if method == Method::HEAD { "GET" } else { method.as_str() };
    let mut allowed = Vec::new();
    // Where two routes fit, the one without an open part stands before the other in the table, so the first is meant.
    for route in ROUTES {
        let Some((first, second)) = matched(route.path, path) else { continue };
        if route.method == wanted {
            let param = decoded(first).ok_or(Miss::Undecodable)?;
            let second = decoded(second).ok_or(Miss::Undecodable)?;
            return Ok(Found { route, param, second });
        }
        allowed.push(route.method);
        if route.method == "GET" {
            allowed.push("HEAD");
        }
    }
    Err(if allowed.is_empty() { Miss::Unknown } else { Miss::Method(allowed.join(", ")) })
}

/// What stands in the open parts of `pattern` in `path`; empty where the pattern has none, `None` when they do not fit.
fn matched<'p>(pattern: &str, path: &'p str) -> Option<(&'p str, &'p str)> {
    let Some((before, rest)) = pattern.split_once('{') else {
        return (pattern == path).then_some(("", ""));
    };
    // The table is ours: what opens, closes.
    let (name, after) = rest.split_once('}')?;
    let open = path.strip_prefix(before)?;
    if after.contains('{') {
        // The first of two ends with its segment.
        let end = open.find('/')?;
        return matched(after, &open[end..]).map(|(second, _)| (&open[..end], second));
    }
    let open = open.strip_suffix(after)?;
    (name.starts_with('+') || !open.contains('/')).then_some((open, ""))
}

/// Undoes percent-encoding (RFC 3986, 2.1). `None` when an escape is none or the bytes are no UTF-8.
#[must_use]
pub fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => hex_digit(rest.next()?)? << 4 | hex_digit(rest.next()?)?,
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

fn hex_digit(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests;
