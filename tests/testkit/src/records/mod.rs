//! Made-up files of the central patient record, with the dirt of real ones, and what a correct load makes of them.
//!
//! - [`Files`]: the four CSVs, and two that are dropped later: patients who were missing or wrong, and corrected visits.
//! - [`rules`]: what the tables, the analytics and the functions must hold, read from the CSVs apart from the product.
#![expect(
    clippy::indexing_slicing,
    reason = "each index is taken modulo the length of a list that is not empty"
)]

mod analytics;
mod lab_reports;
mod patients;
pub mod rules;
mod visits;

use fastrand::Rng;
use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday};

use crate::sheet::{self, Row, SheetError};

/// Marks of what names, words that break a rule, and ids hold where [`Options::canary`] is set, as [`crate::canary`] looks
/// for them. Days of birth it knows by themselves.
pub const CANARIES: [&str; 3] = ["canary", "|p10####|", "|p99999#|"];

/// What to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// The same seed makes the same files.
    pub seed: u64,
    /// The day on which the files arrive: some of their dates lie behind it.
    pub as_of: Date,
    /// Patients, besides duplicates and rows without an id. From 300 on, every kind of dirt is among them.
    pub patients: u32,
    /// Doctors, likewise.
    pub doctors: u32,
    /// Visits, likewise.
    pub visits: u32,
    /// Lab reports, likewise.
    pub lab_reports: u32,
    /// Names, and words that break a rule, hold `CANARY`.
    pub canary: bool,
}

impl Options {
    /// A whole record, as it arrives on a day.
    #[must_use]
    pub fn on(as_of: Date) -> Self {
        Self {
            seed: 1,
            as_of,
            patients: 10_000,
            doctors: 1_000,
            visits: 50_000,
            lab_reports: 30_000,
            canary: false,
        }
    }

    /// A record small enough to be loaded often, with every kind of dirt.
    #[must_use]
    pub fn small(as_of: Date) -> Self {
        Self { patients: 300, doctors: 40, visits: 700, lab_reports: 400, canary: true, ..Self::on(as_of) }
    }
}

/// The files, as rows below a header.
#[derive(Debug, Clone)]
pub struct Files {
    /// Patients.
    pub patients: Vec<Row>,
    /// Doctors.
    pub doctors: Vec<Row>,
    /// Visits; some refer to patients or doctors that no row brings.
    pub visits: Vec<Row>,
    /// Lab reports; some refer to visits that no row brings.
    pub lab_reports: Vec<Row>,
    /// Dropped later: patients whose rows were rejected before, as they should be, and one who was missing.
    pub late_patients: Vec<Row>,
    /// Dropped later: a few of the visits, corrected.
    pub corrected_visits: Vec<Row>,
}

impl Files {
    /// Makes the files.
    #[must_use]
    pub fn synthesize(options: &Options) -> Self {
        let mut chance = Rng::with_seed(options.seed);
        let [mut first, mut second, mut third, mut fourth] = std::array::from_fn(|_| chance.fork());
        let (patients, late_patients) = patients::patients(options, &mut first);
        let (visits, corrected_visits) = visits::visits(options, &mut third);
        Self {
            patients,
            doctors: patients::doctors(options, &mut second),
            visits,
            lab_reports: lab_reports::lab_reports(options, &mut fourth),
            late_patients,
            corrected_visits,
        }
    }

    /// Each file under its name, the four first.
    ///
    /// # Errors
    /// See [`SheetError`].
    pub fn csvs(&self) -> Result<[(&'static str, Vec<u8>); 6], SheetError> {
        Ok([
            ("patients.csv", sheet::csv(&self.patients)?),
            ("doctors.csv", sheet::csv(&self.doctors)?),
            ("visits.csv", sheet::csv(&self.visits)?),
            ("lab_reports.csv", sheet::csv(&self.lab_reports)?),
            ("patients_late.csv", sheet::csv(&self.late_patients)?),
            ("visits_corrected.csv", sheet::csv(&self.corrected_visits)?),
        ])
    }
}

/// One row in so many has a slip of some kind.
const SLIP_EVERY: u32 = 31;

/// One of these, the first ones most often.
fn rather<'a>(words: &[&'a str], chance: &mut Rng) -> &'a str {
    words[chance.usize(..words.len()).min(chance.usize(..words.len()))]
}

/// A number below `count`, the low ones most often.
fn low(count: u32, chance: &mut Rng) -> u32 {
    chance.u32(..count).min(chance.u32(..count))
}

/// A day as files write it, mostly in ISO 8601.
fn written(day: Date, chance: &mut Rng) -> String {
    match chance.u32(..10) {
        0 => day.strftime("%m/%d/%Y").to_string(),
        1 => format!(" {day} "),
        _ => day.to_string(),
    }
}

/// A day of the 24 months up to `as_of`: more and more of them, fewer at weekends and in August.
fn lately(as_of: Date, chance: &mut Rng) -> Date {
    let first = as_of.first_of_month().saturating_sub(23.months());
    let days = (as_of - first).get_days().unsigned_abs() + 1;
    let ago = if chance.u32(..3) == 0 { low(days, chance) } else { chance.u32(..days) };
    let day = as_of.saturating_sub(i64::from(ago).days());
    let is_free = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    let earlier = match chance.u32(..4) {
        1.. if is_free => chance.i64(2..=5),
        0 if day.month() == 8 => 28,
        _ => 0,
    };
    day.saturating_sub(earlier.days()).max(first)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::records::rules::Records;

    const AS_OF: Date = date(2026, 11, 21);

    #[test]
    fn the_same_seed_makes_the_same_bytes_and_another_seed_others() {
        let make = |seed| Files::synthesize(&Options { seed, ..Options::small(AS_OF) }).csvs().unwrap();
        assert_eq!(make(1), make(1));
        assert_ne!(make(1), make(2));
    }

    #[test]
    fn a_small_record_has_every_kind_of_dirt() {
        let csvs = Files::synthesize(&Options::small(AS_OF)).csvs().unwrap();
        let mut records = Records::new(AS_OF);
        for (name, csv) in &csvs[..4] {
            records.read(name, csv);
        }
        let broken: Vec<&str> = records.reading.broken.iter().map(String::as_str).collect();
        let expected = [
            "doctors.csv doctor_id",
            "lab_reports.csv report_date",
            "lab_reports.csv report_id",
            "lab_reports.csv visit_id",
            "patients.csv blood_group",
            "patients.csv dob",
            "patients.csv gender",
            "patients.csv patient_id",
            "visits.csv doctor_id",
            "visits.csv patient_id",
            "visits.csv visit_date",
            "visits.csv visit_id",
        ];
        assert_eq!(broken, expected);
        for (name, _) in &csvs[..4] {
            let count = records.reading.counts(name);
            assert!(count.superseded > 0 && count.rejected > 0 && count.read > 0, "{name}: {count:?}");
        }
        let held = (records.held_visits().len(), records.held_lab_reports().len());
        assert!(held.0 > 10 && held.1 > 10, "{held:?}");
        let genders: std::collections::BTreeSet<&str> =
            records.patients.values().map(|patient| patient.gender.as_str()).collect();
        assert_eq!(genders, ["F", "M", "Other"].into());
    }

    #[test]
    fn the_late_files_release_and_correct() {
        let csvs = Files::synthesize(&Options::small(AS_OF)).csvs().unwrap();
        let mut records = Records::new(AS_OF);
        for (name, csv) in &csvs[..4] {
            records.read(name, csv);
        }
        let (held, before) = (records.held_visits().len(), records.doctor_summary());
        records.read(csvs[4].0, &csvs[4].1);
        assert!(records.held_visits().len() < held);
        let released = records.doctor_summary();
        assert_ne!(released, before);
        records.read(csvs[5].0, &csvs[5].1);
        assert_ne!(records.doctor_summary(), released);
    }

    #[test]
    fn a_whole_record_has_the_sizes_that_it_says() {
        let files = Files::synthesize(&Options::on(AS_OF));
        assert!(files.patients.len() > 10_000 && files.doctors.len() > 1_000);
        assert!(files.visits.len() > 50_000 && files.lab_reports.len() > 30_000);
    }
}
