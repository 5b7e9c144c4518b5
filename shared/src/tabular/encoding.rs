//! Encodings of text: found out by reading a file once, and decoded piece by piece.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, ErrorKind, Read, Seek as _};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::Unreadable;
use super::cell::size;

/// Bytes that are read at once, and those that a NUL and the shape of UTF-16 are looked for in.
const PIECE: usize = 64 * 1024;

const MIXED: Unreadable = Unreadable::Unsupported { what: "text in more than one encoding" };
const OTHER: Unreadable =
    Unreadable::Unsupported { what: "text in another encoding than UTF-8, UTF-16 or Windows-1252" };
const NO_TEXT: Unreadable = Unreadable::Unsupported { what: "a file of a kind that is not read" };

/// The encoding of a file of text: that of its byte order mark, else UTF-8 if all of it is, else UTF-16 if it evidently
/// is, else Windows-1252 if that is what it is likeliest to be. Leaves the file at its start.
///
/// # Errors
/// [`Unreadable::Unsupported`] for text in any other encoding or in several, and for what is no text.
pub(super) fn of(file: &mut File) -> Result<&'static Encoding, Unreadable> {
    file.rewind()?;
    let mut head = Vec::new();
    (&mut *file).take(size(PIECE)).read_to_end(&mut head)?;
    file.rewind()?;
    if let Some((encoding, _)) = Encoding::for_bom(&head) {
        return Ok(encoding);
    }
    if head.contains(&0) {
        return evident_utf16(&head).ok_or(NO_TEXT);
    }
    let census = Census::take(file);
    file.rewind()?;
    census?.verdict()
}

/// UTF-16 without a byte order mark: characters below U+0100 prevail, so that every other byte is NUL.
fn evident_utf16(head: &[u8]) -> Option<&'static Encoding> {
    let nuls = |parity: usize| head.iter().skip(parity).step_by(2).filter(|byte| **byte == 0).count();
    let prevail = |nuls: usize| nuls * 2 >= head.len() / 2;
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

/// Characters that no text holds: C0 but for white space and the end-of-file mark of old systems.
fn is_control(byte: u8) -> bool {
    byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\x0b' | b'\x0c' | b'\r' | b'\x1a')
}

/// What a file's bytes would be as UTF-8 and as text of one byte per character.
struct Census {
    /// Characters beyond ASCII, as UTF-8.
    characters: u64,
    /// Bytes that are no UTF-8.
    faults: u64,
    /// Bytes that no text in Windows-1252 has.
    controls: u64,
    detector: EncodingDetector,
}

impl Census {
    fn take(file: &mut File) -> io::Result<Self> {
        let detector = EncodingDetector::new(Iso2022JpDetection::Deny);
        let mut census = Self { characters: 0, faults: 0, controls: 0, detector };
        let mut reader = BufReader::with_capacity(PIECE, file);
        // The beginning of a character that the end of a piece cuts.
        let mut rest: Vec<u8> = Vec::new();
        loop {
            let piece = reader.fill_buf()?;
            let count = piece.len();
            if count == 0 {
                census.faults += u64::from(!rest.is_empty());
                census.detector.feed(&[], true);
                return Ok(census);
            }
            census.controls += size(piece.iter().filter(|byte| is_impossible(**byte)).count());
            census.detector.feed(piece, false);
            rest.extend_from_slice(piece);
            reader.consume(count);
            rest = census.count(&rest).to_vec();
        }
    }

    /// Counts a piece as UTF-8 and answers its end, if that may be the beginning of a character.
    fn count<'p>(&mut self, mut piece: &'p [u8]) -> &'p [u8] {
        loop {
            let (valid, after, fault) = match std::str::from_utf8(piece) {
                Ok(_) => (piece, &[][..], None),
                Err(error) => {
                    let (valid, after) = piece.split_at(error.valid_up_to());
                    (valid, after, error.error_len())
                }
            };
            self.characters += size(valid.iter().filter(|byte| **byte >= 0xc0).count());
            let Some(fault) = fault else { return after };
            self.faults += 1;
            piece = after.get(fault..).unwrap_or_default();
        }
    }

    fn verdict(&self) -> Result<&'static Encoding, Unreadable> {
        if self.faults == 0 {
            return Ok(UTF_8);
        }
        if self.controls > 0 {
            return Err(NO_TEXT);
        }
        // Bytes of Windows-1252 rarely happen to be UTF-8; where they mostly are, it is UTF-8 with something amiss, and
        // read as Windows-1252 it would be wrong without a word.
        if self.characters >= self.faults {
            return Err(MIXED);
        }
        match self.detector.guess(None, Utf8Detection::Deny) {
            encoding if encoding == WINDOWS_1252 => Ok(encoding),
            _ => Err(OTHER),
        }
    }
}

/// Bytes that Windows-1252 leaves undefined, and controls.
fn is_impossible(byte: u8) -> bool {
    is_control(byte) || matches!(byte, 0x81 | 0x8d | 0x8f | 0x90 | 0x9d)
}

/// A file's text in UTF-8, without byte order mark. A character that its encoding does not have is an error of the kind
/// [`ErrorKind::InvalidData`].
pub(super) struct Decoded<'f> {
    source: BufReader<&'f mut File>,
    decoder: Decoder,
    text: Vec<u8>,
    /// What of `text` is read already.
    read: usize,
    is_over: bool,
}

impl<'f> Decoded<'f> {
    /// From the file's start.
    pub(super) fn new(file: &'f mut File, encoding: &'static Encoding) -> io::Result<Self> {
        file.rewind()?;
        Ok(Self {
            source: BufReader::with_capacity(PIECE, file),
            decoder: encoding.new_decoder_with_bom_removal(),
            text: Vec::new(),
            read: 0,
            is_over: false,
        })
    }

    fn decode(&mut self) -> io::Result<()> {
        let piece = self.source.fill_buf()?;
        let is_last = piece.is_empty();
        // No encoding takes more than three bytes of UTF-8 for one of its own.
        self.text.resize(piece.len() * 3 + 16, 0);
        let (result, count, written) =
            self.decoder.decode_to_utf8_without_replacement(piece, &mut self.text, is_last);
        if let DecoderResult::Malformed(..) = result {
            return Err(ErrorKind::InvalidData.into());
        }
        self.source.consume(count);
        self.text.truncate(written);
        self.read = 0;
        self.is_over = is_last && result == DecoderResult::InputEmpty;
        Ok(())
    }
}

impl Read for Decoded<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.read == self.text.len() && !self.is_over {
            self.decode()?;
        }
        let mut unread = self.text.get(self.read..).unwrap_or_default();
        let count = unread.read(into)?;
        self.read += count;
        Ok(count)
    }
}

#[cfg(test)]
#[path = "encoding_tests.rs"]
mod tests;
