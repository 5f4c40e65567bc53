//! Recordings: videos that come in chunks, and their list.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};
use warp::http::header::{CONTENT_RANGE, HeaderName};
use warp::http::{HeaderMap, StatusCode};

use super::frames::captured_at;
use super::saved::{frame_query, number};
use crate::domain::{CameraName, MadeVideo, Recording, RecordingId, StreamId, Timestamp, VideoFormat, ZoneKind};
use crate::library::{ChunkPiece, MOST_CHUNK_BYTES, MOST_CHUNKS, NewRecording, RecordingError, RecordingProgress};
use crate::server::body::Body;
use crate::server::error::ApiError;
use crate::server::flow::{Site, ask_library, now};
use crate::server::query::Query;
use crate::server::reply::{self, Reply};
use crate::server::session::{Belongs, Owned, Principal};

/// How much a chunk shows.
const CHUNK_LASTS: Duration = Duration::from_millis(1900);
/// Longest media type and longest key.
const MAX_TEXT_BYTES: usize = 120;
/// A phone may send what it recorded long ago; a clock that is further ahead is wrong.
const OLDEST: Duration = Duration::from_hours(24 * 30);
const NEWEST: Duration = Duration::from_hours(24);
const REPR_DIGEST: HeaderName = HeaderName::from_static("repr-digest");

/// The beginning of a recording.
#[derive(Deserialize)]
pub struct Begin {
    camera: String,
    mime: String,
    started_at: Option<i64>,
    key: Option<String>,
}

/// The end of a recording.
#[derive(Deserialize)]
pub struct Finish {
    chunks: u32,
    duration_ms: Option<u64>,
}

pub async fn begin(site: &Site, principal: &Principal, begin: Begin) -> Result<Reply, ApiError> {
    let camera = CameraName::new(&begin.camera)?;
    let stream = super::cameras::remote(site, principal.user()?.clone(), camera)?;
    without_private_zone(site, &stream)?;
    let started_at = begin.started_at.map_or_else(now, Timestamp::from_millis);
    if now().since(started_at) > OLDEST || started_at.since(now()) > NEWEST {
        return Err(ApiError::BadTime("started_at lies too far from now"));
    }
    let is_plain = |text: &str| text.len() <= MAX_TEXT_BYTES && text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    let key = begin.key.unwrap_or_else(key_of_its_own);
    if key.is_empty() || !is_plain(&key) {
        return Err(ApiError::BadValue("key", "a text of 1 to 120 letters, digits and signs"));
    }
    if !is_plain(&begin.mime) {
        return Err(ApiError::BadValue("mime", "a media type of at most 120 characters"));
    }
    let format = format_of(&begin.mime)?;
    let new = NewRecording { user: stream.user, camera: stream.camera, started_at, mime: begin.mime, format, key };
    let (recording, is_new) = ask_library(site, move |library| library.begin_recording(new)).await??;
    Ok(reply::json(if is_new { StatusCode::CREATED } else { StatusCode::OK }, &recording))
}

pub async fn put_chunk(
    site: &Site,
    principal: &Principal,
    (id, seq): (&str, &str),
    headers: &HeaderMap,
    body: &mut Body,
    max_bytes: usize,
) -> Result<Reply, ApiError> {
    let found = find(site, principal, id).await?;
    // It may have been drawn since the recording began.
    without_private_zone(site, &found.recording.stream)?;
    let (id, stream) = (found.recording.id, found.recording.stream.clone());
    let seq = seq.parse().ok().filter(|seq| *seq < MOST_CHUNKS);
    let seq = seq.ok_or(ApiError::BadValue("the number of the chunk", "a whole number below 1000000"))?;
    let sha256 = digest(headers)?;
    let captured_at = captured_at(headers)?;
    let loaded = body.read(max_bytes).await?;
    let (offset, chunk_bytes) = extent(headers, loaded.bytes.len() as u64)?;
    let piece = ChunkPiece { seq, offset, chunk_bytes, sha256, captured_at, bytes: loaded.bytes.clone() };
    // The room for the body is held until it is written.
    let stored = ask_library(site, move |library| (library.put_chunk(id, &piece), loaded)).await?.0?;
    if let Some(end) = captured_at.filter(|_| stored.complete) {
        note_in_ledger(site, &stream, end);
    }
    Ok(reply::json(StatusCode::OK, &json!({ "seq": seq, "bytes": stored.bytes, "complete": stored.complete })))
}

/// The seconds that a chunk shows were recorded, whatever was seen in them. How long it is stands nowhere; phones make chunks
/// of two seconds, and a longer one is told by the frames that are sent beside it.
fn note_in_ledger(site: &Site, stream: &StreamId, end: Timestamp) {
    for before in [CHUNK_LASTS, CHUNK_LASTS / 2, Duration::ZERO] {
        site.parts.latest.ledger().kept(stream, end.minus(before));
    }
}

pub async fn finish(site: &Site, principal: &Principal, id: &str, finish: Finish) -> Result<Reply, ApiError> {
    let id = find(site, principal, id).await?.recording.id;
    let Finish { chunks, duration_ms } = finish;
    if !(1..=MOST_CHUNKS).contains(&chunks) {
        return Err(ApiError::BadValue("chunks", "a number from 1 to 1000000"));
    }
    let done = ask_library(site, move |library| library.finish_recording(id, chunks, duration_ms)).await??;
    Ok(reply::json(StatusCode::OK, &done))
}

pub async fn one(site: &Site, principal: &Principal, id: &str) -> Result<Reply, ApiError> {
    let found = find(site, principal, id).await?;
    let mut answer = json!(found.recording);
    answer["have"] = json!(found.have);
    let partial = found.partial.iter();
    let partial = partial.map(|(seq, have, bytes)| json!({ "seq": seq, "have": have, "bytes": bytes }));
    answer["partial"] = partial.collect::<Vec<_>>().into();
    let recording = found.recording.clone();
    answer["made"] =
        json!(ask_library(site, move |library| library.made(&recording)).await??.map(|made| describe(&made)));
    Ok(reply::json(StatusCode::OK, &answer))
}

pub async fn list(site: &Site, principal: &Principal, query: &Query) -> Result<Reply, ApiError> {
    let query = frame_query(principal, query)?;
    let found = ask_library(site, move |library| {
        let (recordings, next) = library.recordings(&query)?;
        let described = recordings.iter().map(|recording| {
            let mut described = json!(recording);
            described["made"] = json!(library.made(recording)?.map(|made| in_short(&made)));
            Ok::<_, ApiError>(described)
        });
        let described = described.collect::<Result<Vec<_>, _>>()?;
        Ok::<_, ApiError>(((described, next), library.recordings_usage(query.user.as_ref())?))
    });
    let ((recordings, next), (count, bytes)) = found.await??;
    let answer = json!({ "recordings": recordings, "next": next, "count": count, "bytes": bytes });
    Ok(reply::json(StatusCode::OK, &answer))
}

pub async fn delete(site: &Site, principal: &Principal, id: &str) -> Result<Reply, ApiError> {
    let id = find(site, principal, id).await?.recording.id;
    // Somebody else of the same user was faster: it is gone, as was asked.
    ask_library(site, move |library| library.delete_recording(id)).await??;
    Ok(reply::done())
}

pub async fn restore(site: &Site, principal: &Principal, id: &str) -> Result<Reply, ApiError> {
    let id = number(id)?;
    let found = principal.own(ask_library(site, move |library| library.deleted_recording(id)).await??)?;
    let id = found.id;
    // Between the two lines the ten minutes may have passed.
    ask_library(site, move |library| library.restore_recording(id)).await??.ok_or(ApiError::NotFound)?;
    Ok(reply::done())
}

impl Belongs for RecordingProgress {
    fn owner(&self) -> &crate::domain::UserName {
        &self.recording.stream.user
    }
}

impl Belongs for Recording {
    fn owner(&self) -> &crate::domain::UserName {
        &self.stream.user
    }
}

/// What was made of a recording, as the interface writes it.
fn describe(made: &MadeVideo) -> Value {
    json!({
        "format": made.format,
        "bytes": made.bytes,
        "duration_ms": made.duration_ms,
        "frames": made.frames,
        "width": made.width,
        "height": made.height,
        "has_sound": made.has_sound,
        "is_copy": made.is_copy,
        "missing": made.missing,
        "strip": made.strip,
        "events": made.events,
    })
}

/// The same in lists: where something moves can be long.
fn in_short(made: &MadeVideo) -> Value {
    let mut short = describe(made);
    short.as_object_mut().map(|fields| fields.remove("events"));
    short
}

/// The recording of a number, when it is there and this device may see it. To whom it belonged is told that it was deleted.
pub(super) async fn find(site: &Site, principal: &Principal, id: &str) -> Result<Owned<RecordingProgress>, ApiError> {
    let id: RecordingId = number(id)?;
    let found = principal.own(ask_library(site, move |library| library.recording(id)).await??)?;
    if found.deleted { Err(RecordingError::Deleted.into()) } else { Ok(found) }
}

/// What lies in a private zone is blackened before anything is stored. A video is stored as it comes, so there is none of a
/// camera that has one.
fn without_private_zone(site: &Site, stream: &StreamId) -> Result<(), ApiError> {
    let settings = &site.parts.controls.view().settings;
    let is_private = settings.of_stream(stream).motion.zones.iter().any(|zone| zone.kind == ZoneKind::Private);
    if is_private { Err(ApiError::PrivateZone) } else { Ok(()) }
}

/// Where a piece begins in its chunk, and how long that is: `Content-Range: bytes 0-1048575/5242880` (RFC 9110, 14.4). Without
/// it the piece is the whole chunk.
fn extent(headers: &HeaderMap, length: u64) -> Result<(u64, u64), ApiError> {
    let bad =
        || ApiError::BadValue("Content-Range", "bytes FIRST-LAST/LENGTH of the chunk, with as many bytes in the body");
    let Some(value) = headers.get(CONTENT_RANGE) else { return checked(0, length, length) };
    let text = value.to_str().ok().and_then(|text| text.trim().strip_prefix("bytes ")).ok_or_else(bad)?;
    let (range, total) = text.split_once('/').ok_or_else(bad)?;
    let (first, last) = range.split_once('-').ok_or_else(bad)?;
    let read = |text: &str| text.parse::<u64>().map_err(|_| bad());
    let (first, last, total) = (read(first)?, read(last)?, read(total)?);
    if last < first || last >= total || last - first + 1 != length {
        return Err(bad());
    }
    checked(first, length, total)
}

fn checked(first: u64, length: u64, total: u64) -> Result<(u64, u64), ApiError> {
    if length == 0 {
        return Err(ApiError::BadBody("the chunk is empty; leave it out and do not count it".into()));
    }
    if total > MOST_CHUNK_BYTES {
        return Err(ApiError::TooLarge(usize::try_from(MOST_CHUNK_BYTES).unwrap_or(usize::MAX)));
    }
    Ok((first, total))
}

/// `Repr-Digest: sha-256=:…:` (RFC 9530): of the whole chunk, whatever part of it the body is.
fn digest(headers: &HeaderMap) -> Result<[u8; 32], ApiError> {
    let text = headers.get(REPR_DIGEST).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut fields = text.split(',').map(str::trim);
    let encoded = fields.find_map(|field| field.strip_prefix("sha-256=:")?.strip_suffix(':'));
    let hash = encoded.and_then(|encoded| STANDARD.decode(encoded).ok()).and_then(|hash| hash.try_into().ok());
    hash.ok_or(ApiError::BadValue("Repr-Digest", "sha-256=:…:, the SHA-256 of the whole chunk in base64"))
}

fn format_of(mime: &str) -> Result<VideoFormat, ApiError> {
    let essence = mime.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match essence.as_str() {
        "video/webm" | "video/x-matroska" => Ok(VideoFormat::WebM),
        "video/mp4" => Ok(VideoFormat::Mp4),
        _ => Err(RecordingError::NotAVideo.into()),
    }
}

/// A key for who sends none: a beginning that is sent twice begins two recordings then.
fn key_of_its_own() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("{} {}", now().as_millis(), COUNT.fetch_add(1, Ordering::Relaxed))
}

#[cfg(test)]
mod tests {
    use warp::http::HeaderValue;

    use super::*;

    fn headers(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn a_piece_says_where_it_belongs() {
        let read = |value, length| extent(&headers(CONTENT_RANGE, value), length).ok();
        assert_eq!(extent(&HeaderMap::new(), 7).unwrap(), (0, 7));
        assert_eq!(read("bytes 0-6/7", 7), Some((0, 7)));
        assert_eq!(read("bytes 5-6/7", 2), Some((5, 7)));
        for (value, length) in [
            ("bytes 5-6/7", 3),
            ("bytes 5-7/7", 3),
            ("bytes 6-5/7", 1),
            ("bytes 0-6/*", 7),
            ("bytes */7", 7),
            ("0-6/7", 7),
            ("bytes 0-18446744073709551615/18446744073709551615", 1),
            ("bytes 0-0/100000001", 1),
        ] {
            assert_eq!(read(value, length), None, "{value}");
        }
        assert!(extent(&HeaderMap::new(), 0).is_err());
    }

    #[test]
    fn the_digest_is_that_of_the_standard() {
        // The SHA-256 of `{"hello": "world"}\n`, from RFC 9530.
        let known = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:";
        assert_eq!(digest(&headers(REPR_DIGEST, known)).unwrap()[..2], [0x44, 0xaf]);
        let two = "sha-512=:AA==:, sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:";
        assert!(digest(&headers(REPR_DIGEST, two)).is_ok());
        for bad in
            ["", "sha-256=abc", "sha-256=:AA==:", "md5=:AA==:", "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg:"]
        {
            assert!(digest(&headers(REPR_DIGEST, bad)).is_err(), "{bad}");
        }
        assert!(digest(&HeaderMap::new()).is_err());
    }

    #[test]
    fn only_videos_that_can_be_played_are_begun() {
        assert_eq!(format_of("video/webm;codecs=vp8,opus").unwrap(), VideoFormat::WebM);
        assert_eq!(format_of("Video/MP4; codecs=\"avc1.42E01E\"").unwrap(), VideoFormat::Mp4);
        for other in ["", "video", "audio/webm", "video/quicktime", "image/jpeg"] {
            assert!(format_of(other).is_err(), "{other}");
        }
    }
}
