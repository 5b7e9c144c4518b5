//! Workbooks of Office Open XML (ECMA-376, parts 1 and 2): packages whose parts are XML (.xlsx) or records (.xlsb).

mod cell;
mod numbers;
pub(crate) mod package;
mod plain;
mod row_tag;
mod tags;
mod xlsb;
mod xlsx;

pub(super) use xlsb::Xlsb;
pub(super) use xlsx::Xlsx;

use super::number_format::Formats;
use super::sheet::{Each, Grid, NO_SHEET, Names, Wanted};
use super::texts::{NextText, Shared, Texts};
use crate::tabular::container::{Container, Member};
use crate::tabular::{Epoch, Limits, Row, Sheet, Unreadable};
use package::Relations;

/// What a workbook calls the part with the texts that cells share.
const TEXTS: &str = "sharedStrings";

const NO_WORKBOOK: Unreadable = Unreadable::Corrupt { what: "the list of its sheets is missing" };

/// How the parts of a workbook are written.
pub(super) trait Notation {
    /// Lists the sheets, and says what dates count from.
    fn list(content: Member<'_>, limits: &Limits, listing: &mut Listing<'_>) -> Result<(), Unreadable>;

    /// Texts that cells share.
    fn texts<'c>(content: Member<'c>, limits: &'c Limits) -> NextText<'c>;

    /// Formats of cells.
    fn formats(content: Member<'_>, limits: &Limits) -> Result<Formats, Unreadable>;

    /// Passes on the rows of a sheet.
    fn rows<'w>(
        content: Member<'_>,
        limits: &Limits,
        context: &'w Context<'_>,
        grid: Grid<'w, '_>,
    ) -> Result<(), Unreadable>;
}

/// What all cells of a workbook are read with.
pub(super) struct Context<'c> {
    texts: Shared<'c>,
    formats: Formats,
    epoch: Epoch,
}

/// The worksheets that a workbook lists, each with the path of its part, and what its dates count from.
pub(super) struct Listing<'r> {
    relations: &'r Relations,
    limits: &'r Limits,
    names: Names,
    sheets: Vec<(Sheet, String)>,
    epoch: Epoch,
}

impl Listing<'_> {
    /// Takes the next sheet; charts, dialogs and lists of macros are none.
    fn add(&mut self, name: &str, is_hidden: bool, relation: &str) -> Result<(), Unreadable> {
        let relation = self.relations.get(relation).ok_or(NO_SHEET)?;
        if relation.kind == "worksheet" {
            let name = self.names.claim(name, self.limits)?;
            self.sheets.push((Sheet { name: Some(name), is_hidden }, relation.target.clone()));
        }
        Ok(())
    }
}

/// Reads the sheets that are wanted and answers all.
pub(super) fn read<N: Notation>(
    container: &mut Container,
    limits: &Limits,
    wanted: Wanted<'_>,
    each: Each<'_>,
) -> Result<Vec<Sheet>, Unreadable> {
    let path = package::main_part(container, limits)?.ok_or(NO_WORKBOOK)?;
    let relations = &package::relations(container, &path, limits)?;
    let mut listing =
        Listing { relations, limits, names: Names::default(), sheets: Vec::new(), epoch: Epoch::Y1900 };
    N::list(container.member(&path)?.ok_or(NO_WORKBOOK)?, limits, &mut listing)?;
    let Listing { sheets, epoch, .. } = listing;
    if sheets.iter().any(|(sheet, _)| wanted.has(sheet)) {
        let mut beside = container.clone();
        let texts = texts::<N>(container, &mut beside, relations, limits, wanted)?;
        let formats = part(container, relations, "styles", |content| N::formats(content, limits))?;
        let context = Context { texts, formats, epoch };
        for (position, (_, path)) in sheets.iter().enumerate().filter(|(_, (sheet, _))| wanted.has(sheet)) {
            let each = &mut |row: Row<'_>| each(position, row);
            let read =
                |content: Member<'_>| N::rows(content, limits, &context, Grid::new(limits, epoch, each));
            match wanted {
                // As a rule the beginnings of sheets.
                Wanted::All => container.member(path)?.map(read).transpose()?,
                _ => container.read(path, read)?,
            }
            .ok_or(NO_SHEET)?;
        }
    }
    Ok(sheets.into_iter().map(|(sheet, _)| sheet).collect())
}

/// The texts that cells share. Of all sheets beginnings are wanted, as a rule: then they are read beside, as far as cells
/// refer to them.
fn texts<'c, N: Notation>(
    container: &mut Container,
    beside: &'c mut Container,
    relations: &Relations,
    limits: &'c Limits,
    wanted: Wanted<'_>,
) -> Result<Shared<'c>, Unreadable> {
    let content = match (wanted, relations.target(TEXTS)) {
        (Wanted::All, Some(path)) => beside.member(path)?,
        _ => None,
    };
    match content {
        Some(content) => Ok(Shared::reading(N::texts(content, limits))),
        None => {
            let read = |content: Member<'_>| Texts::all(N::texts(content, limits));
            part(container, relations, TEXTS, read).map(Shared::Read)
        }
    }
}

/// Reads the workbook's part of this kind; a workbook without one has nothing of it.
fn part<T: Default>(
    container: &mut Container,
    relations: &Relations,
    kind: &str,
    read: impl FnOnce(Member<'_>) -> Result<T, Unreadable>,
) -> Result<T, Unreadable> {
    match relations.target(kind) {
        Some(path) => container.read(path, read).map(Option::unwrap_or_default),
        None => Ok(T::default()),
    }
}
