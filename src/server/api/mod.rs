//! The handlers, one file for each resource, and the one `match` that leads from the route table to them.
//!
//! A handler takes plain values and gives an answer or an [`ApiError`]. Whose objects it may touch it asks the
//! [`Principal`]; whether the request may be made at all was decided before.

mod archive;
mod cameras;
mod clip_orders;
mod clips;
mod devices;
mod events;
mod file_reply;
mod frames;
mod health;
mod job_stream;
mod jobs;
mod joining;
mod ledger;
mod live;
mod me;
mod metrics;
mod pair;
mod previews;
mod recording_files;
mod recordings;
mod saved;
mod stream;
mod traces;
mod trash;
mod trust;
mod upload;

use std::sync::Arc;

pub use archive::MAKING as ARCHIVES;
pub use job_stream::JobWatch;
pub use live::LivePictures;

use crate::access::Role;
use crate::server::assets;
use crate::server::error::ApiError;
use crate::server::flow::{Request, Site};
use crate::server::reply::Reply;
use crate::server::route::{self, Endpoint, Found};
use crate::server::session::Principal;

/// Answers what everybody may ask. `principal` is whoever asks, where that is known.
pub async fn open(
    site: &Arc<Site>,
    found: &Found,
    principal: Option<&Principal>,
    request: &Request,
) -> Result<Reply, ApiError> {
    match found.route.endpoint {
        Endpoint::AskToPair => Ok(pair::ask(&request.path, &request.headers)),
        Endpoint::Pair => pair::pair(site, principal, &found.param, request).await,
        // Who may only look on finds what there is to see, whatever address was kept.
        Endpoint::Page | Endpoint::FramesPage | Endpoint::UploadPage if looks_on(principal) => {
            Ok(pair::go_on(Role::Viewer))
        }
        Endpoint::Page => assets::page("index", &request.headers),
        Endpoint::FramesPage => assets::page("frames", &request.headers),
        Endpoint::UploadPage => assets::page("upload", &request.headers),
        Endpoint::WatchPage => assets::page("watch", &request.headers),
        Endpoint::JobsPage => assets::page("jobs", &request.headers),
        Endpoint::TrustPage => Ok(trust::page(site, request)),
        Endpoint::TrustCheck => Ok(trust::check()),
        Endpoint::Authority | Endpoint::Profile => trust::download(site, &request.path),
        Endpoint::Asset => assets::asset(&found.param, &request.headers),
        Endpoint::Description => Ok(health::description()),
        Endpoint::Health => Ok(health::health(&site.parts.problems)),
        other => Err(misplaced(other)),
    }
}

fn looks_on(principal: Option<&Principal>) -> bool {
    principal.is_some_and(|principal| principal.device.role == Role::Viewer)
}

/// A device asked too often. Where it sent a frame, that one is counted as dropped, so that nobody believes that nothing
/// was lost.
pub fn refused(site: &Site, principal: &Principal, request: &Request) {
    if let Ok(found) = route::find(&request.method, &request.path)
        && matches!(found.route.endpoint, Endpoint::PostFrame | Endpoint::PostPreview)
    {
        frames::dropped(site, principal, &found.param);
    }
}

/// Answers what paired devices and the operator may ask.
pub async fn paired(
    site: &Arc<Site>,
    found: &Found,
    principal: &Principal,
    request: &mut Request,
) -> Result<Reply, ApiError> {
    let max_bytes = found.route.max_body_bytes;
    let Request { peer, headers, query, body, .. } = request;
    let param = found.param.as_str();
    match found.route.endpoint {
        Endpoint::Me => me::me(site, principal),
        Endpoint::ChooseUser => me::choose_user(site, principal, body.json(max_bytes).await?).await,
        Endpoint::SignOut => me::sign_out(site, principal).await,
        Endpoint::PostFrame => frames::post(site, principal, param, request, max_bytes).await,
        Endpoint::PostPreview => previews::post(site, principal, param, request, max_bytes).await,
        Endpoint::CameraState => cameras::tell_state(site, principal, param, &body.json(max_bytes).await?),
        Endpoint::Upload => upload::upload(site, principal, request, max_bytes).await,
        Endpoint::Frames => saved::list(site, principal, query).await,
        Endpoint::Frame => saved::file(site, principal, param, query.has("download"), headers).await,
        Endpoint::Thumbnail => saved::thumbnail(site, principal, param, headers).await,
        Endpoint::DeleteFrame => saved::delete(site, principal, param).await,
        Endpoint::RestoreFrame => saved::restore(site, principal, param).await,
        Endpoint::FillTrash => trash::fill(site, principal, &body.json(max_bytes).await?).await,
        Endpoint::EmptyTrash => trash::empty(site, principal, &body.json(max_bytes).await?).await,
        Endpoint::Archive => archive::download(site, principal, query),
        Endpoint::BeginRecording => recordings::begin(site, principal, body.json(max_bytes).await?).await,
        Endpoint::PutChunk => {
            recordings::put_chunk(site, principal, (param, &found.second), headers, body, max_bytes).await
        }
        Endpoint::FinishRecording => recordings::finish(site, principal, param, body.json(max_bytes).await?).await,
        Endpoint::Recordings => recordings::list(site, principal, query).await,
        Endpoint::Recording => recordings::one(site, principal, param).await,
        Endpoint::RecordingFile => recording_files::file(site, principal, param, query.has("download"), headers).await,
        Endpoint::RecordingVideo => {
            recording_files::video(site, principal, param, query.has("download"), headers).await
        }
        Endpoint::RecordingStrip => recording_files::strip(site, principal, param, headers).await,
        Endpoint::DeleteRecording => recordings::delete(site, principal, param).await,
        Endpoint::RestoreRecording => recordings::restore(site, principal, param).await,
        Endpoint::Clips => clips::list(site, principal, query).await,
        Endpoint::OrderClip => clip_orders::order(site, principal, body.json(max_bytes).await?).await,
        Endpoint::Clip => clips::file(site, principal, param, query.has("download"), headers).await,
        Endpoint::DeleteClip => clips::delete(site, principal, param).await,
        Endpoint::RestoreClip => clips::restore(site, principal, param).await,
        Endpoint::Events => events::list(site, principal, query).await,
        Endpoint::Traces => traces::list(site, principal, query).await,
        Endpoint::Ledger => ledger::read(site, principal, query).await,
        Endpoint::Stream => stream::stream(site, principal),
        Endpoint::Live => live::live(site, principal, param),
        Endpoint::Cameras => Ok(cameras::list(site)),
        Endpoint::Progress => me::progress(site, principal, peer.addr, headers, &body.json(max_bytes).await?),
        Endpoint::Joining => Ok(joining::list(site)),
        Endpoint::Invite => Ok(joining::invite(site, peer.local, &body.json(max_bytes).await?)),
        Endpoint::Devices => Ok(devices::list(site)),
        Endpoint::Approve => devices::approve(site, param, body.json(max_bytes).await?).await,
        Endpoint::Refuse => devices::refuse(site, param),
        Endpoint::ChangeDevice => devices::change(site, param, body.json(max_bytes).await?).await,
        Endpoint::Revoke => devices::revoke(site, param).await,
        Endpoint::Jobs => jobs::list(site, query).await,
        Endpoint::PurgeJobs => jobs::purge(site, query).await,
        Endpoint::JobSummary => jobs::summary(site).await,
        Endpoint::JobStream => job_stream::stream(site, principal),
        Endpoint::PauseJobs => jobs::pause(site, body.json(max_bytes).await?).await,
        Endpoint::Job => jobs::one(site, param).await,
        Endpoint::RetryJob => jobs::retry(site, param).await,
        Endpoint::CancelJob => jobs::cancel(site, param).await,
        Endpoint::Metrics => metrics::metrics(site).await,
        other => Err(misplaced(other)),
    }
}

/// Both matches name what they answer, so that a route whose `who` changes is noticed by the test that asks for every one.
fn misplaced(endpoint: Endpoint) -> ApiError {
    ApiError::Internal(format!("{endpoint:?} is not answered for whoever may ask it"))
}
