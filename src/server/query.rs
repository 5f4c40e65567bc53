//! What stands behind the question mark of an address, and numbers in headers.

use std::str::FromStr;

use warp::http::HeaderMap;

use crate::domain::Timestamp;
use crate::server::error::ApiError;

/// Names and values, decoded.
#[derive(Debug, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// From pairs in their order.
    pub fn new(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// The first value of a name. One that is empty is as good as none, because forms send empty fields.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// Whether a name stands there, with or without a value.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    /// A value that is read by its type: a user's or a camera's name.
    ///
    /// # Errors
    /// Why the name is refused.
    pub fn name<T: FromStr<Err: Into<ApiError>>>(&self, name: &str) -> Result<Option<T>, ApiError> {
        self.text(name).map(|text| text.parse().map_err(Into::into)).transpose()
    }

    /// A number.
    ///
    /// # Errors
    /// [`ApiError::BadValue`] when it is none.
    pub fn number<T: FromStr>(&self, name: &'static str) -> Result<Option<T>, ApiError> {
        self.text(name).map(|text| text.parse().map_err(|_| ApiError::BadValue(name, "a whole number"))).transpose()
    }

    /// A time in milliseconds since 1970.
    ///
    /// # Errors
    /// [`ApiError::BadValue`] when it is none.
    pub fn time(&self, name: &'static str) -> Result<Option<Timestamp>, ApiError> {
        Ok(self.number(name)?.map(Timestamp::from_millis))
    }
}

/// A number in a header.
///
/// # Errors
/// [`ApiError::BadValue`] when it is none.
pub fn header_number<T: FromStr>(headers: &HeaderMap, name: &'static str) -> Result<Option<T>, ApiError> {
    let read = |value: &warp::http::HeaderValue| value.to_str().ok().and_then(|text| text.trim().parse().ok());
    headers.get(name).map(|value| read(value).ok_or(ApiError::BadValue(name, "a whole number"))).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(pairs: &[(&str, &str)]) -> Query {
        Query::new(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn values_are_read_by_their_type_and_empty_ones_are_none() {
        let query = query(&[("user", "Anna"), ("from", "-5"), ("limit", "many"), ("to", ""), ("download", "")]);
        assert_eq!(query.name("user").unwrap(), Some("anna".parse::<crate::domain::UserName>().unwrap()));
        assert_eq!(query.time("from").unwrap(), Some(Timestamp::from_millis(-5)));
        assert_eq!(query.time("to").unwrap(), None);
        assert!(matches!(query.number::<usize>("limit"), Err(ApiError::BadValue("limit", _))));
        assert!(query.has("download") && !query.has("upload"));
    }

    #[test]
    fn a_name_that_is_refused_says_why() {
        let error = query(&[("user", "..")]).name::<crate::domain::UserName>("user").unwrap_err();
        assert!(matches!(error, ApiError::BadName(_)), "{error}");
    }
}
