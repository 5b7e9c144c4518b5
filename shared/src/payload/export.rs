//! An export: a report on request, as it is asked for and answered.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Export {
    /// The report, `domain.name`.
    pub report: String,
    /// What it is to be about.
    pub parameters: Parameters,
    /// What tells this request from others: the name of the state machine's execution. Asked for again, it is the same
    /// file, and whoever is told is told once.
    pub id: String,
    /// When it was asked for.
    pub at: Timestamp,
    /// The member of the report's audience who is sent the link; none where nobody is.
    pub notify: Option<String>,
}

/// What a report on request is to be about, by the names that its file lists. The values are patients' data: Debug leaves
/// them out.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Parameters(pub BTreeMap<String, String>);

impl fmt::Debug for Parameters {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}

/// An export that was made.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exported {
    /// The report.
    pub report: String,
    /// Rows of the file.
    pub rows: u64,
    /// Rows of the datasets that it needs, whosever, that wait for others which no file has brought: some may be missing.
    #[serde(default)]
    pub waiting: u64,
    /// Opens the file for whoever has it.
    pub link: String,
    /// Until when it does.
    pub expires_at: Timestamp,
    /// What became of the letter with the link; none where nobody was to be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<Notice>,
}

impl fmt::Debug for Exported {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { report, rows, expires_at, notice, .. } = self;
        write!(formatter, "{report}: {rows} rows until {expires_at}, notice {notice:?}")
    }
}

/// What became of a letter with a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// It was sent.
    Sent,
    /// It was not sent, because the address takes none.
    Suppressed,
    /// The service would not take it.
    Refused,
    /// Nobody knows whether it went out.
    Uncertain,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_about_stays_out_of_debug_output() {
        let parameters = BTreeMap::from([("patient_id".to_owned(), "P100000".to_owned())]);
        assert_eq!(format!("{:?}", Parameters(parameters)), r#"{"patient_id"}"#);
    }
}
