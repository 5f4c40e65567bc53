//! The program `framekeep`.

fn main() -> std::process::ExitCode {
    framekeep::cli::run()
}
