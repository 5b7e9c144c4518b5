//! Workbooks of Office Open XML (ECMA-376, parts 1 and 2): packages whose parts are XML (.xlsx) or records (.xlsb).

mod cell;
pub(crate) mod package;
mod xlsb;
mod xlsx;

pub(super) use xlsb::Xlsb;
pub(super) use xlsx::Xlsx;

use super::number_format::Formats;
use super::sheet::{Each, Grid, NO_SHEET, Names, Wanted};
use super::texts::Texts;
use crate::tabular::container::{Container, Member};
use crate::tabular::{Epoch, Limits, Sheet, Unreadable};
use package::Relations;

const NO_WORKBOOK: Unreadable = Unreadable::Corrupt { what: "the list of its sheets is missing" };

/// How the parts of a workbook are written.
pub(super) trait Notation {
    /// Lists the sheets, and says what dates count from.
    fn list(content: Member<'_>, limits: &Limits, listing: &mut Listing<'_>) -> Result<(), Unreadable>;

    /// Texts that cells share.
    fn texts(content: Member<'_>, limits: &Limits) -> Result<Texts, Unreadable>;

    /// Formats of cells.
    fn formats(content: Member<'_>, limits: &Limits) -> Result<Formats, Unreadable>;

    /// Passes on the rows of a sheet.
    fn rows<'w>(
        content: Member<'_>,
        limits: &Limits,
        context: &'w Context,
        grid: Grid<'w, '_>,
    ) -> Result<(), Unreadable>;
}

/// What all cells of a workbook are read with.
pub(super) struct Context {
    texts: Texts,
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
        let texts = part(container, relations, "sharedStrings", |content| N::texts(content, limits))?;
        let formats = part(container, relations, "styles", |content| N::formats(content, limits))?;
        let context = Context { texts, formats, epoch };
        for (position, (_, path)) in sheets.iter().enumerate().filter(|(_, (sheet, _))| wanted.has(sheet)) {
            let content = container.member(path)?.ok_or(NO_SHEET)?;
            N::rows(content, limits, &context, Grid::new(limits, epoch, &mut |row| each(position, row)))?;
        }
    }
    Ok(sheets.into_iter().map(|(sheet, _)| sheet).collect())
}

/// Reads the workbook's part of this kind; a workbook without one has nothing of it.
fn part<T: Default>(
    container: &mut Container,
    relations: &Relations,
    kind: &str,
    read: impl FnOnce(Member<'_>) -> Result<T, Unreadable>,
) -> Result<T, Unreadable> {
    match relations.target(kind) {
        Some(path) => container.member(path)?.map_or_else(|| Ok(T::default()), read),
        None => Ok(T::default()),
    }
}
