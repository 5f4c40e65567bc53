//! Bytes to a store and back, in parts: a file of any size goes through little memory, and what others see is whole.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path as FilePath;
use std::sync::Arc;

use bytes::Bytes;
use object_store::path::Path as Key;
use object_store::{GetOptions, ObjectStore, ObjectStoreExt, PutPayload};
use tokio::task::JoinHandle;

use super::{Stop, Store, StoreError};

/// Bytes of a part. Stores take none below 5 MiB but the last.
const PART_BYTES: u64 = 8 << 20;
/// Parts of one file that are on their way at the same time.
const ON_THEIR_WAY: usize = 2;
/// Parts that a store takes of one file.
const MOST_PARTS: u64 = 10_000;

type Sent = JoinHandle<Result<(), object_store::Error>>;

impl Store {
    /// Puts what is read under a name, in the place of what was there. Nobody sees it before it is whole. `bytes`: about how many
    /// there will be.
    ///
    /// # Errors
    /// [`StoreError`]; then what was there before is there still.
    pub fn put(&self, name: &str, from: &mut dyn Read, bytes: u64, stop: Stop) -> Result<(), StoreError> {
        let key = self.key(name)?;
        let part_bytes = PART_BYTES.max(bytes.div_ceil(MOST_PARTS - 100));
        let first = part(from, part_bytes)?;
        if (first.len() as u64) < part_bytes {
            return self.wait(self.0.s3.put(&key, PutPayload::from_bytes(first)), stop).map(drop);
        }
        let mut upload = self.wait(self.0.s3.put_multipart(&key), stop)?;
        let mut on_their_way = VecDeque::<Sent>::new();
        let sent = (|| {
            let mut next = first;
            while !next.is_empty() {
                if on_their_way.len() >= ON_THEIR_WAY {
                    self.arrives(&mut on_their_way, stop)?;
                }
                on_their_way.push_back(self.0.runtime.spawn(upload.put_part(PutPayload::from_bytes(next))));
                next = part(from, part_bytes)?;
            }
            while !on_their_way.is_empty() {
                self.arrives(&mut on_their_way, stop)?;
            }
            self.wait(upload.complete(), stop).map(drop)
        })();
        if sent.is_err() {
            // The parts take room until then; one that arrives later would take it for ever, so those on their way are waited
            // for. A store that is away forgets them by its own rules.
            self.0.runtime.block_on(async {
                for mut part in on_their_way {
                    if tokio::time::timeout(super::CONNECT_LIMIT, &mut part).await.is_err() {
                        part.abort();
                    }
                }
                let _ = tokio::time::timeout(super::CONNECT_LIMIT, upload.abort()).await;
            });
        }
        sent
    }

    /// Waits for the first of the parts. It is one of them until it has arrived, or was refused.
    fn arrives(&self, on_their_way: &mut VecDeque<Sent>, stop: Stop) -> Result<(), StoreError> {
        let Some(part) = on_their_way.front_mut() else { return Ok(()) };
        let outcome = self.wait(async { (&mut *part).await? }, stop);
        if part.is_finished() {
            on_their_way.pop_front();
        }
        outcome
    }

    /// What a small object holds. One of more than `most_bytes` is [`StoreError::Strange`].
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn read(&self, name: &str, most_bytes: u64, stop: Stop) -> Result<Vec<u8>, StoreError> {
        let key = self.key(name)?;
        let found = self.wait(self.0.s3.get(&key), stop)?;
        if found.meta.size > most_bytes {
            let why = format!("{name} has {} bytes, which is too many", found.meta.size);
            return Err(StoreError::Strange { place: self.place(), why });
        }
        Ok(self.wait(found.bytes(), stop)?.to_vec())
    }

    /// Writes an object into a new file; gives how many bytes it has.
    ///
    /// # Errors
    /// [`StoreError`]; then there is no such file, or a part of one.
    pub fn fetch(&self, name: &str, to: &FilePath, stop: Stop) -> Result<u64, StoreError> {
        let key = self.key(name)?;
        let meta = self.wait(self.0.s3.head(&key), stop)?;
        let mut file = File::create(to)?;
        let mut starts = (0..meta.size).step_by(usize::try_from(PART_BYTES).unwrap_or(usize::MAX));
        let get = |from: u64| {
            let range = from..meta.size.min(from + PART_BYTES);
            // All parts are of the same object, also when another takes its place meanwhile.
            let options = GetOptions { if_match: meta.e_tag.clone(), ..GetOptions::new().with_range(Some(range)) };
            self.0.runtime.spawn(whole(Arc::clone(&self.0.s3), key.clone(), options))
        };
        let mut coming: VecDeque<_> = starts.by_ref().take(ON_THEIR_WAY).map(get).collect();
        while let Some(part) = coming.pop_front() {
            let bytes = self.wait(async { part.await? }, stop)?;
            coming.extend(starts.next().map(get));
            file.write_all(&bytes)?;
        }
        if file.metadata()?.len() != meta.size {
            let why = format!("{name} came with fewer bytes than it has");
            return Err(StoreError::Strange { place: self.place(), why });
        }
        Ok(meta.size)
    }
}

async fn whole(s3: Arc<impl ObjectStore>, key: Key, options: GetOptions) -> Result<Bytes, object_store::Error> {
    s3.get_opts(&key, options).await?.bytes().await
}

/// The next so many bytes, or what is left.
fn part(from: &mut dyn Read, bytes: u64) -> std::io::Result<Bytes> {
    let mut part = Vec::new();
    from.take(bytes).read_to_end(&mut part)?;
    Ok(part.into())
}
