//! A synthetic clinic: two exports as they arrive, and what must become of each of their rows.
//!
//! The rules are stated here once more, apart from the code under test: whoever writes a cell also says what it means.
#![expect(
    clippy::indexing_slicing,
    reason = "each index is taken modulo the length of a list that is not empty"
)]

mod appointments;
mod doctors;
mod export;
mod spelling;

use std::collections::{BTreeMap, BTreeSet};

pub use appointments::Appointment;
pub use doctors::Doctor;
pub use export::{Breach, Entry, Export, Fate};

/// The number of a doctor whom no doctors row has.
pub const UNKNOWN_DOCTOR: i32 = 105;

/// Marks of the cells that [`Options::canary`] makes unmistakable, as [`crate::canary`] looks for them.
pub const CANARIES: [&str; 5] = ["canary", "7770001234", "8880001234", "7.770001234", "8.880001234"];

/// Canary numbers begin here: patients, bookings.
const CANARY_PATIENTS: i64 = 77_700_012_340_000;
const CANARY_BOOKINGS: i64 = 88_800_012_340_000;

/// What to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// The same seed makes the same files.
    pub seed: u64,
    /// Doctors in the doctors export, besides duplicates and unreadable rows.
    pub doctors: u32,
    /// Appointments in the appointments export, besides duplicates. From 200 on, every kind of dirt is among them.
    pub appointments: u32,
    /// Cells hold [`CANARIES`].
    pub canary: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { seed: 1, doctors: 40, appointments: 5_000, canary: false }
    }
}

/// A clinic's two exports.
#[derive(Debug, Clone)]
pub struct Clinic {
    /// Doctors.
    pub doctors: Export<Doctor>,
    /// Appointments.
    pub appointments: Export<Appointment>,
}

impl Clinic {
    /// File names under which the exports arrive.
    pub const DOCTORS_FILE: &str = "Data Enginner's Doctors Excel (1).xlsx";
    /// See [`Self::DOCTORS_FILE`].
    pub const APPOINTMENTS_FILE: &str = "Data Engineer's Appointments Excel (1).xlsx";

    /// Makes a clinic.
    #[must_use]
    pub fn synthesize(options: Options) -> Self {
        // Two streams of chance: more doctors leave the appointments' dates and words as they were.
        let mut chance = fastrand::Rng::with_seed(options.seed);
        let doctors = doctors::export(options, &mut chance.fork());
        let appointments = appointments::export(options, &mut chance.fork());
        Self { doctors, appointments }
    }

    /// What the doctors table holds once both exports are loaded, in whichever order: number to name and specialty.
    #[must_use]
    pub fn doctors_table(&self) -> BTreeMap<i32, (String, Option<String>)> {
        let placeholder = || ("Unknown".to_owned(), Some("Unknown".to_owned()));
        let mentioned = self.appointments.loaded().map(|appointment| (appointment.doctor_id, placeholder()));
        let known = self
            .doctors
            .loaded()
            .map(|doctor| (doctor.doctor_id, (doctor.name.clone(), doctor.specialty.clone())));
        mentioned.chain(known).collect()
    }

    /// How many loaded appointments name a doctor whom the doctors export does not have.
    #[must_use]
    pub fn unknown_references(&self) -> usize {
        let known: BTreeSet<i32> = self.doctors.loaded().map(|doctor| doctor.doctor_id).collect();
        self.appointments.loaded().filter(|appointment| !known.contains(&appointment.doctor_id)).count()
    }

    /// What the appointments table holds once the appointments are loaded, by booking.
    #[must_use]
    pub fn appointments_table(&self) -> BTreeMap<i64, Appointment> {
        self.appointments.loaded().map(|appointment| (appointment.booking_id, *appointment)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet;

    const SMALL: Options = Options { seed: 7, doctors: 40, appointments: 200, canary: false };

    #[test]
    fn the_same_seed_makes_the_same_bytes_and_another_seed_others() {
        let make = |seed| {
            let clinic = Clinic::synthesize(Options { seed, ..SMALL });
            (sheet::workbook(&clinic.appointments.rows).unwrap(), sheet::csv(&clinic.doctors.rows).unwrap())
        };
        assert_eq!(make(7), make(7));
        assert_ne!(make(7).0, make(8).0);
    }

    #[test]
    fn every_rule_is_broken_somewhere_even_in_a_small_clinic() {
        let clinic = Clinic::synthesize(SMALL);
        let broken: BTreeSet<_> = clinic.appointments.rejections().into_keys().collect();
        let expected = [
            ("booking_id", "damaged_identifier"),
            ("booking_id", "missing"),
            ("booking_id", "not_an_integer"),
            ("booking_date", "missing"),
            ("booking_date", "not_a_date"),
            ("doctor_id", "not_an_integer"),
            ("doctor_id", "out_of_range"),
            ("patient_id", "missing"),
            ("patient_id", "out_of_range"),
            ("status", "missing"),
            ("status", "unknown_word"),
        ];
        assert_eq!(broken, expected.map(|(column, rule)| Breach { rule, column }).into());
        assert!(clinic.appointments.superseded() > 3);
        assert!(clinic.doctors.superseded() > 0);
    }

    #[test]
    fn the_earliest_of_several_bookings_stands_then_the_first() {
        for seed in 0..20 {
            let clinic = Clinic::synthesize(Options { seed, ..SMALL });
            let counts = (clinic.appointments.loaded().count(), clinic.appointments.superseded());
            assert_eq!(clinic.appointments_table().len(), counts.0);
            let rejected: usize = clinic.appointments.rejections().into_values().sum();
            assert_eq!(clinic.appointments.entries.len(), counts.0 + counts.1 + rejected);
        }
    }

    #[test]
    fn a_doctor_nobody_knows_gets_a_placeholder() {
        let clinic = Clinic::synthesize(SMALL);
        let unknown = clinic.doctors_table().remove(&UNKNOWN_DOCTOR);
        assert_eq!(unknown, Some(("Unknown".to_owned(), Some("Unknown".to_owned()))));
        assert!(clinic.doctors.loaded().all(|doctor| doctor.doctor_id != UNKNOWN_DOCTOR));
    }

    #[test]
    fn a_workbook_opens_with_as_many_rows_as_were_written() {
        use calamine::{Reader as _, Xlsx};
        let clinic = Clinic::synthesize(SMALL);
        let bytes = sheet::workbook(&clinic.appointments.rows).unwrap();
        let mut book: Xlsx<_> = calamine::open_workbook_from_rs(std::io::Cursor::new(bytes)).unwrap();
        assert_eq!(book.worksheet_range("Sheet1").unwrap().height(), clinic.appointments.rows.len());
    }

    #[test]
    fn canaries_stand_in_loaded_and_in_rejected_rows() {
        let clinic = Clinic::synthesize(Options { canary: true, ..SMALL });
        let text = String::from_utf8(sheet::csv(&clinic.appointments.rows).unwrap()).unwrap().to_lowercase();
        for canary in &CANARIES[..3] {
            assert!(text.contains(canary), "{canary}");
        }
        assert!(clinic.doctors.loaded().any(|doctor| doctor.name.contains("CANARY")));
    }
}
