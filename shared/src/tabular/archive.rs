//! Files in a zip archive, bounded.

use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};

use super::container::{Container, zip_error};
use super::unreadable::unpanicking;
use super::{Limits, Unreadable};

/// A zip archive.
pub struct Archive(Container);

impl Archive {
    /// Opens an archive without unpacking anything of it.
    ///
    /// # Errors
    /// See [`Unreadable`]: broken, or with more members than the limits allow.
    pub fn open(file: &mut File, limits: &Limits) -> Result<Self, Unreadable> {
        unpanicking(|| Container::open(file, limits).map(Self))
    }

    /// The files in it by name, in order, without folders and without what file managers leave in it. Of files of one name
    /// the last is meant, as for programs that unpack one over the other.
    ///
    /// # Errors
    /// See [`Unreadable`]: encrypted, broken, or larger than the limits once unpacked.
    pub fn members(&mut self) -> Result<Vec<String>, Unreadable> {
        let mut names = unpanicking(|| self.0.names())?;
        names.retain(|name| !is_folder_or_junk(name));
        Ok(names)
    }

    /// Unpacks a member, as [`Archive::members`] names it, into a temporary file.
    ///
    /// # Errors
    /// See [`Unreadable`]: encrypted, broken, or larger than the limits once unpacked.
    pub fn member(&mut self, name: &str) -> Result<File, Unreadable> {
        unpanicking(|| unpacked(&mut self.0, name))
    }
}

/// Unpacks one member of a zip archive as [`Archive::member`] does.
///
/// # Errors
/// See [`Archive::open`] and [`Archive::member`].
pub fn member(file: &mut File, name: &str, limits: &Limits) -> Result<File, Unreadable> {
    Archive::open(file, limits)?.member(name)
}

fn unpacked(container: &mut Container, name: &str) -> Result<File, Unreadable> {
    let mut content = container.named(name)?;
    let mut unpacked = tempfile::tempfile()?;
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count = content.read(&mut buffer).map_err(|error| zip_error(error.into()))?;
        if count == 0 {
            break;
        }
        unpacked.write_all(buffer.get(..count).unwrap_or_default())?;
    }
    unpacked.rewind()?;
    Ok(unpacked)
}

/// macOS keeps attributes of files in files of their own, Office marks those that are open, and both systems write down
/// how a folder looks.
fn is_folder_or_junk(name: &str) -> bool {
    let mut components = name.split(['/', '\\']);
    let last = components.next_back().unwrap_or_default();
    last.is_empty()
        || last.starts_with("._")
        || last.starts_with("~$")
        || matches!(last, ".DS_Store" | "Thumbs.db" | "desktop.ini")
        || components.any(|folder| folder == "__MACOSX")
}

#[cfg(test)]
mod tests {
    use crate::payload::Format;
    use crate::tabular::detect;
    use crate::tabular::tests::zipped;

    use super::*;

    fn members(file: &mut File, limits: &Limits) -> Result<Vec<String>, Unreadable> {
        Archive::open(file, limits)?.members()
    }

    fn file_of(content: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(content).unwrap();
        file
    }

    #[test]
    fn an_archive_holds_files_and_what_file_managers_leave_is_none() {
        let members_in = ["a/", "a/b.csv", "__MACOSX/a/._b.csv", ".DS_Store", "~$c.xlsx", "c.csv"];
        let mut file = file_of(&zipped(&members_in.map(|name| (name, "x,y\n1,2\n"))));
        assert_eq!(detect(&mut file).unwrap(), Format::Zip);
        assert_eq!(members(&mut file, &Limits::default()).unwrap(), ["a/b.csv", "c.csv"]);
    }

    #[test]
    fn a_member_is_a_file_like_any_other() {
        let inner = zipped(&[("c.csv", "x,y\n")]);
        let mut file = file_of(&zipped(&[("b.csv", "x,y\n1,2\n")]));
        let mut member_of = |name: &str| member(&mut file, name, &Limits::default());
        let mut text = String::new();
        member_of("b.csv").unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "x,y\n1,2\n");
        assert!(member_of("../b.csv").is_err(), "names are no paths");
        assert_eq!(detect(&mut file_of(&inner)).unwrap(), Format::Zip);
    }

    #[test]
    fn each_member_is_bounded_by_itself() {
        let content = "x,y\n".repeat(1 << 10);
        let mut file = file_of(&zipped(&[("a.csv", &content), ("b.csv", &content)]));
        let mut archive = Archive::open(&mut file, &Limits::default()).unwrap();
        for name in archive.members().unwrap() {
            let unpacked = archive.member(&name).unwrap();
            assert_eq!(unpacked.metadata().unwrap().len(), content.len() as u64);
        }
    }

    #[test]
    fn an_archive_with_a_password_says_so() {
        let mut content = zipped(&[("b.csv", "x,y\n1,2\n")]);
        // The flags of the file stand before it, and in the list at the end.
        for (signature, flags) in [(b"PK\x03\x04", 6), (b"PK\x01\x02", 8)] {
            let at = content.windows(4).position(|bytes| bytes == signature).unwrap();
            content[at + flags] |= 1;
        }
        let mut file = file_of(&content);
        assert_eq!(detect(&mut file).unwrap(), Format::Zip);
        assert!(matches!(members(&mut file, &Limits::default()), Err(Unreadable::PasswordProtected)));
        assert!(matches!(member(&mut file, "b.csv", &Limits::default()), Err(Unreadable::PasswordProtected)));
    }

    #[test]
    fn a_member_is_bounded_once_unpacked() {
        let mut file = file_of(&zipped(&[("b.csv", &"x,y\n".repeat(1 << 15))]));
        let limits = Limits { expanded_bytes: 100_000, ..Limits::default() };
        assert!(matches!(member(&mut file, "b.csv", &limits), Err(Unreadable::TooLarge { .. })));
        assert!(matches!(members(&mut file, &limits), Err(Unreadable::TooLarge { .. })));
    }
}
