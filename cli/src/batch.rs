//! A batch as people speak of it: by a short name, with its rows, and where it and refused files are kept.

use rounds_shared::payload::{BatchCounts, Drop};

use crate::terminal::grouped;

/// Enough of a batch's name for the commands that are suggested.
const SHORT: usize = 12;

/// Where a refused file is, and what a person does about it.
pub(crate) fn tell_kept(
    drop: &Drop,
    etag: &str,
    kept: Option<&str>,
    place: &dyn Fn(&str) -> String,
) -> (String, &'static str) {
    let next = "mend the file and drop it again";
    match kept {
        None => ("no place: it was gone before it could be kept".to_owned(), "drop the file again"),
        Some(kept) if kept == drop.address() => (format!("{kept}, where it was dropped"), next),
        Some(_) => (place(&drop.kept_aside(etag)), next),
    }
}

/// `12 read = 10 loaded + 2 rejected + 0 superseded + 0 held`.
pub(crate) fn sum(counts: &BatchCounts) -> String {
    let BatchCounts { read, loaded, rejected, superseded, held } = *counts;
    let [read, loaded, rejected, superseded, held] = [read, loaded, rejected, superseded, held].map(grouped);
    format!("{read} read = {loaded} loaded + {rejected} rejected + {superseded} superseded + {held} held")
}

/// The folder of a batch within those of the lake's objects of one kind.
pub(crate) fn folder(dataset: &str, batch: &str) -> String {
    format!("{}/batch={batch}/", dataset.replacen('.', "/", 1))
}

/// Enough of a batch's name to tell it from others.
pub(crate) fn short(batch: &str) -> &str {
    batch.get(..SHORT).unwrap_or(batch)
}
