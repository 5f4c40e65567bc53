//! A clip of each event: from frames as they come to a film that plays everywhere, however the program ends meanwhile.

mod films;
mod killed;
mod recorder;
mod road;
mod rows;
mod spools;
