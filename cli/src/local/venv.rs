//! The Python environments that hold the stack's parts, one per requirements file, shared by all stacks of a checkout.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::checkout::Checkout;
use crate::error::{Error, Result};
use crate::local::process::run;
use crate::local::state::lock;
use crate::terminal::Step;

const NEEDS_PYTHON: &str =
    "install Python 3.10 or later with its venv module (Debian and Ubuntu: apt install python3-venv)";

/// A Python environment that holds exactly what its requirements file names.
pub(crate) struct Venv {
    root: PathBuf,
}

impl Venv {
    /// The environment called `name`, installed from `infra/local/requirements-<name>.txt` unless that was done.
    ///
    /// Only one process at a time installs; the others wait for it and find the work done.
    pub(crate) fn ensure(checkout: &Checkout, name: &str) -> Result<Self> {
        let requirements = checkout.file(&format!("infra/local/requirements-{name}.txt"))?;
        let folder = checkout.environments();
        fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
        // Where it really is: checkouts that share a target folder by a link share the environment too.
        let folder = fs::canonicalize(&folder).map_err(Error::file(&folder))?;
        let _lock = lock(&folder.join(format!("{name}.lock")))?;
        let venv = Self { root: folder.join(name) };
        let stamp = venv.stamp(&requirements)?;
        if fs::read_to_string(venv.stamp_file()).is_ok_and(|done| done == stamp) {
            return Ok(venv);
        }
        let step = Step::start(format!("Python packages ({name}), once per checkout"));
        venv.install(&requirements, &folder.join(format!("{name}.log")))?;
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

    fn install(&self, requirements: &Path, log: &Path) -> Result<()> {
        let mut create = Command::new("python3");
        create.args(["-m", "venv", "--clear"]).arg(&self.root);
        run("making a Python environment", create, log, NEEDS_PYTHON)?;
        let mut install = Command::new(self.python());
        install.args(["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--quiet", "-r"]);
        install.arg(requirements);
        run("installing the Python packages", install, log, NEEDS_PYTHON)
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
