//! How report fails; the names are matched by the state machines.

use rounds_shared::catalog::{Hours, Misfit, TabMisfit, UnknownReport};
use rounds_shared::database::DatabaseError;
use rounds_shared::day::NotYet;
use rounds_shared::failure::{Failure, Name};
use rounds_shared::schema::SchemaError;
use rounds_shared::secret::SecretError;
use rounds_shared::storage::StorageError;

use crate::delivery::{Refusals, SendError};

/// What was asked could not be done, or not for everyone.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A report did not go out, or not to everyone.
    #[error("report {report}: {reason}")]
    Report {
        /// The report, `domain.name`.
        report: String,
        /// What happened.
        reason: Reason,
    },
    /// A request that is about no report of the catalog.
    #[error(transparent)]
    Request(#[from] Reason),
}

/// Why a report did not go out. Texts name sections and columns, never a value.
#[derive(Debug, thiserror::Error)]
pub enum Reason {
    /// PostgreSQL or its secret.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// S3.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The service that was to take a letter.
    #[error(transparent)]
    Mail(#[from] SendError),
    /// Letters were refused.
    #[error(transparent)]
    Refused(#[from] Refusals),
    /// The secret with the key of the pseudonyms.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// There is no key, and the report would show whom its rows are about.
    #[error("it has pseudonyms, and there is no key for them; name its secret in PSEUDONYM_SECRET_ARN")]
    NoPseudonyms,
    /// What patients' data is could not be asked of the database.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// PostgreSQL refused a query.
    #[error("its query {file}: {error}")]
    Query {
        /// The file.
        file: String,
        /// What it has against it.
        error: DatabaseError,
    },
    /// The results of its queries do not have what its file asks of them.
    #[error("its file asks for what its queries do not give: {0}")]
    Misfit(#[from] Misfit),
    /// There are tables that nothing divides among the letters.
    #[error(
        "with `each = \"row\"` it cannot have further sections or a chart of its own: everyone would see all of them"
    )]
    Undivided,
    /// Letters have nobody to go to. The others went out.
    #[error(
        "{letters} of its letters are sent to nobody: their rows name no address of its channels in the column of \
         `address`, or several; the others were sent"
    )]
    Unaddressed {
        /// How many.
        letters: usize,
    },
    /// A round was called for a day in the future.
    #[error(transparent)]
    NotYet(#[from] NotYet),
    /// Its letters may not go out now.
    #[error("its letters go out from {hours} by the clinic's clocks only; ask for it again then")]
    OutsideHours {
        /// When they may.
        hours: Hours,
    },
    /// A service has broken down, as far as anybody can tell.
    #[error(
        "of {letters} letters nobody knows whether they went out, as their service gave no answer; no more were handed over to \
         it: start the round again when it answers"
    )]
    Unanswered {
        /// How many.
        letters: u32,
    },
    /// A report that no state machine goes on with has more letters than one call can send.
    #[error("{letters} of its letters are left for when the stage runs again")]
    Unfinished {
        /// How many.
        letters: u32,
    },
    /// The catalog has no such report.
    #[error(transparent)]
    Unknown(#[from] UnknownReport),
    /// The ledger has no such delivery.
    #[error("the ledger has no delivery of this id; `rounds deliveries` lists them")]
    UnknownDelivery,
    /// What a letter was about is not there any more.
    #[error("the rows of that letter are not there any more: there is nothing to send once more")]
    Vanished,
    /// None of the data was ever loaded.
    #[error("none of the data that it needs was ever loaded, and its periods are loads")]
    NothingLoaded,
    /// The report is made for a person's request, and for no day.
    #[error("it is made on request: `rounds export` asks for it")]
    OnRequest,
    /// What is asked for on request is none of the reports that are made so. The name that was given may be anything.
    #[error("no report of this name is made on request; known are: {known}")]
    NotOnRequest {
        /// Their names.
        known: String,
    },
    /// A request names something else than the report asks for.
    #[error("a request for it names {expected}, and nothing else, each in one line of at most 200 letters")]
    Parameters {
        /// The parameters.
        expected: String,
    },
    /// The request's id cannot be part of a key.
    #[error("a request's id is at most 80 letters, digits, `-` and `_`")]
    RequestId,
    /// A report on request has no channel that sends a link.
    #[error("nobody is sent a link to it, as its file says `deliver = [\"file\"]`: leave `notify` out")]
    NobodyTold,
    /// A link to patients' data would go to somebody whom the deployment does not know.
    #[error("the address to be told is no member of its audience: AUDIENCES lists them")]
    NoMember,
    /// Its file says of no format that it is made in.
    #[error("its file names no format in `attach`")]
    WithoutFile,
    /// The calendar ends before the report's period.
    #[error("its period lies beyond the calendar")]
    Calendar,
    /// The headline's query has another shape.
    #[error("its headline has to select one row, or to add up numeric columns of its rows")]
    Headline,
    /// A section or the chart shows a column that it does not have.
    #[error("“{section}” shows the column `{column}`, which its query does not select, or not as numbers")]
    Column {
        /// The section's title, or the chart's.
        section: String,
        /// The column.
        column: String,
    },
    /// A section is larger than the deployment allows.
    #[error("section “{section}” has more than {max_rows} rows; narrow its query, or raise REPORT_MAX_ROWS")]
    TooManyRows {
        /// The section.
        section: String,
        /// Rows allowed.
        max_rows: usize,
    },
    /// The mail's page could not be made.
    #[error("its page could not be made")]
    Page,
    /// The chart could not be drawn. The library's own text is left out: it may quote a cell.
    #[error("its chart could not be drawn")]
    Picture,
    /// A tab of a dashboard asks for what its query does not give.
    #[error(transparent)]
    TabMisfit(#[from] TabMisfit),
    /// The dashboard's page would be too large, however few values it has.
    #[error("its page would have more than {most} bytes; take a filter, a series or a chart away")]
    PageTooLarge {
        /// Bytes allowed.
        most: usize,
    },
    /// The workbook could not be made. The library's own text is left out: it may quote a cell.
    #[error("its workbook could not be made; a sheet holds 1,048,576 rows and 16,384 columns")]
    Workbook,
    /// The CSV could not be made.
    #[error("its CSV could not be made")]
    Delimited,
    /// The Parquet file could not be made. The library's own text is left out: it may quote a cell.
    #[error("its Parquet file could not be made")]
    Columnar,
}

impl Failure for Error {
    fn name(&self) -> Name {
        match self {
            Self::Report { reason, .. } | Self::Request(reason) => reason.name(),
        }
    }
}

impl Failure for Reason {
    fn name(&self) -> Name {
        match self {
            Self::Database(error) | Self::Query { error, .. } => error.name(),
            Self::Schema(error) => error.name(),
            Self::Storage(error) => error.name(),
            Self::Mail(error) => error.name(),
            Self::Refused(error) => error.name(),
            Self::Secret(error) => error.name(),
            Self::NoPseudonyms => Name::Secret,
            Self::Unaddressed { .. } => Name::Mail,
            Self::OutsideHours { .. } => Name::OutsideHours,
            Self::Unanswered { .. } => Name::Mail,
            Self::Unfinished { .. } => Name::MailLeft,
            Self::WithoutFile
            | Self::Misfit(_)
            | Self::TabMisfit(_)
            | Self::Undivided
            | Self::Unknown(_)
            | Self::Headline
            | Self::Column { .. } => Name::Catalog,
            Self::OnRequest
            | Self::NotOnRequest { .. }
            | Self::Parameters { .. }
            | Self::RequestId
            | Self::NobodyTold
            | Self::NoMember
            | Self::UnknownDelivery
            | Self::Vanished
            | Self::NothingLoaded
            | Self::NotYet(_)
            | Self::Calendar => Name::Payload,
            Self::TooManyRows { .. }
            | Self::Page
            | Self::PageTooLarge { .. }
            | Self::Picture
            | Self::Workbook
            | Self::Delimited
            | Self::Columnar => Name::Render,
        }
    }
}

impl From<askama::Error> for Reason {
    fn from(_: askama::Error) -> Self {
        Self::Page
    }
}

impl From<jiff::Error> for Reason {
    fn from(_: jiff::Error) -> Self {
        Self::Page
    }
}

impl From<rust_xlsxwriter::XlsxError> for Reason {
    fn from(_: rust_xlsxwriter::XlsxError) -> Self {
        Self::Workbook
    }
}

impl From<csv::Error> for Reason {
    fn from(_: csv::Error) -> Self {
        Self::Delimited
    }
}

impl From<parquet::errors::ParquetError> for Reason {
    fn from(_: parquet::errors::ParquetError) -> Self {
        Self::Columnar
    }
}
