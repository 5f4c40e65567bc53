//! `framekeep token`: makes a device for a script and prints its token, also while the program runs.

use std::io::Write;
use std::path::Path;
use std::time::SystemTime;

use crate::access::Access;
use crate::bus::Bus;
use crate::config::Paths;
use crate::domain::{Timestamp, UserName};

use super::Outcome;

/// What the command takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The user that the script acts for: its frames are kept under this name
    #[arg(long, value_name = "NAME")]
    user: UserName,
    /// What the device is called in the list of devices
    #[arg(long, value_name = "LABEL", default_value = "script")]
    label: String,
    /// Let the script do all that the window may, for every user
    #[arg(long)]
    operator: bool,
}

/// Makes the device and prints the token, alone, on standard output: it is stored nowhere and cannot be shown again.
///
/// # Errors
/// When the data folder cannot be used, or there are too many devices.
pub fn run(args: &Args, data_dir: Option<&Path>) -> Outcome {
    let access = Access::open(&Paths::find(data_dir)?.access(), Bus::default())?;
    let now = Timestamp::from(SystemTime::now());
    let make = if args.operator { Access::create_operator_token } else { Access::create_token };
    let (_, token) = make(&access, &args.user, &args.label, now)?;
    writeln!(std::io::stdout(), "{token}")?;
    Ok(())
}
