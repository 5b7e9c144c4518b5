//! Visits.

use fastrand::Rng;
use jiff::ToSpan as _;

use super::patients::MISSING;
use super::{Options, SLIP_EVERY, lately, low, rather, written};
use crate::made_up::{row, slip};
use crate::sheet::Row;

const REASONS: [&str; 9] = [
    "Follow-up",
    "Fever",
    "Diabetes check",
    "Injury",
    "Back pain",
    "Headache",
    "Chest pain",
    "Vaccination",
    "",
];
const TYPES: [&str; 4] = ["OPD", "Teleconsultation", "Inpatient", "Emergency"];

/// The visits' file, and the corrected ones.
pub(super) fn visits(options: &Options, chance: &mut Rng) -> (Vec<Row>, Vec<Row>) {
    let header = row(&["visit_id", "patient_id", "doctor_id", "visit_date", "reason", "visit_type"]);
    let (mut rows, mut corrected, mut again) = (vec![header.clone()], vec![header], Vec::new());
    // Some doctors have no visits.
    let doctors = (options.doctors * 9 / 10).max(1);
    for number in 0..options.visits {
        let id = format!("V{}", 300_000 + number);
        let mut patient = format!("P{}", 100_000 + low(options.patients, chance));
        let mut doctor = format!("D{}", 2_000 + low(doctors, chance));
        let mut day = written(lately(options.as_of, chance), chance);
        let reason = rather(&REASONS, chance);
        let kind = match reason {
            "Injury" | "Chest pain" if chance.bool() => "Emergency",
            _ => rather(&TYPES, chance),
        };
        match slip(number, SLIP_EVERY, 8) {
            Some(0) => rows.push(row(&["", &patient, &doctor, &day, reason, kind])),
            Some(1) => again.push(row(&[&id, &patient, &doctor, &day, "Second opinion", kind])),
            Some(2) => patient = "P999999".to_owned(),
            Some(3) => doctor = "D9999".to_owned(),
            Some(4) => patient = String::new(),
            Some(5) => doctor = " ".to_owned(),
            Some(6) => day = options.as_of.saturating_add(1.day()).to_string(),
            Some(_) => patient = MISSING.to_owned(),
            None => {}
        }
        // Rows without a slip, of patients and doctors that are there from the first.
        if slip(number, SLIP_EVERY, 8).is_none() && number % 211 == 20 {
            corrected.push(row(&[&id, "P100000", "D2000", &day, "Corrected", kind]));
        }
        rows.push(row(&[&id, &patient, &doctor, &day, reason, kind]));
    }
    rows.append(&mut again);
    (rows, corrected)
}
