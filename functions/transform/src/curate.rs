//! A part of a file into what the lake keeps of it. Pure: a file and a contract in, files out.

use std::fs::File;
use std::ops::ControlFlow;
use std::thread;

use jiff::civil::{Date, DateTime};
use rounds_shared::catalog::{Dataset, Partition, UnknownColumns};
use rounds_shared::manifest::{LakeObject, PartManifest};
use rounds_shared::payload::{self, Part, PartCounts, Severity};
use rounds_shared::rule::Rule;
use rounds_shared::stretch::Stretch;
use rounds_shared::tabular::{Limits, Row, Unreadable};

use crate::error::Error;
use crate::findings::Findings;
use crate::heading::Heading;
use crate::kept::Repeated;
use crate::lake;
use crate::mends::Mends;
use crate::parquet::{Finished, Lineage};
use crate::partitions::Month;
use crate::rejects::{Broken, Rejects};
use crate::rejects_workbook::{self, Source};
use crate::rows::each_row;
use crate::table::Table;

/// What a part is read by.
#[derive(Debug, Clone, Copy)]
pub struct Order<'o> {
    /// The part.
    pub part: &'o Part,
    /// Its contract.
    pub dataset: &'o Dataset,
    /// The drop's key.
    pub key: &'o str,
    /// When it was dropped, as the clinic's clocks showed it.
    pub dropped_at: DateTime,
    /// The day that rules about dates count from.
    pub as_of: Date,
    /// Bounds on what is parsed.
    pub limits: &'o Limits,
}

impl Order<'_> {
    /// What was read of the file, or the error that names where it cannot be read.
    ///
    /// # Errors
    /// [`Error::Unreadable`].
    pub fn readable<T>(&self, read: Result<T, Unreadable>) -> Result<T, Error> {
        read.map_err(|reason| Error::Unreadable { source_name: self.source_name(), reason })
    }

    /// The file's name.
    pub(crate) fn file_name(&self) -> &str {
        payload::file_name(self.key)
    }

    /// `export.zip, member “appointments.xlsx”, sheet “Sheet1”`.
    fn source_name(&self) -> String {
        let names = [("member", &self.part.member), ("sheet", &self.part.sheet)];
        let named =
            names.into_iter().filter_map(|(what, name)| Some(format!(", {what} “{}”", name.as_ref()?)));
        self.file_name().to_owned() + &named.collect::<String>()
    }
}

/// Is told of each file that a part becomes, and of the key that it is to have, as soon as the file is whole: by several
/// threads, in no order. Where it fails, all ends.
pub type Done<'d> = &'d (dyn Fn(String, Stretch) -> Result<(), Error> + Sync);

/// Reads a part, mended rows in the place of its own, tells `done` of the files that it becomes, and answers their
/// manifest, to be put last: once it is there, all of them are. The same drop by the same contract makes the same files,
/// byte by byte. Memory is bounded, however many rows there are: they wait on disk until it is known which of them stand.
///
/// # Errors
/// [`Error::Unreadable`], [`Error::MissingColumns`] and [`Error::UnknownColumns`] are the file's fault,
/// [`Error::UnusableKey`] is that of whoever dropped it. Those of `done`.
pub fn curate(
    file: &mut File,
    mended: &mut [File],
    order: &Order<'_>,
    done: Done<'_>,
) -> Result<PartManifest, Error> {
    let Order { part, dataset, limits, .. } = *order;
    let mut mends = Mends::default();
    for workbook in mended {
        order.readable(mends.read(workbook, part.index, limits))?;
    }
    let mut table = Table::new(order, mends)?;
    each_row(file, order, |row| {
        table.take(row)?;
        if table.kept.bytes() + table.rejects.bytes() > limits.expanded_bytes {
            let what = "bytes in its rows";
            order.readable(Err(Unreadable::TooLarge { what, limit: limits.expanded_bytes }))?;
        }
        Ok(if table.is_hopeless() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    let mut mends = table.finish(part.cut.is_none())?;
    let Some(heading) = table.heading.take() else { return Err(headless(&table, order)) };
    note_columns(&mut table.findings, &heading, order)?;

    let Table { kept, mut rejects, mut findings, read, .. } = table;
    let decided = kept.decide(&mut findings)?;
    reject_repeated(file, order, &mut mends, &heading, &decided.repeated, &mut rejects)?;
    let counts =
        PartCounts { read, kept: decided.kept, rejected: rejects.count(), superseded: decided.superseded };
    let lineage =
        Lineage { batch: part.batch.clone(), file: order.file_name().to_owned(), sheet: part.place() };
    let written = Written { order, lineage: &lineage, done };
    let (objects, (rejects, rejects_workbook)) = thread::scope(|scope| {
        let writing = || written.rejects(rejects, &heading, &mut findings);
        let rejects = thread::Builder::new().spawn_scoped(scope, writing)?;
        let objects = lake::write(&decided, dataset, &lineage, &|month, file| {
            written.add("curated", &month_folder(dataset, month), "parquet", file)
        });
        Ok::<_, Error>((objects?, rejects.join().map_err(|_| Error::Interrupted)??))
    })?;
    Ok(PartManifest {
        batch: part.batch.clone(),
        dataset: dataset.name.clone(),
        index: part.index,
        sheet: part.sheet.clone(),
        counts,
        objects,
        rejects,
        rejects_workbook,
        findings: findings.finish(dataset, part.place().as_deref()),
    })
}

fn headless(table: &Table<'_>, order: &Order<'_>) -> Error {
    let source_name = order.source_name();
    if table.search.searched() == 0 {
        return Error::Unreadable { source_name, reason: Unreadable::Empty };
    }
    Error::MissingColumns {
        source_name,
        dataset: order.dataset.name.clone(),
        searched: table.search.searched(),
        nearest: table.search.nearest().to_string(),
    }
}

/// Where the header is, and which columns it matches.
fn note_columns(findings: &mut Findings, heading: &Heading, order: &Order<'_>) -> Result<(), Error> {
    let unknown: Vec<String> = heading.unknown().map(|position| position.to_string()).collect();
    if order.dataset.unknown_columns == UnknownColumns::Reject && !unknown.is_empty() {
        return Err(Error::UnknownColumns {
            source_name: order.source_name(),
            dataset: order.dataset.name.clone(),
            positions: unknown.join(", "),
        });
    }
    // All pieces of a text have the header of the first, which tells of it.
    if order.part.cut.as_ref().is_none_or(|cut| cut.from == cut.head) {
        for (rule, column, at) in heading.findings(order.dataset) {
            findings.note(Severity::Info, rule, column, at);
        }
    }
    Ok(())
}

/// Reads the part again for the cells of rows that turned out to repeat a unique value. They are few, or the column is
/// none; so no other row's cells need be kept for this.
fn reject_repeated(
    file: &mut File,
    order: &Order<'_>,
    mends: &mut Mends,
    heading: &Heading,
    repeated: &[Repeated],
    rejects: &mut Rejects,
) -> Result<(), Error> {
    let mut waiting = repeated.iter().peekable();
    if waiting.peek().is_none() {
        return Ok(());
    }
    each_row(file, order, |row| {
        if let Some(repeated) = waiting.next_if(|repeated| repeated.number == row.number) {
            let broken: Vec<Broken> =
                repeated.columns.iter().map(|position| (Some(*position), Rule::NotUnique)).collect();
            match mends.mended(row, heading) {
                Some(cells) => rejects.push(&Row { cells: &cells, ..*row }, &broken)?,
                None => rejects.push(row, &broken)?,
            }
        }
        Ok(if waiting.peek().is_none() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })
}

/// Gives files their keys.
struct Written<'o> {
    order: &'o Order<'o>,
    lineage: &'o Lineage,
    done: Done<'o>,
}

impl Written<'_> {
    fn add(&self, area: &str, folder: &str, kind: &str, file: Finished) -> Result<LakeObject, Error> {
        let Order { part, dataset, .. } = self.order;
        let (domain, table, batch, index) = (dataset.domain(), dataset.table(), &part.batch, part.index);
        let key = format!("{area}/{domain}/{table}/batch={batch}/{folder}part-{index:05}.{kind}");
        let Finished { content, rows } = file;
        let bytes = content.bytes();
        (self.done)(key.clone(), content)?;
        Ok(LakeObject { key, rows, bytes })
    }

    /// The rejects as Parquet, and as a workbook.
    fn rejects(
        &self,
        rejects: Rejects,
        heading: &Heading,
        findings: &mut Findings,
    ) -> Result<(Option<LakeObject>, Option<LakeObject>), Error> {
        if rejects.count() == 0 {
            return Ok((None, None));
        }
        let Order { part, dataset, .. } = *self.order;
        let mut rejected = rejects.finish()?;
        let parquet = rejected.write_parquet(dataset, heading, self.lineage)?;
        let parquet = parquet.map(|file| self.add("rejects", "", "parquet", file)).transpose()?;
        let source = Source { dataset, heading, batch: &part.batch, part: part.index };
        let workbook = rejects_workbook::write(&mut rejected, &source, |row| {
            findings.note(Severity::Info, Rule::RejectsNotListed, None, Some(row));
        })?;
        Ok((parquet, workbook.map(|file| self.add("rejects", "", "xlsx", file)).transpose()?))
    }
}

/// `booking_date_month=2025-10/`; a row without a date stands under the name that Hive gives to nulls.
fn month_folder(dataset: &Dataset, month: Month) -> String {
    match (&dataset.partition, month) {
        (None, _) => String::new(),
        (Some(Partition::Month(column)), Some((year, month))) => {
            format!("{column}_month={year:04}-{month:02}/")
        }
        (Some(Partition::Month(column)), None) => format!("{column}_month=__HIVE_DEFAULT_PARTITION__/"),
    }
}

#[cfg(test)]
#[path = "curate_tests.rs"]
mod tests;
