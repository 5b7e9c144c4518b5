//! Patients and doctors.

use fastrand::Rng;
use jiff::ToSpan as _;
use jiff::civil::{Date, date};

use super::{Options, SLIP_EVERY, rather, written};
use crate::made_up::{self, FAMILY, GIVEN, pick, row, slip, wrong};
use crate::sheet::Row;

/// A patient whom the first file does not have and the late one does.
pub(super) const MISSING: &str = "P999998";

const CITIES: [&str; 12] = [
    "Mumbai", "Pune", "Delhi", "Chennai", "Kolkata", "Nagpur", "Nashik", "Surat", "Indore", "Bhopal",
    "Kochi", "Goa",
];
const GENDERS: [&str; 12] =
    ["F", "M", "Female", "Male", "FEMALE", "male", " f ", "m.", "woman", "Man", "Other", "Non-binary"];
/// Groups as they may be written.
const GROUPS: [&str; 18] = [
    "O+",
    "B+",
    "A+",
    "O positive",
    "a+",
    "0+",
    "A +ve",
    "",
    "AB+",
    "A-",
    "O-",
    "n/a",
    "",
    "B-",
    "Unknown",
    "B neg",
    "AB-",
    "ab-",
];
const SPECIALIZATIONS: [&str; 7] =
    ["General medicine", "Paediatrics", "Cardiology", "Orthopaedics", "Dermatology", "Neurology", "Oncology"];
const HOSPITALS: [&str; 8] = [
    "City Care",
    "Apollo North",
    "St. Mary's",
    "Lakeside",
    "Sunrise",
    "Harbour View",
    "Green Park",
    "Hill Road",
];

/// The patients' file, and the late one.
pub(super) fn patients(options: &Options, chance: &mut Rng) -> (Vec<Row>, Vec<Row>) {
    let header = row(&["patient_id", "name", "gender", "dob", "blood_group", "city"]);
    let (mut rows, mut late, mut again) = (vec![header.clone()], vec![header], Vec::new());
    for number in 0..options.patients {
        let good = patient(&format!("P{}", 100_000 + number), options, chance);
        let mut cells = good.clone();
        match slip(number, SLIP_EVERY, 10) {
            Some(0) => rows.push(with(&good, &[(0, " ")])),
            Some(1) => again.push(with(&good, &[(1, &good[1].to_uppercase()), (5, "Pune")])),
            Some(2) => cells[2] = wrong("unsure", options.canary),
            Some(3) => cells[4] = wrong("C+", options.canary),
            Some(4) => cells[3] = "1899-12-31".to_owned(),
            Some(5) => cells[3] = options.as_of.saturating_add(1.day()).to_string(),
            Some(6) => cells[3] = "1900-01-01".to_owned(),
            Some(7) => cells[3] = options.as_of.to_string(),
            Some(8) => cells[2] = String::new(),
            Some(9) => cells[3] = wrong("soon", options.canary),
            _ => {}
        }
        if matches!(slip(number, SLIP_EVERY, 10), Some(2..=5 | 8 | 9)) {
            late.push(with(&good, &[]));
        }
        rows.push(with(&cells, &[]));
    }
    rows.append(&mut again);
    late.push(with(&patient(MISSING, options, chance), &[]));
    (rows, late)
}

fn patient(id: &str, options: &Options, chance: &mut Rng) -> Vec<String> {
    let family = if options.canary { "CANARY" } else { pick(&FAMILY, chance) };
    let name = format!("{} {family}", pick(&GIVEN, chance));
    let days = (options.as_of - date(1921, 1, 1)).get_days();
    let age = (chance.i32(0..days) + chance.i32(0..days)) / 2;
    let dob: Date = options.as_of.saturating_sub(age.days());
    let dob = if chance.u32(..60) == 0 { String::new() } else { written(dob, chance) };
    let city = match chance.u32(..40) {
        0 => String::new(),
        1 => format!(" {} ", rather(&CITIES, chance)),
        _ => rather(&CITIES, chance).to_owned(),
    };
    let (gender, group) = (rather(&GENDERS, chance).to_owned(), rather(&GROUPS, chance).to_owned());
    vec![id.to_owned(), name, gender, dob, group, city]
}

fn with(cells: &[String], changes: &[(usize, &str)]) -> Row {
    let cell =
        |(place, cell)| changes.iter().find(|(changed, _)| *changed == place).map_or(cell, |(_, new)| *new);
    let cells: Vec<&str> = cells.iter().map(String::as_str).enumerate().map(cell).collect();
    row(&cells)
}

/// The doctors' file.
pub(super) fn doctors(options: &Options, chance: &mut Rng) -> Vec<Row> {
    let mut rows = vec![row(&["doctor_id", "name", "specialization", "hospital"])];
    let mut again = Vec::new();
    for number in 0..options.doctors {
        let (id, name) = made_up::doctor(number, chance);
        let hospital = if number % 29 == 11 { "" } else { rather(&HOSPITALS, chance) };
        let specialization = rather(&SPECIALIZATIONS, chance);
        match slip(number, SLIP_EVERY, 2) {
            Some(0) => rows.push(row(&["", &name, specialization, hospital])),
            Some(_) => again.push(row(&[&id, &name, specialization, "Lakeside"])),
            None => {}
        }
        rows.push(row(&[&id, &name, specialization, hospital]));
    }
    rows.append(&mut again);
    rows
}
