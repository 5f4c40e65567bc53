//! Reads the command line. It knows which part does what was asked, and nothing of how.

pub mod bench;
pub mod scan;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Keeps the frames in which something moved.
#[derive(Debug, Parser)]
#[command(name = "framekeep", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Find motion in files: videos, folders and zips of pictures
    Scan(scan::Args),
    /// Measure how fast the parts are on this computer
    Bench(bench::Args),
}

/// Does what the command line asks. Exit codes: 0 done, 1 failed (one line on standard error), 2 bad usage.
#[must_use]
pub fn run() -> ExitCode {
    let result: Result<(), Box<dyn std::error::Error>> = match Cli::parse().command {
        Command::Scan(args) => scan::run(&args).map_err(Into::into),
        Command::Bench(args) => bench::run(&args).map_err(Into::into),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("framekeep: {error}");
            ExitCode::FAILURE
        }
    }
}
