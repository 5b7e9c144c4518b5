//! What the report stage is asked, and what it answers.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Export, Exported, LoadRef, MailEvent};
use crate::catalog::Cadence;

/// What the report stage is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportRequest {
    /// Deliver what a load has made due.
    Due(Due),
    /// Tell which reports can go out.
    Plan(Plan),
    /// Deliver one report, or a part of its letters.
    Deliver {
        /// The letters.
        #[serde(flatten)]
        letters: Ready,
        /// The day that they speak of.
        as_of: Date,
        /// Where the call before stopped, as it answered; none for the first.
        #[serde(default)]
        after: Option<String>,
        /// Whether they go out at any hour, whatever the report's file says.
        #[serde(default)]
        at_any_hour: bool,
    },
    /// Make a report on request.
    Export(Export),
    /// Send a delivery once more, because an operator says so.
    Resend {
        /// The ledger's id of the delivery.
        delivery: String,
        /// What tells this wish from the next one: it is met once.
        request: String,
    },
    /// Write down what an operator knows of an uncertain delivery.
    Settle {
        /// The ledger's id of the delivery.
        delivery: String,
        /// What became of it.
        r#as: Settlement,
    },
    /// List deliveries, the latest first.
    Deliveries {
        /// Those alone that stand like this; none for all.
        #[serde(default)]
        only: Option<Standing>,
        /// How many at the most.
        number: u32,
    },
    /// What SES tells of a mail, as EventBridge delivers it.
    #[serde(untagged)]
    MailEvent(MailEvent),
}

/// An occasion on which reports are due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "cadence")]
pub enum Due {
    /// Data was loaded.
    #[serde(rename = "after load")]
    AfterLoad {
        /// The day that the reports speak of.
        as_of: Date,
        /// What was loaded.
        loads: Vec<LoadRef>,
    },
}

/// The reports of a round, and what they wait for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Which reports.
    #[serde(flatten)]
    pub reports: Round,
    /// The day that they speak of; none for the clinic's day at `at`.
    pub as_of: Option<Date>,
    /// When the round was called.
    pub at: Timestamp,
    /// Reports that this round has dealt with.
    #[serde(default)]
    pub handled: Vec<String>,
    /// Whether reports wait until their data are fresh.
    pub wait: bool,
    /// Whether the deadline has come, at which a dataset that is kept per account is fresh with one of them.
    #[serde(default)]
    pub last: bool,
    /// Whether letters go out at any hour, whatever their report's file says.
    #[serde(default)]
    pub at_any_hour: bool,
}

/// The reports of a round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Round {
    /// Those of a cadence: `daily`, `weekly`, `monthly`, `quarterly`.
    Cadence(Cadence),
    /// These, by name.
    Reports(Vec<String>),
}

/// What an operator knows of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settlement {
    /// It arrived.
    Sent,
    /// It did not: the next run of its report and period sends it.
    Lost,
}

/// What the report stage answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum ReportResponse {
    /// Every due report was dealt with.
    Delivered {
        /// One entry per due report.
        reports: Vec<ReportReceipt>,
    },
    /// What was asked for stands in the lake bucket.
    Exported(Exported),
    /// No row is about what was asked for.
    NothingFound,
    /// What a round can do now.
    Planned {
        /// The day that the reports speak of.
        as_of: Date,
        /// Reports that can go out, an entry for each part.
        ready: Vec<Ready>,
        /// Reports that wait.
        waiting: Vec<Waiting>,
        /// Deliveries of which nobody knows: the oldest twenty.
        uncertain: Vec<Uncertain>,
        /// How many there are.
        uncertain_count: usize,
    },
    /// What an operator said was written down, or an event.
    Settled {
        /// Whether it changed anything.
        changed: bool,
    },
    /// Deliveries, the latest first.
    Deliveries {
        /// One entry per delivery.
        deliveries: Vec<DeliveryStory>,
        /// How many there are of which nobody knows.
        uncertain: u64,
    },
}

/// Letters of a report that one call delivers: of as many parts as the report is divided into, this one. To which part a
/// letter belongs follows from the row or group that it is about, and from nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ready {
    /// The report, `domain.name`.
    pub report: String,
    /// From 1.
    #[serde(default = "one")]
    pub part: u32,
    /// How many parts there are.
    #[serde(default = "one")]
    pub parts: u32,
}

impl Ready {
    /// All letters of a report.
    #[must_use]
    pub fn whole(report: &str) -> Self {
        Self { report: report.to_owned(), part: 1, parts: 1 }
    }
}

const fn one() -> u32 {
    1
}

/// A report that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The report.
    pub report: String,
    /// The datasets that are not there for the day.
    pub missing: Vec<Missing>,
    /// The beginning of its hours, where its data are there and they have not come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// A dataset that is not there for the day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Missing {
    /// The dataset, `domain.table`.
    pub dataset: String,
    /// What people call it.
    pub title: String,
}

/// How deliveries stand that an operator asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Nobody knows whether they went out.
    Uncertain,
    /// They did not go out; the next run of their report and period tries again.
    Failed,
}

impl Standing {
    /// The word of the ledger.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Uncertain => "uncertain",
            Self::Failed => "failed",
        }
    }
}

/// A delivery of which nobody knows whether it went out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uncertain {
    /// The ledger's id of it.
    pub delivery: String,
    /// The report.
    pub report: String,
    /// The period.
    pub period: String,
}

/// One delivery, told to an operator. It names the recipient, so that it belongs on a screen and into no payload of a
/// state machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryStory {
    /// The ledger's id of it.
    pub delivery: String,
    /// The report.
    pub report: String,
    /// The period.
    pub period: String,
    /// The recipient.
    pub recipient: String,
    /// The channel.
    pub channel: String,
    /// What became of it.
    pub status: String,
    /// Why, where it did not go well.
    pub error: Option<String>,
    /// When it was claimed.
    pub claimed_at: Timestamp,
}

/// What became of one report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportReceipt {
    /// Report, `domain.name`.
    pub report: String,
    /// The period that it is delivered once for.
    pub period: String,
    /// Rows of its own that it has.
    pub rows: u64,
    /// Letters sent now.
    pub sent: u32,
    /// Letters sent by an earlier run.
    pub already_sent: u32,
    /// Letters that were not sent, because their address takes none.
    pub suppressed: u32,
    /// Letters that were not begun, because the call's time was over or the report's hours were.
    #[serde(default)]
    pub left: u32,
    /// Where the next call goes on with them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Letters of which nobody knows whether they went out: twenty at the most.
    pub uncertain: Vec<String>,
    /// Keys of its files in the lake bucket.
    pub objects: Vec<String>,
}

/// Whether a text can be the ledger's id of a delivery: a UUID as PostgreSQL writes it.
#[must_use]
pub fn is_delivery_id(text: &str) -> bool {
    let is_digit = |(place, c): (usize, u8)| match place {
        8 | 13 | 18 | 23 => c == b'-',
        _ => matches!(c, b'0'..=b'9' | b'a'..=b'f'),
    };
    text.len() == 36 && text.bytes().enumerate().all(is_digit)
}
