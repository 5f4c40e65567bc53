//! The command line: what each command takes, and how its end is told.
//!
//! Exit codes: 0 done, 1 failed (one line on standard error: what, why, what to do), 2 bad usage.

pub mod bench;
mod interrupt;
mod jobs;
pub mod library;
pub mod replay;
pub mod scan;
mod serve;
mod token;
mod troubles;
mod window;
mod worker;

use std::io::{IsTerminal, Write, stderr, stdout};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::domain::CameraChoice;
use crate::runtime::Options;

/// What a command ends with when it fails: a sentence that says what, why and what to do.
type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Keeps the frames in which something moved: webcam, phones and files, on your own machine.
///
/// Without a command: the window and the LAN server. Without a display it serves without a window.
#[derive(Debug, Parser)]
#[command(name = "framekeep", version)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Args)]
struct Common {
    /// Folder in which frames are kept
    #[arg(long, global = true, value_name = "DIR")]
    save_dir: Option<PathBuf>,
    /// Folder of settings, keys and devices: a private instance
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Address and port of the LAN server [default: 0.0.0.0:8443]
    #[arg(long, global = true, value_name = "ADDR:PORT")]
    listen: Option<SocketAddr>,
    /// Local camera: auto, none, demo, a number, name:NAME, or a video or picture folder played as a camera
    #[arg(long, global = true, value_name = "CAMERA")]
    camera: Option<CameraChoice>,
    /// What to log on standard error: error, warn, info, debug, trace, or a filter such as framekeep=debug
    #[arg(long, global = true, value_name = "LEVEL")]
    log: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// LAN server only: prints the address and the QR code in the terminal
    Serve,
    /// Makes a token by which a script acts for a user, and prints it; works while the program runs
    Token(token::Args),
    /// Finds motion in files: videos, folders and zips of pictures
    Scan(scan::Args),
    /// Looks after kept frames and their index
    Library(library::Args),
    /// Looks at the queue of jobs and steers it; works while the program runs
    Jobs(jobs::Args),
    /// Does jobs of a queue that several machines share
    Worker(worker::Args),
    /// Shows what other settings would have made of the last days
    Replay(replay::Args),
    /// Measures how fast the parts are on this computer
    Bench(bench::Args),
}

/// Does what the command line says.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Err(why) = start_log(cli.common.log.as_deref()) {
        tell(format_args!("the option --log is not understood: {why}; use for example --log info"));
        return ExitCode::from(2);
    }
    let options = Options {
        save_dir: cli.common.save_dir,
        data_dir: cli.common.data_dir,
        listen: cli.common.listen,
        camera: cli.common.camera,
    };
    let outcome = match cli.command {
        None => window::run(&options),
        Some(Command::Serve) => serve::run(&options),
        Some(Command::Token(args)) => token::run(&args, options.data_dir.as_deref()),
        Some(Command::Scan(args)) => scan::run(&args).map_err(Into::into),
        Some(Command::Library(args)) => look_after(&args, &options),
        Some(Command::Jobs(args)) => jobs::run(&args, &options),
        Some(Command::Worker(args)) => worker::run(&args, &options),
        Some(Command::Replay(args)) => replay::run(&args, &options),
        Some(Command::Bench(args)) => bench::run(&args).map_err(Into::into),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tell(&error);
            ExitCode::FAILURE
        }
    }
}

fn look_after(args: &library::Args, options: &Options) -> Outcome {
    let (sound, found) = library::run(args, &options.save_dir()?)?;
    print(&found)?;
    if sound {
        Ok(())
    } else {
        Err("the library is not sound; see above, and mend it with: framekeep library verify --mend".into())
    }
}

fn start_log(wanted: Option<&str>) -> Result<(), tracing_subscriber::filter::ParseError> {
    let filter = match wanted {
        Some(wanted) => EnvFilter::try_new(wanted)?,
        None => EnvFilter::try_from_env("FRAMEKEEP_LOG").unwrap_or_else(|_| EnvFilter::new("error,framekeep=warn")),
    };
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(stderr)
        .with_ansi(stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()))
        .with_target(false)
        // Else a log that cannot be written would be complained of on standard error, and where that is the log itself
        // whichever thread had something to say would panic.
        .log_internal_errors(false)
        .init();
    Ok(())
}

/// One line on standard error. Where nobody reads it any more there is nobody to tell, which ends nothing.
fn tell(line: impl std::fmt::Display) {
    let _ = writeln!(stderr(), "framekeep: {line}");
}

/// What a command found, on standard output. A reader that has seen enough, as `head` does, is no failure.
fn print(text: &str) -> std::io::Result<()> {
    let mut out = stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn common_options_stand_before_or_behind_the_command() {
        let before = Cli::try_parse_from(["framekeep", "--camera", "demo", "serve"]).unwrap();
        let behind = Cli::try_parse_from(["framekeep", "serve", "--camera", "demo"]).unwrap();
        assert_eq!(before.common.camera, Some(CameraChoice::Demo));
        assert_eq!(before.common.camera, behind.common.camera);
    }
}
