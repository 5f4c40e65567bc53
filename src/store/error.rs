//! Why a store did not do what was asked, in words that say what to do and hold no key and no secret.

use std::error::Error;

/// Why not.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// What the environment says of the store cannot be used.
    #[error(
        "the store cannot be used: {0}; set AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    )]
    Settings(String),
    /// No object can be called so.
    #[error("{0:?} is no name of a file in a store")]
    Name(String),
    /// There is no such object.
    #[error("it is not in the store")]
    Gone,
    /// It was told to stop.
    #[error("it was stopped")]
    Stopped,
    /// Nobody answers.
    #[error("the store {place} does not answer ({why}); check AWS_ENDPOINT_URL and that it runs and can be reached")]
    Away {
        /// Where it should be.
        place: String,
        /// What the system said.
        why: String,
    },
    /// It lets nobody with these keys do that.
    #[error(
        "the store {place} refuses ({why}); check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and that they may list, read, write and delete there"
    )]
    Denied {
        /// Which.
        place: String,
        /// What it said.
        why: String,
    },
    /// There is no such bucket.
    #[error("the store {place} has no such bucket; make it, or name another")]
    NoBucket {
        /// Which.
        place: String,
    },
    /// It has no room.
    #[error("the store {place} is full ({why}); free room there or raise its quota")]
    Full {
        /// Which.
        place: String,
        /// What it said.
        why: String,
    },
    /// Another Framekeep uses it.
    #[error(
        "{place} belongs to another Framekeep; name a prefix of its own in jobs.store, or remove the object .framekeep/owner there when that other one is gone for good"
    )]
    Taken {
        /// Which.
        place: String,
    },
    /// What lies there was not put there for jobs.
    #[error(
        "{place} holds files that were not put there for jobs, such as {name}: it may be a copy of a save folder, of which nothing must be removed; name a prefix in jobs.store that is empty"
    )]
    NotEmpty {
        /// Which.
        place: String,
        /// One of the files.
        name: String,
    },
    /// Anything else that it says.
    #[error("the store {place} cannot do it ({why}); its own log says more")]
    Strange {
        /// Which.
        place: String,
        /// What it said.
        why: String,
    },
    /// A file of this computer cannot be read or written.
    #[error("{0}")]
    System(#[from] std::io::Error),
}

/// What an answer means.
pub(super) fn judged(error: &object_store::Error, place: &str) -> StoreError {
    use object_store::Error as E;
    let (place, told, why) = (place.to_owned(), chain(error), without_body(error));
    let says = |words: &[&str]| words.iter().any(|word| told.contains(word));
    match error {
        _ if says(&["NoSuchBucket"]) => StoreError::NoBucket { place },
        E::NotFound { .. } => StoreError::Gone,
        E::PermissionDenied { .. } | E::Unauthenticated { .. } => StoreError::Denied { place, why },
        _ if says(&["InvalidAccessKeyId", "SignatureDoesNotMatch", "AccessDenied", "code: 403", "code: 401"]) => {
            StoreError::Denied { place, why }
        }
        // Where no keys are set, those of a machine of Amazon's are asked for.
        _ if says(&["169.254.169.254", "169.254.170.2"]) => {
            StoreError::Denied { place, why: "no keys are set".to_owned() }
        }
        _ if says(&["StorageFull", "QuotaExceeded", "507 ", "InsufficientStorage", "NoSpace", "No space left"]) => {
            StoreError::Full { place, why }
        }
        _ if says(&["URL scheme is not allowed"]) => StoreError::Settings(
            "its address is plain http, which anybody in the network can read; in a network that you trust set \
             AWS_ALLOW_HTTP=true"
                .to_owned(),
        ),
        _ if says(&["<Code>", "status code"]) => StoreError::Strange { place, why },
        _ => StoreError::Away { place, why },
    }
}

/// An error in a few words: what an answer's own code and message are, never the whole answer, as stores repeat keys in it; else
/// what the innermost cause is.
pub(super) fn without_body(error: &dyn Error) -> String {
    let told = chain(error);
    let within = |tag: &str| {
        let from = told.find(&format!("<{tag}>"))? + tag.len() + 2;
        let length = told[from..].find("</")?;
        Some(told[from..from + length].chars().filter(|c| !c.is_control()).take(200).collect::<String>())
    };
    if let Some(code) = within("Code") {
        let message = within("Message").filter(|message| !message.is_empty());
        return message.map_or_else(|| code.clone(), |message| format!("{code}: {message}"));
    }
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string().lines().next().unwrap_or_default().chars().take(200).collect()
}

/// The error and all its causes.
fn chain(error: &dyn Error) -> String {
    let mut told = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        told.push_str(": ");
        told.push_str(&source.to_string());
        cause = source.source();
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generic(body: &str) -> object_store::Error {
        object_store::Error::Generic { store: "S3", source: body.to_owned().into() }
    }

    #[test]
    fn what_a_store_answers_is_told_without_the_keys_that_it_repeats() {
        let body = "<Error><Code>SignatureDoesNotMatch</Code><Message>The signature is wrong.</Message>\
                    <AWSAccessKeyId>AKIA-OURS</AWSAccessKeyId><StringToSign>secret things</StringToSign></Error>";
        let error = judged(&generic(body), "s3://frames/x");
        let told = error.to_string();
        assert!(matches!(error, StoreError::Denied { .. }), "{error:?}");
        assert!(told.contains("SignatureDoesNotMatch: The signature is wrong.") && told.contains("AWS_"), "{told}");
        assert!(!told.contains("AKIA-OURS") && !told.contains("secret things"), "{told}");
    }

    #[test]
    fn each_trouble_has_its_own_words() {
        let is = |body: &str| judged(&generic(body), "s3://frames/x").to_string();
        for (body, word) in [
            ("<Error><Code>NoSuchBucket</Code></Error>", "no such bucket"),
            ("<Error><Code>XMinioStorageFull</Code><Message>no room</Message></Error>", "is full"),
            ("Server returned non-2xx status code: 507 Insufficient Storage: ", "is full"),
            ("<Error><Code>InternalError</Code></Error>", "its own log"),
            ("Connection refused", "does not answer"),
            ("error sending request for url (http://169.254.169.254/latest)", "no keys are set"),
            ("builder error: URL scheme is not allowed", "AWS_ALLOW_HTTP"),
        ] {
            assert!(is(body).contains(word), "{body}: {}", is(body));
        }
    }
}
