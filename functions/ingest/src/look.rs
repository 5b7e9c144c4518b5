//! The first look at a file: what it is, and how each of its sheets begins.

use std::fs::File;
use std::ops::ControlFlow;

use rounds_shared::header::{Line, ROWS_SEARCHED};
use rounds_shared::payload::{Format, IgnoredBecause, IgnoredSheet};
use rounds_shared::tabular::{self, Archive, Limits, Unreadable};

use crate::error::Error;

/// Bytes of a workbook or an archive: every transform of a part of it spools the whole. Delimited text is spooled in
/// pieces.
const WHOLE_BYTES: u64 = 256 << 20;

/// Bytes of the name of a sheet or a member, which payloads, findings and errors tell: as many as S3 takes in a key.
const NAME_BYTES: usize = 1024;

/// The beginning of a sheet, or of delimited text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The member, in a zip archive.
    pub member: Option<String>,
    /// Format of the file, or of the member.
    pub format: Format,
    /// The sheet's name; none for delimited text.
    pub sheet: Option<String>,
    /// Whether a person who opens the workbook does not see it.
    pub is_hidden: bool,
    /// Its first rows, at most [`ROWS_SEARCHED`].
    pub rows: Vec<Line>,
}

impl Look {
    /// What it is called where the file's name need not be said.
    #[must_use]
    pub fn place(&self) -> Option<String> {
        rounds_shared::payload::place(self.member.as_deref(), self.sheet.as_deref())
    }

    /// `export.zip, member “january.xlsx”, sheet “Sheet1”`.
    #[must_use]
    pub fn source(&self, file_name: &str) -> String {
        let sheet = self.sheet.as_ref().map(|sheet| format!(", sheet “{sheet}”")).unwrap_or_default();
        source(file_name, self.member.as_deref()) + &sheet
    }
}

/// What was seen of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Format by content.
    pub format: Format,
    /// Its sheets, or those of all its members, in order.
    pub looks: Vec<Look>,
    /// Members that are not read.
    pub ignored: Vec<IgnoredSheet>,
}

/// Looks at a file of this many bytes, or at each member of an archive as at a file of its own.
///
/// # Errors
/// [`Error::Unreadable`]; of an archive too as soon as one of its members is broken, so that none is lost in silence.
pub fn look_at(file: &mut File, bytes: u64, file_name: &str, limits: &Limits) -> Result<Seen, Error> {
    let unreadable = |reason| Error::Unreadable { source_name: file_name.to_owned(), reason };
    let format = tabular::detect(file).map_err(unreadable)?;
    if format != Format::Csv && bytes > WHOLE_BYTES {
        return Err(unreadable(Unreadable::TooLarge { what: "bytes in one file", limit: WHOLE_BYTES }));
    }
    let mut seen = Seen { format, looks: Vec::new(), ignored: Vec::new() };
    let mut held = 0;
    if format == Format::Zip {
        let mut archive = Archive::open(file, limits).map_err(unreadable)?;
        for member in archive.members().map_err(unreadable)? {
            tellable(&member).map_err(unreadable)?;
            let looked = look_at_member(&mut archive, &member, &mut seen, &mut held, limits);
            looked.map_err(|reason| Error::Unreadable {
                source_name: source(file_name, Some(&member)),
                reason,
            })?;
        }
    } else {
        seen.looks = beginnings(file, format, None, &mut held, limits).map_err(unreadable)?;
    }
    match seen.looks.iter().all(|look| look.rows.is_empty()) {
        true if seen.ignored.is_empty() => Err(unreadable(Unreadable::Empty)),
        _ => Ok(seen),
    }
}

fn look_at_member(
    archive: &mut Archive,
    name: &str,
    seen: &mut Seen,
    held: &mut usize,
    limits: &Limits,
) -> Result<(), Unreadable> {
    let mut member = archive.member(name)?;
    let reason = match tabular::detect(&mut member) {
        Ok(Format::Zip) => {
            return Err(Unreadable::Unsupported { what: "a zip archive within another" });
        }
        Ok(format) => {
            seen.looks.extend(beginnings(&mut member, format, Some(name), held, limits)?);
            return Ok(());
        }
        Err(Unreadable::Unsupported { .. }) => IgnoredBecause::UnreadMember,
        Err(Unreadable::Empty) => IgnoredBecause::EmptySheet,
        Err(reason) => return Err(reason),
    };
    seen.ignored.push(IgnoredSheet { name: name.to_owned(), reason });
    Ok(())
}

/// The first rows of every sheet. `held` is what they take in memory, with those of members before: each text stands in
/// a [`Line`] as written and as it is compared.
fn beginnings(
    file: &mut File,
    format: Format,
    member: Option<&str>,
    held: &mut usize,
    limits: &Limits,
) -> Result<Vec<Look>, Unreadable> {
    let mut lines: Vec<Vec<Line>> = Vec::new();
    let most = usize::try_from(limits.held_bytes).unwrap_or(usize::MAX);
    let sheets = tabular::survey(file, format, limits, &mut |position, row| {
        lines.resize_with(lines.len().max(position + 1), Vec::new);
        let Some(lines) = lines.get_mut(position) else { return ControlFlow::Break(()) };
        let line = Line::of(&row);
        *held += line.texts().iter().map(|text| 2 * (size_of::<String>() + text.len())).sum::<usize>();
        if *held > most {
            return ControlFlow::Break(());
        }
        lines.push(line);
        if lines.len() < ROWS_SEARCHED { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    if *held > most {
        let (what, limit) = ("bytes of text in the first rows of its sheets", limits.held_bytes);
        return Err(Unreadable::TooLarge { what, limit });
    }
    sheets.iter().filter_map(|sheet| sheet.name.as_deref()).try_for_each(tellable)?;
    lines.resize_with(sheets.len(), Vec::new);
    let looks = sheets.into_iter().zip(lines).map(|(sheet, rows)| Look {
        member: member.map(str::to_owned),
        format,
        sheet: sheet.name,
        is_hidden: sheet.is_hidden,
        rows,
    });
    Ok(looks.collect())
}

/// Refuses a name that is too long to be told.
fn tellable(name: &str) -> Result<(), Unreadable> {
    if name.len() > NAME_BYTES {
        return Err(Unreadable::Corrupt {
            what: "the name of a sheet or a file in it is longer than 1,024 bytes",
        });
    }
    Ok(())
}

/// `export.zip, member “january.csv”`.
pub(crate) fn source(file_name: &str, member: Option<&str>) -> String {
    member.map_or(file_name.to_owned(), |member| format!("{file_name}, member “{member}”"))
}

#[cfg(test)]
#[path = "look_tests.rs"]
pub(crate) mod tests;
