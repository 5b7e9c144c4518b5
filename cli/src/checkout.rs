//! Where the checkout and its folders are.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// The file that tells a checkout of Rounds from any other folder.
const LANDMARK: &str = "statemachine/pipeline.asl.json";

/// A checkout of Rounds.
pub(crate) struct Checkout {
    root: PathBuf,
}

impl Checkout {
    /// The checkout at `ROUNDS_HOME`, or else the one that the current folder is in.
    pub(crate) fn find() -> Result<Self> {
        let start = match std::env::var_os("ROUNDS_HOME") {
            Some(home) => PathBuf::from(home),
            None => std::env::current_dir().map_err(Error::file(Path::new(".")))?,
        };
        let root = start.ancestors().find(|folder| folder.join(LANDMARK).is_file());
        root.map(|root| Self { root: root.to_owned() }).ok_or(Error::NoCheckout(start))
    }

    /// A file of the repository.
    pub(crate) fn file(&self, path: &str) -> Result<PathBuf> {
        let file = self.root.join(path);
        if file.is_file() { Ok(file) } else { Err(Error::NotInCheckout(file)) }
    }

    /// The catalog's folder.
    pub(crate) fn catalog(&self) -> PathBuf {
        self.root.join("catalog")
    }

    /// Python environments, shared by all stacks of the checkout.
    pub(crate) fn environments(&self) -> PathBuf {
        self.root.join("target/local/venv")
    }

    /// Folder of a database server that a command runs for itself.
    pub(crate) fn scratch(&self) -> PathBuf {
        self.root.join("target/local/scratch")
    }

    /// The state folder of the stack that is used when none is named.
    pub(crate) fn default_state(&self) -> PathBuf {
        self.root.join("target/local/stack")
    }
}
