//! Bounds on a workbook of Excel before 2007, found out by walking its records before the workbook reader, which loads
//! all of them and trusts what they claim, sees them.

use super::cell::size;
use super::records::{BROKEN, continuations, record, texts, u16_at, u32_at, walk_sheet};
use super::{Limits, Unreadable};

const OVERLAP: Unreadable = Unreadable::Corrupt { what: "its sheets overlap" };

// Bytes that the workbook reader holds at most, with a copy of the sheet that is read.
const CELL: u64 = 64;
const PLACE: u64 = 88;
const TEXT: u64 = 24;
const FORMULA: u64 = 128;
/// Copies of the workbook's own bytes.
const COPIES: u64 = 4;

/// Makes a workbook's stream safe to be read: refuses what is encrypted or would not fit in memory, and takes out the
/// sizes that sheets claim, by which the reader would reserve room.
pub(super) fn tame(stream: &mut [u8], limits: &Limits) -> Result<(), Unreadable> {
    let globals = Globals::read(stream)?;
    let mut claims = Vec::new();
    let mut walked = 0;
    for start in &globals.sheets {
        walked += walk_sheet(stream, *start, |typ, data| {
            if typ == 0x0200 {
                claims.push(data);
            }
            Ok(())
        })?;
        if walked > stream.len() {
            return Err(OVERLAP);
        }
    }
    for claim in claims {
        stream.get_mut(claim).unwrap_or_default().fill(0);
    }
    walked = 0;
    let mut loaded = size(stream.len()) * COPIES + globals.bytes();
    for start in &globals.sheets {
        let mut extent = Extent::default();
        walked += walk_sheet(stream, *start, |typ, data| {
            let record = stream.get(data).ok_or(BROKEN)?;
            extent.note(typ, record, &globals);
            let all = loaded.saturating_add(extent.bytes());
            if all > limits.loaded_bytes {
                return Err(too_large(limits));
            }
            Ok(())
        })?;
        loaded = loaded.saturating_add(extent.bytes());
        if walked > stream.len() {
            return Err(OVERLAP);
        }
    }
    if loaded > limits.loaded_bytes { Err(too_large(limits)) } else { Ok(()) }
}

/// A workbook that would not fit in memory.
pub(super) fn too_large(limits: &Limits) -> Unreadable {
    Unreadable::TooLarge {
        what: "bytes when it is loaded whole, as its format demands (.xlsx is not)",
        limit: limits.loaded_bytes,
    }
}

/// What the beginning of a workbook says about all of its sheets.
#[derive(Default)]
struct Globals {
    /// Where the sheets begin.
    sheets: Vec<usize>,
    /// Lengths of the texts that cells share, in characters.
    texts: Vec<u32>,
    /// The longest name that a formula can hold, in bytes.
    longest_name: u64,
    names: u64,
}

impl Globals {
    fn read(stream: &[u8]) -> Result<Self, Unreadable> {
        let mut globals = Self { longest_name: 12, ..Self::default() };
        let mut at = 0;
        while let Some((typ, data)) = record(stream, at)? {
            at = data.end;
            let content = stream.get(data).ok_or(BROKEN)?;
            match typ {
                0x000a => break,
                0x002f => return Err(Unreadable::PasswordProtected),
                0x0085 => {
                    globals.sheets.push(usize::try_from(u32_at(content, 0)?).map_err(|_| BROKEN)?);
                    globals.name(content.get(6));
                }
                0x0018 => {
                    globals.names += 1;
                    globals.name(content.get(3));
                }
                0x00fc => globals.texts = texts(content, continuations(stream, at)?)?,
                _ => {}
            }
        }
        Ok(globals)
    }

    /// A name of as many characters, each at most three bytes.
    fn name(&mut self, characters: Option<&u8>) {
        self.longest_name = self.longest_name.max(3 * characters.copied().map_or(0, u64::from));
    }

    fn bytes(&self) -> u64 {
        let texts: u64 = self.texts.iter().map(|characters| TEXT + 3 * u64::from(*characters)).sum();
        texts + self.names * (2 * self.longest_name + FORMULA)
    }
}

/// The area that a sheet's cells span, and what they hold.
#[derive(Default)]
struct Extent {
    rows: Option<(u64, u64)>,
    columns: Option<(u64, u64)>,
    cells: u64,
    held: u64,
}

impl Extent {
    fn note(&mut self, typ: u16, record: &[u8], globals: &Globals) {
        let length = size(record.len());
        let held = match typ {
            0x0203 | 0x0205 | 0x027e | 0x00bd => 0,
            // The reader makes room for as many characters as a text claims to have.
            0x0204 | 0x00d6 => claimed(record, 6).max(3 * length),
            0x0207 => claimed(record, 0).max(3 * length),
            0x00fd => shared_text(record, globals),
            // A name takes three bytes at least to be mentioned.
            0x0006 => FORMULA + length * (globals.longest_name / 3 + 1),
            _ => return,
        };
        // A record can hold a run of numbers in one row.
        let more = if typ == 0x00bd { length.saturating_sub(12) / 6 } else { 0 };
        self.held = self.held.saturating_add(2 * held);
        self.cells = self.cells.saturating_add(1 + more);
        // The text that a formula gave stands where the formula does.
        if let (false, Some(row), Some(column)) = (typ == 0x0207, u16_at(record, 0), u16_at(record, 2)) {
            include(&mut self.rows, u64::from(row), 0);
            include(&mut self.columns, u64::from(column), more);
        }
    }

    fn bytes(&self) -> u64 {
        let span = |bounds: Option<(u64, u64)>| bounds.map_or(0, |(first, last)| last - first + 1);
        let places = span(self.rows).saturating_mul(span(self.columns)).saturating_mul(PLACE);
        places.saturating_add(self.cells.saturating_mul(CELL)).saturating_add(self.held)
    }
}

fn include(bounds: &mut Option<(u64, u64)>, position: u64, more: u64) {
    let (first, last) = bounds.unwrap_or((position, position));
    *bounds = Some((first.min(position), last.max(position + more)));
}

fn claimed(record: &[u8], at: usize) -> u64 {
    u16_at(record, at).map_or(0, u64::from)
}

fn shared_text(record: &[u8], globals: &Globals) -> u64 {
    let index = u32_at(record, 6).ok().and_then(|index| usize::try_from(index).ok());
    let characters = index.and_then(|index| globals.texts.get(index)).copied().unwrap_or(0);
    3 * u64::from(characters)
}
