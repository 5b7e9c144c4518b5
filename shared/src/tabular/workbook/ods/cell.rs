//! One cell of an OpenDocument spreadsheet.

use std::io::BufRead;

use quick_xml::events::{BytesStart, Event};

use crate::tabular::workbook::error;
use crate::tabular::workbook::iso;
use crate::tabular::workbook::xml::{Xml, append, attribute};
use crate::tabular::{Cell, Epoch, Unreadable};

/// A cell as written.
#[derive(Default)]
pub(crate) struct Written {
    kind: String,
    value: Option<String>,
    has_formula: bool,
    is_error: bool,
    text: String,
}

impl Written {
    /// What a cell's start says.
    pub(crate) fn new(element: &BytesStart<'_>) -> Self {
        let mut written = Self::default();
        for found in element.attributes().with_checks(false).flatten() {
            let value = || {
                found.normalized_value(quick_xml::XmlVersion::Implicit1_0).unwrap_or_default().into_owned()
            };
            match found.key.0 {
                "office:value-type" => written.kind = value(),
                "office:value"
                | "office:date-value"
                | "office:time-value"
                | "office:boolean-value"
                | "office:string-value" => written.value = Some(value()),
                "table:formula" => written.has_formula = true,
                "calcext:value-type" => written.is_error = &*found.value == "error",
                _ => {}
            }
        }
        written
    }

    /// What the cell holds.
    pub(crate) fn cell(&self) -> Cell<'_> {
        let value = self.value.as_deref().map(str::trim);
        let text = || Cell::Text(self.text.as_str().into());
        match (self.kind.as_str(), value) {
            _ if self.is_error || self.has_formula && is_error(&self.text) => {
                Cell::Error(shown_error(&self.text))
            }
            ("float" | "percentage" | "currency", Some(value)) => {
                value.parse().ok().filter(|number: &f64| number.is_finite()).map_or_else(text, Cell::Number)
            }
            ("boolean", Some(value)) => Cell::Bool(value == "true"),
            ("date", Some(value)) => iso::moment(value, Epoch::Y1900).unwrap_or_else(|| self.raw()),
            ("time", Some(value)) => iso::length(value).unwrap_or_else(|| self.raw()),
            ("string", Some(_)) => self.raw(),
            ("", _) if self.has_formula && self.text.is_empty() => Cell::Uncalculated,
            _ => text(),
        }
    }

    fn raw(&self) -> Cell<'_> {
        Cell::Text(self.value.as_deref().unwrap_or_default().into())
    }
}

fn is_error(text: &str) -> bool {
    text.starts_with("Err:5") || error::known(text).is_some()
}

/// What a failed formula shows, in the words of other spreadsheets for what has a number here.
fn shown_error(text: &str) -> &'static str {
    match text {
        "Err:503" => "#NUM!",
        _ if text.starts_with("Err:") => "#VALUE!",
        _ => error::by_name(text),
    }
}

/// Reads the rest of a cell whose start was the last event: paragraphs are lines of its text; notes and drawings are not
/// part of it.
pub(crate) fn read_cell(xml: &mut Xml<impl BufRead>, mut written: Written) -> Result<Written, Unreadable> {
    let depth = xml.depth();
    let mut lines = Lines::default();
    loop {
        let most = xml.text_bytes();
        let event = xml.next()?;
        let mut is_foreign = false;
        match &event {
            Event::Start(element) => match element.name().0 {
                "text:p" | "text:h" => lines.begin(),
                "text:s" => {
                    let count =
                        attribute(element, "c").and_then(|count| count.parse().ok()).unwrap_or(1_usize);
                    lines.fixed(" ", count.min(most));
                }
                "text:tab" => lines.fixed("\t", 1),
                "text:line-break" => lines.fixed("\n", 1),
                "text:ruby-text" | "text:note" => is_foreign = true,
                name => is_foreign = !name.starts_with("text:"),
            },
            Event::End(element) if matches!(element.name().0, "text:p" | "text:h") => lines.end(),
            Event::End(_) => {}
            _ => lines.characters(&event)?,
        }
        if lines.text.len() > most {
            return Err(crate::tabular::workbook::xml::text_too_large(most));
        }
        if is_foreign {
            xml.skip()?;
        }
        if xml.depth() < depth {
            written.text = lines.text;
            return Ok(written);
        }
    }
}

/// Text in paragraphs, in which white space counts once, and at the beginning of a paragraph not at all (ODF 1.3, part 3,
/// 6.1.2). At its end it does: LibreOffice writes it there as it is.
#[derive(Default)]
struct Lines {
    text: String,
    /// Whether a paragraph is open, and whether there was one before.
    is_open: bool,
    is_begun: bool,
    is_space_pending: bool,
    is_empty: bool,
}

impl Lines {
    fn begin(&mut self) {
        if self.is_begun {
            self.text.push('\n');
        }
        (self.is_open, self.is_begun, self.is_empty, self.is_space_pending) = (true, true, true, false);
    }

    fn end(&mut self) {
        self.flush();
        self.is_open = false;
    }

    fn fixed(&mut self, text: &str, times: usize) {
        self.flush();
        self.text.push_str(&text.repeat(times));
        self.is_empty = false;
    }

    fn characters(&mut self, event: &Event<'_>) -> Result<(), Unreadable> {
        if !self.is_open {
            return Ok(());
        }
        let mut characters = String::new();
        append(event, &mut characters)?;
        for character in characters.chars() {
            if matches!(character, ' ' | '\t' | '\n' | '\r') {
                self.is_space_pending = !self.is_empty;
            } else {
                self.flush();
                self.text.push(character);
                self.is_empty = false;
            }
        }
        Ok(())
    }

    fn flush(&mut self) {
        if std::mem::take(&mut self.is_space_pending) {
            self.text.push(' ');
        }
    }
}
