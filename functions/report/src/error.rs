//! How report fails; the names are matched by `statemachine/pipeline.asl.json`.

use rounds_shared::database::DatabaseError;
use rounds_shared::failure::{Failure, Name};
use rounds_shared::storage::StorageError;

use crate::delivery::SendError;

/// A report that did not go out, or not to everyone.
#[derive(Debug, thiserror::Error)]
#[error("report {report}: {reason}")]
pub struct Error {
    /// The report, `domain.name`.
    pub report: String,
    /// What happened.
    pub reason: Reason,
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
    /// SES.
    #[error(transparent)]
    Mail(#[from] SendError),
    /// The headline's query has another shape.
    #[error("its headline has to select two text columns without nulls, the figure's name and its value")]
    Headline,
    /// A section draws a column that it does not have.
    #[error("section “{section}” has no column `{column}` to draw as a bar")]
    Bar {
        /// The section.
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
    /// The workbook could not be made. The library's own text is left out: it may quote a cell.
    #[error("its workbook could not be made; a sheet holds 1,048,576 rows and 16,384 columns")]
    Workbook,
    /// The CSV could not be made.
    #[error("its CSV could not be made")]
    Delimited,
}

impl Failure for Error {
    fn name(&self) -> Name {
        match &self.reason {
            Reason::Database(error) => error.name(),
            Reason::Storage(error) => error.name(),
            Reason::Mail(error) => error.name(),
            Reason::Headline | Reason::Bar { .. } => Name::Catalog,
            Reason::TooManyRows { .. } | Reason::Page | Reason::Workbook | Reason::Delimited => Name::Render,
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
