//! Patients' values that are marked in the made-up files, and where one turns up, however it is spelled.
//!
//! A mark is a fragment in lower case: `#` stands for a digit, and `|` at an end for no letter or digit beyond it.

use std::fmt;

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::{billing, healthtech, hospital, mis, records};

/// Days of birth as logs would show them. The seventies are left out: many a clock begins in 1970.
const BIRTHS: [&str; 7] =
    ["|1911-##-##", "|192#-##-##", "|193#-##-##", "|194#-##-##", "|195#-##-##", "|196#-##-##", "|198#-##-##"];

/// Runs of fewer such characters are taken for words, not for something encoded.
const SHORTEST_RUN: usize = 8;

/// Takes what was cut out of something longer, too.
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_allow_trailing_bits(true)
    .with_decode_padding_mode(DecodePaddingMode::Indifferent);
const BASE64: GeneralPurpose = GeneralPurpose::new(&base64::alphabet::STANDARD, LENIENT);

/// A mark that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canary {
    /// Which one.
    pub mark: &'static str,
    /// How it was spelled.
    pub spelling: &'static str,
    /// The text around it.
    pub near: String,
}

impl fmt::Display for Canary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { mark, spelling, near } = self;
        write!(formatter, "{mark} {spelling}: … {near} …")
    }
}

/// The first mark in a text: as it is, with escapes as in JSON or Rust's Debug, URL-encoded, in base64, in hexadecimal, or
/// as a list of bytes; in whatever case, and where the text was escaped several times.
#[must_use]
pub fn find(text: &str) -> Option<Canary> {
    let plain = unescaped(text);
    search(text, "as it is")
        .or_else(|| search(&plain, "with escapes"))
        .or_else(|| search(&percent_decoded(&plain), "URL-encoded"))
        .or_else(|| search(&base64_decoded(&plain), "in base64"))
        .or_else(|| search(&hex_decoded(&plain), "in hexadecimal"))
        .or_else(|| search(&listed_bytes(&plain), "as a list of bytes"))
}

fn search(text: &str, spelling: &'static str) -> Option<Canary> {
    let text = text.to_lowercase();
    let sources: [&[&'static str]; 6] = [
        &BIRTHS,
        &healthtech::CANARIES,
        &mis::CANARIES,
        &billing::CANARIES,
        &hospital::CANARIES,
        &records::CANARIES,
    ];
    sources.into_iter().flatten().find_map(|mark| {
        let at = place(text.as_bytes(), mark.as_bytes())?;
        let near = text.get(text.floor_char_boundary(at.saturating_sub(200))..);
        Some(Canary { mark, spelling, near: near.unwrap_or_default().chars().take(400).collect() })
    })
}

/// Where a mark is in a text.
fn place(text: &[u8], mark: &[u8]) -> Option<usize> {
    let (is_begin, shape) = mark.strip_prefix(b"|").map_or((false, mark), |shape| (true, shape));
    let (is_end, shape) = shape.strip_suffix(b"|").map_or((false, shape), |shape| (true, shape));
    let head = shape.split(|byte| *byte == b'#').next().unwrap_or_default();
    let is_word = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    memchr::memmem::find_iter(text, head).find(|at| {
        let fits = text.get(*at..at + shape.len()).is_some_and(|found| {
            let mut pairs = found.iter().zip(shape);
            pairs.all(|(byte, wanted)| byte == wanted || *wanted == b'#' && byte.is_ascii_digit())
        });
        let before = at.checked_sub(1).and_then(|before| text.get(before));
        fits && !(is_begin && is_word(before)) && !(is_end && is_word(text.get(at + shape.len())))
    })
}

/// The text without escapes, however many times it was escaped.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        plain.push_str(before);
        rest = after.trim_start_matches('\\');
        let digits = rest.strip_prefix("u{").and_then(|rest| rest.split_once('}').map(|(digits, _)| digits));
        let (digits, length) = match digits {
            Some(digits) => (Some(digits), digits.len() + 3),
            None => (rest.strip_prefix('u').and_then(|rest| rest.get(..4)), 5),
        };
        let letter = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32);
        if let Some((letter, after)) = letter.zip(rest.get(length..)) {
            plain.push(letter);
            rest = after;
        } else if let Some(after) = rest.strip_prefix(['n', 'r', 't']) {
            plain.push(' ');
            rest = after;
        }
    }
    plain + rest
}

fn percent_decoded(text: &str) -> String {
    let mut decoded = Vec::new();
    let mut parts = text.split('%');
    decoded.extend_from_slice(parts.next().unwrap_or_default().as_bytes());
    for part in parts {
        let byte = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        decoded.push(byte.unwrap_or(b'%'));
        let rest = if byte.is_some() { part.get(2..) } else { Some(part) };
        decoded.extend_from_slice(rest.unwrap_or_default().as_bytes());
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// What runs of base64 hold, in the usual alphabet or that of URLs, from each of their characters on.
fn base64_decoded(text: &str) -> String {
    let is_digit = |letter: char| letter.is_ascii_alphanumeric() || "+/-_".contains(letter);
    let mut decoded = Vec::new();
    for run in text.split(|letter| !is_digit(letter)).filter(|run| run.len() >= SHORTEST_RUN) {
        let run = run.replace('-', "+").replace('_', "/");
        for skipped in 0..4 {
            let run = run.as_bytes().get(skipped..).unwrap_or_default();
            let whole = run.len() - usize::from(run.len() % 4 == 1);
            let bytes = BASE64.decode(run.get(..whole).unwrap_or_default());
            decoded.extend(bytes.unwrap_or_default());
            decoded.push(b'\n');
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// What runs of hexadecimal digits hold, from each of their digits on.
fn hex_decoded(text: &str) -> String {
    let is_digit = |letter: char| letter.is_ascii_hexdigit();
    let mut decoded = Vec::new();
    for run in text.split(|letter| !is_digit(letter)).filter(|run| run.len() >= SHORTEST_RUN) {
        for skipped in 0..2 {
            let pairs = run.as_bytes().get(skipped..).unwrap_or_default().chunks_exact(2);
            let digits = pairs.filter_map(|pair| std::str::from_utf8(pair).ok());
            decoded.extend(digits.filter_map(|digits| u8::from_str_radix(digits, 16).ok()));
            decoded.push(b'\n');
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// What lists of numbers are as bytes, such as `[80, 105]`.
fn listed_bytes(text: &str) -> String {
    let is_part = |letter: char| letter.is_ascii_digit() || letter == ',' || letter == ' ';
    let mut decoded = Vec::new();
    for run in text.split(|letter| !is_part(letter)).filter(|run| run.contains(',')) {
        decoded.extend(run.split(',').filter_map(|number| number.trim().parse::<u8>().ok()));
        decoded.push(b'\n');
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
#[path = "canary_tests.rs"]
mod tests;
