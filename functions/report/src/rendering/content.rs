//! What one letter says: a report's rows, figures and picture for one period.
//!
//! Nothing here implements `Debug`: values are patients' data.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rounds_shared::catalog::{Period, Report};

use crate::query::Source;
use crate::query::table::{Kind, Table, Value};

/// All that is rendered: the page, the workbook, the CSV, the Parquet file and the picture say nothing else.
pub struct Content<'a> {
    /// The report.
    pub report: &'a Report,
    /// The period.
    pub period: &'a Period,
    /// The day that it speaks of.
    pub as_of: Date,
    /// The clinic's time zone, in which times are told.
    pub zone: &'a TimeZone,
    /// The headline.
    pub figures: Vec<Figure>,
    /// The day of the run that the figures are compared with; none for the first.
    pub compared_with: Option<Date>,
    /// One table per section of the report, in its order.
    pub tables: Vec<Table>,
    /// The rows of charts' own queries, by the number of their section; a chart that is not there draws its section's.
    pub charts: BTreeMap<usize, Table>,
    /// What each dataset that the report needs holds, in the report's order.
    pub sources: &'a [Source],
    /// For a report with `once_per`: rows of the window that the recipient was sent before, and that are left out.
    pub sent_before: Option<usize>,
}

/// One figure of the headline.
#[derive(Clone, PartialEq)]
pub struct Figure {
    /// What it is.
    pub name: String,
    /// What the value is.
    pub kind: Kind,
    /// The value.
    pub value: Value,
    /// The value in the run that it is compared with.
    pub before: Option<Value>,
}

/// A file that goes with a letter.
#[derive(Clone)]
pub struct File {
    /// Name under which a recipient keeps it.
    pub name: String,
    /// Media type.
    pub media_type: &'static str,
    /// Content.
    pub content: Vec<u8>,
    /// Where it is kept in the lake bucket.
    pub key: String,
}

/// How a recipient comes by a file.
pub enum Enclosure {
    /// It is attached.
    Attached(File),
    /// It is kept, and a link leads to it.
    Linked(Link),
}

/// A link to a file that is not attached.
#[derive(Clone, PartialEq, Eq)]
pub struct Link {
    /// Name of the file.
    pub name: String,
    /// Its size in bytes.
    pub bytes: usize,
    /// The address.
    pub url: String,
    /// Until when the address opens it.
    pub expires: Timestamp,
    /// Where it is kept, for whoever may read the bucket: `s3://…`; none where it is not kept for long.
    pub place: Option<String>,
}

/// A picture within the page.
#[derive(Clone)]
pub struct Picture {
    /// The number of its section.
    pub section: usize,
    /// PNG.
    pub png: Vec<u8>,
    /// Width on the page in CSS pixels; the image holds twice as many.
    pub width: u32,
    /// Height on the page in CSS pixels.
    pub height: u32,
    /// What it shows, for those who cannot see it.
    pub alt: String,
}

impl Picture {
    /// Its name within the mail, by which the page shows it: `chart-1` for the first section's.
    #[must_use]
    pub fn name(&self) -> String {
        format!("chart-{}", self.section.saturating_add(1))
    }
}
