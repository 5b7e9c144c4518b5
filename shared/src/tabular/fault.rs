//! Panics of readers.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::Unreadable;

/// Some broken files make a reader panic; that is the file's fault and not ours.
pub(super) fn unpanicking<T>(read: impl FnOnce() -> Result<T, Unreadable>) -> Result<T, Unreadable> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(result) => result,
        Err(_) => Err(Unreadable::Corrupt { what: "it is not built as files of its kind are" }),
    }
}
