//! Records of a workbook of Excel before 2007, as its reader tells them apart.

use std::ops::Range;

use super::Unreadable;

pub(super) const BROKEN: Unreadable = Unreadable::Corrupt { what: "its records cannot be told apart" };

/// Continuations of one record. Excel fills each with 8 KiB; the workbook reader's time grows with their square.
const CONTINUATIONS: usize = 16_384;

/// Passes the records of a sheet as the workbook reader sees them, without those of charts in it, and answers how many
/// bytes were walked.
pub(super) fn walk_sheet(
    stream: &[u8],
    start: usize,
    mut each: impl FnMut(u16, Range<usize>) -> Result<(), Unreadable>,
) -> Result<usize, Unreadable> {
    let (mut at, mut is_begun, mut depth) = (start, false, 0_usize);
    while let Some((typ, data)) = record(stream, at)? {
        at = data.end;
        match (typ, depth) {
            (0x0809, _) if is_begun => depth += 1,
            (0x0809, _) => is_begun = true,
            (0x000a, 0) => break,
            (0x000a, _) => depth -= 1,
            (_, 0) => each(typ, data)?,
            _ => {}
        }
    }
    Ok(at - start)
}

/// The type and the place of the content of the record that begins here; none at the end.
pub(super) fn record(stream: &[u8], at: usize) -> Result<Option<(u16, Range<usize>)>, Unreadable> {
    let rest = stream.get(at..).ok_or(BROKEN)?;
    if rest.is_empty() {
        return Ok(None);
    }
    let (Some(typ), Some(length)) = (u16_at(rest, 0), u16_at(rest, 2)) else { return Err(BROKEN) };
    let end = at + 4 + usize::from(length);
    if end > stream.len() { Err(BROKEN) } else { Ok(Some((typ, at + 4..end))) }
}

/// The records from here on that go on with the one before.
pub(super) fn continuations(stream: &[u8], mut at: usize) -> Result<Vec<&[u8]>, Unreadable> {
    let mut found = Vec::new();
    while let Some((0x003c, data)) = record(stream, at)? {
        at = data.end;
        found.push(stream.get(data).ok_or(BROKEN)?);
        if found.len() > CONTINUATIONS {
            return Err(Unreadable::Corrupt { what: "its shared texts cannot be read" });
        }
    }
    Ok(found)
}

/// Lengths of the shared texts, in characters.
pub(super) fn texts(first: &[u8], continuations: Vec<&[u8]>) -> Result<Vec<u32>, Unreadable> {
    let mut pieces = Pieces { data: first.get(8..).ok_or(BROKEN)?, rest: continuations.into_iter() };
    let mut lengths = Vec::new();
    while !pieces.data.is_empty() || pieces.next() {
        lengths.push(u32::from(pieces.text()?));
    }
    Ok(lengths)
}

/// A record with its continuations.
struct Pieces<'s> {
    data: &'s [u8],
    rest: std::vec::IntoIter<&'s [u8]>,
}

impl Pieces<'_> {
    fn next(&mut self) -> bool {
        self.rest.next().map(|data| self.data = data).is_some()
    }

    /// Passes over a text and answers its length.
    fn text(&mut self) -> Result<u16, Unreadable> {
        if self.data.is_empty() {
            return Ok(0);
        }
        let (Some(length), Some(flags)) = (u16_at(self.data, 0), self.data.get(2).copied()) else {
            return Err(BROKEN);
        };
        self.advance(3)?;
        let mut tail = 0;
        if flags & 8 != 0 {
            tail += 4 * usize::from(u16_at(self.data, 0).ok_or(BROKEN)?);
            self.advance(2)?;
        }
        if flags & 4 != 0 {
            tail += usize::try_from(u32_at(self.data, 0)?).map_err(|_| BROKEN)?;
            self.advance(4)?;
        }
        self.characters(usize::from(length), flags)?;
        while tail > 0 {
            if self.data.is_empty() && !self.next() {
                return Err(BROKEN);
            }
            let here = tail.min(self.data.len());
            self.advance(here)?;
            tail -= here;
        }
        Ok(length)
    }

    /// Each continuation says anew whether its characters take one byte or two.
    fn characters(&mut self, mut left: usize, mut flags: u8) -> Result<(), Unreadable> {
        loop {
            let width = 1 + usize::from(flags & 1);
            let here = left.min(self.data.len() / width);
            self.advance(here * width)?;
            left -= here;
            if left == 0 {
                return Ok(());
            }
            if !self.next() {
                return Err(BROKEN);
            }
            flags = self.data.first().copied().ok_or(BROKEN)?;
            self.advance(1)?;
        }
    }

    fn advance(&mut self, count: usize) -> Result<(), Unreadable> {
        self.data = self.data.get(count..).ok_or(BROKEN)?;
        Ok(())
    }
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|bytes| u16::from_le_bytes(*bytes))
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Result<u32, Unreadable> {
    let bytes = bytes.get(at..).and_then(|bytes| bytes.first_chunk());
    bytes.map(|bytes| u32::from_le_bytes(*bytes)).ok_or(BROKEN)
}
