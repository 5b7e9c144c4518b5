//! OpenDocument spreadsheets (OASIS ODF 1.3, part 3): .ods, in one pass over all sheets, row by row.

mod cell;

use std::collections::HashSet;
use std::io::{BufRead, Read as _};
use std::ops::ControlFlow;

use quick_xml::events::{BytesStart, Event};

use super::sheet::{Each, Names, ROWS, Wanted};
use super::xml::{BROKEN, Xml, attribute};
use crate::tabular::container::{Container, zip_error};
use crate::tabular::limits::{Meter, size};
use crate::tabular::{Cell, Epoch, Limits, Row, Sheet, Unreadable};
use cell::{Written, read_cell};

/// Members looked into for signs of encryption are small.
const MANIFEST: u64 = 1 << 20;

/// Reads the sheets that are wanted and answers all.
pub(crate) fn read(
    container: &mut Container,
    limits: &Limits,
    wanted: Wanted<'_>,
    each: Each<'_>,
) -> Result<Vec<Sheet>, Unreadable> {
    if is_encrypted(container)? {
        return Err(Unreadable::PasswordProtected);
    }
    let content = container.member("content.xml")?;
    let content = content.ok_or(Unreadable::Corrupt { what: "its content is missing" })?;
    let mut xml = Xml::new(content, limits.text_bytes);
    let mut sheets: Vec<Sheet> = Vec::new();
    let (mut names, mut hidden) = (Names::default(), HiddenStyles::default());
    loop {
        let sheet = match xml.next()? {
            Event::Start(element) => match element.name().0 {
                "table:table" => {
                    let style = attribute(&element, "style-name").unwrap_or_default();
                    let name = names.claim(&attribute(&element, "name").unwrap_or_default(), limits)?;
                    Some(Sheet { name: Some(name), is_hidden: hidden.names.contains(&style) })
                }
                // What was deleted is kept with its cells; links hold copies of other files' cells.
                "table:tracked-changes" | "table:dde-links" => None,
                _ => {
                    hidden.note(&element, limits)?;
                    continue;
                }
            },
            Event::Eof => return Ok(sheets),
            _ => continue,
        };
        let Some(sheet) = sheet else {
            xml.skip()?;
            continue;
        };
        let (position, is_wanted) = (sheets.len(), wanted.has(&sheet));
        sheets.push(sheet);
        if !is_wanted {
            xml.skip()?;
            continue;
        }
        Table::new(limits, &mut |row| each(position, row)).read(&mut xml)?;
        if let Wanted::Named(_) = wanted {
            return Ok(sheets);
        }
    }
}

fn is_encrypted(container: &mut Container) -> Result<bool, Unreadable> {
    let mut manifest = Vec::new();
    if let Some(member) = container.member("META-INF/manifest.xml")? {
        member.take(MANIFEST).read_to_end(&mut manifest).map_err(|error| zip_error(error.into()))?;
    }
    Ok(String::from_utf8_lossy(&manifest).contains(":encryption-data"))
}

/// Styles of tables that are not displayed; they come before the tables.
#[derive(Default)]
struct HiddenStyles {
    names: HashSet<String>,
    /// The style that was last begun.
    current: String,
}

impl HiddenStyles {
    fn note(&mut self, element: &BytesStart<'_>, limits: &Limits) -> Result<(), Unreadable> {
        match element.name().0 {
            "style:style" => self.current = attribute(element, "name").unwrap_or_default(),
            "style:table-properties" if attribute(element, "display").as_deref() == Some("false") => {
                self.names.insert(std::mem::take(&mut self.current));
                if self.names.len() > limits.entries {
                    return Err(Unreadable::TooLarge {
                        what: "styles of sheets",
                        limit: size(limits.entries),
                    });
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// One table, which repeats rows and cells by number.
struct Table<'e> {
    meter: Meter<'e>,
    limits: &'e Limits,
    each: &'e mut dyn FnMut(Row<'_>) -> ControlFlow<()>,
    /// Rows before the one that is read.
    above: u64,
    /// The cells of that row with a value: position, how often, and what.
    cells: Vec<(usize, usize, Written)>,
    /// Cells of that row so far.
    width: usize,
}

impl<'e> Table<'e> {
    fn new(limits: &'e Limits, each: &'e mut dyn FnMut(Row<'_>) -> ControlFlow<()>) -> Self {
        Self { meter: Meter::new(limits), limits, each, above: 0, cells: Vec::new(), width: 0 }
    }

    /// Reads a table whose start was the last event, to its end.
    fn read(&mut self, xml: &mut Xml<impl BufRead>) -> Result<(), Unreadable> {
        let depth = xml.depth();
        let mut times = 1;
        loop {
            match xml.next()? {
                Event::Start(element) => match element.name().0 {
                    "table:table-row" => times = repeated(&element, "number-rows-repeated")?,
                    "table:table-cell" | "table:covered-table-cell" => {
                        let times = repeated(&element, "number-columns-repeated")?;
                        let written = Written::new(&element);
                        self.cell(times, read_cell(xml, written)?)?;
                    }
                    "table:table-row-group" | "table:table-header-rows" | "table:table-rows" => {}
                    _ => xml.skip()?,
                },
                Event::End(element)
                    if element.name().0 == "table:table-row" && self.row(times)?.is_break() =>
                {
                    while xml.depth() >= depth {
                        xml.next()?;
                    }
                }
                Event::Eof => return Err(BROKEN),
                _ => {}
            }
            if xml.depth() < depth {
                return Ok(());
            }
        }
    }

    fn cell(&mut self, times: u64, written: Written) -> Result<(), Unreadable> {
        let first = self.width;
        let times = usize::try_from(times).unwrap_or(usize::MAX);
        self.width = self.width.saturating_add(times);
        let cell = written.cell();
        if !cell.is_blank() {
            self.meter.cells(self.width.saturating_sub(1), &cell, times)?;
            self.cells.push((first, times, written));
        }
        Ok(())
    }

    /// Passes on the row that ended, as often as it is repeated.
    fn row(&mut self, times: u64) -> Result<ControlFlow<()>, Unreadable> {
        let first = self.above;
        self.above = self.above.saturating_add(times);
        self.width = 0;
        let cells = std::mem::take(&mut self.cells);
        let Some((last, more, _)) = cells.last() else { return Ok(ControlFlow::Continue(())) };
        if self.above > u64::from(ROWS) {
            return Err(Unreadable::TooLarge { what: "rows in one sheet", limit: u64::from(ROWS) });
        }
        let mut row = vec![Cell::Empty; (last + more).min(self.limits.columns)];
        for (first, times, written) in &cells {
            row.iter_mut().skip(*first).take(*times).for_each(|cell| *cell = written.cell());
        }
        self.meter.rows(row.len(), times)?;
        for number in first..self.above {
            if (self.each)(Row { number: number + 1, cells: &row, fields: None, epoch: Epoch::Y1900 })
                .is_break()
            {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

fn repeated(element: &BytesStart<'_>, name: &str) -> Result<u64, Unreadable> {
    match attribute(element, name) {
        Some(times) => times.trim().parse().map_err(|_| BROKEN),
        None => Ok(1),
    }
}

#[cfg(test)]
#[path = "ods_tests.rs"]
mod tests;
