//! A disk that can be full, and pulled out.

use std::fs;
use std::path::Path;
use std::process::Command;

/// A disk in memory, mounted below a folder. Needs the rights to mount.
pub struct SmallDisk {
    place: std::path::PathBuf,
}

impl SmallDisk {
    pub fn mount(root: &Path, name: &str, size: &str) -> Option<Self> {
        let place = root.join(name);
        fs::create_dir(&place).unwrap();
        if run("mount", &["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs", place.to_str().unwrap()]) {
            return Some(Self { place });
        }
        let why = "no rights to mount a small disk; run as root, or by `unshare -rm`, to try a full or unplugged disk";
        assert!(std::env::var_os("FRAMEKEEP_MUST_MOUNT").is_none(), "{why}");
        eprintln!("SKIPPED: {why}");
        None
    }

    pub fn resize(&self, size: &str) {
        // With what the disk has already: in a namespace of its own a user may change nothing else.
        let options = format!("remount,size={size}");
        assert!(run("mount", &["-i", "-t", "tmpfs", "-o", &options, "tmpfs", self.place.to_str().unwrap()]));
    }

    pub fn plug_in(&self, place: &Path) {
        assert!(run("mount", &["--bind", self.place.to_str().unwrap(), place.to_str().unwrap()]));
    }

    /// As when a disk is pulled: it is gone from its place although files on it are open.
    pub fn unplug(&self, place: &Path) {
        assert!(self.place != place && run("umount", &["-l", place.to_str().unwrap()]));
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        run("umount", &["-l", self.place.to_str().unwrap()]);
    }
}

fn run(program: &str, arguments: &[&str]) -> bool {
    Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success())
}
