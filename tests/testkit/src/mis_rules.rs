//! The six reports' rules, read once more over the raw workbook, apart from the product: no code of it and no catalog.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

use calamine::{Data, Reader as _, Xlsx, XlsxError};
use jiff::ToSpan;
use jiff::civil::{Date, date};

/// A report of the domain `mis`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Report {
    /// Of yesterday, to be considered, cancelled, paid.
    CancelledAndPaid,
    /// Of yesterday and today, cancelled.
    Cancelled,
    /// Of the fifteen days before today, to be considered, done; with those that were sent in earlier runs.
    Completed,
    /// Of yesterday, to be considered, cancelled, not paid.
    Dropout,
    /// Of yesterday, to be considered, done, instant, paid or cash, without prescription.
    MissingPrescription,
    /// Every row.
    OperationsExtract,
}

impl Report {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::CancelledAndPaid,
        Self::Cancelled,
        Self::Completed,
        Self::Dropout,
        Self::MissingPrescription,
        Self::OperationsExtract,
    ];
}

/// A row that stands: no other row before it has its key, and nothing in it has to be rejected. Words are lower-case,
/// without space around them; a blank is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appointment {
    /// Its key.
    pub id: String,
    /// Its day; none where the cell holds no date.
    pub day: Option<Date>,
    /// `done`, `cancelled`, `no-show`, `booked`, `checked-in` or `consulting`.
    pub status: String,
    /// `paid` or `cash`.
    pub payment: String,
    /// `yes`, `no` or `maybe`; or what else stands there.
    pub consider: String,
    /// `consultation`, `video consultation` or `instant`; or what else stands there.
    pub procedure: String,
    /// `yes` or `no`; or what else stands there.
    pub prescription: String,
    /// Lower-case.
    pub hospital: String,
    /// As written.
    pub doctor: String,
    /// In paise.
    pub amount: i64,
    /// In paise.
    pub refund: i64,
}

/// The first sheet of a workbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mis {
    /// Rows below the header.
    pub read: usize,
    /// Rows with a status word that nobody knows, a damaged identifier, an unreadable amount, or no key.
    pub rejected: usize,
    /// Rows whose key an earlier row has.
    pub superseded: usize,
    /// Rows that stand.
    pub appointments: Vec<Appointment>,
}

/// What a report is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Appointments, sorted.
    pub ids: Vec<String>,
    /// Sum of their amounts, in paise.
    pub amount: i64,
    /// Sum of what of it went back, in paise.
    pub refunds: i64,
    /// How many there are of each doctor.
    pub by_doctor: BTreeMap<String, usize>,
}

impl Mis {
    /// Reads a workbook.
    ///
    /// # Errors
    /// The workbook cannot be opened.
    pub fn read(workbook: &[u8]) -> Result<Self, XlsxError> {
        let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(workbook))?;
        let first = book.sheet_names().first().cloned().unwrap_or_default();
        let range = book.worksheet_range(&first)?;
        let mut rows = range.rows();
        let header: Vec<String> = rows.next().into_iter().flatten().map(words).collect();
        let mut sheet = Self { read: 0, rejected: 0, superseded: 0, appointments: Vec::new() };
        let mut keys = BTreeSet::new();
        for row in rows {
            sheet.read += 1;
            let cells: BTreeMap<&str, &Data> = header.iter().map(String::as_str).zip(row).collect();
            match appointment(&cells) {
                None => sheet.rejected += 1,
                Some(appointment) if keys.insert(appointment.id.clone()) => {
                    sheet.appointments.push(appointment);
                }
                Some(_) => sheet.superseded += 1,
            }
        }
        Ok(sheet)
    }

    /// The rows of a report on a day; `hospitals` are the names of those it is about, none for all.
    #[must_use]
    pub fn rows(&self, report: Report, as_of: Date, hospitals: &[&str]) -> Answer {
        let hospitals: Vec<String> = hospitals.iter().map(|name| name.trim().to_lowercase()).collect();
        let is_asked_for = |appointment: &&Appointment| {
            (hospitals.is_empty() || hospitals.contains(&appointment.hospital))
                && is_of(report, appointment, as_of)
        };
        let mut answer = Answer { ids: Vec::new(), amount: 0, refunds: 0, by_doctor: BTreeMap::new() };
        for appointment in self.appointments.iter().filter(is_asked_for) {
            answer.ids.push(appointment.id.clone());
            answer.amount += appointment.amount;
            answer.refunds += appointment.refund;
            *answer.by_doctor.entry(appointment.doctor.clone()).or_default() += 1;
        }
        answer.ids.sort();
        answer
    }
}

fn is_of(report: Report, appointment: &Appointment, as_of: Date) -> bool {
    let Appointment { day, status, payment, consider, procedure, prescription, .. } = appointment;
    let days_ago = |days: i32| as_of.saturating_sub(days.days());
    let is_of_yesterday = *day == Some(days_ago(1));
    let is_considered = consider == "yes";
    match report {
        Report::CancelledAndPaid => {
            is_of_yesterday && is_considered && status == "cancelled" && payment == "paid"
        }
        Report::Cancelled => (is_of_yesterday || *day == Some(as_of)) && status == "cancelled",
        Report::Completed => {
            day.is_some_and(|day| days_ago(15) <= day && day <= days_ago(1))
                && is_considered
                && status == "done"
        }
        Report::Dropout => is_of_yesterday && is_considered && status == "cancelled" && payment.is_empty(),
        Report::MissingPrescription => {
            is_of_yesterday
                && is_considered
                && status == "done"
                && procedure == "instant"
                && (payment == "paid" || payment == "cash")
                && prescription == "no"
        }
        Report::OperationsExtract => true,
    }
}

/// The appointment of a row; none where it is rejected.
fn appointment(cells: &BTreeMap<&str, &Data>) -> Option<Appointment> {
    const IDENTIFIERS: [&str; 6] =
        ["Appointment ID", "Patient ID", "UHID", "Mobile", "Doctor HIS ID", "Doctor ID"];
    const AMOUNTS: [&str; 6] = [
        "Amount (₹)",
        "Discount (₹)",
        "Registration Fee (₹)",
        "Convenience Fee (₹)",
        "Consult Fee (₹)",
        "Refund Amount (₹)",
    ];
    let cell = |name: &str| cells.get(name).copied().unwrap_or(&Data::Empty);
    let lower = |name: &str| words(cell(name)).to_lowercase();
    let is_damaged = IDENTIFIERS.iter().any(|name| is_damaged(cell(name)));
    let amounts: Option<Vec<i64>> = AMOUNTS.iter().map(|name| paise(cell(name))).collect();
    let appointment = Appointment {
        id: words(cell("Appointment ID")),
        day: day(cell("Appointment Date")),
        status: status(&lower("Appt. Status"))?,
        payment: payment(&lower("Appt. Payment Status"))?,
        consider: lower("Consider Patient"),
        procedure: lower("Procedure Type"),
        prescription: lower("Is Prescription Generated"),
        hospital: lower("Hospital Name"),
        doctor: words(cell("Doctor Name")),
        amount: *amounts.as_ref()?.first()?,
        refund: *amounts.as_ref()?.last()?,
    };
    (!appointment.id.is_empty() && !is_damaged).then_some(appointment)
}

/// What a cell says, without the space around it.
fn words(cell: &Data) -> String {
    match cell {
        Data::String(text) => text.trim().to_owned(),
        Data::Bool(true) => "yes".to_owned(),
        Data::Bool(false) => "no".to_owned(),
        Data::Empty => String::new(),
        other => other.to_string(),
    }
}

fn bare(word: &str) -> &str {
    word.trim_end_matches(|end: char| end.is_ascii_punctuation() || end.is_whitespace())
}

fn status(word: &str) -> Option<String> {
    let known = match bare(word) {
        "canceled" => "cancelled",
        "no show" | "no_show" | "noshow" => "no-show",
        "checked in" | "checked_in" | "checkedin" => "checked-in",
        known @ ("" | "done" | "cancelled" | "no-show" | "booked" | "checked-in" | "consulting") => known,
        _ => return None,
    };
    Some(known.to_owned())
}

fn payment(word: &str) -> Option<String> {
    let known = ["", "paid", "cash"].into_iter().find(|known| *known == bare(word))?;
    Some(known.to_owned())
}

/// A number of more digits than a float holds, or text such as `2.98725E+13`.
fn is_damaged(cell: &Data) -> bool {
    match cell {
        Data::Float(number) => number.abs() >= 9_007_199_254_740_992.0,
        Data::String(text) => text.trim().parse::<f64>().is_ok() && text.to_uppercase().contains("E+"),
        _ => false,
    }
}

/// An amount of rupees in paise, 0 for a blank; none where it is no amount.
fn paise(cell: &Data) -> Option<i64> {
    let rupees = match cell {
        Data::Float(number) => *number,
        Data::String(text) => {
            let digits: String =
                text.chars().filter(|sign| !matches!(sign, '₹' | ',' | ' ' | '\u{a0}')).collect();
            if digits.is_empty() { 0.0 } else { digits.parse().ok()? }
        }
        Data::Empty => 0.0,
        _ => return None,
    };
    #[expect(clippy::cast_possible_truncation, reason = "no appointment costs trillions")]
    let paise = (rupees * 100.0).round() as i64;
    Some(paise)
}

fn day(cell: &Data) -> Option<Date> {
    match cell {
        Data::DateTime(serial) => {
            #[expect(clippy::cast_possible_truncation, reason = "days of a calendar are few")]
            let days = serial.as_f64().floor() as i32;
            date(1899, 12, 30).checked_add(days.days()).ok()
        }
        Data::String(text) => text.trim().get(..10)?.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::{self, Cell, text};

    const AS_OF: Date = date(2026, 11, 21);

    /// A row of what the rules ask for.
    fn row(words: [&str; 7], days_ago: i32) -> Vec<Cell> {
        let day = Cell::Date(AS_OF.saturating_sub(days_ago.days()).at(0, 0, 0, 0));
        words.map(text).into_iter().chain([day, Cell::Number(500.0)]).collect()
    }

    fn mis(rows: Vec<Vec<Cell>>) -> Mis {
        let header = [
            "Appointment ID",
            "Appt. Status",
            "Appt. Payment Status",
            "Consider Patient",
            "Procedure Type",
            "Is Prescription Generated",
            "Hospital Name",
            "Appointment Date",
            "Amount (₹)",
        ];
        let rows: Vec<_> = std::iter::once(header.map(text).to_vec()).chain(rows).collect();
        Mis::read(&sheet::workbook(&rows).unwrap()).unwrap()
    }

    fn ids(mis: &Mis, report: Report) -> Vec<String> {
        mis.rows(report, AS_OF, &[]).ids
    }

    #[test]
    fn words_are_compared_without_case_and_space_and_days_by_their_distance() {
        let mis = mis(vec![
            row(["a", " CANCELLED. ", "Paid", "Yes", "instant", "No", "North"], 1),
            row(["b", "canceled", "\u{a0}", "yes ", "instant", "No", "north "], 1),
            row(["c", "cancelled", "paid", "yes", "instant", "No", "South"], 0),
            row(["d", "Done", "cash", "YES", "Instant ", "no", "South"], 1),
            row(["e", "done", "", "yes", "instant", "no", "South"], 15),
            row(["f", "done", "", "yes", "instant", "no", "South"], 16),
        ]);
        assert_eq!(ids(&mis, Report::CancelledAndPaid), ["a"]);
        assert_eq!(ids(&mis, Report::Dropout), ["b"]);
        assert_eq!(ids(&mis, Report::Cancelled), ["a", "b", "c"]);
        assert_eq!(ids(&mis, Report::Completed), ["d", "e"]);
        assert_eq!(ids(&mis, Report::MissingPrescription), ["d"]);
        assert_eq!(ids(&mis, Report::OperationsExtract), ["a", "b", "c", "d", "e", "f"]);
        let north = mis.rows(Report::Cancelled, AS_OF, &[" NORTH"]);
        assert_eq!((north.ids, north.amount), (vec!["a".to_owned(), "b".to_owned()], 100_000));
    }

    #[test]
    fn a_rejected_row_takes_no_key_and_the_first_that_stands_does() {
        let mis = mis(vec![
            row(["a", "pending", "", "yes", "instant", "no", ""], 1),
            row(["a", "done", "", "yes", "instant", "no", ""], 1),
            row(["a", "cancelled", "", "yes", "instant", "no", ""], 1),
            row(["", "done", "", "yes", "instant", "no", ""], 1),
            row(["2.98725E+13", "done", "", "yes", "instant", "no", ""], 1),
        ]);
        assert_eq!((mis.read, mis.rejected, mis.superseded), (5, 3, 1));
        assert_eq!(mis.appointments[0].status, "done");
    }
}
