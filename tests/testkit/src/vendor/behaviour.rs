//! What a test or a demo can tell the stand-in to do.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// How the requests for a report are answered. In JSON, what is left out is as by default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Behaviour {
    /// A run is under way for so many looks at its results, after which the next has them.
    pub polls: u32,
    /// A run is under way for at least so long.
    pub seconds: u64,
    /// What requests to run the report are answered.
    pub run: Script,
    /// What looks at the results of a run that is over are answered.
    pub results: Script,
    /// Whether a request that meets another run is told `SUCCESS` with that run's identifier, in place of
    /// `REPORT RUNNING`.
    pub hides_other_runs: bool,
    /// The file.
    pub content: Content,
    /// How answers are written.
    pub xml: Xml,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            polls: 1,
            seconds: 0,
            run: Script::default(),
            results: Script::default(),
            hides_other_runs: false,
            content: Content::Whole,
            xml: Xml::Namespaced,
        }
    }
}

/// Answers in place of the vendor's usual ones.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Script {
    /// To the next requests, one each.
    pub first: VecDeque<Answer>,
    /// To every one after them; none is the usual answer.
    pub then: Option<Answer>,
}

impl Script {
    /// The same answer each time.
    #[must_use]
    pub fn always(answer: Answer) -> Self {
        Self { first: VecDeque::new(), then: Some(answer) }
    }

    /// An answer so many times, and the usual one afterwards.
    #[must_use]
    pub fn times(number: usize, answer: Answer) -> Self {
        Self { first: std::iter::repeat_n(answer, number).collect(), then: None }
    }

    pub(super) fn next(&mut self) -> Option<Answer> {
        self.first.pop_front().or(self.then)
    }
}

/// An answer that is not the usual one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Nothing but this HTTP status: 401, 404, 415, 429, 500, …
    Status(u16),
    /// The connection ends before the request is taken.
    HangUp,
    /// The request is taken, and the connection ends without an answer.
    HangUpAfter,
    /// The request is taken, and answered with nothing but this HTTP status.
    StatusAfter(u16),
    /// A page in HTML, as a proxy would send it.
    Page,
    /// `REPORT RUNNING`; to a request to run, with the identifier of somebody else's run.
    StillRunning,
    /// `SUCCESS` without data.
    NoData,
    /// The results under the status `REPORT COMPLETE`.
    Complete,
    /// "No records were found …".
    NoRecords,
    /// `REPORT TIMED OUT`.
    TimedOut,
    /// The status `NOT FOUND`.
    NotFound,
    /// `INVALID CRITERIA`.
    InvalidCriteria,
    /// `ERROR`.
    Error,
    /// The account's interface is not turned on.
    InterfaceOff,
    /// The account is no longer active.
    NoLongerActive,
}

/// What `Data` holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// A zip with the report's CSV.
    Whole,
    /// Its header and no rows.
    HeaderOnly,
    /// Text that is no base64.
    BrokenBase64,
    /// The first half of a zip.
    BrokenZip,
    /// A zip whose members are named as if to climb out of a folder.
    ZipSlip,
    /// Two of the rows have a field too few, two one too many.
    Ragged,
    /// The CSV begins with a byte order mark.
    Bom,
    /// The CSV is in Windows-1252; what has no place there becomes `?`.
    Windows1252,
    /// The rows are in two CSVs.
    Several,
    /// A column more, of this label.
    NewColumn(String),
    /// A label that is written otherwise.
    Renamed {
        /// The label as it was.
        from: String,
        /// The label as it is.
        to: String,
    },
}

/// How XML is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Xml {
    /// All elements in the vendor's namespace, which is the document's own.
    Namespaced,
    /// All elements in the vendor's namespace, by a prefix.
    Prefixed,
    /// As [`Self::Namespaced`], but `Data` is in none.
    BareData,
    /// No namespace at all.
    Plain,
}
