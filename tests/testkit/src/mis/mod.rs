//! A synthetic booking workbook, morning by morning: what was booked yesterday is done or cancelled today.
#![expect(
    clippy::indexing_slicing,
    reason = "each index is taken modulo the length of its list, or drawn below it"
)]

mod booking;
mod cells;
mod people;

use jiff::ToSpan;
use jiff::civil::Date;

use crate::sheet::{self, Row, SheetError, text};
use booking::Booking;

/// The columns, in order.
pub const HEADERS: [&str; 57] = [
    "Patient ID",
    "UHID",
    "Patient Name",
    "Mobile",
    "DOB",
    "Gender",
    "City",
    "State",
    "Country",
    "Patient Type",
    "Is Primary Profile",
    "Relationship Type",
    "Appointment ID",
    "Appointment Type",
    "Procedure Type",
    "Appointment Date",
    "Appointment Time",
    "Appointment End Time",
    "Hospital Name",
    "Doctor Name",
    "Doctor HIS ID",
    "Appt. Payment Status",
    "Appt. Status",
    "Booking Source",
    "Booked DateTime",
    "booked_time",
    "Checked In Datetime",
    "Is Checkedin",
    "Doctor ID",
    "Speciality",
    "Consultation DateTime",
    "Completed DateTime",
    "Cancelled Datetime",
    "Is Re Scheduled",
    "HIS Invoice No.",
    "Invoice No",
    "Amount (₹)",
    "Discount (₹)",
    "Registration Fee (₹)",
    "Convenience Fee (₹)",
    "Consult Fee (₹)",
    "CGST",
    "SGST",
    "IGST",
    "Payment Type",
    "Payment Reference No.",
    "Refund Amount (₹)",
    "Room ID",
    "Is Prescription Generated",
    "Prescription Generated DateTime",
    "Event Join Time Patient",
    "Event Left Time Patient",
    "Event Join Time Doctor",
    "Event Left Time Doctor",
    "Final Remarks",
    "Consider Patient",
    "Clean Specialty",
];

/// Marks of the confidential cells that [`Bookings::canary`] makes unmistakable, as [`crate::canary`] looks for them: names,
/// remarks, calls and payment references; UHIDs, mobiles and patient ids; invoices and rooms, which are so without it.
pub const CANARIES: [&str; 9] = [
    "canary",
    "77700012####|",
    "|7770001234########|",
    "66600012####|",
    "7.7700012e",
    "cafecafe",
    "his/26-27/",
    "|inv-###",
    "|room-#####",
];

/// A workbook shows the appointments of so many days before its own, and after.
const DAYS_BEFORE: i32 = 37;
const DAYS_AFTER: i32 = 7;

/// A clinic group's bookings, on every day there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bookings {
    /// The same seed makes the same bookings.
    pub seed: u64,
    /// About how many rows a workbook has. From 1,200 on, each past day has every case of every report's rule, and each
    /// workbook every kind of dirt.
    pub rows: u32,
    /// Confidential cells hold [`CANARIES`].
    pub canary: bool,
}

impl Default for Bookings {
    fn default() -> Self {
        Self { seed: 1, rows: 10_000, canary: false }
    }
}

impl Bookings {
    /// The name under which the workbook arrives.
    pub const FILE: &str = "MIS_Report.xlsx";

    /// The workbook of the morning of `as_of`. Behind the sheet that counts is one of what was taken out of it.
    ///
    /// # Errors
    /// See [`SheetError`].
    pub fn workbook(&self, as_of: Date) -> Result<Vec<u8>, SheetError> {
        let others = Self { seed: !self.seed, rows: 100, ..*self };
        sheet::workbook_of(&[("MIS", &self.rows(as_of)), ("Removed", &others.rows(as_of))])
    }

    /// The sheet that counts, its header first. An appointment that two mornings show is in both the same one, further on
    /// in the later.
    #[must_use]
    pub fn rows(&self, as_of: Date) -> Vec<Row> {
        let morning = as_of.at(6, 0, 0, 0);
        let known: Vec<Booking> = (-DAYS_BEFORE..=DAYS_AFTER)
            .flat_map(|days| Booking::of_day(*self, as_of.saturating_add(days.days())))
            .filter(|booking| booking.booked <= morning)
            .collect();
        let entered_twice = known.iter().filter_map(Booking::entered_again);
        let cells = |booking: &Booking| cells::row(booking, morning, self.canary);
        let mut rows = vec![HEADERS.map(text).to_vec()];
        rows.extend(known.iter().map(cells));
        rows.extend(entered_twice.map(|booking| cells(&booking)));
        rows
    }

    /// How many bookings are for one day, made sooner or later.
    fn each_day(&self) -> u32 {
        self.rows.div_ceil(42).max(1)
    }
}

#[cfg(test)]
#[path = "mis_tests.rs"]
mod tests;
