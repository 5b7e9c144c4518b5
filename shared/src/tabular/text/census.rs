//! What the bytes of a file are that is not plain UTF-8.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{DecoderResult, Encoding, UTF_8, WINDOWS_1252};

use super::encoding::PIECE;
use crate::tabular::Unreadable;
use crate::tabular::limits::size;

/// Bytes that Windows-1252 leaves undefined.
const UNDEFINED: [u8; 5] = [0x81, 0x8d, 0x8f, 0x90, 0x9d];

/// Letters beyond ASCII that are too few to tell an encoding by.
const THIN: u64 = 4;

const MIXED: Unreadable = Unreadable::Unsupported { what: "text in more than one encoding" };
const OTHER: Unreadable =
    Unreadable::Unsupported { what: "text in another encoding than UTF-8, UTF-16 or Windows-1252" };
const NO_TEXT: Unreadable = Unreadable::Unsupported { what: "a file of a kind that is not read" };

/// What a file's bytes would be as UTF-8 and as text of one byte per character.
pub(crate) struct Census {
    bytes: u64,
    nuls: u64,
    /// Characters beyond ASCII, as UTF-8.
    characters: u64,
    /// Bytes that are no UTF-8.
    faults: u64,
    /// Controls that no text has, other than NUL.
    controls: u64,
    /// Bytes that text in Windows-1252 hardly has where they stand.
    oddities: u64,
    /// Pairs of bytes that are not ASCII.
    pairs: u64,
    /// The bytes that occur.
    seen: [bool; 256],
    detector: EncodingDetector,
}

impl Census {
    /// Reads a file to its end, or until it is evidently no text.
    pub(crate) fn take(file: &mut File) -> io::Result<Self> {
        let detector = EncodingDetector::new(Iso2022JpDetection::Deny);
        let mut census = Self {
            bytes: 0,
            nuls: 0,
            characters: 0,
            faults: 0,
            controls: 0,
            oddities: 0,
            pairs: 0,
            seen: [false; 256],
            detector,
        };
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
            census.bytes += size(count);
            rest.extend_from_slice(piece);
            census.look_at(piece);
            reader.consume(count);
            rest = census.count(&rest).to_vec();
            if census.is_no_text() {
                return Ok(census);
            }
        }
    }

    fn look_at(&mut self, piece: &[u8]) {
        self.nuls += size(piece.iter().filter(|byte| **byte == 0).count());
        self.controls += size(piece.iter().filter(|byte| **byte != 0 && is_control(**byte)).count());
        self.oddities += size(piece.windows(3).filter(|bytes| is_odd(bytes)).count());
        self.pairs += size(piece.windows(2).filter(|pair| !pair.iter().any(u8::is_ascii)).count());
        for byte in piece {
            if let Some(seen) = self.seen.get_mut(usize::from(*byte)) {
                *seen = true;
            }
        }
        self.detector.feed(piece, false);
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

    /// # Errors
    /// [`Unreadable::Unsupported`] for what is neither UTF-8 nor Windows-1252.
    pub(crate) fn verdict(&self) -> Result<&'static Encoding, Unreadable> {
        // Systems that fill fields of a fixed length leave some NUL in a text; in other files it abounds.
        if self.is_no_text() || self.nuls * 8 > self.bytes {
            return Err(NO_TEXT);
        }
        if self.faults == 0 {
            return Ok(UTF_8);
        }
        // Bytes of Windows-1252 rarely happen to be UTF-8; where they mostly are, it is UTF-8 with something amiss, and
        // read as Windows-1252 it would be wrong without a word.
        if self.characters >= self.faults {
            return Err(MIXED);
        }
        let guess = self.detector.guess(None, Utf8Detection::Deny);
        let is_undefined = UNDEFINED.iter().any(|byte| self.has(*byte));
        let is_odd = is_undefined || self.oddities * 4 > self.faults;
        if !is_odd && (self.reads_alike(guess) || self.is_thin()) { Ok(WINDOWS_1252) } else { Err(OTHER) }
    }

    /// A stray control character is a typing error; where each thirtieth byte is one, there was never text.
    fn is_no_text(&self) -> bool {
        self.controls * 32 > self.bytes && self.nuls + self.faults > 0
    }

    /// Whether a file's bytes are the same text in Windows-1252 and in another encoding.
    fn reads_alike(&self, other: &'static Encoding) -> bool {
        let read = |encoding: &'static Encoding, byte: u8| {
            let mut text = [0; 8];
            let mut decoder = encoding.new_decoder_without_bom_handling();
            let (result, _, length) = decoder.decode_to_utf8_without_replacement(&[byte], &mut text, true);
            (result == DecoderResult::InputEmpty).then_some((text, length))
        };
        (0x80..=0xff).filter(|byte| self.has(*byte)).all(|byte| read(other, byte) == read(WINDOWS_1252, byte))
    }

    /// Whether so few letters, each among others, are not ASCII that a guess is worth little; most such text is Western.
    fn is_thin(&self) -> bool {
        self.faults <= THIN && self.pairs == 0 && self.oddities == 0
    }

    fn has(&self, byte: u8) -> bool {
        self.seen.get(usize::from(byte)).copied().unwrap_or_default()
    }
}

/// Whether the middle one of three bytes is a capital or a sign within a word in Windows-1252, as letters of text
/// from DOS, of an old Mac or of Central Europe are when they are taken for it.
fn is_odd(bytes: &[u8]) -> bool {
    match bytes {
        // A no-break space, a soft hyphen and a middle dot stand there in plain text.
        [_, 0xa0 | 0xad | 0xb7, _] => false,
        [
            before,
            0x80..=0x8c | 0x8e | 0x95 | 0x98 | 0x9b | 0x9f..=0xbf | 0xc0..=0xd6 | 0xd8..=0xde,
            after,
        ] => before.is_ascii_alphabetic() && after.is_ascii_lowercase(),
        _ => false,
    }
}

/// Characters that no text holds: C0 but for white space and the end-of-file mark of old systems.
pub(crate) fn is_control(byte: u8) -> bool {
    byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\x0b' | b'\x0c' | b'\r' | b'\x1a')
}
