//! The Python environments that hold the stack's parts, one per requirements file, shared by all stacks of a checkout.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::checkout::Checkout;
use crate::error::{Error, Result};
use crate::local::program::run;
use crate::local::state::lock;
use crate::terminal::Step;

const NEEDS_PYPI: &str = "is PyPI within reach, and is there room on the disk? PIP_INDEX_URL names a mirror";
/// Says which Python it is, and ends well where it is one that will do.
const PROBE: &str = "import sys; print('Python', '.'.join(map(str, sys.version_info[:3]))); import venv, ensurepip; \
                     sys.exit(sys.version_info < (3, 10))";

/// The interpreter that environments are made by.
pub(crate) const PYTHON: &str = "python3";

/// Which Python an interpreter is, if environments can be made by it.
pub(crate) fn python(mut interpreter: Command) -> Result<String> {
    let Ok(probe) = interpreter.args(["-c", PROBE]).output() else {
        return Err(Error::Python { found: format!("there is no {}", interpreter.get_program().display()) });
    };
    let version = String::from_utf8_lossy(&probe.stdout).trim().to_owned();
    match (probe.status.success(), String::from_utf8_lossy(&probe.stderr).lines().last()) {
        (true, _) => Ok(version),
        (false, None) => Err(Error::Python { found: format!("{version} is too old") }),
        (false, Some(_)) => {
            Err(Error::Python { found: format!("{version} lacks its modules venv and ensurepip") })
        }
    }
}

/// A Python environment that holds exactly what its requirements file names.
pub(crate) struct Venv {
    root: PathBuf,
}

impl Venv {
    /// The environment called `name`, installed from `infra/local/requirements-<name>.txt` unless that was done.
    ///
    /// Only one process at a time installs; the others wait for it and find the work done.
    pub(crate) async fn ensure(checkout: &Checkout, name: &str) -> Result<Self> {
        let requirements = checkout.file(&format!("infra/local/requirements-{name}.txt"))?;
        let folder = checkout.environments();
        fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
        // Where it really is: checkouts that share a target folder by a link share the environment too.
        let folder = fs::canonicalize(&folder).map_err(Error::file(&folder))?;
        let _lock = lock(&folder.join(format!("{name}.lock"))).await?;
        let venv = Self { root: folder.join(name) };
        let stamp = venv.stamp(&requirements)?;
        if fs::read_to_string(venv.stamp_file()).is_ok_and(|done| done == stamp) {
            return Ok(venv);
        }
        let step = Step::start(format!("Python packages ({name}), once per checkout"));
        venv.install(&requirements, &folder.join(format!("{name}.log"))).await?;
        fs::write(venv.stamp_file(), stamp).map_err(Error::file(&venv.root))?;
        step.done("installed");
        Ok(venv)
    }

    /// The interpreter. Programs are run as its modules: the scripts beside it break when a path holds a blank.
    pub(crate) fn python(&self) -> PathBuf {
        self.programs().join("python")
    }

    /// The folder of programs.
    pub(crate) fn programs(&self) -> PathBuf {
        self.root.join("bin")
    }

    /// The folder of a package.
    pub(crate) fn package(&self, name: &str) -> Result<PathBuf> {
        let lib = self.root.join("lib");
        let versions = fs::read_dir(&lib).map_err(Error::file(&lib))?;
        let mut packages = versions.flatten().map(|version| version.path().join("site-packages").join(name));
        packages.find(|package| package.is_dir()).ok_or_else(|| Error::NotInstalled(self.root.join(name)))
    }

    async fn install(&self, requirements: &Path, log: &Path) -> Result<()> {
        python(Command::new(PYTHON))?;
        let mut create = Command::new(PYTHON);
        create.args(["-m", "venv", "--clear"]).arg(&self.root);
        run("making a Python environment", create, log, "is there room on the disk?").await?;
        let mut install = Command::new(self.python());
        install.args(["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--quiet", "-r"]);
        install.arg(requirements);
        run("installing the Python packages", install, log, NEEDS_PYPI).await
    }

    /// What the environment was made from: its place, as an environment cannot be moved, and the requirements.
    fn stamp(&self, requirements: &Path) -> Result<String> {
        let wanted = fs::read_to_string(requirements).map_err(Error::file(requirements))?;
        Ok(format!("{}\n{wanted}", self.root.display()))
    }

    fn stamp_file(&self) -> PathBuf {
        self.root.join("installed")
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    /// What is said of a Python that answers the probe so.
    fn told(script: &str) -> (String, u8) {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("python3");
        fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let error = python(Command::new(&program)).unwrap_err();
        (error.to_string(), error.exit_code())
    }

    #[test]
    fn a_python_that_will_not_do_is_told_with_what_to_install() {
        let old = told("echo Python 3.8.10; exit 1");
        let bare = told("echo Python 3.12.3; echo 'No module named ensurepip' >&2; exit 1");
        for ((told, code), found) in
            [(old, "Python 3.8.10 is too old"), (bare, "lacks its modules venv and ensurepip")]
        {
            assert!(told.contains(found) && told.contains("apt install python3-venv"), "{told}");
            assert_eq!(code, 2);
        }
        let none = python(Command::new("/nowhere/python3")).unwrap_err().to_string();
        assert!(none.starts_with("there is no /nowhere/python3: install Python 3.10"), "{none}");
        assert!(python(Command::new(PYTHON)).unwrap().starts_with("Python 3."));
    }
}
