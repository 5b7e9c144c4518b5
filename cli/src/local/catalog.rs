//! The catalog as the stack's functions read it: a copy in the state folder.

use std::fs;
use std::path::{Path, PathBuf};

use rounds_shared::catalog::{Catalog, Files};

use crate::error::{Error, Result};
use crate::local::state::StateFolder;
use crate::terminal::Step;

/// Letters of the version that name a copy.
const NAME: usize = 12;

/// A catalog that is in order, and its files.
pub(crate) struct Checked {
    pub(crate) catalog: Catalog,
    pub(crate) files: Files,
}

/// Reads the catalog in `folder`, and checks it.
pub(crate) fn read(folder: &Path) -> Result<Checked> {
    let files = Files::read(folder).map_err(Error::catalog(folder))?;
    let catalog = Catalog::from_files(&files).map_err(|mistakes| Error::catalog(folder)(mistakes.into()))?;
    if catalog.datasets.is_empty() {
        return Err(Error::NoDatasets(folder.to_owned()));
    }
    Ok(Checked { catalog, files })
}

/// Copies a catalog into the state folder; answers the copy's path.
///
/// The copy is named by its content: a changed catalog changes the deployment, which starts the functions anew.
pub(crate) fn copy(checked: &Checked, folder: &StateFolder) -> Result<PathBuf> {
    let step = Step::start("Catalog");
    let Checked { catalog, files } = checked;
    let name = catalog.version.get(..NAME).unwrap_or(&catalog.version);
    let copy = folder.folder("catalog")?.join(name);
    for (path, text) in &files.0 {
        let file = copy.join(path);
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent).map_err(Error::file(parent))?;
        }
        fs::write(&file, text).map_err(Error::file(&file))?;
    }
    step.done(&format!("{} datasets", catalog.datasets.len()));
    Ok(copy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_the_same_catalog_under_the_same_name() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::at(folder.path()).unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalog");
        let checked = read(&source).unwrap();
        let (first, second) = (copy(&checked, &state).unwrap(), copy(&checked, &state).unwrap());
        assert_eq!(first, second);
        assert_eq!(Catalog::open(Some(&first)).unwrap().version, checked.catalog.version);
    }

    #[test]
    fn a_catalog_with_mistakes_is_told_with_them_and_what_to_type() {
        let source = tempfile::tempdir().unwrap();
        fs::create_dir(source.path().join("demo")).unwrap();
        fs::write(source.path().join("demo/payments.toml"), "title = 1").unwrap();
        let told = read(source.path()).err().unwrap().to_string();
        let next = format!("rounds catalog check --catalog {}", source.path().display());
        assert!(told.contains("demo/payments.toml:1:") && told.ends_with(&next), "{told}");
        let told = read(&source.path().join("nowhere")).err().unwrap().to_string();
        assert!(
            told.starts_with("the catalog at ") && told.ends_with("give the folder of a catalog"),
            "{told}"
        );
    }

    #[test]
    fn a_folder_without_a_dataset_is_no_catalog() {
        let source = tempfile::tempdir().unwrap();
        let error = read(source.path()).err().unwrap();
        assert!(error.to_string().ends_with("holds no dataset: give the folder of a catalog"), "{error}");
        assert_eq!(error.exit_code(), 2);
    }
}
