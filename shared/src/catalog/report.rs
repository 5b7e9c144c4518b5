//! A report: the queries it asks, who gets it and when.

/// A report of the catalog, from `<domain>/reports/<name>.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// `domain.name`.
    pub name: String,
    /// What people call it; the mail's subject begins with it.
    pub title: String,
    /// When it is due.
    pub cadence: Cadence,
    /// Datasets that it reads; after a load of one of them it is due.
    pub needs: Vec<String>,
    /// The name under which the deployment's configuration lists the recipients.
    pub audience: String,
    /// How it goes out.
    pub deliver: Vec<Channel>,
    /// Files made from it; attached to a mail, and stored beside the page.
    pub attach: Vec<Attachment>,
    /// A query of the columns `figure text, value text`: the numbers a reader wants first.
    pub headline: String,
    /// Its tables, in the order of the mail.
    pub sections: Vec<Section>,
    /// What happens when the first section has no rows.
    pub empty: WhenEmpty,
}

/// One table of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its heading, and the workbook sheet's name.
    pub title: String,
    /// The SELECT, from the file that the contract names.
    pub query: String,
    /// How many rows the mail shows, the workbook holding all; 0 keeps the section out of the mail.
    pub rows_in_mail: usize,
    /// A numeric column drawn as bars beside its numbers.
    pub bar: Option<String>,
}

/// When a report is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cadence {
    /// After each load of a dataset that it needs.
    AfterLoad,
}

/// How a report goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// A mail to each recipient of the audience.
    Email,
    /// Files in the lake bucket only.
    File,
}

/// A file made from a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attachment {
    /// A workbook, one sheet per section.
    Xlsx,
    /// A CSV of the first section.
    Csv,
}

/// What happens when a report's first section has no rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenEmpty {
    /// It goes out and says that there is nothing.
    Send,
    /// It does not go out.
    Skip,
}
