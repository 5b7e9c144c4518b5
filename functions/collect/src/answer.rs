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
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// HTTP 401.
    #[error(
        "the vendor refuses the user and password (status 401); put the right ones into the secret of COLLECT_SECRET_ARN"
    )]
    Credentials,
    /// The account's Web API is not turned on.
    #[error("the Web API interface is not turned on; ask the vendor to turn it on for this account")]
    NotTurnedOn,
    /// The account or the login is no longer active.
    #[error(
        "the account or the login is no longer active; ask the vendor, or take the account out of COLLECT_ACCOUNTS"
    )]
    NotActive,
    /// `INVALID CRITERIA`.
    #[error(
        "the vendor cannot run it (INVALID CRITERIA); check its report and filter there and their numbers in \
         COLLECT_NUMBERS"
    )]
    InvalidCriteria,
    /// `NOT FOUND`.
    #[error(
        "the vendor has nothing of this name (NOT FOUND); check its numbers in COLLECT_NUMBERS and ask again"
    )]
    NotFound,
    /// `NOT FOUND` or HTTP 404 of a run.
    #[error("the vendor has forgotten the run; ask for it anew with `rounds collect run --again`")]
    Forgotten,
    /// `ERROR`.
    #[error(
        "the vendor ran into an error (ERROR); run it there by hand, and ask the vendor if it fails again"
    )]
    Error,
    /// Any other HTTP status below 500.
    #[error("{}", by_status(*.0))]
    Status(u16),
}

fn by_status(status: u16) -> String {
    match status {
        404 => "the vendor knows no such account or report (status 404); check COLLECT_ACCOUNTS and COLLECT_NUMBERS"
            .to_owned(),
        415 => "the vendor does not take requests of this form (status 415); its Web API has changed".to_owned(),
        _ => format!(
            "the vendor refuses the request (status {status}); check COLLECT_URL and the account's rights"
        ),
    }
}

/// Why an answer cannot be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unclear {
    /// No XML, or not all of it.
    #[error("the vendor's answer is no XML, or breaks off; check COLLECT_URL, and ask again")]
    Broken,
    /// A status that is not known.
    #[error("the vendor's answer has a status that is not known; ask again")]
    Status,
    /// The run has no identifier, or one that cannot be part of an address.
    #[error("the vendor's answer has no identifier, or none that can be used; ask again")]
    Identifier,
    /// The report is not in base64.
    #[error("the vendor's report is not in base64, or not all of it; ask again")]
    Data,
    /// The answer is about another run than was asked for.
    #[error("the vendor's answer is about another run; ask for it anew with `rounds collect run --again`")]
    AnothersRun,
    /// More than [`crate::vendor::ANSWER_BYTES`].
    #[error("the vendor's answer has more than 64 MiB; narrow the report's filter there, and ask again")]
    TooLarge,
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
        let says = message.as_deref().and_then(phrase).or_else(|| word(&status?));
        let says = says.ok_or(Unclear::Status)?;
        let identifier = identifier.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        if identifier.as_deref().is_some_and(|text| !is_identifier(text)) {
            return Err(Unclear::Identifier);
        }
        Ok(Self { says, identifier, data: data.and_then(Data::of) })
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
    Some(match words(&status.replace('_', " ")).to_uppercase().as_str() {
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

/// Texts of the elements that matter, of each the first.
#[derive(Default)]
struct Elements {
    status: Option<String>,
    message: Option<String>,
    identifier: Option<String>,
    data: Option<String>,
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
                    if open.iter().any(|name| name == "data") {
                        return Err(Unclear::Data);
                    }
                    let name = element.local_name().as_ref().to_ascii_lowercase();
                    let is_first = match elements.named(&name) {
                        Some(text @ None) => text.insert(String::new()).is_empty(),
                        _ => false,
                    };
                    open.push(if is_first { name } else { String::new() });
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
            if let Some(Some(element)) = open.last().and_then(|name| elements.named(name)) {
                element.push_str(&text);
            }
        }
    }

    fn named(&mut self, name: &str) -> Option<&mut Option<String>> {
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
