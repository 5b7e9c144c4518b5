//! Room on a disk.

use std::path::Path;
use std::process::Command;

use crate::error::{Error, Result};

/// What a stack needs at the least to start with, in MiB: its parts break where they cannot write.
const LEAST: u64 = 500;

/// The folder, or the nearest above it that is there.
pub(crate) fn existing(folder: &Path) -> &Path {
    folder.ancestors().find(|folder| folder.is_dir()).unwrap_or(folder)
}

/// KiB that are free where `folder` is, as `df` says; none where it does not.
pub(crate) fn free(mut df: Command, folder: &Path) -> Option<u64> {
    let told = df.args(["-Pk"]).arg(folder).output().ok()?;
    available(&String::from_utf8_lossy(&told.stdout))
}

/// Refuses to start a stack where there is no room for it.
pub(crate) fn check(folder: &Path) -> Result<()> {
    enough(folder, free(Command::new("df"), existing(folder)))
}

fn enough(folder: &Path, free: Option<u64>) -> Result<()> {
    match free.map(|free| free >> 10) {
        Some(free) if free < LEAST => Err(Error::NoRoom { folder: folder.to_owned(), free, least: LEAST }),
        _ => Ok(()),
    }
}

/// KiB that `df -Pk` says are available.
fn available(told: &str) -> Option<u64> {
    told.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_room_is_read_from_the_second_line() {
        let told = "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/vda1 100 60 40 60% /\n";
        assert_eq!((available(told), available("")), (Some(40), None));
    }

    #[test]
    fn a_stack_is_not_started_on_a_disk_that_is_about_to_be_full() {
        let refused = enough(Path::new("/state"), Some(499 << 10)).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "only 499 MB are free in /state, and a stack needs 500: make room, or name another folder with --state"
        );
        assert_eq!(refused.exit_code(), 2);
        assert!(
            enough(Path::new("/state"), Some(500 << 10)).is_ok() && enough(Path::new("/state"), None).is_ok()
        );
    }
}
