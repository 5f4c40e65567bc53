//! S3-compatible storage that machines share, below one prefix of one bucket.
//!
//! It knows bytes under names, and no job: what lies there is somebody else's business. Every call waits, for at most a few
//! tries, and ends soon after it is told to stop. Nothing is read, written or removed outside the prefix.

mod error;
mod transfer;

use std::collections::BTreeMap;
use std::sync::{Arc, Once};
use std::time::Duration;

use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path as Key;
use object_store::{BackoffConfig, ClientConfigKey, ObjectStore, ObjectStoreExt, RetryConfig};

pub use error::StoreError;

use crate::domain::StoreAddress;

/// One request may take this long. Requests are of at most a part of a file.
const REQUEST_LIMIT: Duration = Duration::from_mins(1);
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// How often a request is tried again that met a store with a fault of its own, and for how long at most.
const RETRIES: (usize, Duration) = (2, Duration::from_secs(20));
/// How often it is looked whether to stop.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Objects that are removed with one request.
const REMOVED_AT_ONCE: usize = 500;
/// Threads that wait for the network, for all who use one store.
const THREADS: usize = 2;

/// Whether to stop: asked often while something is waited for.
pub type Stop<'a> = &'a dyn Fn() -> bool;

/// The store. Cloning shares it.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    s3: Arc<AmazonS3>,
    address: StoreAddress,
    runtime: tokio::runtime::Runtime,
}

impl Store {
    /// The store at an address. Where it is reached, and the right to it, are what the usual variables of the environment say:
    /// `AWS_ENDPOINT_URL`, `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_ALLOW_HTTP` and so on. Whether it is
    /// there is not asked yet.
    ///
    /// # Errors
    /// [`StoreError::Settings`] when they cannot be used.
    pub fn open(address: &StoreAddress) -> Result<Self, StoreError> {
        Self::open_with(
            address,
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))),
        )
    }

    /// The same as if the environment had these variables alone.
    ///
    /// # Errors
    /// As for [`Self::open`].
    pub fn open_with(
        address: &StoreAddress,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, StoreError> {
        choose_ciphers();
        let (max_retries, retry_timeout) = RETRIES;
        let backoff = BackoffConfig { max_backoff: Duration::from_secs(2), ..BackoffConfig::default() };
        let limit = |key, limit: Duration| (AmazonS3ConfigKey::Client(key), format!("{}s", limit.as_secs()));
        let limits =
            [limit(ClientConfigKey::Timeout, REQUEST_LIMIT), limit(ClientConfigKey::ConnectTimeout, CONNECT_LIMIT)];
        let told = variables.into_iter().filter(|(name, _)| name.starts_with("AWS_"));
        let told = told.filter_map(|(name, value)| Some((name.to_ascii_lowercase().parse().ok()?, value)));
        let s3 = told
            .chain(limits)
            .fold(AmazonS3Builder::new(), |builder, (key, value)| builder.with_config(key, value))
            .with_bucket_name(address.bucket())
            .with_retry(RetryConfig { backoff, max_retries, retry_timeout })
            .build()
            .map_err(|error| StoreError::Settings(error::without_body(&error)))?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(THREADS)
            .thread_name("store")
            .enable_all()
            .build()
            .map_err(StoreError::System)?;
        Ok(Self(Arc::new(Inner { s3: Arc::new(s3), address: address.clone(), runtime })))
    }

    /// Where it is, for people.
    #[must_use]
    pub fn place(&self) -> String {
        self.0.address.to_string()
    }

    /// Asks whether it is there, and may be listed.
    ///
    /// # Errors
    /// [`StoreError`] when not.
    pub fn reach(&self, stop: Stop) -> Result<(), StoreError> {
        use futures_util::TryStreamExt;
        let mut listing = self.0.s3.list(Some(&self.prefix()?));
        self.wait(listing.try_next(), stop).map(drop)
    }

    /// All there is, by name, with the number of bytes. What others put there under names that are none is left out.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn list(&self, stop: Stop) -> Result<BTreeMap<String, u64>, StoreError> {
        use futures_util::TryStreamExt;
        let prefix = self.prefix()?;
        let listing = self.0.s3.list(Some(&prefix)).try_collect::<Vec<_>>();
        let objects = self.wait(listing, stop)?;
        let named = |key: &Key| Some(key.as_ref().strip_prefix(prefix.as_ref())?.strip_prefix('/')?.to_owned());
        let found = objects.into_iter().filter_map(|object| Some((named(&object.location)?, object.size)));
        Ok(found.filter(|(name, _)| self.key(name).is_ok()).collect())
    }

    /// How many bytes an object has.
    ///
    /// # Errors
    /// [`StoreError`], among them that there is none.
    pub fn size(&self, name: &str, stop: Stop) -> Result<u64, StoreError> {
        let key = self.key(name)?;
        Ok(self.wait(self.0.s3.head(&key), stop)?.size)
    }

    /// Removes objects. Those that are not there are no error.
    ///
    /// # Errors
    /// [`StoreError`]; some may be removed then.
    pub fn remove(&self, names: &[String], stop: Stop) -> Result<(), StoreError> {
        use futures_util::{StreamExt, stream};
        for names in names.chunks(REMOVED_AT_ONCE) {
            let keys = names.iter().map(|name| self.key(name).map(Ok)).collect::<Result<Vec<_>, _>>()?;
            let removing = self.0.s3.delete_stream(stream::iter(keys).boxed());
            let gone = |outcome: Result<Key, object_store::Error>| match outcome {
                Err(object_store::Error::NotFound { .. }) | Ok(_) => Ok(()),
                Err(error) => Err(error),
            };
            let all = async { removing.map(gone).collect::<Vec<_>>().await.into_iter().collect::<Result<(), _>>() };
            self.wait(all, stop)?;
        }
        Ok(())
    }

    fn prefix(&self) -> Result<Key, StoreError> {
        Key::parse(self.0.address.prefix()).map_err(|_| StoreError::Name(self.place()))
    }

    /// The key of a name in the bucket. A name has parts between single slashes, and leads nowhere else.
    fn key(&self, name: &str) -> Result<Key, StoreError> {
        let is_part = |part: &str| !part.is_empty() && part != "." && part != ".." && !part.contains('\\');
        if !name.split('/').all(is_part) {
            return Err(StoreError::Name(name.to_owned()));
        }
        Key::parse(format!("{}/{name}", self.0.address.prefix())).map_err(|_| StoreError::Name(name.to_owned()))
    }

    /// Waits for an answer, but not when told to stop.
    fn wait<T>(&self, work: impl Future<Output = Result<T, object_store::Error>>, stop: Stop) -> Result<T, StoreError> {
        self.0.runtime.block_on(async {
            let mut work = std::pin::pin!(work);
            loop {
                if stop() {
                    return Err(StoreError::Stopped);
                }
                if let Ok(answer) = tokio::time::timeout(LOOK_EVERY, &mut work).await {
                    return answer.map_err(|error| error::judged(&error, &self.place()));
                }
            }
        })
    }
}

/// Says once for the whole program which library of ciphers speaks TLS: the one that the server uses as well.
fn choose_ciphers() {
    static ONCE: Once = Once::new();
    // Chosen before by somebody else, it is as good.
    ONCE.call_once(|| drop(tokio_rustls::rustls::crypto::ring::default_provider().install_default()));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> Store {
        Store::open_with(&"s3://frames/a/b".parse().unwrap(), []).unwrap()
    }

    #[test]
    fn no_name_leads_out_of_the_prefix() {
        let store = store();
        for name in ["", "../x", "x/../../y", "/x", "x//y", "x/", "./x", "x\\..\\y", "x/\0y"] {
            assert!(matches!(store.key(name), Err(StoreError::Name(_))), "{name:?}");
            assert!(matches!(store.size(name, &|| false), Err(StoreError::Name(_))), "{name:?}");
            assert!(matches!(store.remove(&[name.to_owned()], &|| false), Err(StoreError::Name(_))), "{name:?}");
        }
    }

    #[test]
    fn a_name_is_written_as_it_is_below_the_prefix() {
        for name in [".framekeep/clips/event-7/film.mp4", "Anna Ö'Neill/recordings/2025_front.door_1.webm", "a%20b"] {
            assert_eq!(store().key(name).unwrap().as_ref(), format!("a/b/{name}"));
        }
    }

    #[test]
    fn what_is_told_to_stop_asks_nobody() {
        assert!(matches!(store().list(&|| true), Err(StoreError::Stopped)));
    }
}
