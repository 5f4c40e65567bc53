//! The HTTP interface over real sockets with real TLS: a whole server with pipeline and library, in this process.

mod archive;
mod bad_input;
mod clips;
mod devices;
mod documents;
mod frames;
mod house;
mod isolation;
mod jobs;
mod joining;
mod ledger;
mod limits;
mod made;
mod matrix;
mod metrics;
mod origin;
mod pages;
mod pairing;
mod previews;
mod raw;
mod recordings;
mod saved;
mod streams;
mod traces;
mod upload;
mod viewers;
