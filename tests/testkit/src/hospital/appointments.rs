//! Appointments.

use fastrand::Rng;
use jiff::ToSpan as _;
use jiff::civil::{Date, Time, time};

use super::people::MISSING;
use super::{AWKWARD, Options, SLIP_EVERY, written};
use crate::made_up::{pick, row, slip, wrong};
use crate::sheet::Row;

const TYPES: [&str; 6] = ["New patient", "Follow-up", "Follow-up", "Check-up", "Vaccination", ""];
const BOOKED: [&str; 4] = ["booked", "Booked", "scheduled", "confirmed."];
const COMPLETED: [&str; 4] = ["completed", "Complete", "DONE", "completed"];
const CANCELLED: [&str; 3] = ["cancelled", "Canceled", "CANCELLED."];
const NO_SHOW: [&str; 4] = ["no_show", "No show", "no-show", "NoShow"];

/// An appointment as the treatments need to know it.
pub(super) struct Visit {
    pub(super) number: u32,
    pub(super) date: Date,
    pub(super) is_completed: bool,
    pub(super) is_past: bool,
    pub(super) is_awkward: bool,
}

pub(super) fn id(number: u32) -> String {
    format!("A{}", 500_000 + number)
}

/// The appointments' file, that of the next night, and what the treatments are made of.
pub(super) fn appointments(options: &Options, chance: &mut Rng) -> (Vec<Row>, Vec<Row>, Vec<Visit>) {
    let header = row(&[
        "appointment_id",
        "patient_id",
        "doctor_id",
        "appointment_date",
        "appointment_time",
        "status",
        "visit_type",
    ]);
    let (mut rows, mut next, mut again, mut visits) = (vec![header.clone()], vec![header], vec![], vec![]);
    // Some doctors have no appointments.
    let doctors = (options.doctors * 9 / 10).max(1);
    for number in 0..options.appointments {
        let id = id(number);
        let date = day(number, options, chance);
        let words = status(number, date, options, chance);
        let is_awkward = words == COMPLETED && number % 71 == 3;
        let mut patient = format!("P{}", 100_000 + chance.u32(..options.patients));
        if is_awkward {
            patient = AWKWARD.to_owned();
        }
        let mut doctor = format!("D{}", 2_000 + chance.u32(..doctors));
        let (mut day, mut at) = (written(date, chance), clock(chance));
        let (mut word, kind) = (pick(words, chance).to_owned(), pick(&TYPES, chance));
        visits.push(Visit {
            number,
            date,
            is_completed: words == COMPLETED,
            is_past: date <= options.as_of && words != BOOKED,
            is_awkward,
        });
        if words == BOOKED && slip(number, SLIP_EVERY, 11).is_none() {
            next.extend(later(number, [&id, &patient, &doctor, &at, kind], date, options));
        }
        match slip(number, SLIP_EVERY, 11) {
            Some(0) => rows.push(row(&["", &patient, &doctor, &day, &at, &word, kind])),
            Some(1) => again.push(row(&[&id, &patient, &doctor, &day, &at, "cancelled", "Moved"])),
            Some(2) => patient = "P999999".to_owned(),
            Some(3) => doctor = "D9999".to_owned(),
            Some(4) => patient = String::new(),
            Some(5) => doctor = " ".to_owned(),
            Some(6) => day = wrong("next week", options.canary),
            Some(7) => at = wrong("noonish", options.canary),
            Some(8) => word = wrong("perhaps", options.canary),
            Some(9) => word = String::new(),
            Some(_) => patient = MISSING.to_owned(),
            None => {}
        }
        rows.push(row(&[&id, &patient, &doctor, &day, &at, &word, kind]));
    }
    rows.append(&mut again);
    (rows, next, visits)
}

/// The first ones are of the day itself, a tenth of the others are ahead, and half lie within the last 200 days.
fn day(number: u32, options: &Options, chance: &mut Rng) -> Date {
    let days = match chance.u32(..20) {
        _ if number < options.due => 0,
        0 | 1 => chance.i32(1..60),
        2..=10 => -chance.i32(0..200),
        _ => -chance.i32(0..1_100),
    };
    options.as_of.saturating_add(days.days())
}

/// How its status may be written. Some of the past were never closed.
fn status(number: u32, date: Date, options: &Options, chance: &mut Rng) -> &'static [&'static str] {
    match chance.u32(..20) {
        _ if number < options.due => &BOOKED,
        0..=17 if date > options.as_of => &BOOKED,
        _ if date > options.as_of => &CANCELLED,
        0..=13 => &COMPLETED,
        14..=16 => &CANCELLED,
        17 | 18 => &NO_SHOW,
        _ if date == options.as_of => &CANCELLED,
        _ => &BOOKED,
    }
}

/// A quarter of an hour within the day; some have none.
fn clock(chance: &mut Rng) -> String {
    let minutes = chance.i64(32..72) * 15;
    let at: Time = time(0, 0, 0, 0).saturating_add(minutes.minutes());
    match chance.u32(..12) {
        0 => String::new(),
        1 => at.strftime("%I:%M %p").to_string(),
        2 => at.strftime("%H:%M").to_string(),
        _ => at.strftime("%H:%M:%S").to_string(),
    }
}

/// What the next night tells of a booked appointment, if anything: it was kept, called off, or moved to a later day.
fn later(number: u32, cells: [&str; 5], date: Date, options: &Options) -> Option<Row> {
    let [id, patient, doctor, at, kind] = cells;
    let (status, day) = match number % 5 {
        _ if date > options.as_of => return None,
        0 => ("completed", date),
        1 => ("cancelled", date),
        2 => ("booked", options.as_of.saturating_add(7.days())),
        _ => return None,
    };
    Some(row(&[id, patient, doctor, &day.to_string(), at, status, kind]))
}
