//! Made-up nightly exports of the hospital system, with the dirt of real ones, and what a correct load makes of them.
//!
//! - [`Files`]: the four CSVs, and two of the night after: patients who were missing, and appointments that went on.
//! - [`rules`]: what the tables must hold, read from the CSVs apart from the product.
#![expect(
    clippy::indexing_slicing,
    reason = "each index is taken modulo the length of a list that is not empty"
)]

mod appointments;
mod people;
pub mod rules;
mod treatments;

use fastrand::Rng;
use jiff::civil::Date;

use crate::sheet::{self, Row, SheetError};

/// Marks of what names, addresses, telephone numbers, treatments and ids hold where [`Options::canary`] is set, as
/// [`crate::canary`] looks for them.
pub const CANARIES: [&str; 4] = ["canary", "77700012####|", "|p10####|", "|p99999#|"];

/// A patient of many completed appointments, whose name and treatments hold what files and spreadsheets stumble over:
/// quotes, commas, line breaks, formulas, text from right to left.
pub const AWKWARD: &str = "P100000";

/// What to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// The same seed makes the same files.
    pub seed: u64,
    /// The day on which the files arrive. Appointments lie up to about three years before it and two months behind it.
    pub as_of: Date,
    /// Patients, besides duplicates and rows without an id. From 300 on, every kind of dirt is among them.
    pub patients: u32,
    /// Doctors, likewise. The last tenth has no appointments, and some are no longer active.
    pub doctors: u32,
    /// Appointments, likewise. Most of the completed ones have a treatment, some two.
    pub appointments: u32,
    /// About how many of the appointments are booked for `as_of` itself.
    pub due: u32,
    /// Names, addresses, texts of treatments and words that break a rule hold a canary.
    pub canary: bool,
}

impl Options {
    /// A whole hospital, as its exports arrive on a day.
    #[must_use]
    pub fn on(as_of: Date) -> Self {
        Self { seed: 1, as_of, patients: 2_000, doctors: 40, appointments: 12_000, due: 60, canary: false }
    }

    /// A hospital small enough to be loaded often, with every kind of dirt.
    #[must_use]
    pub fn small(as_of: Date) -> Self {
        Self { patients: 300, doctors: 40, appointments: 1_200, due: 40, canary: true, ..Self::on(as_of) }
    }
}

/// The files, as rows below a header.
#[derive(Debug, Clone)]
pub struct Files {
    /// Patients; some without any address.
    pub patients: Vec<Row>,
    /// Doctors.
    pub doctors: Vec<Row>,
    /// Appointments; some refer to patients or doctors that no row brings.
    pub appointments: Vec<Row>,
    /// Treatments; some refer to appointments that no row brings, some to cancelled ones.
    pub treatments: Vec<Row>,
    /// Of the next night: patients who were missing.
    pub late_patients: Vec<Row>,
    /// Of the next night: what became of some of the appointments that were booked, others moved to a later day.
    pub next_appointments: Vec<Row>,
}

impl Files {
    /// Makes the files.
    #[must_use]
    pub fn synthesize(options: &Options) -> Self {
        let mut chance = Rng::with_seed(options.seed);
        let [mut first, mut second, mut third, mut fourth] = std::array::from_fn(|_| chance.fork());
        let (patients, late_patients) = people::patients(options, &mut first);
        let (appointments, next_appointments, visits) = appointments::appointments(options, &mut third);
        Self {
            patients,
            doctors: people::doctors(options, &mut second),
            appointments,
            treatments: treatments::treatments(options, &visits, &mut fourth),
            late_patients,
            next_appointments,
        }
    }

    /// Each file under its name, the four of the first night first.
    ///
    /// # Errors
    /// See [`SheetError`].
    pub fn csvs(&self) -> Result<[(&'static str, Vec<u8>); 6], SheetError> {
        Ok([
            ("patients.csv", sheet::csv(&self.patients)?),
            ("doctors.csv", sheet::csv(&self.doctors)?),
            ("appointments.csv", sheet::csv(&self.appointments)?),
            ("treatments.csv", sheet::csv(&self.treatments)?),
            ("patients_late.csv", sheet::csv(&self.late_patients)?),
            ("appointments_next.csv", sheet::csv(&self.next_appointments)?),
        ])
    }
}

/// One row in so many has a slip of some kind.
const SLIP_EVERY: u32 = 29;

/// A day as files write it, mostly in ISO 8601.
fn written(day: Date, chance: &mut Rng) -> String {
    match chance.u32(..12) {
        0 => day.strftime("%m/%d/%Y").to_string(),
        1 => day.strftime("%Y/%m/%d").to_string(),
        2 => format!(" {day} "),
        _ => day.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::civil::date;

    use super::*;
    use crate::hospital::rules::Hospital;

    const AS_OF: Date = date(2026, 11, 21);

    fn small() -> [(&'static str, Vec<u8>); 6] {
        Files::synthesize(&Options::small(AS_OF)).csvs().unwrap()
    }

    #[test]
    fn the_same_seed_makes_the_same_bytes_and_another_seed_others() {
        let make = |seed| Files::synthesize(&Options { seed, ..Options::small(AS_OF) }).csvs().unwrap();
        assert_eq!(make(1), make(1));
        assert_ne!(make(1), make(2));
    }

    #[test]
    fn a_small_hospital_has_every_kind_of_dirt() {
        let hospital = Hospital::of(&small()[..4]);
        let broken: Vec<&str> = hospital.reading.broken.iter().map(String::as_str).collect();
        let expected = [
            "appointments.csv appointment_date",
            "appointments.csv appointment_id",
            "appointments.csv appointment_time",
            "appointments.csv doctor_id",
            "appointments.csv patient_id",
            "appointments.csv status",
            "doctors.csv doctor_id",
            "doctors.csv is_active",
            "patients.csv patient_id",
            "treatments.csv appointment_id",
            "treatments.csv created_at",
            "treatments.csv treatment_id",
        ];
        assert_eq!(broken, expected);
        for (name, _) in &small()[..4] {
            let count = hospital.reading.counts(name);
            assert!(count.superseded > 0 && count.rejected > 0 && count.read > 0, "{name}: {count:?}");
        }
        let held = (hospital.held_appointments().len(), hospital.held_treatments().len());
        assert!(held.0 > 10 && held.1 > 10, "{held:?}");
    }

    #[test]
    fn a_small_hospital_has_what_the_jobs_are_about() {
        let hospital = Hospital::of(&small()[..4]);
        let appointments = hospital.appointments();
        let with = |status: &str| appointments.values().filter(|visit| visit.status == status).count();
        for status in ["booked", "completed", "cancelled", "no_show"] {
            assert!(with(status) > 20, "{status}");
        }
        let due =
            appointments.values().filter(|visit| visit.date == AS_OF && visit.status == "booked").count();
        assert!((30..=45).contains(&due), "{due}");

        let channels: BTreeSet<_> =
            hospital.patients.values().map(|patient| patient.preferred_channel.as_deref()).collect();
        assert_eq!(channels, [None, Some("chat"), Some("email"), Some("sms")].into());
        assert!(hospital.patients.values().any(|patient| patient.email.is_none() && patient.phone.is_none()));

        let busy: BTreeSet<_> = appointments.values().map(|visit| visit.doctor_id.as_str()).collect();
        let active = |id: &str| hospital.doctors[id].is_active;
        assert!(hospital.doctors.keys().any(|id| active(id) == Some(true) && !busy.contains(id.as_str())));
        assert!(busy.iter().any(|id| active(id) == Some(false)));
        assert!(hospital.doctors.values().any(|doctor| doctor.is_active.is_none()));

        let own = hospital
            .treatments()
            .into_values()
            .filter(|treatment| appointments[treatment.appointment_id.as_str()].patient_id == AWKWARD);
        assert!(own.count() >= 5);
        let referred = hospital
            .treatments()
            .into_values()
            .any(|treatment| appointments[treatment.appointment_id.as_str()].status == "cancelled");
        assert!(referred, "a cancelled appointment with a treatment");
    }

    #[test]
    fn the_next_night_releases_and_changes_rows() {
        let csvs = small();
        let (first, released, next) =
            (Hospital::of(&csvs[..4]), Hospital::of(&csvs[..5]), Hospital::of(&csvs));
        assert!(released.held_appointments().len() < first.held_appointments().len());
        assert!(released.treatments().len() > first.treatments().len());
        let changed =
            next.appointments().into_iter().filter(|(id, visit)| released.appointments()[id] != *visit);
        let changed: BTreeSet<_> =
            changed.map(|(_, visit)| (visit.status.as_str(), visit.date > AS_OF)).collect();
        assert_eq!(changed, [("booked", true), ("cancelled", false), ("completed", false)].into());
    }
}
