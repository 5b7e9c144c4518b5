//! The parts of an .xlsx, .xlsm or template (ECMA-376, part 1, 18): XML.

use quick_xml::events::{BytesStart, Event};

use super::cell::{CellTag, read_cell, rich_text};
use super::plain::{self, PlainRows};
use super::{Context, Listing, Notation};
use crate::tabular::blocks::Window;
use crate::tabular::container::Member;
use crate::tabular::workbook::number_format::Formats;
use crate::tabular::workbook::sheet::Grid;
use crate::tabular::workbook::texts::NextText;
use crate::tabular::workbook::xml::{Xml, attribute, flag};
use crate::tabular::{Epoch, Limits, Unreadable};

/// Parts that are XML.
pub(crate) struct Xlsx;

impl Notation for Xlsx {
    fn list(content: Member<'_>, limits: &Limits, listing: &mut Listing<'_>) -> Result<(), Unreadable> {
        let mut xml = Xml::new(content, limits.text_bytes);
        loop {
            match xml.next()? {
                Event::Start(element) => match element.local_name().as_ref() {
                    "workbookPr" if flag(&element, "date1904") => listing.epoch = Epoch::Y1904,
                    "sheet" => {
                        let text = |name: &str| attribute(&element, name).unwrap_or_default();
                        let is_hidden = matches!(text("state").as_str(), "hidden" | "veryHidden");
                        listing.add(&text("name"), is_hidden, &text("id"))?;
                    }
                    _ => {}
                },
                Event::Eof => return Ok(()),
                _ => {}
            }
        }
    }

    fn texts<'c>(content: Member<'c>, limits: &'c Limits) -> NextText<'c> {
        texts(Xml::new(content, limits.text_bytes), limits)
    }

    fn formats(content: Member<'_>, limits: &Limits) -> Result<Formats, Unreadable> {
        let mut xml = Xml::new(content, limits.text_bytes);
        let (mut formats, mut is_within) = (Formats::default(), false);
        loop {
            match xml.next()? {
                Event::Start(element) => match element.local_name().as_ref() {
                    "cellXfs" => is_within = true,
                    "numFmt" => {
                        let code = attribute(&element, "formatCode").unwrap_or_default();
                        formats.define(number(&element), &code)?;
                    }
                    "xf" if is_within => formats.push(number(&element))?,
                    _ => {}
                },
                Event::End(element) if element.local_name().as_ref() == "cellXfs" => is_within = false,
                Event::Eof => return Ok(formats),
                _ => {}
            }
        }
    }

    fn rows<'w>(
        content: Member<'_>,
        limits: &Limits,
        context: &'w Context<'_>,
        grid: Grid<'w, '_>,
    ) -> Result<(), Unreadable> {
        rows(Xml::new(content, limits.text_bytes), context, grid)
    }
}

/// The number of a number format.
fn number(element: &BytesStart<'_>) -> u32 {
    attribute(element, "numFmtId").and_then(|number| number.parse().ok()).unwrap_or(0)
}

pub(super) fn texts<'c>(mut xml: Xml<impl Window + 'c>, limits: &'c Limits) -> NextText<'c> {
    let mut text = String::new();
    Box::new(move |texts| {
        if let Some(content) = xml.behind(plain::TEXT_DEPTH)
            && plain::text(content, texts, limits)?
        {
            return Ok(true);
        }
        loop {
            match xml.next()? {
                Event::Start(element) if element.local_name().as_ref() == "si" => {
                    text.clear();
                    rich_text(&mut xml, &mut text)?;
                    return texts.push(&text, limits).map(|()| true);
                }
                Event::Eof => return Ok(false),
                _ => {}
            }
        }
    })
}

/// Rows and cells may leave out where they stand: then they follow the one before.
pub(super) fn rows<'w>(
    mut xml: Xml<impl Window>,
    context: &'w Context<'_>,
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
            Event::End(element) if is_within && element.local_name().as_ref() == "row" => {
                let text_bytes = xml.text_bytes();
                if let Some(content) = xml.behind(plain::ROW_DEPTH) {
                    let mut plain = PlainRows::new(context, &mut grid, text_bytes, (row, column));
                    if plain.read(content)?.is_break() {
                        return Ok(());
                    }
                    (row, column) = plain.place();
                }
                continue;
            }
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
