//! What this machine has.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::geteuid;

use super::Check;
use crate::draft::Draft;
use crate::local::venv::{PYTHON, python};
use crate::room::{existing, free};

/// The oldest Rust that compiles Rounds.
const RUST: &str = env!("CARGO_PKG_RUST_VERSION");
/// What a build and a stack take, in KiB, where neither is there yet.
const ROOM: u64 = 10 << 20;
/// What a stack needs to work on.
const LEAST_ROOM: u64 = 1 << 20;

/// A machine, as a command on it sees it.
pub(super) struct Machine {
    /// Where programs are looked for.
    path: OsString,
    /// Where the stack's data is, or is going to be; none where there is no checkout to have one.
    folder: Option<PathBuf>,
    is_root: bool,
}

impl Machine {
    pub(super) fn this(folder: Option<PathBuf>) -> Self {
        let path = std::env::var_os("PATH").unwrap_or_default();
        Self { path, folder, is_root: geteuid().is_root() }
    }

    pub(super) fn checks(&self) -> Vec<Check> {
        let mut checks = vec![
            self.rust(),
            self.tool(
                "cc",
                "a C compiler builds the TLS library; Debian and Ubuntu: apt install build-essential",
            ),
            self.tool("make", "Debian and Ubuntu: apt install make"),
            Check::of("python3", python(self.command(PYTHON))),
        ];
        if self.is_root {
            checks.push(self.tool(
                "setpriv",
                "root runs PostgreSQL as nobody by it; Debian and Ubuntu: apt install util-linux",
            ));
        }
        let folder = self.folder.as_deref();
        checks.push(self.room(folder.map_or(Path::new("."), existing)));
        checks.extend(folder.map(writable));
        checks.push(self.browser());
        checks
    }

    fn rust(&self) -> Check {
        let next = format!("install Rust {RUST} or later from https://rustup.rs");
        match self.version("cargo") {
            None => Check::bad("cargo", "not found", next),
            Some(version) if numbers(&version) < numbers(RUST) => {
                Check::bad("cargo", format!("{version} is too old"), next)
            }
            Some(version) => Check::good("cargo", version),
        }
    }

    fn tool(&self, name: &'static str, next: &str) -> Check {
        match self.version(name) {
            Some(version) => Check::good(name, version),
            None => Check::bad(name, "not found", next),
        }
    }

    /// Only its tests of pages need a browser.
    fn browser(&self) -> Check {
        match self.version("chromedriver") {
            Some(version) => Check::good("chromium", version),
            None => Check::note(
                "chromium",
                "not found; `make test` needs it: apt install chromium chromium-driver",
            ),
        }
    }

    fn room(&self, folder: &Path) -> Check {
        let free = free(self.command("df"), folder);
        let Some(free) = free else { return Check::note("disk", "how much is free could not be found out") };
        let told = format!("{} GiB free", free >> 20);
        if free < LEAST_ROOM {
            return Check::bad(
                "disk",
                told,
                format!("make room: a build and a stack take {} GiB", ROOM >> 20),
            );
        }
        if free < ROOM {
            return Check::note("disk", format!("{told}; a first build and a stack take {} GiB", ROOM >> 20));
        }
        Check::good("disk", told)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("PATH", &self.path);
        command
    }

    /// What a program says of itself: the first word that begins with a digit.
    fn version(&self, program: &str) -> Option<String> {
        let output =
            self.command(program).arg("--version").output().ok().filter(|output| output.status.success())?;
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        let number = told.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()));
        Some(number.unwrap_or("found").trim_end_matches(')').to_owned())
    }
}

fn writable(folder: &Path) -> Check {
    let existing = existing(folder);
    let next = "give yourself the right, or name another folder with --state";
    match Draft::of(&existing.join("doctor")) {
        Ok(_) => Check::good("state folder", folder.display().to_string()),
        Err(_) => Check::bad("state folder", format!("{} cannot be written to", existing.display()), next),
    }
}

/// The numbers of a version, the most important first.
fn numbers(version: &str) -> Vec<u64> {
    version.split(['.', '-']).map_while(|number| number.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::super::Found;
    use super::*;

    fn found(checks: &[Check], name: &str) -> Found {
        checks.iter().find(|check| check.name == name).unwrap().found.clone()
    }

    #[test]
    fn a_machine_without_anything_is_told_what_to_install() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().as_os_str().to_owned();
        let state = Some(folder.path().join("target/local/stack"));
        let checks = Machine { path: path.clone(), folder: state, is_root: true }.checks();
        for name in ["cargo", "cc", "make", "python3", "setpriv"] {
            let Found::Bad { next, .. } = found(&checks, name) else { panic!("{name}") };
            assert!(next.contains("install"), "{name}: {next}");
        }
        assert!(matches!(found(&checks, "chromium"), Found::Note(_)), "only tests need it");
        assert!(matches!(found(&checks, "state folder"), Found::Good(_)));
        let without_a_checkout = Machine { path, folder: None, is_root: true }.checks();
        assert!(without_a_checkout.iter().all(|check| check.name != "state folder"));
    }

    #[test]
    fn a_rust_that_is_too_old_is_known_by_its_number() {
        let folder = tempfile::tempdir().unwrap();
        let cargo = folder.path().join("cargo");
        let machine = |version: &str| {
            fs::write(&cargo, format!("#!/bin/sh\necho cargo {version} '(abc 2026-01-01)'\n")).unwrap();
            fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
            let path = std::env::join_paths([folder.path(), Path::new("/bin")]).unwrap();
            Machine { path, folder: None, is_root: false }.rust()
        };
        assert!(machine("1.9.0").is_bad() && machine("1.94.9").is_bad());
        assert!(!machine("1.100.0").is_bad(), "a hundred is more than ninety-five");
        assert_eq!(machine("1.95.0"), Check::good("cargo", "1.95.0"));
        assert_eq!(machine("2.0.0-nightly"), Check::good("cargo", "2.0.0-nightly"));
    }
}
