//! Tags and texts as most programs write them, byte by byte. What is taken means the same to any reader of XML; what is
//! not is not said to be wrong.

use std::borrow::Cow;

use quick_xml::escape::unescape;

use super::cell::{CellTag, Type};
use super::numbers::{decimal, digits};
use super::row_tag::RowTag;

/// More columns than this have more letters than are plain.
const COLUMNS: u32 = 26 * 26 * 26 * 26;

/// Why bytes are not taken.
#[derive(PartialEq)]
pub(super) enum Left {
    /// They end too early.
    Open,
    /// They are not plain.
    Strange,
}

/// What was taken, if it was plain.
pub(super) type Plain<T> = Result<T, Left>;

/// Bytes that are not yet taken.
pub(super) struct Bytes<'b>(pub(super) &'b [u8]);

impl<'b> Bytes<'b> {
    /// Takes what comes next if it is this.
    pub(super) fn is<const N: usize>(&mut self, expected: &[u8; N]) -> Plain<bool> {
        match self.0.split_first_chunk() {
            Some((next, rest)) if next == expected => {
                self.0 = rest;
                Ok(true)
            }
            Some(_) => Ok(false),
            None if expected.starts_with(self.0) => Err(Left::Open),
            None => Ok(false),
        }
    }

    pub(super) fn expect<const N: usize>(&mut self, expected: &[u8; N]) -> Plain<()> {
        if self.is(expected)? { Ok(()) } else { Err(Left::Strange) }
    }

    pub(super) fn space(&mut self) {
        while let [b' ' | b'\t' | b'\r' | b'\n', rest @ ..] = self.0 {
            self.0 = rest;
        }
    }

    /// Takes plain bytes and the one behind, which has to be this.
    fn until(&mut self, end: u8, is_plain: impl Fn(u8) -> bool) -> Plain<&'b [u8]> {
        let length = self.0.iter().position(|byte| !is_plain(*byte)).ok_or(Left::Open)?;
        match self.0.split_at_checked(length) {
            Some((taken, [next, rest @ ..])) if *next == end => {
                self.0 = rest;
                Ok(taken)
            }
            _ => Err(Left::Strange),
        }
    }

    /// Takes the next attribute of a tag, if there is one: its name and its value.
    pub(super) fn attribute(&mut self) -> Plain<Option<(&'b [u8], &'b [u8])>> {
        let is_parted = self.is(b" ")?;
        while self.is(b" ")? {}
        match self.0 {
            [] => Err(Left::Open),
            [b'>' | b'/', ..] => Ok(None),
            _ if !is_parted => Err(Left::Strange),
            _ => {
                let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b":_-.".contains(&byte);
                let name = self.until(b'=', is_letter)?;
                self.expect(b"\"")?;
                Ok(Some((name, self.quoted()?)))
            }
        }
    }

    /// Takes the rest of an attribute's value with its end.
    fn quoted(&mut self) -> Plain<&'b [u8]> {
        self.until(b'"', |byte| matches!(byte, b' '..=b'~') && !b"\"<&".contains(&byte))
    }

    /// Takes the end of a tag; whether it is that of an empty element.
    pub(super) fn ends_empty(&mut self) -> Plain<bool> {
        if self.is(b">")? { Ok(false) } else { self.expect(b"/>").map(|()| true) }
    }

    /// Takes the start of a cell's tag in this row, up to what does not matter in it.
    pub(super) fn cell_tag(&mut self, row: &RowTag) -> Plain<CellTag> {
        self.expect(b"<c")?;
        let mut tag = CellTag::default();
        loop {
            if self.is(b" r=\"")? {
                tag.place = Some(self.place(row)?);
            }
            if self.is(b" s=\"")? {
                tag.style = usize::try_from(self.number()?).ok();
            }
            if self.is(b" t=\"")? {
                tag.typ = if self.is(b"s\"")? { Type::Shared } else { Type::of(self.quoted()?) };
            }
            match self.0 {
                [b'>', ..] => return Ok(tag),
                [b' ', b'r' | b's' | b't', b'=', b'"', ..] => {}
                _ => break,
            }
        }
        while let Some((name, _)) = self.attribute()? {
            if matches!(name, b"r" | b"s" | b"t") {
                return Err(Left::Strange);
            }
        }
        Ok(tag)
    }

    /// Takes the rest of a cell's reference with its end: row and column, from 1.
    fn place(&mut self, row: &RowTag) -> Plain<(u32, u32)> {
        let mut column = 0;
        while let [letter @ b'A'..=b'Z', rest @ ..] = self.0 {
            column = column * 26 + u32::from(letter - b'A') + 1;
            self.0 = rest;
            if column > COLUMNS {
                return Err(Left::Strange);
            }
        }
        let number = match self.number_of(row) {
            Some(number) => number,
            None => self.number()?,
        };
        match (number, column) {
            (0, _) | (_, 0) => Err(Left::Strange),
            place => Ok(place),
        }
    }

    /// Takes the rest of an attribute's value with its end: a whole number.
    pub(super) fn number(&mut self) -> Plain<u32> {
        whole(self.until(b'"', |byte| byte.is_ascii_digit())?)
    }

    /// Takes a value of a few digits up to the end of its cell, if that is what comes next.
    pub(super) fn few_digits(&mut self) -> Option<u32> {
        let rest = self.0.strip_prefix(b"><v>")?;
        let (count, number) = digits(*rest.first_chunk()?);
        self.0 = rest.get(count..)?.strip_prefix(b"</v></c>").filter(|_| count > 0)?;
        Some(number)
    }

    /// Takes a decimal up to the end of its cell, if that is what comes next.
    pub(super) fn decimal(&mut self) -> Option<f64> {
        let (number, rest) = decimal(self.0.strip_prefix(b"><v>")?)?;
        self.0 = rest.strip_prefix(b"</v></c>")?;
        Some(number)
    }

    /// Takes a value of one digit that is a truth up to the end of its cell, if that is what comes next.
    pub(super) fn truth(&mut self) -> Option<bool> {
        let (truth, rest) = match self.0.strip_prefix(b"><v>1</v></c>") {
            Some(rest) => (true, rest),
            None => (false, self.0.strip_prefix(b"><v>0</v></c>")?),
        };
        self.0 = rest;
        Some(truth)
    }

    /// Takes a formula behind the beginning of its tag.
    pub(super) fn formula(&mut self) -> Plain<()> {
        while self.attribute()?.is_some() {}
        if self.ends_empty()? { Ok(()) } else { self.text(b"</f>", usize::MAX).map(drop) }
    }

    /// Takes a text that stands in its cell, in one piece.
    pub(super) fn inline(&mut self, most: usize) -> Plain<Cow<'b, str>> {
        self.expect(b"<is>")?;
        let text = self.piece(most)?;
        self.expect(b"</is>").map(|()| text)
    }

    /// Takes a text that cells share, in one piece.
    pub(super) fn shared_text(&mut self, most: usize) -> Plain<Cow<'b, str>> {
        self.space();
        self.expect(b"<si>")?;
        let text = self.piece(most)?;
        self.expect(b"</si>").map(|()| text)
    }

    fn piece(&mut self, most: usize) -> Plain<Cow<'b, str>> {
        self.expect(b"<t")?;
        while self.attribute()?.is_some() {}
        if self.ends_empty()? { Ok(Cow::Borrowed("")) } else { self.text(b"</t>", most) }
    }

    /// Takes text of at most so many bytes, and the tag behind it.
    pub(super) fn text<const N: usize>(&mut self, end: &[u8; N], most: usize) -> Plain<Cow<'b, str>> {
        let is_text = |byte: &u8| !matches!(byte, b'<' | b'&' | b'\r');
        let length = self.0.iter().position(|byte| !is_text(byte)).ok_or(Left::Open)?;
        let text = match self.0.split_at_checked(length) {
            Some((text, rest @ [b'<', ..])) => {
                self.0 = rest;
                Cow::Borrowed(std::str::from_utf8(text).map_err(|_| Left::Strange)?)
            }
            _ => self.referring()?,
        };
        self.expect(end)?;
        if text.len() > most { Err(Left::Strange) } else { Ok(text) }
    }

    /// Takes text in which characters are referred to.
    fn referring(&mut self) -> Plain<Cow<'b, str>> {
        let length = memchr::memchr(b'<', self.0).ok_or(Left::Open)?;
        let (text, rest) = self.0.split_at_checked(length).ok_or(Left::Strange)?;
        self.0 = rest;
        let text = std::str::from_utf8(text).map_err(|_| Left::Strange)?;
        // The line ends of XML are read as one.
        if text.contains('\r') {
            return Err(Left::Strange);
        }
        unescape(text).map_err(|_| Left::Strange)
    }
}

/// A whole number of a few digits.
pub(super) fn whole(digits: &[u8]) -> Plain<u32> {
    if !(1..=9).contains(&digits.len()) {
        return Err(Left::Strange);
    }
    Ok(digits.iter().fold(0, |number, digit| number * 10 + u32::from(digit.wrapping_sub(b'0'))))
}
