//! Workbooks of Office Open XML (ECMA-376, part 1, 18): .xlsx, .xlsm and templates, sheet by sheet, row by row.

use std::collections::HashMap;
use std::io::BufRead;

use quick_xml::events::{BytesStart, Event};

use super::cell::size;
use super::container::Container;
use super::number_format::Shown;
use super::package::{self, Relation};
use super::sheet::{Each, Grid, Listed, Names, Wanted};
use super::texts::Texts;
use super::xlsx_cell::{CellTag, Context, read_cell, rich_text};
use super::xml::{Xml, attribute, flag};
use super::{Epoch, Limits, Sheet, Unreadable};

pub(super) const NO_WORKBOOK: Unreadable = Unreadable::Corrupt { what: "the list of its sheets is missing" };
pub(super) const NO_SHEET: Unreadable = Unreadable::Corrupt { what: "a sheet that it lists is not in it" };

/// Formats of cells; spreadsheets have up to 65,490.
const FORMATS: usize = 1_000_000;

/// Reads the sheets that are wanted and answers all.
pub(super) fn read(
    container: &mut Container,
    limits: &Limits,
    wanted: Wanted<'_>,
    each: Each<'_>,
) -> Result<Vec<Sheet>, Unreadable> {
    let path = package::main_part(container, limits)?.ok_or(NO_WORKBOOK)?;
    let relations = package::relations(container, &path, limits)?;
    let (listed, epoch) = listed(container, &path, &relations, limits)?;
    if listed.iter().any(|listed| wanted.has(&listed.sheet)) {
        let context = Context {
            texts: texts(container, target(&relations, "sharedStrings"), limits)?,
            formats: formats(container, target(&relations, "styles"), limits)?,
            epoch,
        };
        for (position, listed) in listed.iter().enumerate().filter(|(_, listed)| wanted.has(&listed.sheet)) {
            let xml = Xml::new(container.member(&listed.path)?.ok_or(NO_SHEET)?, limits.text_bytes);
            rows(xml, &context, Grid::new(limits, epoch, &mut |row| each(position, row)))?;
        }
    }
    Ok(listed.into_iter().map(|listed| listed.sheet).collect())
}

pub(super) fn target<'r>(relations: &'r [Relation], kind: &str) -> Option<&'r str> {
    relations.iter().find(|relation| relation.kind == kind).map(|relation| relation.target.as_str())
}

/// The worksheets that the workbook lists, and what its dates count from.
fn listed(
    container: &mut Container,
    path: &str,
    relations: &[Relation],
    limits: &Limits,
) -> Result<(Vec<Listed>, Epoch), Unreadable> {
    let mut xml = Xml::new(container.member(path)?.ok_or(NO_WORKBOOK)?, limits.text_bytes);
    let (mut sheets, mut names, mut epoch) = (Vec::new(), Names::default(), Epoch::Y1900);
    loop {
        match xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "workbookPr" if flag(&element, "date1904") => epoch = Epoch::Y1904,
                "sheet" => {
                    let state = attribute(&element, "state").unwrap_or_default();
                    let name = attribute(&element, "name").unwrap_or_default();
                    let id = attribute(&element, "id").unwrap_or_default();
                    let is_hidden = matches!(state.as_str(), "hidden" | "veryHidden");
                    sheets.extend(Listed::related(name, is_hidden, &id, relations, &mut names)?);
                    if sheets.len() > limits.entries {
                        return Err(Unreadable::TooLarge { what: "sheets", limit: size(limits.entries) });
                    }
                }
                _ => {}
            },
            Event::Eof => break,
            _ => {}
        }
    }
    Ok((sheets, epoch))
}

fn texts(container: &mut Container, path: Option<&str>, limits: &Limits) -> Result<Texts, Unreadable> {
    let mut texts = Texts::default();
    let Some(content) = path.map(|path| container.member(path)).transpose()?.flatten() else {
        return Ok(texts);
    };
    let mut xml = Xml::new(content, limits.text_bytes);
    let mut text = String::new();
    loop {
        match xml.next()? {
            Event::Start(element) if element.local_name().as_ref() == "si" => {
                text.clear();
                rich_text(&mut xml, &mut text)?;
                texts.push(&text, limits)?;
            }
            Event::Eof => return Ok(texts),
            _ => {}
        }
    }
}

/// What numbers stand for, by the number of a cell's format.
fn formats(container: &mut Container, path: Option<&str>, limits: &Limits) -> Result<Vec<Shown>, Unreadable> {
    let mut formats = Vec::new();
    let Some(content) = path.map(|path| container.member(path)).transpose()?.flatten() else {
        return Ok(formats);
    };
    let mut xml = Xml::new(content, limits.text_bytes);
    let mut custom = HashMap::new();
    let mut is_within = false;
    loop {
        match xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "cellXfs" => is_within = true,
                "numFmt" => {
                    let code = attribute(&element, "formatCode").unwrap_or_default();
                    custom.insert(number(&element, "numFmtId"), Shown::by_code(&code));
                }
                "xf" if is_within => {
                    let number = number(&element, "numFmtId");
                    formats.push(custom.get(&number).copied().unwrap_or_else(|| Shown::by_number(number)));
                }
                _ => {}
            },
            Event::End(element) if element.local_name().as_ref() == "cellXfs" => is_within = false,
            Event::Eof => return Ok(formats),
            _ => {}
        }
        if formats.len() > FORMATS || custom.len() > FORMATS {
            return Err(Unreadable::TooLarge { what: "cell formats", limit: size(FORMATS) });
        }
    }
}

fn number(element: &BytesStart<'_>, name: &str) -> u32 {
    attribute(element, name).and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// Rows and cells may leave out where they stand: then they follow the one before.
fn rows<'w>(
    mut xml: Xml<impl BufRead>,
    context: &'w Context,
    mut grid: Grid<'w, '_>,
) -> Result<(), Unreadable> {
    let (mut row, mut column) = (0_u32, 0_u32);
    let (mut is_within, mut value) = (false, String::new());
    loop {
        let tag = match xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "sheetData" => {
                    is_within = true;
                    continue;
                }
                "row" if is_within => {
                    let number = attribute(&element, "r").and_then(|number| number.trim().parse().ok());
                    row = number.filter(|number| *number > 0).unwrap_or(row.saturating_add(1));
                    column = 0;
                    continue;
                }
                "c" if is_within => CellTag::new(&element),
                _ => continue,
            },
            Event::End(element) if element.local_name().as_ref() == "sheetData" => break,
            Event::Eof => break,
            _ => continue,
        };
        (row, column) = tag.place.unwrap_or((row.max(1), column.saturating_add(1)));
        let cell = read_cell(&mut xml, &tag, context, &mut value)?;
        if grid.put(row - 1, column - 1, cell)?.is_break() {
            return Ok(());
        }
    }
    grid.finish()
}

#[cfg(test)]
#[path = "xlsx_tests.rs"]
mod tests;
