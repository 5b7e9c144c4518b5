//! One cell of an Office Open XML worksheet.

use std::borrow::Cow;
use std::io::BufRead;

use quick_xml::events::{BytesStart, Event};

use super::Context;
use super::numbers::number;
use crate::tabular::workbook::texts::Shared;
use crate::tabular::workbook::xml::Xml;
use crate::tabular::workbook::{error, iso};
use crate::tabular::{Cell, Unreadable};

/// What a cell's start says.
#[derive(Default)]
pub(crate) struct CellTag {
    /// Row and column, from 1.
    pub(crate) place: Option<(u32, u32)>,
    pub(crate) typ: Type,
    pub(crate) style: Option<usize>,
}

/// What a cell's value is written as.
#[derive(Clone, Copy, Default, PartialEq)]
pub(crate) enum Type {
    #[default]
    Number,
    Shared,
    Truth,
    Error,
    Date,
    Text,
}

impl Type {
    /// By its name.
    pub(crate) fn of(name: &[u8]) -> Self {
        match name {
            b"n" | b"" => Self::Number,
            b"s" => Self::Shared,
            b"b" => Self::Truth,
            b"e" => Self::Error,
            b"d" => Self::Date,
            _ => Self::Text,
        }
    }
}

impl CellTag {
    pub(crate) fn new(element: &BytesStart<'_>) -> Self {
        let mut tag = Self::default();
        for attribute in element.attributes().with_checks(false).flatten() {
            match attribute.key.0 {
                "r" => tag.place = place(&attribute.value),
                "s" => tag.style = attribute.value.trim().parse().ok(),
                "t" => tag.typ = Type::of(attribute.value.as_bytes()),
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
    context: &'w Context<'_>,
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
    let content = Content { has_formula, value: has_value.then_some(value), inline: inline.as_deref() };
    content.held(tag, context).cell(&context.texts)
}

/// What stands in a cell.
#[derive(Default)]
pub(crate) struct Content<'c> {
    pub(crate) has_formula: bool,
    pub(crate) value: Option<&'c str>,
    /// Text that is not shared, its characters unescaped.
    pub(crate) inline: Option<&'c str>,
}

/// What a cell holds.
pub(crate) enum Held {
    /// The text with this number, of those that cells share.
    Shared(usize),
    /// Something of its own.
    Own(Cell<'static>),
}

impl Held {
    /// The number of the text.
    pub(crate) fn shared(&self) -> Option<usize> {
        match self {
            Self::Shared(number) => Some(*number),
            Self::Own(_) => None,
        }
    }

    pub(crate) fn cell<'w>(self, texts: &'w Shared<'_>) -> Result<Cell<'w>, Unreadable> {
        match self {
            Self::Shared(number) => texts.get(number).map(Cell::Text),
            Self::Own(cell) => Ok(cell),
        }
    }
}

impl Content<'_> {
    pub(crate) fn held(&self, tag: &CellTag, context: &Context<'_>) -> Held {
        if let Some(text) = self.inline {
            return Held::Own(text_cell(text));
        }
        match self.value {
            Some(value) if !value.is_empty() => valued(value, tag, context),
            // What a formula shows may be an empty text.
            value if self.has_formula && !(value.is_some() && tag.typ == Type::Text) => {
                Held::Own(Cell::Uncalculated)
            }
            _ => Held::Own(Cell::Empty),
        }
    }
}

fn valued(value: &str, tag: &CellTag, context: &Context<'_>) -> Held {
    Held::Own(match tag.typ {
        Type::Shared => {
            let number = value.parse().or_else(|_| value.trim().parse());
            return Held::Shared(number.unwrap_or(usize::MAX));
        }
        Type::Number => match number(value.trim()) {
            Some(number) => context.formats.cell(tag.style, number),
            None => text_cell(value),
        },
        Type::Truth => match value.trim() {
            "1" | "true" | "TRUE" | "True" => Cell::Bool(true),
            "0" | "false" | "FALSE" | "False" => Cell::Bool(false),
            _ => text_cell(&unescaped(value)),
        },
        Type::Error => Cell::Error(error::by_name(value.trim())),
        Type::Date => iso::moment(value, context.epoch).unwrap_or_else(|| text_cell(value.trim())),
        Type::Text => text_cell(&unescaped(value)),
    })
}

fn text_cell(text: &str) -> Cell<'static> {
    if text.is_empty() { Cell::Empty } else { Cell::Text(text.to_owned().into()) }
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
pub(crate) fn unescaped(text: &str) -> Cow<'_, str> {
    if memchr::memchr(b'_', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
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
