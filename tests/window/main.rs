//! The window: every control asks for what it says, every state looks as it should, in light and dark.
//!
//! Controls are found by their names, as a screen reader finds them; `egui_kittest` refuses an input without a name.

mod behaviour;
mod looks;
mod whole;
mod world;
