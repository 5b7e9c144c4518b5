//! A report's workbook and Parquet file, as whoever gets them reads them.

use std::collections::BTreeSet;
use std::io::{Cursor, Read as _};

use calamine::{Data, Reader as _};
use jiff::civil::{Date, date};
use rounds_testkit::stack::Mail;

/// A sheet of a report's workbook.
pub struct Sheet {
    /// Titles of its columns.
    pub header: Vec<String>,
    /// Rows between header and totals.
    pub rows: Vec<Vec<Data>>,
    totals: Option<Vec<Data>>,
}

impl Sheet {
    /// Reads a sheet by its name.
    #[must_use]
    pub fn read(workbook: &[u8], name: &str) -> Self {
        let mut book: calamine::Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(workbook)).unwrap();
        let range = book.worksheet_range(name).unwrap();
        let mut lines: Vec<Vec<Data>> = range.rows().map(<[Data]>::to_vec).collect();
        let header = lines.remove(0).iter().map(ToString::to_string).collect();
        let begins_with = |line: &&Vec<Data>, words: &str| line[0] == Data::String(words.to_owned());
        let totals = lines.last().filter(|line| begins_with(line, "Total")).cloned();
        lines.truncate(lines.len() - usize::from(totals.is_some()));
        lines.retain(|line| !begins_with(&line, "Nothing to report."));
        Self { header, rows: lines, totals }
    }

    /// The cells of a column, by its title.
    #[must_use]
    pub fn column(&self, title: &str) -> Option<Vec<&Data>> {
        let place = self.header.iter().position(|header| header == title)?;
        Some(self.rows.iter().map(|row| &row[place]).collect())
    }

    /// The texts of a column that has to be there.
    #[must_use]
    pub fn texts(&self, title: &str) -> Vec<String> {
        let cells = self.column(title).unwrap_or_else(|| panic!("no column {title}: {:?}", self.header));
        cells.into_iter().map(ToString::to_string).collect()
    }

    /// The cell below a column, by its title.
    #[must_use]
    pub fn total(&self, title: &str) -> Option<&Data> {
        let place = self.header.iter().position(|header| header == title)?;
        self.totals.as_ref()?.get(place)
    }
}

/// The only attachment whose name ends so.
#[must_use]
pub fn attached<'a>(mail: &'a Mail, extension: &str) -> &'a [u8] {
    let mut matching = mail.attachments.iter().filter(|(name, _)| name.ends_with(extension));
    let (_, content) = matching.next().unwrap_or_else(|| panic!("{}: no {extension}", mail.subject));
    assert!(matching.next().is_none(), "{}: two {extension}", mail.subject);
    content
}

/// The appointments that a letter's workbook lists.
#[must_use]
pub fn listed(mail: &Mail) -> BTreeSet<String> {
    let ids = Sheet::read(attached(mail, ".xlsx"), "Appointments").texts("Appointment ID");
    let listed: BTreeSet<String> = ids.iter().cloned().collect();
    assert_eq!(listed.len(), ids.len(), "{}: each once", mail.subject);
    listed
}

/// A cell's amount in paise; nothing is 0.
#[must_use]
pub fn paise(cell: &Data) -> i64 {
    let rupees = match cell {
        Data::Empty => 0.0,
        Data::Float(rupees) => *rupees,
        Data::Int(rupees) => return rupees * 100,
        _ => panic!("an amount is a number"),
    };
    #[expect(clippy::cast_possible_truncation, reason = "no clinic earns quadrillions")]
    let paise = (rupees * 100.0).round() as i64;
    paise
}

/// A cell's day; none for nothing.
#[must_use]
pub fn day(cell: &Data) -> Option<Date> {
    match cell {
        Data::Empty => None,
        Data::DateTime(moment) => {
            let (year, month, day, ..) = moment.to_ymd_hms_milli();
            Some(date(year.try_into().unwrap(), month.try_into().unwrap(), day.try_into().unwrap()))
        }
        _ => panic!("a day is a cell with a date's format"),
    }
}

/// Every part of a workbook's archive, by name.
#[must_use]
pub fn parts(workbook: &[u8]) -> Vec<(String, String)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(workbook)).unwrap();
    (0..archive.len())
        .map(|place| {
            let mut part = archive.by_index(place).unwrap();
            let mut content = Vec::new();
            part.read_to_end(&mut content).unwrap();
            (part.name().unwrap().into_owned(), String::from_utf8_lossy(&content).into_owned())
        })
        .collect()
}
