//! The HTTP interface over real sockets with real TLS: a whole server with pipeline and library, in this process.

mod bad_input;
mod documents;
mod frames;
mod house;
mod isolation;
mod ledger;
mod limits;
mod origin;
mod pages;
mod pairing;
mod raw;
mod saved;
mod streams;
mod traces;
mod upload;
