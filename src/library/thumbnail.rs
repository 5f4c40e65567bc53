//! Small pictures for lists: JPEG, at most 320 pixels wide.

use std::fs;
use std::path::PathBuf;

use bytes::Bytes;

use crate::codec;
use crate::domain::{Picture, RgbPicture, SavedFrame};
use crate::library::LibraryError;
use crate::library::home::Home;

/// Widest thumbnail in pixels.
const WIDTH: u32 = 320;
const QUALITY: u8 = 75;

/// Makes a thumbnail from decoded pixels. `original` is the picture as it is stored: where it says how it is to be turned,
/// the thumbnail says the same. `None` for a picture without pixels.
pub(super) fn make(pixels: &RgbPicture, original: &[u8]) -> Option<Vec<u8>> {
    let mut small = RgbPicture::default();
    codec::reduce(pixels, WIDTH, &mut small);
    codec::encode_jpeg_turned(&small, QUALITY, codec::orientation(original)).ok()
}

/// The thumbnail of a frame; made again and kept where it is missing or damaged. `path` is
/// where the frame lies.
pub(super) fn of(home: &Home, frame: &SavedFrame, path: PathBuf) -> Result<Vec<u8>, LibraryError> {
    if let Ok(there) = fs::read(home.thumbnail_path(frame.id))
        && is_whole(&there)
    {
        return Ok(there);
    }
    let original = fs::read(&path).map_err(|source| LibraryError::File { path: path.clone(), source })?;
    let jpeg = from_file(frame, original.into()).map_err(|why| LibraryError::Picture { path, why })?;
    if let Err(error) = home.put_thumbnail(frame.id, &jpeg) {
        tracing::warn!(%error, frame = %frame.id, "a thumbnail was made and cannot be kept");
    }
    Ok(jpeg)
}

/// Makes a thumbnail from the bytes of a stored file.
pub(super) fn from_file(frame: &SavedFrame, original: Bytes) -> Result<Vec<u8>, String> {
    let (width, height, format) = (frame.width, frame.height, frame.format);
    let picture = Picture::Encoded { width, height, format, bytes: original };
    let pixels = codec::decode(&picture).map_err(|error| error.to_string())?;
    make(&pixels, picture.bytes()).ok_or_else(|| "it has no pixels".into())
}

/// Thumbnails are not flushed: after a power cut one may be empty or end early.
fn is_whole(jpeg: &[u8]) -> bool {
    jpeg.starts_with(&[0xff, 0xd8]) && jpeg.ends_with(&[0xff, 0xd9])
}
