//! Encodings of text: found out by reading a file once, and decoded piece by piece.

use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Seek as _};
use std::ops::Range;

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use memchr::memchr;

use super::census::{Census, is_control};
use crate::tabular::Unreadable;
use crate::tabular::limits::size;

/// Bytes that are read at once, and those that the shape of UTF-16 is looked for in.
pub(crate) const PIECE: usize = 64 * 1024;

/// The encoding of a file of text: that of its byte order mark, else UTF-8 if all of it is, else UTF-16 if it evidently
/// is, else Windows-1252 if that is what it is likeliest to be. Leaves the file at its start.
///
/// # Errors
/// [`Unreadable::Unsupported`] for text in any other encoding or in several, and for what is no text.
pub(crate) fn of(file: &mut File) -> Result<&'static Encoding, Unreadable> {
    file.rewind()?;
    let mut head = Vec::new();
    (&mut *file).take(size(PIECE)).read_to_end(&mut head)?;
    file.rewind()?;
    if let Some((encoding, _)) = Encoding::for_bom(&head) {
        return Ok(encoding);
    }
    if let Some(encoding) = evident_utf16(&head) {
        return Ok(encoding);
    }
    let is_plain = is_plain(file)?;
    file.rewind()?;
    if is_plain {
        return Ok(UTF_8);
    }
    let census = Census::take(file);
    file.rewind()?;
    census?.verdict()
}

/// Whether all of a file is UTF-8 without NUL, as most text is. Says so without looking at it byte by byte.
fn is_plain(file: &mut File) -> io::Result<bool> {
    let mut buffer = vec![0; PIECE];
    // The beginning of a character that the end of a piece cuts stands before the next piece.
    let mut cut = 0;
    loop {
        let count = match file.read(buffer.get_mut(cut..).unwrap_or_default()) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            count => count?,
        };
        if count == 0 {
            return Ok(cut == 0);
        }
        let piece = buffer.get(..cut + count).unwrap_or_default();
        let valid = Encoding::utf8_valid_up_to(piece);
        let rest = piece.get(valid..).unwrap_or_default();
        if memchr(0, piece).is_some()
            || std::str::from_utf8(rest).is_err_and(|error| error.error_len().is_some())
        {
            return Ok(false);
        }
        cut = rest.len();
        buffer.copy_within(valid..valid + cut, 0);
    }
}

/// How many bytes a piece of text, here in UTF-8, takes in an encoding of [`of`].
pub(crate) fn length(encoding: &'static Encoding, text: &[u8]) -> u64 {
    let count = |is_counted: fn(&u8) -> bool| size(text.iter().filter(|byte| is_counted(byte)).count());
    if encoding == UTF_8 {
        size(text.len())
    } else if encoding == WINDOWS_1252 {
        count(starts_character)
    } else {
        // Characters beyond the first plane, of four bytes in UTF-8, are two units in UTF-16.
        2 * (count(starts_character) + count(|byte| *byte >= 0xf0))
    }
}

fn starts_character(byte: &u8) -> bool {
    !matches!(byte, 0x80..=0xbf)
}

/// UTF-16 without a byte order mark: characters below U+0100 prevail, so that every other byte is NUL.
fn evident_utf16(head: &[u8]) -> Option<&'static Encoding> {
    let nuls = |parity: usize| head.iter().skip(parity).step_by(2).filter(|byte| **byte == 0).count();
    let prevail = |nuls: usize| nuls > 0 && nuls * 2 >= head.len() / 2;
    let encoding = match (nuls(0), nuls(1)) {
        (0, odd) if prevail(odd) => UTF_16LE,
        (even, 0) if prevail(even) => UTF_16BE,
        _ => return None,
    };
    let (pairs, _) = head.as_chunks::<2>();
    let characters = pairs.iter().map(|pair| match encoding == UTF_16LE {
        true => u16::from_le_bytes(*pair),
        false => u16::from_be_bytes(*pair),
    });
    characters.flat_map(u8::try_from).all(|byte| !is_control(byte)).then_some(encoding)
}

/// Text in UTF-8. A character that its encoding does not have is an error of the kind [`ErrorKind::InvalidData`]. A byte
/// order mark is a character.
pub(crate) struct Decoded<R> {
    source: BufReader<R>,
    decoder: Decoder,
    /// Room for the text of a piece.
    text: Vec<u8>,
    /// Where in it the text is that is not yet read.
    unread: Range<usize>,
    is_over: bool,
}

impl<R: Read> Decoded<R> {
    /// Bytes from `source` on, which are text in `encoding`.
    pub(crate) fn new(source: R, encoding: &'static Encoding) -> Self {
        Self {
            source: BufReader::with_capacity(PIECE, source),
            decoder: encoding.new_decoder_without_bom_handling(),
            text: Vec::new(),
            unread: 0..0,
            is_over: false,
        }
    }

    fn decode(&mut self) -> io::Result<()> {
        let piece = self.source.fill_buf()?;
        let is_last = piece.is_empty();
        // No encoding takes more than three bytes of UTF-8 for one of its own.
        let room = piece.len() * 3 + 16;
        if self.text.len() < room {
            self.text.resize(room, 0);
        }
        let (result, count, written) =
            self.decoder.decode_to_utf8_without_replacement(piece, &mut self.text, is_last);
        if let DecoderResult::Malformed(..) = result {
            return Err(ErrorKind::InvalidData.into());
        }
        self.source.consume(count);
        self.unread = 0..written;
        self.is_over = is_last && result == DecoderResult::InputEmpty;
        Ok(())
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(into)?;
        self.consume(count);
        Ok(count)
    }
}

impl<R: Read> BufRead for Decoded<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.unread.is_empty() && !self.is_over {
            self.decode()?;
        }
        Ok(self.text.get(self.unread.clone()).unwrap_or_default())
    }

    fn consume(&mut self, count: usize) {
        self.unread.start += count;
    }
}

#[cfg(test)]
#[path = "encoding_tests.rs"]
mod tests;
