//! The HTTP interface over real sockets with real TLS: a whole server with pipeline and library, in this process.

mod bad_input;
mod documents;
mod frames;
mod house;
mod isolation;
mod limits;
mod origin;
mod pages;
mod pairing;
mod raw;
mod recordings;
mod saved;
mod streams;
mod traces;
mod upload;
