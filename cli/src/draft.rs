//! Files for people, written beside their place and moved there whole: none is ever cut off.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::random;

/// A file that only its owner may read, as there may be patients' rows in it. It is removed unless it is kept.
pub(crate) struct Draft {
    file: File,
    path: PathBuf,
    place: PathBuf,
}

impl Draft {
    /// An empty one, beside `place`.
    pub(crate) fn of(place: &Path) -> Result<Self> {
        let name = place.file_name().unwrap_or_default().to_string_lossy();
        let path = place.with_file_name(format!(".{name}.{}.part", random::token()?));
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        Ok(Self { file: file.map_err(Error::file(place))?, path, place: place.to_owned() })
    }

    /// Adds some bytes.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(Error::file(&self.place))
    }

    /// Moves it to its place, over what is there.
    pub(crate) fn keep(self) -> Result<()> {
        self.file
            .sync_all()
            .and_then(|()| fs::rename(&self.path, &self.place))
            .map_err(Error::file(&self.place))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // One that was kept is not there any more.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_file_that_is_kept_is_whole_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("rejects.xlsx");
        let mut draft = Draft::of(&place).unwrap();
        draft.write(b"one").unwrap();
        assert!(!place.exists(), "nothing is at its place before it is whole");
        draft.write(b" two").unwrap();
        draft.keep().unwrap();
        assert_eq!(fs::read(&place).unwrap(), b"one two");
        assert_eq!(fs::metadata(&place).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(names(folder.path()), ["rejects.xlsx"]);
    }

    #[test]
    fn one_that_broke_off_leaves_nothing_and_what_was_there_stays() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("page.html");
        fs::write(&place, "yesterday's").unwrap();
        let mut draft = Draft::of(&place).unwrap();
        draft.write(b"cut").unwrap();
        drop(draft);
        assert_eq!(
            (names(folder.path()), fs::read(&place).unwrap()),
            (vec!["page.html".to_owned()], b"yesterday's".to_vec())
        );
    }
}
