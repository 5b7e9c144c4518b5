//! What the vendor's answers mean.
//!
//! There is no schema of them: elements are found by their local name, at any depth and under any namespace, words are
//! compared without case, and what is not known is passed over. Messages are searched for known phrases and not kept.

use std::fmt;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use quick_xml::Reader;
use quick_xml::events::{BytesRef, Event};

/// The vendor pads, or does not.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Bytes of an identifier, which becomes part of addresses and keys.
const IDENTIFIER: usize = 64;

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What it says.
    pub says: Says,
    /// The run that it is about: letters, digits, `-` and `_`.
    pub identifier: Option<String>,
    /// The report, if it is in it.
    pub data: Option<Data>,
}

/// What an answer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Says {
    /// `SUCCESS` or `REPORT COMPLETE`.
    Done,
    /// `REPORT RUNNING`.
    Running,
    /// That a report, asked for or another, is still running.
    StillRunning,
    /// That the report has no rows.
    NoRecords,
    /// `REPORT TIMED OUT`.
    TimedOut,
    /// That there will be no report.
    Refused(Refusal),
}

/// Why there will be no report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// HTTP 401.
    Credentials,
    /// The account's Web API is not turned on.
    NotTurnedOn,
    /// The account or the login is no longer active.
    NotActive,
    /// `INVALID CRITERIA`.
    InvalidCriteria,
    /// `NOT FOUND`.
    NotFound,
    /// `ERROR`.
    Error,
    /// Any other HTTP status below 500.
    Status(u16),
}

/// Why an answer cannot be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unclear {
    /// No XML, or not all of it.
    Broken,
    /// A status that is not known.
    Status,
    /// The run has no identifier, or one that cannot be part of an address.
    Identifier,
    /// The report is not in base64.
    Data,
    /// More bytes than are allowed.
    TooLarge(usize),
}

/// A report in base64.
#[derive(Clone, PartialEq, Eq)]
pub struct Data(String);

impl Answer {
    /// Reads an answer's body.
    ///
    /// # Errors
    /// [`Unclear::Broken`], [`Unclear::Status`] and [`Unclear::Identifier`].
    pub fn read(body: &[u8]) -> Result<Self, Unclear> {
        let Elements { status, message, identifier, data } = Elements::read(body)?;
        let says = phrase(&message).or_else(|| word(&status)).ok_or(Unclear::Status)?;
        let identifier = Some(identifier.trim()).filter(|text| !text.is_empty()).map(str::to_owned);
        if identifier.as_deref().is_some_and(|text| !is_identifier(text)) {
            return Err(Unclear::Identifier);
        }
        Ok(Self { says, identifier, data: Data::of(data) })
    }
}

/// The phrase of a message that matters more than the status beside it.
fn phrase(message: &str) -> Option<Says> {
    let phrases = [
        ("no records were found matching the criteria used", Says::NoRecords),
        ("still running", Says::StillRunning),
        ("interface is not turned on", Says::Refused(Refusal::NotTurnedOn)),
        ("no longer active", Says::Refused(Refusal::NotActive)),
    ];
    let message = words(message).to_lowercase();
    phrases.into_iter().find(|(phrase, _)| message.contains(phrase)).map(|(_, says)| says)
}

fn word(status: &str) -> Option<Says> {
    Some(match words(status).to_uppercase().as_str() {
        "SUCCESS" | "REPORT COMPLETE" => Says::Done,
        "REPORT RUNNING" => Says::Running,
        "REPORT TIMED OUT" => Says::TimedOut,
        "NOT FOUND" => Says::Refused(Refusal::NotFound),
        "INVALID CRITERIA" => Says::Refused(Refusal::InvalidCriteria),
        "ERROR" => Says::Refused(Refusal::Error),
        _ => return None,
    })
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_identifier(text: &str) -> bool {
    text.len() <= IDENTIFIER && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

impl Data {
    fn of(mut text: String) -> Option<Self> {
        text.retain(|character| !character.is_ascii_whitespace());
        (!text.is_empty()).then_some(Self(text))
    }

    /// The report as the vendor made it.
    ///
    /// # Errors
    /// [`Unclear::Data`].
    pub fn decode(&self) -> Result<Vec<u8>, Unclear> {
        BASE64.decode(&self.0).map_err(|_| Unclear::Data)
    }
}

/// Its size: what it holds is about patients.
impl fmt::Debug for Data {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Data({} bytes)", self.0.len())
    }
}

/// Texts of the elements that matter.
#[derive(Default)]
struct Elements {
    status: String,
    message: String,
    identifier: String,
    data: String,
}

impl Elements {
    /// An answer that breaks off is none: half a report could be taken for all of it.
    fn read(body: &[u8]) -> Result<Self, Unclear> {
        let text = String::from_utf8_lossy(body);
        let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
        reader.config_mut().expand_empty_elements = true;
        let (mut elements, mut open) = (Self::default(), Vec::new());
        let mut is_empty = true;
        loop {
            let text = match reader.read_event().map_err(|_| Unclear::Broken)? {
                Event::Start(element) => {
                    open.push(element.local_name().as_ref().to_ascii_lowercase());
                    is_empty = false;
                    continue;
                }
                Event::End(_) => {
                    open.pop();
                    continue;
                }
                Event::Eof if is_empty || !open.is_empty() => return Err(Unclear::Broken),
                Event::Eof => return Ok(elements),
                Event::Text(text) => text.xml10_content().into_owned(),
                Event::CData(text) => text.xml10_content().into_owned(),
                Event::GeneralRef(reference) => character(&reference).to_string(),
                _ => continue,
            };
            if let Some(element) = open.last().and_then(|name| elements.named(name)) {
                element.push_str(&text);
            }
        }
    }

    fn named(&mut self, name: &str) -> Option<&mut String> {
        match name {
            "status" => Some(&mut self.status),
            "statusmessage" => Some(&mut self.message),
            "identifier" => Some(&mut self.identifier),
            "data" => Some(&mut self.data),
            _ => None,
        }
    }
}

/// The character that an entity stands for; one that is in no word and no base64, if it is not known.
fn character(reference: &BytesRef<'_>) -> char {
    match &**reference {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => reference.resolve_char_ref().ok().flatten().unwrap_or(char::REPLACEMENT_CHARACTER),
    }
}

#[cfg(test)]
#[path = "answer_tests.rs"]
mod tests;
