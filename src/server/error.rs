//! What can go wrong with a request, and the one place that chooses status, code and advice for it.
//!
//! It knows no route. Whoever meets an error passes it up; here it is told to the client, and to the log when it is ours.
//! Clients hear nothing of the folders of this computer: what names them goes to the log alone.

use std::io::ErrorKind;
use std::time::Duration;

use serde_json::json;
use warp::http::StatusCode;
use warp::http::header::{ALLOW, HeaderValue, RETRY_AFTER};

use crate::access::AccessError;
use crate::domain::{NameError, UserName};
use crate::intake::UploadError;
use crate::jobs::JobError;
use crate::library::{LibraryError, RecordingError};
use crate::pipeline::Rejected;
use crate::server::reply::{self, Reply};

const ASK_OPERATOR: &str = "Tell the operator; the window or the log says more.";

/// Why a request was not fulfilled. The texts are shown to people, on phones and in terminals.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// Neither cookie nor token came.
    #[error("this browser or script is not paired")]
    NoSession,
    /// A cookie or token came that is none, or is one no longer.
    #[error("the session is not known, or it was revoked")]
    UnknownSession,
    /// The device has no user yet.
    #[error("this device has not picked a name yet")]
    NoUser,
    /// The device asked for a name, and the operator has not answered.
    #[error("the name {0} is in use; the operator has been asked")]
    NameAsked(UserName),
    /// The route is the operator's.
    #[error("only the operator may do this")]
    OperatorOnly,
    /// The device is a viewer, and the route sends or changes something.
    #[error("this device may look on and do nothing else")]
    ViewerOnly,
    /// A page of another origin sent it, or it cannot be seen that none did.
    #[error("the request did not come from a page of this computer")]
    CrossOrigin,
    /// The `Host` is no name or address of this computer.
    #[error("this computer is not called so")]
    WrongHost,
    /// The object is not there, or not this user's: the same answer, so that nobody learns which.
    #[error("there is nothing here that this device may see")]
    NotFound,
    /// A picture for a user for whom the device does not act.
    #[error("this device does not act for that name")]
    NotYourUser,
    /// A frame for the stream of the local camera.
    #[error("the camera of this computer has that name")]
    LocalCamera,
    /// A video of a camera of which a part is private.
    #[error("a part of this camera's picture is private, and a video cannot be blackened")]
    PrivateZone,
    /// No route has this path.
    #[error("there is nothing under this address")]
    UnknownPath,
    /// The path has other methods.
    #[error("this address does not know that method; it knows {0}")]
    Method(String),
    /// An escape in the path is broken.
    #[error("the address is not text in UTF-8")]
    BadPath,
    /// A user's or camera's name is refused.
    #[error("{0}")]
    BadName(#[from] NameError),
    /// Something in the query or a header cannot be read: its name, and what it should be.
    #[error("{0} is not {1}")]
    BadValue(&'static str, &'static str),
    /// A capture time is no time.
    #[error("the capture time cannot be read: {0}")]
    BadTime(&'static str),
    /// The body is not what the route reads.
    #[error("the body cannot be read: {0}")]
    BadBody(String),
    /// The body has a kind that the route does not read.
    #[error("a body of this kind is not read here")]
    UnsupportedType,
    /// The body is larger than the route allows.
    #[error("the body is larger than {} MB", megabytes(*.0))]
    TooLarge(usize),
    /// The body broke off, or came too slowly; the listener answers for the latter.
    #[error("the body broke off")]
    BrokenOff,
    /// More requests than one device or address may make.
    #[error("too many requests; the next is welcome in {} ms", .0.as_millis())]
    TooOften(Duration),
    /// One device holds too many streams or requests open.
    #[error("this device has too many requests open at once")]
    TooMany,
    /// All memory for bodies is taken.
    #[error("too many pictures arrive at once")]
    Crowded,
    /// The door refused the picture.
    #[error("{0}")]
    Upload(#[from] UploadError),
    /// The frame was looked at, should have been kept, and could not.
    #[error("the frame could not be kept: {why}")]
    NotSaved {
        /// Why, in words for everyone.
        why: &'static str,
        /// Why, with folders and all.
        details: String,
        /// What is known of the frame all the same.
        outcome: serde_json::Value,
    },
    /// The pipeline did not say in time what became of a frame.
    #[error("the picture was taken, but it is not known yet what became of it")]
    NoAnswer,
    /// The program ends.
    #[error("Framekeep is closing")]
    Closing,
    /// The library failed.
    #[error("{}", library_words(.0))]
    Library(LibraryError),
    /// A recording could not be changed as asked.
    #[error("{0}")]
    Recording(RecordingError),
    /// The library did not answer in time.
    #[error("the disk of the save folder does not answer")]
    NoDisk,
    /// The queue of jobs failed.
    #[error("{}", job_words(.0))]
    Jobs(JobError),
    /// The queue of jobs did not answer in time.
    #[error("the queue of jobs does not answer")]
    NoQueue,
    /// A job is in a state in which that cannot be done.
    #[error("the job is {0}")]
    JobState(&'static str),
    /// The file of a frame is not where it should be.
    #[error("the file of this frame is not in the save folder any more")]
    FileGone,
    /// Nothing was made of the recording yet.
    #[error("nothing that can be sought in was made of this recording yet")]
    NotMade,
    /// Devices could not be read or written.
    #[error("{}", access_words(.0))]
    Access(#[from] AccessError),
    /// Our own mistake; the log has the details.
    #[error("something went wrong inside Framekeep")]
    Internal(String),
}

impl From<LibraryError> for ApiError {
    fn from(error: LibraryError) -> Self {
        match error {
            LibraryError::File { source, .. } if source.kind() == ErrorKind::NotFound => Self::FileGone,
            other => Self::Library(other),
        }
    }
}

impl From<JobError> for ApiError {
    fn from(error: JobError) -> Self {
        match error {
            JobError::Library(error) => error.into(),
            other => Self::Jobs(other),
        }
    }
}

impl From<RecordingError> for ApiError {
    fn from(error: RecordingError) -> Self {
        match error {
            RecordingError::Library(error) => error.into(),
            RecordingError::Unknown => Self::NotFound,
            other => Self::Recording(other),
        }
    }
}

impl ApiError {
    /// Status, code for programs, and what to do next.
    fn describe(&self) -> (StatusCode, &'static str, &'static str) {
        use StatusCode as S;
        match self {
            Self::NoSession => {
                (S::UNAUTHORIZED, "no_session", "Scan the code on the computer's screen, or send a token.")
            }
            Self::UnknownSession => (
                S::UNAUTHORIZED,
                "unknown_session",
                "Scan the code on the computer's screen again, or make a new token.",
            ),
            Self::NoUser => (S::FORBIDDEN, "no_user", "Type your name first, on the phone's page or with the photo."),
            Self::NameAsked(_) => (S::FORBIDDEN, "name_asked", "Wait for the operator's yes, or pick another name."),
            Self::OperatorOnly => (S::FORBIDDEN, "operator_only", "Use the window, or the operator's own session."),
            Self::ViewerOnly => {
                (S::FORBIDDEN, "viewer_only", "Scan a camera's or the operator's code with another browser.")
            }
            Self::CrossOrigin => (
                S::FORBIDDEN,
                "cross_origin",
                "Open the page at this computer's own address; a script sends a token instead of a cookie.",
            ),
            Self::WrongHost => {
                (S::MISDIRECTED_REQUEST, "wrong_host", "Use the address under the code on the computer's screen.")
            }
            Self::NotFound => {
                (S::NOT_FOUND, "not_found", "Look at the list of frames again; it may have been deleted.")
            }
            Self::NotYourUser => {
                (S::NOT_FOUND, "not_found", "Leave the name empty, or send the one that this device has picked.")
            }
            Self::LocalCamera => (S::CONFLICT, "local_camera", "Send it under another camera's name."),
            Self::PrivateZone => (
                S::CONFLICT,
                "private_zone",
                "Send frames, which are blackened; or ask the operator to remove the zone.",
            ),
            Self::UnknownPath => {
                (S::NOT_FOUND, "no_such_address", "See docs/api.md or /openapi.yaml for what there is.")
            }
            Self::Method(_) => (S::METHOD_NOT_ALLOWED, "method_not_allowed", "Use one of the methods that it knows."),
            Self::BadPath => (S::BAD_REQUEST, "bad_path", "Encode the address as UTF-8 with percent escapes."),
            Self::BadName(_) => (S::UNPROCESSABLE_ENTITY, "bad_name", "Choose another name."),
            Self::BadValue(..) => (S::UNPROCESSABLE_ENTITY, "bad_value", "Correct it or leave it out."),
            Self::BadTime(_) => (S::UNPROCESSABLE_ENTITY, "bad_time", "Send milliseconds since 1970, or leave it out."),
            Self::BadBody(_) => (S::UNPROCESSABLE_ENTITY, "bad_body", "See docs/api.md for what this address reads."),
            Self::UnsupportedType => {
                (S::UNSUPPORTED_MEDIA_TYPE, "unsupported_type", "Send a JPEG, PNG or WebP picture, a form, or JSON.")
            }
            Self::TooLarge(_) => (S::PAYLOAD_TOO_LARGE, "too_large", "Send a smaller picture."),
            Self::BrokenOff => {
                (S::BAD_REQUEST, "broken_off", "Send it again, or a smaller picture over a poor network.")
            }
            Self::TooOften(_) => (S::TOO_MANY_REQUESTS, "too_often", "Wait as long as Retry-After says."),
            Self::TooMany => (
                S::TOO_MANY_REQUESTS,
                "too_many",
                "Close other pages of Framekeep, and send one picture after the other.",
            ),
            Self::Crowded => (S::SERVICE_UNAVAILABLE, "crowded", "Send it again in a moment."),
            Self::Upload(error) => describe_upload(error),
            Self::NotSaved { .. } => (S::INSUFFICIENT_STORAGE, "not_saved", ASK_OPERATOR),
            Self::NoAnswer => {
                (S::SERVICE_UNAVAILABLE, "no_answer", "Look at My frames later; send fewer frames a second.")
            }
            Self::Closing => (S::SERVICE_UNAVAILABLE, "closing", "Try again when Framekeep runs again."),
            Self::Library(LibraryError::Cursor) => {
                (S::UNPROCESSABLE_ENTITY, "bad_cursor", "Begin the list again, without a cursor.")
            }
            Self::Library(_) => (S::INTERNAL_SERVER_ERROR, "library", ASK_OPERATOR),
            Self::Recording(error) => describe_recording(error),
            Self::NoDisk => (S::SERVICE_UNAVAILABLE, "no_disk", "Try again; frames are taken meanwhile."),
            Self::Jobs(_) | Self::NoQueue => (
                S::SERVICE_UNAVAILABLE,
                "no_queue",
                "Check that the queue named by jobs.queue in settings.toml is there; no job is lost meanwhile.",
            ),
            Self::JobState(_) => (
                S::CONFLICT,
                "job_state",
                "Jobs that are dead or cancelled can be tried again, jobs that wait or run can be cancelled.",
            ),
            Self::FileGone => (S::NOT_FOUND, "file_gone", "The operator can run `framekeep library verify`."),
            Self::NotMade => (S::NOT_FOUND, "not_made", "Ask again later; the recording as it came is at its /file."),
            Self::Access(error) => describe_access(error),
            Self::Internal(_) => (S::INTERNAL_SERVER_ERROR, "internal", "Try again; if it stays so, look at the log."),
        }
    }

    /// Status of the answer.
    pub fn status(&self) -> StatusCode {
        self.describe().0
    }

    /// What the reader can do next.
    pub fn hint(&self) -> &'static str {
        self.describe().2
    }

    /// How long to wait before the next try.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooOften(wait) | Self::Upload(UploadError::Rejected(Rejected::Busy { retry_after: wait })) => {
                Some(*wait)
            }
            Self::Upload(UploadError::Rejected(Rejected::TooManyCameras(_)))
            | Self::Recording(RecordingError::TooManyOpen) => Some(Duration::from_secs(10)),
            Self::TooMany | Self::Crowded | Self::NoAnswer | Self::NoDisk | Self::NoQueue => {
                Some(Duration::from_secs(1))
            }
            Self::Recording(RecordingError::Busy) => Some(Duration::from_millis(200)),
            _ => None,
        }
    }

    /// The answer as JSON. What is our own fault goes to the log too.
    pub fn into_reply(self) -> Reply {
        self.log();
        let (status, code, hint) = self.describe();
        let mut body = json!({ "error": { "code": code, "message": self.to_string(), "hint": hint } });
        if let Some(wait) = self.retry_after() {
            // At least one: a client that reads 0 would come back at once and for ever.
            body["error"]["retry_ms"] = json!(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1));
        }
        match &self {
            Self::NotSaved { outcome, .. } => body["outcome"] = outcome.clone(),
            Self::Recording(RecordingError::Missing(missing)) => body["missing"] = json!(missing),
            Self::Recording(RecordingError::Gap { have }) => body["have"] = json!(have),
            _ => {}
        }
        self.with_headers(reply::json(status, &body))
    }

    /// Adds what the status promises in headers.
    pub fn with_headers(&self, mut reply: Reply) -> Reply {
        if let Some(wait) = self.retry_after() {
            let seconds = wait.as_millis().div_ceil(1000).max(1).to_string();
            reply::set(&mut reply, RETRY_AFTER, &seconds);
        }
        if let Self::Method(allowed) = self {
            reply::set(&mut reply, ALLOW, allowed);
        }
        if matches!(self, Self::NoSession | Self::UnknownSession) {
            // RFC 9110, 11.6.1: an answer 401 names at least one way to say who one is.
            let challenge = HeaderValue::from_static("Bearer realm=\"Framekeep\"");
            reply.headers_mut().insert(warp::http::header::WWW_AUTHENTICATE, challenge);
        }
        reply
    }

    /// Tells the log what went wrong on this side; mistakes of clients are no news.
    pub fn log(&self) {
        match self {
            Self::Internal(why) => tracing::error!("a request failed: {why}"),
            Self::NotSaved { details, .. } => tracing::warn!("a request failed: {details}"),
            Self::Recording(RecordingError::Io(error)) => tracing::warn!("a recording could not be written: {error}"),
            Self::Library(error) if self.status().is_server_error() => tracing::warn!("a request failed: {error}"),
            Self::Jobs(error) => tracing::warn!("a request failed: {error}"),
            Self::Access(error) if self.status().is_server_error() => tracing::warn!("a request failed: {error}"),
            _ => {}
        }
    }
}

fn describe_upload(error: &UploadError) -> (StatusCode, &'static str, &'static str) {
    use StatusCode as S;
    match error {
        UploadError::NotAPicture => (S::UNSUPPORTED_MEDIA_TYPE, "not_a_picture", "Send a JPEG, PNG or WebP picture."),
        UploadError::WrongType { .. } => {
            (S::UNSUPPORTED_MEDIA_TYPE, "wrong_type", "Let Content-Type say what the bytes are.")
        }
        UploadError::Size { .. } => (S::UNPROCESSABLE_ENTITY, "bad_size", "Send a picture of another size."),
        UploadError::Time(_) => {
            (S::UNPROCESSABLE_ENTITY, "bad_time", "Set the clock of the device, or leave the time out.")
        }
        UploadError::Undecodable(_) => (S::UNPROCESSABLE_ENTITY, "undecodable", "Send the picture again, whole."),
        UploadError::Rejected(Rejected::Busy { .. }) => {
            (S::TOO_MANY_REQUESTS, "busy", "Wait as long as Retry-After says, and send fewer frames a second.")
        }
        UploadError::Rejected(Rejected::TooManyCameras(_)) => {
            (S::TOO_MANY_REQUESTS, "too_many_cameras", "Stop another camera, or try again later.")
        }
        UploadError::Rejected(Rejected::Closing) => ApiError::Closing.describe(),
        UploadError::Lost => (S::INTERNAL_SERVER_ERROR, "lost", "Send the picture again."),
    }
}

fn describe_recording(error: &RecordingError) -> (StatusCode, &'static str, &'static str) {
    use RecordingError as E;
    use StatusCode as S;
    match error {
        E::Busy => (S::TOO_MANY_REQUESTS, "busy", "Send it again in a moment."),
        E::Unknown => ApiError::NotFound.describe(),
        E::Deleted => (S::GONE, "deleted", "Restore it within ten minutes, or record again."),
        E::OtherBeginning | E::OtherChunk(_) | E::OtherEnd { .. } | E::BeyondEnd => {
            (S::CONFLICT, "contradiction", "Ask for the recording to see what is there; nothing was changed.")
        }
        E::Gap { .. } => (S::CONFLICT, "gap", "Send the piece that begins there."),
        E::TooFarAhead => (S::CONFLICT, "too_far_ahead", "Send the chunks that are missing first."),
        E::Missing(_) => (S::CONFLICT, "missing_chunks", "Send the chunks that are missing, then finish again."),
        E::NotFinished => (S::CONFLICT, "not_finished", "Ask again when all of it was sent."),
        E::WrongChecksum => (S::UNPROCESSABLE_ENTITY, "wrong_checksum", "Send the chunk again from its beginning."),
        E::NotAVideo => (S::UNSUPPORTED_MEDIA_TYPE, "not_a_video", "Send a WebM or MP4 video, its beginning first."),
        E::TooManyOpen => (S::TOO_MANY_REQUESTS, "too_many_recordings", "Finish or delete another recording first."),
        E::NoFolder | E::Io(_) => (
            S::INSUFFICIENT_STORAGE,
            "not_stored",
            "Keep it and send it again later; the operator sees what is wrong in the window.",
        ),
        E::Library(_) => (S::INTERNAL_SERVER_ERROR, "library", ASK_OPERATOR),
    }
}

fn library_words(error: &LibraryError) -> String {
    match error {
        LibraryError::Cursor => error.to_string(),
        LibraryError::Picture { .. } => "no small picture can be made of this frame".to_owned(),
        LibraryError::Folder { .. }
        | LibraryError::Index(_)
        | LibraryError::File { .. }
        | LibraryError::InUse { .. }
        | LibraryError::Thread(_) => "the save folder or its index cannot be read or written".to_owned(),
    }
}

fn job_words(error: &JobError) -> &'static str {
    match error {
        JobError::Strange(_) => "the queue of jobs answered what is not understood",
        JobError::TooLarge(_) => "the job carries too much",
        JobError::Library(_) | JobError::Url(_) | JobError::Unreachable { .. } => "the queue of jobs does not answer",
    }
}

fn access_words(error: &AccessError) -> String {
    match error {
        AccessError::Write { .. } | AccessError::Read { .. } => {
            "the list of devices cannot be read or written".to_owned()
        }
        AccessError::UnknownDevice | AccessError::NoRequest | AccessError::TooManyDevices => error.to_string(),
    }
}

fn describe_access(error: &AccessError) -> (StatusCode, &'static str, &'static str) {
    use StatusCode as S;
    match error {
        // Between the check of the session and the change, the operator revoked the device.
        AccessError::UnknownDevice => ApiError::UnknownSession.describe(),
        AccessError::NoRequest => (S::CONFLICT, "no_request", "Look at the list of devices again."),
        AccessError::TooManyDevices => {
            (S::SERVICE_UNAVAILABLE, "too_many_devices", "Ask the operator to remove devices that are not used.")
        }
        _ => (S::INTERNAL_SERVER_ERROR, "access", ASK_OPERATOR),
    }
}

fn megabytes(bytes: usize) -> f64 {
    bytes as f64 / 1_000_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn answer(error: ApiError) -> (u16, serde_json::Value, warp::http::HeaderMap) {
        use http_body_util::BodyExt;
        let (head, body) = error.into_reply().into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        (head.status.as_u16(), serde_json::from_slice(&bytes).unwrap(), head.headers)
    }

    #[tokio::test]
    async fn an_error_says_what_why_and_what_to_do() {
        let name = UserName::new("a/b").unwrap_err();
        let (status, body, _) = answer(name.into()).await;
        assert_eq!((status, &body["error"]["code"]), (422, &json!("bad_name")));
        assert!(body["error"]["message"].as_str().unwrap().contains("use letters"), "{body}");
        assert!(body["error"]["hint"].as_str().unwrap().ends_with('.'), "{body}");
    }

    #[tokio::test]
    async fn waiting_is_told_in_whole_seconds_and_in_milliseconds() {
        for (wait, seconds, millis) in [(0, "1", 1), (67, "1", 67), (1000, "1", 1000), (1001, "2", 1001)] {
            let busy = Rejected::Busy { retry_after: Duration::from_millis(wait) };
            let (status, body, headers) = answer(UploadError::from(busy).into()).await;
            assert_eq!((status, headers["retry-after"].to_str().unwrap()), (429, seconds));
            assert_eq!(body["error"]["retry_ms"], json!(millis));
        }
    }

    #[tokio::test]
    async fn what_went_wrong_inside_stays_inside() {
        let path = || std::path::PathBuf::from("/home/secret");
        let source = || std::io::Error::other("secret");
        let errors: [ApiError; 11] = [
            ApiError::Internal("/home/secret".into()),
            ApiError::NotSaved { why: "the disk is full", details: "/home/secret is full".into(), outcome: json!({}) },
            LibraryError::Folder { path: path(), source: source() }.into(),
            LibraryError::Index("/home/secret".into()).into(),
            LibraryError::File { path: path(), source: source() }.into(),
            LibraryError::File { path: path(), source: ErrorKind::NotFound.into() }.into(),
            LibraryError::Picture { path: path(), why: "secret".into() }.into(),
            LibraryError::InUse { path: path() }.into(),
            LibraryError::Thread(source()).into(),
            AccessError::Write { path: path(), source: source() }.into(),
            AccessError::Read { path: path(), source: source() }.into(),
        ];
        for error in errors {
            let (status, body, _) = answer(error).await;
            assert!(status >= 500 || body["error"]["code"] == "file_gone", "{body}");
            assert!(!body.to_string().contains("secret"), "{body}");
        }
    }
}
