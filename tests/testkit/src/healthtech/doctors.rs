//! The doctors export.

use fastrand::Rng;

use super::export::{Breach, Export, Line, Record};
use super::{Options, UNKNOWN_DOCTOR, spelling};
use crate::sheet::{Cell, text};

/// A doctor as they stand in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doctor {
    /// The clinic's number.
    pub doctor_id: i32,
    /// Full name.
    pub name: String,
    /// Specialty, where the clinic knows it.
    pub specialty: Option<String>,
}

impl Record for Doctor {
    type Key = i32;
    type Rank = ();

    fn key(&self) -> i32 {
        self.doctor_id
    }

    fn rank(&self) {}
}

const GIVEN: [&str; 9] = ["Ana", "Björn", "Chidi", "Zoë", "Eun-ji", "Fátima", "Nuala", "王", "Şükrü"];
const FAMILY: [&str; 8] =
    ["O'Brien", "Núñez", "Lindström", "d'Arcy", "Müller-Lüdenscheidt", "Okafor", "小龙", "Reyes"];
const SPECIALTIES: [&str; 6] =
    ["Vein care", "Cardiology", "Ear, nose & throat", "Orthopædics", "Internal medicine", "Dermatology"];
/// A name that a spreadsheet would take for a formula.
const FORMULA: &str = "=HYPERLINK(\"http://example.com\",\"Dr. Formula\")";

/// One doctor in so many has a blank name, is listed twice, has no specialty.
const NAMELESS_EVERY: i32 = 19;
const TWICE_EVERY: i32 = 9;
const UNSPECIALISED_EVERY: i32 = 7;

pub(super) fn export(options: Options, chance: &mut Rng) -> Export<Doctor> {
    let last = i32::try_from(options.doctors).unwrap_or(i32::MAX);
    let mut lines = Vec::new();
    let mut repeated = Vec::new();
    for doctor_id in (1..=last).filter(|number| *number != UNKNOWN_DOCTOR) {
        let doctor = invent(doctor_id, options.canary, chance);
        if doctor_id % TWICE_EVERY == 4 {
            repeated.push(write(Doctor { specialty: Some("Moved".to_owned()), ..doctor.clone() }, chance));
        }
        lines.push(if doctor_id % NAMELESS_EVERY == 10 {
            nameless(doctor_id)
        } else {
            write(doctor, chance)
        });
    }
    lines.append(&mut repeated);
    lines.push(numbered_badly(text("D-12"), "not_an_integer"));
    lines.push(numbered_badly(Cell::Blank, "missing"));
    let header = ["Doctor ID", "Name", " Speciality"].map(text).to_vec();
    Export::lay_out("Doctors", &header, lines)
}

fn invent(doctor_id: i32, canary: bool, chance: &mut Rng) -> Doctor {
    let pick = |words: &[&str], chance: &mut Rng| words[chance.usize(..words.len())].to_owned();
    let name = match (canary, doctor_id) {
        (true, 11) => "=CANARY(\"formula\")".to_owned(),
        (true, _) => format!("CANARY-NAME-{doctor_id}"),
        (false, 11) => FORMULA.to_owned(),
        (false, _) => format!("{} {}", pick(&GIVEN, chance), pick(&FAMILY, chance)),
    };
    let specialty = pick(&SPECIALTIES, chance);
    Doctor { doctor_id, name, specialty: (doctor_id % UNSPECIALISED_EVERY != 3).then_some(specialty) }
}

fn write(doctor: Doctor, chance: &mut Rng) -> Line<Doctor> {
    let style = chance.usize(..100);
    let padded = |words: &str| match style % 4 {
        0 => Cell::Text(format!(" {words}\u{a0}")),
        _ => text(words),
    };
    let specialty = doctor.specialty.as_deref().map_or(Cell::Blank, padded);
    let cells = vec![spelling::whole(i64::from(doctor.doctor_id), style), padded(&doctor.name), specialty];
    Line { cells, meaning: Ok(doctor) }
}

fn nameless(doctor_id: i32) -> Line<Doctor> {
    let cells = vec![spelling::whole(i64::from(doctor_id), 4), Cell::Blank, text("Cardiology")];
    Line { cells, meaning: Err(Breach { rule: "missing", column: "name" }) }
}

fn numbered_badly(number: Cell, rule: &'static str) -> Line<Doctor> {
    let cells = vec![number, text("Nobody's Number"), text("Cardiology")];
    Line { cells, meaning: Err(Breach { rule, column: "doctor_id" }) }
}
