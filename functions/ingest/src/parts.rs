//! The parts of a file: one per table that was recognised in it, and several of delimited text that is large.

use std::collections::BTreeMap;
use std::fs::File;

use rounds_shared::payload::{Cut, FileFacts, Format, Part, file_name};
use rounds_shared::tabular::{self, Limits, Pieces, Unreadable};

use crate::error::Error;
use crate::look::source;
use crate::recognise::Table;

/// Bytes of JSON that name parts and what is not read. The state machine passes on 256 KiB at the most.
const LISTED: u64 = 200 << 10;

/// Lists the parts of a file's tables. All delimited text among them is read to its end on the way.
///
/// # Errors
/// [`Error::Unreadable`], also where there are more parts than `pieces` allows or the state machine can name.
pub fn parts(
    file: &mut File,
    (facts, etag, key): (&FileFacts, &str, &str),
    tables: &[Table<'_>],
    limits: &Limits,
    pieces: Pieces,
) -> Result<Vec<Part>, Error> {
    let file_name = file_name(key);
    let mut parts: Vec<Part> = Vec::new();
    let mut of_dataset: BTreeMap<&str, u32> = BTreeMap::new();
    for table in tables {
        let source_name = || source(file_name, table.look.member.as_deref());
        let unreadable = |reason| Error::Unreadable { source_name: source_name(), reason };
        for cut in cuts(file, etag, table, limits, pieces).map_err(unreadable)? {
            if parts.len() == pieces.count {
                let limit = size(pieces.count);
                return Err(unreadable(Unreadable::TooLarge { what: "sheets, members and pieces", limit }));
            }
            let index = of_dataset.entry(&table.dataset.name).or_default();
            parts.push(Part {
                batch: table.dataset.batch(&facts.identity(), key),
                dataset: table.dataset.name.clone(),
                index: *index,
                format: table.look.format,
                member: table.look.member.clone(),
                sheet: table.look.sheet.clone(),
                cut,
            });
            *index += 1;
        }
    }
    let listed = serde_json::to_vec(&(&parts, &facts.ignored)).map_or(u64::MAX, |json| size(json.len()));
    if listed > LISTED {
        let reason =
            Unreadable::TooLarge { what: "bytes in the names of its sheets and members", limit: LISTED };
        return Err(Error::Unreadable { source_name: file_name.to_owned(), reason });
    }
    Ok(parts)
}

fn size(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// The pieces of a table that is large delimited text; of any other the one that is the whole.
fn cuts(
    file: &mut File,
    etag: &str,
    table: &Table<'_>,
    limits: &Limits,
    pieces: Pieces,
) -> Result<Vec<Option<Cut>>, Unreadable> {
    if table.look.format != Format::Csv {
        return Ok(vec![None]);
    }
    let cuts = match &table.look.member {
        Some(name) => {
            tabular::cut(&mut tabular::member(file, name, limits)?, etag, table.header, pieces, limits)?
        }
        None => tabular::cut(file, etag, table.header, pieces, limits)?,
    };
    Ok(if cuts.len() == 1 { vec![None] } else { cuts.into_iter().map(Some).collect() })
}

#[cfg(test)]
#[path = "parts_tests.rs"]
mod tests;
