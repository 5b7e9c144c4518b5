//! Ingest: a bounded look at a dropped file.
//!
//! Spools the object, tells its format from its content, recognises the dataset of each sheet, and lists the parts to
//! transform; or says that this content was loaded before. Files that cannot be read are refused with a named error,
//! and a second request writes down how the drop ended. A third one tells what became of a batch or a drop.

pub mod context;
pub mod error;
pub mod explain;
pub mod handler;
pub mod look;
pub mod mend;
pub mod parts;
pub mod recognise;
