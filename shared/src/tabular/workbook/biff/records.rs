//! Records of workbooks of Excel 5 to 2003, and texts that go on over several of them.

use crate::tabular::workbook::bytes::{latin, u8_at, u16_at, u32_at, utf16};
use crate::tabular::workbook::xml::text_too_large;
use crate::tabular::{Limits, Unreadable};

pub(crate) const BROKEN: Unreadable = Unreadable::Corrupt { what: "its records cannot be told apart" };

/// Goes on with the record before.
const CONTINUE: u16 = 0x003c;

/// Records from a place on.
pub(crate) struct Records<'s> {
    pub(crate) stream: &'s [u8],
    pub(crate) at: usize,
}

impl<'s> Records<'s> {
    /// Type and content of the next record; none at the end.
    pub(crate) fn next(&mut self) -> Result<Option<(u16, &'s [u8])>, Unreadable> {
        let rest = self.stream.get(self.at..).ok_or(BROKEN)?;
        if rest.is_empty() {
            return Ok(None);
        }
        let (typ, length) = u16_at(rest, 0).zip(u16_at(rest, 2)).ok_or(BROKEN)?;
        let data = rest.get(4..4 + usize::from(length)).ok_or(BROKEN)?;
        self.at += 4 + data.len();
        Ok(Some((typ, data)))
    }

    /// The last record, whose content this is, with those that go on with it.
    pub(crate) fn pieces(&mut self, data: &'s [u8]) -> Result<Pieces<'s>, Unreadable> {
        let mut pieces = vec![data];
        while u16_at(self.stream, self.at) == Some(CONTINUE) {
            pieces.extend(self.next()?.map(|(_, data)| data));
        }
        Ok(Pieces::new(pieces))
    }
}

/// The content of a record that goes on over several.
pub(crate) struct Pieces<'s> {
    data: &'s [u8],
    rest: std::vec::IntoIter<&'s [u8]>,
}

impl<'s> Pieces<'s> {
    pub(crate) fn new(pieces: Vec<&'s [u8]>) -> Self {
        Self { data: &[], rest: pieces.into_iter() }
    }

    /// Whether nothing follows.
    pub(crate) fn is_over(&mut self) -> bool {
        while self.data.is_empty() {
            match self.rest.next() {
                Some(data) => self.data = data,
                None => return true,
            }
        }
        false
    }

    fn take(&mut self, most: usize) -> Result<&'s [u8], Unreadable> {
        if self.is_over() {
            return Err(BROKEN);
        }
        let (taken, rest) = self.data.split_at(most.min(self.data.len()));
        self.data = rest;
        Ok(taken)
    }

    pub(crate) fn skip(&mut self, mut count: usize) -> Result<(), Unreadable> {
        while count > 0 {
            count -= self.take(count)?.len();
        }
        Ok(())
    }

    pub(crate) fn u16(&mut self) -> Result<u16, Unreadable> {
        self.is_over();
        u16_at(self.take(2)?, 0).ok_or(BROKEN)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Unreadable> {
        self.is_over();
        u32_at(self.take(4)?, 0).ok_or(BROKEN)
    }

    /// As many characters as its length says, behind flags that say how they are written.
    pub(crate) fn characters(&mut self, length: usize, limits: &Limits) -> Result<String, Unreadable> {
        let flags = self.flags()?;
        self.run(length, flags, limits)
    }

    /// The same with formats and phonetic hints behind the characters.
    pub(crate) fn rich(&mut self, length: usize, limits: &Limits) -> Result<String, Unreadable> {
        let flags = self.flags()?;
        let mut tail = 0;
        if flags & 8 != 0 {
            tail += 4 * usize::from(self.u16()?);
        }
        if flags & 4 != 0 {
            tail += usize::try_from(self.u32()?).map_err(|_| BROKEN)?;
        }
        let text = self.run(length, flags, limits)?;
        self.skip(tail)?;
        Ok(text)
    }

    fn flags(&mut self) -> Result<u8, Unreadable> {
        u8_at(self.take(1)?, 0).ok_or(BROKEN)
    }

    /// Each record says anew whether its characters take one byte or two.
    fn run(&mut self, length: usize, mut flags: u8, limits: &Limits) -> Result<String, Unreadable> {
        if length > limits.text_bytes {
            return Err(text_too_large(limits.text_bytes));
        }
        let mut text = String::new();
        let mut left = length;
        loop {
            let is_wide = flags & 1 != 0;
            let width = 1 + usize::from(is_wide);
            let here = left.min(self.data.len() / width);
            let (characters, rest) = self.data.split_at(here * width);
            text.push_str(&if is_wide { utf16(characters) } else { latin(characters) });
            self.data = rest;
            left -= here;
            if left == 0 {
                return Ok(text);
            }
            self.data = &[];
            flags = self.flags()?;
        }
    }
}
