//! Files that no pipeline can load, each with the name of the error that must say why; and files that look no better and
//! are read whole.

mod archives;
mod clinic;
mod odd;
mod texts;
mod workbooks;

use std::collections::BTreeSet;

use crate::sheet::SheetError;

pub use odd::{Odd, odd};

/// A file that has to be refused.
#[derive(Debug, Clone)]
pub struct Hostile {
    /// File name.
    pub name: &'static str,
    /// Content.
    pub content: Vec<u8>,
    /// The error that has to be named.
    pub error: &'static str,
}

/// Why a file could not be made.
#[derive(Debug, thiserror::Error)]
pub enum HostileError {
    /// The sheet it is made from.
    #[error(transparent)]
    Sheet(#[from] SheetError),
    /// The container.
    #[error("the container could not be made: {0}")]
    Container(#[from] std::io::Error),
    /// The zip.
    #[error("the zip could not be made: {0}")]
    Zip(#[from] zip::result::ZipError),
}

/// Every kind.
///
/// # Errors
/// See [`HostileError`].
pub fn files() -> Result<Vec<Hostile>, HostileError> {
    let mut files = clinic::files()?;
    files.extend(texts::files());
    files.extend(archives::files()?);
    files.extend(workbooks::files()?);
    Ok(files)
}

/// One of each error.
///
/// # Errors
/// See [`HostileError`].
pub fn one_of_each() -> Result<Vec<Hostile>, HostileError> {
    let mut errors = BTreeSet::new();
    let mut files = files()?;
    files.retain(|file| errors.insert(file.error));
    Ok(files)
}

fn file(name: &'static str, content: impl Into<Vec<u8>>, error: &'static str) -> Hostile {
    Hostile { name, content: content.into(), error }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_made_under_a_name_of_its_own_and_none_is_large() {
        let files = files().unwrap();
        let names: BTreeSet<&str> = files.iter().map(|file| file.name).collect();
        assert_eq!(names.len(), files.len());
        for file in files {
            assert!(file.content.len() < 4 << 20, "{}", file.name);
        }
    }
}
