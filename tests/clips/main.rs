//! A clip of each event: from frames as they come to a film that plays everywhere, however the program ends meanwhile.

mod drawn;
mod films;
mod follow;
mod killed;
mod orders;
mod recorder;
mod road;
mod rows;
mod sound;
mod spools;
