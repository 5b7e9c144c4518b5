//! Values of one column, in memory and on the temp disk.

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

/// Texts, end to end.
#[derive(Default)]
pub(crate) struct Texts {
    texts: String,
    ends: Vec<usize>,
}

impl Texts {
    /// Adds a text.
    pub(crate) fn push(&mut self, text: &str) {
        self.texts.push_str(text);
        self.ends.push(self.texts.len());
    }

    /// All of them, in their order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(&0).chain(&self.ends);
        starts.zip(&self.ends).map(|(start, end)| self.texts.get(*start..*end).unwrap_or_default())
    }

    fn get(&self, row: usize) -> &str {
        let start = row.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or_default();
        self.ends.get(row).and_then(|end| self.texts.get(start..*end)).unwrap_or_default()
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

    /// Adds to `bytes` the values of these rows.
    pub(crate) fn put(&self, rows: &[usize], bytes: &mut Vec<u8>) {
        match self {
            Self::Small(values) => put(values, rows, i32::to_le_bytes, bytes),
            Self::Large(values) => put(values, rows, i64::to_le_bytes, bytes),
            Self::Huge(values) => put(values, rows, i128::to_le_bytes, bytes),
            Self::Truth(values) => put(values, rows, |value| [u8::from(value)], bytes),
            Self::Text(texts) => {
                let chosen = || rows.iter().map(|row| texts.get(*row).as_bytes());
                chosen().for_each(|text| bytes.extend(record::length(text.len()).to_le_bytes()));
                chosen().for_each(|text| bytes.extend(text));
            }
        }
    }

    /// Takes from the beginning of `bytes` what was [put](Self::put) there of `height` rows, adds the values at the
    /// positions `taken` among them, which grow, with something else in the place of none, and answers how many bytes of
    /// text they have.
    ///
    /// # Errors
    /// [`Error::Spill`] where the bytes are not what was put.
    pub(crate) fn take(
        &mut self,
        bytes: &mut &[u8],
        height: usize,
        taken: &[Option<usize>],
    ) -> Result<usize, Error> {
        let added = match self {
            Self::Small(values) => take(bytes, height, taken, i32::from_le_bytes, values),
            Self::Large(values) => take(bytes, height, taken, i64::from_le_bytes, values),
            Self::Huge(values) => take(bytes, height, taken, i128::from_le_bytes, values),
            Self::Truth(values) => take(bytes, height, taken, |[byte]| byte != 0, values),
            Self::Text(texts) => return take_texts(bytes, height, taken, texts),
        };
        added.map(|()| 0)
    }
}

/// Adds to `bytes` values of these rows.
pub(crate) fn put<T: Copy, const N: usize>(
    values: &[T],
    rows: &[usize],
    to_bytes: impl Fn(T) -> [u8; N],
    bytes: &mut Vec<u8>,
) {
    bytes.reserve(rows.len() * N);
    for value in rows.iter().filter_map(|row| values.get(*row)) {
        bytes.extend_from_slice(&to_bytes(*value));
    }
}

/// Takes what was put of `height` values from the beginning of `bytes`, and adds those at the positions `taken`, with the
/// default in the place of none.
///
/// # Errors
/// [`Error::Spill`] where there are fewer.
pub(crate) fn take<T: Default, const N: usize>(
    bytes: &mut &[u8],
    height: usize,
    taken: &[Option<usize>],
    from_bytes: impl Fn([u8; N]) -> T,
    values: &mut Vec<T>,
) -> Result<(), Error> {
    let (stored, _) = split(bytes, height.saturating_mul(N))?.as_chunks();
    values.reserve(taken.len());
    for place in taken {
        values.push(match place {
            Some(place) => from_bytes(*stored.get(*place).ok_or(Error::Spill)?),
            None => T::default(),
        });
    }
    Ok(())
}

fn take_texts(
    bytes: &mut &[u8],
    height: usize,
    taken: &[Option<usize>],
    into: &mut Texts,
) -> Result<usize, Error> {
    let before = into.texts.len();
    let (lengths, _) = split(bytes, height.saturating_mul(4))?.as_chunks();
    let lengths = lengths.iter().map(|length| u32::from_le_bytes(*length) as usize);
    let texts = split(bytes, lengths.clone().sum())?;
    let mut texts = std::str::from_utf8(texts).map_err(|_| Error::Spill)?;
    let mut stored = lengths.enumerate().map(|(place, length)| {
        let (text, rest) = texts.split_at_checked(length).ok_or(Error::Spill)?;
        texts = rest;
        Ok::<_, Error>((place, text))
    });
    for wanted in taken {
        let Some(wanted) = wanted else {
            into.push("");
            continue;
        };
        let found = stored.find(|text| !matches!(text, Ok((place, _)) if place != wanted));
        into.push(found.ok_or(Error::Spill)??.1);
    }
    Ok(into.texts.len() - before)
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
