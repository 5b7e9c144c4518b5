//! A report: the queries it asks, who gets it and when.

use indexmap::IndexMap;
use jiff::SignedDuration;
use jiff::civil::Time;
use serde::{Deserialize, Serialize};

use super::{Hours, Message};

/// A report of the catalog, from `<domain>/reports/<name>.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// `domain.name`.
    pub name: String,
    /// What people call it; the mail's subject begins with it.
    pub title: String,
    /// When it is due.
    pub cadence: Cadence,
    /// Datasets that it reads: it waits until they are fresh, or is due after a load of one of them.
    pub needs: Vec<String>,
    /// The name under which the deployment's configuration lists the recipients; none where the rows name them, or
    /// where nobody is sent anything.
    pub audience: Option<String>,
    /// How it goes out.
    pub deliver: Vec<Channel>,
    /// How many letters it makes.
    pub each: Each,
    /// Columns that identify a row of the first section: rows that a recipient was sent before are left out. Empty where
    /// the whole report goes out once per period.
    pub once_per: Vec<String>,
    /// Files made from it; attached to a mail, and stored beside the page.
    pub attach: Vec<Attachment>,
    /// Of a mart: how long whoever has read a file of it may go on without looking for a newer one.
    pub max_age: Option<SignedDuration>,
    /// The numbers that a reader wants first.
    pub headline: Headline,
    /// Its tables, in the order of the mail; the first holds the report's own rows.
    pub sections: Vec<Section>,
    /// Columns, of any query, whose values are replaced by keyed hashes.
    pub pseudonyms: Vec<String>,
    /// Whether no column may come from patient data, pseudonyms excepted.
    pub sanitized: bool,
    /// What a request has to tell, each read by the query as `current_setting('rounds.…')`; empty for other reports.
    pub parameters: Vec<String>,
    /// Lists that a deployment may set, with their defaults: `hospitals` is read by a query as
    /// `current_setting('rounds.hospitals')::jsonb`.
    pub settings: IndexMap<String, Vec<String>>,
    /// What its letters say in words.
    pub message: Option<Message>,
    /// From which time of the day before on data are of the day, as what is exported at night may be dropped in the
    /// evening; none for midnight.
    pub fresh_from: Option<Time>,
    /// When its letters may go out; none for at any time.
    pub hours: Option<Hours>,
    /// What happens when there are no rows of its own.
    pub empty: WhenEmpty,
}

impl Report {
    /// Whether each of its letters is a message about one row, and nothing else is made of it.
    #[must_use]
    pub const fn is_message(&self) -> bool {
        self.message.is_some() && matches!(self.each, Each::Row { .. })
    }

    /// Whether its files are a mart.
    #[must_use]
    pub fn is_mart(&self) -> bool {
        self.deliver.contains(&Channel::Mart)
    }
}

/// One table of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its heading, and the workbook sheet's name.
    pub title: String,
    /// The SELECT.
    pub query: Query,
    /// How many rows the mail shows.
    pub rows_in_mail: RowsInMail,
    /// The columns that the mail shows; empty for all.
    pub columns_in_mail: Vec<String>,
    /// A numeric column drawn as bars beside its numbers.
    pub bar: Option<String>,
    /// A picture above the table; the first section's, which is the report's, stands above everything.
    pub chart: Option<Chart>,
}

/// How many rows of a section a mail shows; its files hold all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RowsInMail {
    /// Every row, however long the mail.
    All,
    /// So many at the most, and fewer where the mail would be longer than mail programs show; 0 keeps the section out.
    #[serde(untagged)]
    First(usize),
}

/// A query of the catalog.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Query {
    /// The file within the catalog's folder that holds it: its own, or its report's.
    pub file: String,
    /// One SELECT, without a semicolon.
    pub sql: String,
}

/// When a report is due; the words of its file, and of a round's payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cadence {
    /// After each load of a dataset that it needs.
    #[serde(rename = "after load")]
    AfterLoad,
    /// Each day, for that day.
    Daily,
    /// Each week, for the ISO week before.
    Weekly,
    /// Each month, for the month before.
    Monthly,
    /// Each quarter, for the quarter before.
    Quarterly,
    /// When a person asks for it, about what he names.
    #[serde(rename = "on request")]
    OnRequest,
}

impl Cadence {
    /// The word of the report's file.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AfterLoad => "after load",
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
            Self::Quarterly => "quarterly",
            Self::OnRequest => "on request",
        }
    }
}

/// How a report goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// A mail to each recipient.
    Email,
    /// A short message to each telephone.
    Sms,
    /// A message to each chat room.
    Chat,
    /// The page in the lake bucket.
    Page,
    /// The files in the lake bucket.
    File,
    /// The files in the lake bucket, in one place for all periods: what stands there is what stands in the database.
    Mart,
}

impl Channel {
    /// Whether somebody is sent something.
    #[must_use]
    pub const fn is_sent(self) -> bool {
        matches!(self, Self::Email | Self::Sms | Self::Chat)
    }

    /// The word of the report's file, which the ledger keeps as well.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
            Self::Chat => "chat",
            Self::Page => "page",
            Self::File => "file",
            Self::Mart => "mart",
        }
    }
}

/// How many letters a report makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Each {
    /// One, for the audience.
    Report,
    /// One per row of the first section, to the address in the row.
    Row {
        /// The column that holds the address; not shown.
        address: String,
    },
    /// One per value of a column that every section has, to the address in its rows.
    Group {
        /// The column.
        column: String,
        /// The column of the first section that holds the address; not shown.
        address: String,
    },
}

/// A file made from a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Attachment {
    /// A workbook, one sheet per section.
    Xlsx,
    /// A CSV of the first section.
    Csv,
    /// A Parquet file of the first section.
    Parquet,
    /// The headline and the first section, for a program that shows them.
    Json,
}

/// The numbers that a reader wants first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Headline {
    /// Figures made from the report's own rows, by name.
    Figures(Vec<(String, Measure)>),
    /// A query of one row; each column is a figure.
    Query(Query),
}

/// A number made from the report's own rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Measure {
    /// How many there are.
    Count,
    /// The sum of a numeric column.
    Sum(String),
}

/// A picture of a query's rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// What it shows.
    pub title: String,
    /// How it is drawn.
    pub kind: ChartKind,
    /// What it draws; none for its section's rows.
    pub query: Option<Query>,
    /// The column of the categories, or of the days.
    pub x: String,
    /// What is measured.
    pub y: Measure,
    /// The column that tells series apart.
    pub series: Option<String>,
}

/// How a chart is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChartKind {
    /// Horizontal bars, one per category, in the order of the rows.
    Bar,
    /// Columns in the order of the rows, stacked where there are series.
    Column,
    /// Lines, one per series.
    Line,
}

/// What happens when a report has no rows of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WhenEmpty {
    /// It goes out and says that there is nothing.
    Send,
    /// It does not go out.
    Skip,
}
