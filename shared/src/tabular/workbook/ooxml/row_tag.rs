//! The tag of a row, of which most is the same from row to row.

use super::numbers::digits;
use super::tags::{Bytes, Left, Plain, whole};

/// The tag of a row.
#[derive(Default)]
pub(super) struct RowTag {
    /// The row's number, if the tag has one.
    pub(super) number: Option<u32>,
    reference: Option<Reference>,
    /// What stood in the tag behind its name, or behind a number that came first: as a rule the same in all rows. A number
    /// in it does not count behind another.
    rest: Vec<u8>,
}

/// How references to cells of a row end: the digits of its number as they stand in its tag, and a quotation mark.
struct Reference {
    number: u32,
    /// The bytes, in the order of memory, with zeros behind.
    word: u64,
    /// Ones where they stand.
    mask: u64,
    length: usize,
}

impl Reference {
    /// The one that bytes begin with, if it has eight of them at most.
    fn of(bytes: &[u8]) -> Option<Self> {
        let first = *bytes.first_chunk()?;
        let (count, number) = digits(first);
        if count == 0 || first.get(count) != Some(&b'"') {
            return None;
        }
        let length = count + 1;
        let mask = u64::MAX >> (64 - 8 * length);
        Some(Self { number, word: u64::from_le_bytes(first) & mask, mask, length })
    }
}

impl Bytes<'_> {
    /// Takes the tag of a row; whether the row is empty.
    pub(super) fn row_tag(&mut self, tag: &mut RowTag) -> Plain<bool> {
        self.expect(b"<row")?;
        (tag.number, tag.reference) = (None, None);
        if self.is(b" r=\"")? {
            tag.reference = Reference::of(self.0);
            tag.number = Some(match self.number_of(tag) {
                Some(number) => number,
                None => self.number()?,
            });
            if !tag.rest.is_empty()
                && let Some(behind) = self.0.strip_prefix(tag.rest.as_slice())
            {
                self.0 = behind;
                return Ok(false);
            }
        }
        let rest = self.0;
        while let Some((name, value)) = self.attribute()? {
            match name {
                b"r" if tag.number.is_none() && value.iter().all(u8::is_ascii_digit) => {
                    tag.number = Some(whole(value)?);
                }
                // It counts under any prefix.
                b"r" | [.., b':', b'r'] => return Err(Left::Strange),
                _ => {}
            }
        }
        let is_empty = self.ends_empty()?;
        if !is_empty {
            tag.rest.clear();
            tag.rest.extend(rest.get(..rest.len() - self.0.len()).unwrap_or_default());
        }
        Ok(is_empty)
    }

    /// Takes the rest of a reference with its end, if it is to a cell of this row and ends as the tag says: the number.
    pub(super) fn number_of(&mut self, row: &RowTag) -> Option<u32> {
        let reference = row.reference.as_ref()?;
        let word = u64::from_le_bytes(*self.0.first_chunk()?);
        let is_it = word & reference.mask == reference.word;
        self.0 = self.0.get(reference.length..).filter(|_| is_it)?;
        Some(reference.number)
    }
}
