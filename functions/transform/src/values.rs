//! Values of one column, in memory and on the temp disk.

use std::ops::Range;

use crate::error::Error;
use crate::record;

/// Values as Parquet keeps them.
pub(crate) enum Values {
    /// Integers; dates as days since 1970-01-01.
    Small(Vec<i32>),
    /// Bigints; times as nanoseconds since midnight, timestamps as microseconds since 1970-01-01.
    Large(Vec<i64>),
    /// Decimals, in units of their last digit.
    Huge(Vec<i128>),
    /// Booleans.
    Truth(Vec<bool>),
    /// Texts and JSON.
    Text(Texts),
}

/// Texts, end to end: of less than 4 GiB, as all that is held in memory.
#[derive(Default)]
pub(crate) struct Texts {
    texts: String,
    ends: Vec<u32>,
}

impl Texts {
    /// Adds a text.
    pub(crate) fn push(&mut self, text: &str) {
        self.texts.push_str(text);
        self.ends.push(record::length(self.texts.len()));
    }

    /// All of them, in their order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(&0).chain(&self.ends);
        starts.zip(&self.ends).map(|(start, end)| self.between(*start, *end))
    }

    fn between(&self, start: u32, end: u32) -> &str {
        self.texts.get(start as usize..end as usize).unwrap_or_default()
    }

    /// Adds those in this run of others, and answers how many bytes they have.
    fn extend(&mut self, from: &Self, run: &Range<usize>) -> usize {
        let Some(ends @ [.., last]) = from.ends.get(run.clone()) else { return 0 };
        let first = run.start.checked_sub(1).and_then(|before| from.ends.get(before)).copied();
        let texts = from.between(first.unwrap_or_default(), *last);
        let at = record::length(self.texts.len()).wrapping_sub(first.unwrap_or_default());
        self.ends.extend(ends.iter().map(|end| end.wrapping_add(at)));
        self.texts.push_str(texts);
        texts.len()
    }
}

impl Values {
    /// Bytes of a value, but for its text.
    pub(crate) fn width(&self) -> usize {
        match self {
            Self::Small(_) => size_of::<i32>(),
            Self::Large(_) => size_of::<i64>(),
            Self::Huge(_) => size_of::<i128>(),
            Self::Truth(_) => size_of::<bool>(),
            // As a frame has them, which these become.
            Self::Text(_) => size_of::<u128>(),
        }
    }

    /// Takes all out.
    pub(crate) fn clear(&mut self) {
        match self {
            Self::Small(values) => values.clear(),
            Self::Large(values) => values.clear(),
            Self::Huge(values) => values.clear(),
            Self::Truth(values) => values.clear(),
            Self::Text(Texts { texts, ends }) => {
                texts.clear();
                ends.clear();
            }
        }
    }

    /// Adds the values in these runs of others of the same type, and answers how many bytes of text they have.
    pub(crate) fn extend(&mut self, from: &Self, runs: &[Range<usize>]) -> usize {
        match (self, from) {
            (Self::Small(values), Self::Small(from)) => extend(values, from, runs),
            (Self::Large(values), Self::Large(from)) => extend(values, from, runs),
            (Self::Huge(values), Self::Huge(from)) => extend(values, from, runs),
            (Self::Truth(values), Self::Truth(from)) => extend(values, from, runs),
            (Self::Text(texts), Self::Text(from)) => {
                return runs.iter().map(|run| texts.extend(from, run)).sum();
            }
            // Both are of one column.
            _ => {}
        }
        0
    }

    /// Adds to `bytes` the values that are present.
    pub(crate) fn put(&self, present: &[bool], bytes: &mut Vec<u8>) {
        match self {
            Self::Small(values) => put(values, present, i32::to_le_bytes, bytes),
            Self::Large(values) => put(values, present, i64::to_le_bytes, bytes),
            Self::Huge(values) => put(values, present, i128::to_le_bytes, bytes),
            Self::Truth(values) => put(values, present, |value| [u8::from(value)], bytes),
            Self::Text(texts) => {
                for (text, _) in texts.iter().zip(present).filter(|(_, is_present)| **is_present) {
                    bytes.extend(record::length(text.len()).to_le_bytes());
                }
                // What is not there has no text.
                bytes.extend(texts.texts.as_bytes());
            }
        }
    }

    /// Takes from the beginning of `bytes` what was [put](Self::put) there, and adds it, with something else in the place of
    /// what is not present.
    ///
    /// # Errors
    /// [`Error::Spill`] where the bytes are not what was put.
    pub(crate) fn take(&mut self, present: &[bool], bytes: &mut &[u8]) -> Result<(), Error> {
        match self {
            Self::Small(values) => take(values, present, i32::from_le_bytes, bytes),
            Self::Large(values) => take(values, present, i64::from_le_bytes, bytes),
            Self::Huge(values) => take(values, present, i128::from_le_bytes, bytes),
            Self::Truth(values) => take(values, present, |[byte]| byte != 0, bytes),
            Self::Text(Texts { texts, ends }) => {
                let mut lengths = Vec::new();
                take(&mut lengths, present, u32::from_le_bytes, bytes)?;
                for length in &lengths {
                    let end = ends.last().copied().unwrap_or_default().checked_add(*length);
                    ends.push(end.ok_or(Error::Spill)?);
                }
                let length = lengths.iter().map(|length| *length as usize).sum();
                texts.push_str(std::str::from_utf8(split(bytes, length)?).map_err(|_| Error::Spill)?);
                Ok(())
            }
        }
    }
}

/// Adds the values in these runs.
pub(crate) fn extend<T: Copy>(values: &mut Vec<T>, from: &[T], runs: &[Range<usize>]) {
    for values_of in runs.iter().filter_map(|run| from.get(run.clone())) {
        values.extend_from_slice(values_of);
    }
}

/// Adds to `bytes` the values that are present.
pub(crate) fn put<T: Copy, const N: usize>(
    values: &[T],
    present: &[bool],
    to_bytes: impl Fn(T) -> [u8; N],
    bytes: &mut Vec<u8>,
) {
    bytes.reserve(values.len() * N);
    for (value, _) in values.iter().zip(present).filter(|(_, is_present)| **is_present) {
        bytes.extend_from_slice(&to_bytes(*value));
    }
}

/// Takes from the beginning of `bytes` what was put there, and adds it, with the default in the place of what is not
/// present.
///
/// # Errors
/// [`Error::Spill`] where there is less.
pub(crate) fn take<T: Default, const N: usize>(
    values: &mut Vec<T>,
    present: &[bool],
    from_bytes: impl Fn([u8; N]) -> T,
    bytes: &mut &[u8],
) -> Result<(), Error> {
    let count = present.iter().filter(|is_present| **is_present).count();
    let (stored, _) = split(bytes, count.saturating_mul(N))?.as_chunks();
    if count == present.len() {
        values.extend(stored.iter().map(|value| from_bytes(*value)));
        return Ok(());
    }
    let mut stored = stored.iter();
    values.reserve(present.len());
    for is_present in present {
        let value = if *is_present { stored.next().map(|value| from_bytes(*value)) } else { None };
        values.push(value.unwrap_or_default());
    }
    Ok(())
}

/// Takes so many bytes from the beginning.
///
/// # Errors
/// [`Error::Spill`] where there are fewer.
pub(crate) fn split<'b>(bytes: &mut &'b [u8], length: usize) -> Result<&'b [u8], Error> {
    let (first, rest) = bytes.split_at_checked(length).ok_or(Error::Spill)?;
    *bytes = rest;
    Ok(first)
}
