//! Where catalog files come from: embedded in the binary, or a folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

use super::check::Mistakes;

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../catalog");

/// Catalog files by path relative to the catalog's folder, with `/` between parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Files(pub BTreeMap<String, String>);

/// Why a catalog could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// The folder or a file in it could not be read.
    #[error("the catalog at {path} cannot be read: {source}")]
    Unreadable {
        /// The path that failed.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The files were read and are wrong.
    #[error(transparent)]
    Mistakes(#[from] Mistakes),
}

impl Files {
    /// The files embedded at build time.
    #[must_use]
    pub fn embedded() -> Self {
        let mut files = BTreeMap::new();
        collect_embedded(&EMBEDDED, &mut files);
        Self(files)
    }

    /// Reads every `.toml` and `.sql` file below `folder`.
    ///
    /// # Errors
    /// [`CatalogError::Unreadable`] names the path that failed.
    pub fn read(folder: &Path) -> Result<Self, CatalogError> {
        let mut files = BTreeMap::new();
        collect_folder(folder, folder, &mut files)?;
        Ok(Self(files))
    }
}

fn is_catalog_file(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "toml" || extension == "sql")
}

fn slashed(path: &Path) -> String {
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

fn collect_embedded(dir: &Dir<'_>, files: &mut BTreeMap<String, String>) {
    for file in dir.files().filter(|file| is_catalog_file(file.path())) {
        let text = String::from_utf8_lossy(file.contents()).into_owned();
        files.insert(slashed(file.path()), text);
    }
    for inner in dir.dirs() {
        collect_embedded(inner, files);
    }
}

fn collect_folder(
    root: &Path,
    folder: &Path,
    files: &mut BTreeMap<String, String>,
) -> Result<(), CatalogError> {
    let unreadable = |path: &Path| {
        let path = path.to_path_buf();
        move |source| CatalogError::Unreadable { path, source }
    };
    for entry in std::fs::read_dir(folder).map_err(unreadable(folder))? {
        let path = entry.map_err(unreadable(folder))?.path();
        if path.is_dir() {
            collect_folder(root, &path, files)?;
        } else if is_catalog_file(&path) {
            let text = std::fs::read_to_string(&path).map_err(unreadable(&path))?;
            files.insert(slashed(path.strip_prefix(root).unwrap_or(&path)), text);
        }
    }
    Ok(())
}
