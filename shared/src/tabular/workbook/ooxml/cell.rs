//! One cell of an Office Open XML worksheet.

use std::borrow::Cow;
use std::io::BufRead;

use quick_xml::events::{BytesStart, Event};

use super::Context;
use crate::tabular::workbook::xml::Xml;
use crate::tabular::workbook::{error, iso};
use crate::tabular::{Cell, Unreadable};

/// What a cell's start says.
#[derive(Default)]
pub(crate) struct CellTag {
    /// Row and column, from 1.
    pub(crate) place: Option<(u32, u32)>,
    typ: Type,
    style: Option<usize>,
}

/// What a cell's value is written as.
#[derive(Clone, Copy, Default, PartialEq)]
enum Type {
    #[default]
    Number,
    Shared,
    Truth,
    Error,
    Date,
    Text,
}

impl CellTag {
    pub(crate) fn new(element: &BytesStart<'_>) -> Self {
        let mut tag = Self::default();
        for attribute in element.attributes().with_checks(false).flatten() {
            match attribute.key.0 {
                "r" => tag.place = place(&attribute.value),
                "s" => tag.style = attribute.value.trim().parse().ok(),
                "t" => {
                    tag.typ = match &*attribute.value {
                        "n" | "" => Type::Number,
                        "s" => Type::Shared,
                        "b" => Type::Truth,
                        "e" => Type::Error,
                        "d" => Type::Date,
                        _ => Type::Text,
                    }
                }
                _ => {}
            }
        }
        tag
    }
}

/// Parts of a cell.
enum Part {
    Formula,
    Value,
    Inline,
    Other,
}

/// Reads the rest of a cell whose start was the last event. The value is read into memory that is used again.
pub(crate) fn read_cell<'w>(
    xml: &mut Xml<impl BufRead>,
    tag: &CellTag,
    context: &'w Context,
    value: &mut String,
) -> Result<Cell<'w>, Unreadable> {
    value.clear();
    let (mut has_formula, mut has_value, mut inline) = (false, false, None);
    loop {
        let part = match xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "f" => Part::Formula,
                "v" => Part::Value,
                "is" => Part::Inline,
                _ => Part::Other,
            },
            Event::End(_) => break,
            _ => continue,
        };
        match part {
            Part::Formula => {
                has_formula = true;
                xml.skip()?;
            }
            Part::Value => {
                has_value = true;
                xml.text(value)?;
            }
            Part::Inline => rich_text(xml, inline.insert(String::new()))?,
            Part::Other => xml.skip()?,
        }
    }
    if let Some(text) = inline {
        return Ok(text_cell(&text));
    }
    // What a formula shows may be an empty text.
    let is_empty_text = has_value && tag.typ == Type::Text;
    match (value.is_empty(), has_formula) {
        (false, _) => valued(value, tag, context),
        (true, true) if !is_empty_text => Ok(Cell::Uncalculated),
        (true, _) => Ok(Cell::Empty),
    }
}

fn valued<'w>(value: &str, tag: &CellTag, context: &'w Context) -> Result<Cell<'w>, Unreadable> {
    let written = value.trim();
    Ok(match (tag.typ, written) {
        (Type::Shared, _) => {
            let number = written.parse().unwrap_or(usize::MAX);
            context.texts.get(number).map(|text| Cell::Text(text.into()))?
        }
        (Type::Truth, "1" | "true" | "TRUE" | "True") => Cell::Bool(true),
        (Type::Truth, "0" | "false" | "FALSE" | "False") => Cell::Bool(false),
        (Type::Error, _) => Cell::Error(error::by_name(written)),
        (Type::Date, _) => iso::moment(written, context.epoch).unwrap_or_else(|| text_cell(written)),
        (Type::Number, _) => match number(written) {
            Some(number) => context.formats.cell(tag.style, number),
            None => text_cell(value),
        },
        (Type::Text | Type::Truth, _) => text_cell(&unescaped(value)),
    })
}

fn text_cell(text: &str) -> Cell<'static> {
    if text.is_empty() { Cell::Empty } else { Cell::Text(text.to_owned().into()) }
}

/// The number that a text is. None for one with more digits than a cell's number holds: some programs write long
/// identifiers so.
fn number(written: &str) -> Option<f64> {
    let number: f64 = written.parse().ok().filter(|number: &f64| number.is_finite())?;
    let is_whole = written.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let is_exact = !is_whole || written.len() <= 15 || number.to_string() == written;
    is_exact.then_some(number)
}

/// Appends the text of an element whose start was the last event: as one piece or in runs, without phonetic hints.
pub(crate) fn rich_text(xml: &mut Xml<impl BufRead>, into: &mut String) -> Result<(), Unreadable> {
    let mut open = 1_u32;
    while open > 0 {
        let is_text = match xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "t" => true,
                "rPh" => false,
                _ => {
                    open += 1;
                    continue;
                }
            },
            Event::End(_) => {
                open -= 1;
                continue;
            }
            _ => continue,
        };
        if is_text { xml.text(into)? } else { xml.skip()? }
    }
    if let Cow::Owned(text) = unescaped(into) {
        *into = text;
    }
    Ok(())
}

/// Text with characters that XML cannot hold, which are written `_x000D_`.
fn unescaped(text: &str) -> Cow<'_, str> {
    let mut found = String::new();
    let mut rest = text;
    let mut from = 0;
    while let Some(start) = rest.get(from..).and_then(|rest| rest.find("_x")).map(|start| from + start) {
        let code = rest.get(start + 2..start + 6).filter(|_| rest.as_bytes().get(start + 6) == Some(&b'_'));
        let code = code.filter(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let character = code.and_then(|code| u32::from_str_radix(code, 16).ok()).and_then(char::from_u32);
        let (Some(character), Some(before), Some(after)) =
            (character, rest.get(..start), rest.get(start + 7..))
        else {
            from = start + 2;
            continue;
        };
        found.push_str(before);
        found.push(character);
        (rest, from) = (after, 0);
    }
    if rest.len() == text.len() {
        return Cow::Borrowed(text);
    }
    found.push_str(rest);
    Cow::Owned(found)
}

/// Row and column, from 1, that a reference such as `AB12` names.
fn place(reference: &str) -> Option<(u32, u32)> {
    let letters = reference.trim().trim_start_matches('$');
    let end = letters.find(|character: char| !character.is_ascii_alphabetic())?;
    let (letters, digits) = letters.split_at_checked(end)?;
    let mut column = 0_u32;
    for letter in letters.bytes() {
        let value = u32::from(letter.to_ascii_uppercase().wrapping_sub(b'A')) + 1;
        column = column.checked_mul(26)?.checked_add(value)?;
    }
    let row = digits.trim_start_matches('$').parse().ok()?;
    (column > 0 && row > 0).then_some((row, column))
}
