//! Treatments.

use fastrand::Rng;
use jiff::ToSpan as _;

use super::appointments::{Visit, id};
use super::{Options, SLIP_EVERY, written};
use crate::made_up::{pick, row, slip, wrong};
use crate::sheet::Row;

const SYMPTOMS: [&str; 6] = ["Fever, cough", "Back pain", "Headache", "Chest pain", "Dizziness", ""];
const DIAGNOSES: [&str; 6] = ["Influenza", "Lumbago", "Migraine", "Angina", "Hypertension", ""];
const TREATMENTS: [&str; 5] = ["Rest", "Physiotherapy", "Observation", "Surgery", ""];
const PRESCRIPTIONS: [&str; 5] = ["Paracetamol 500 mg", "Ibuprofen 400 mg", "Atenolol 50 mg", "None", ""];
const NOTES: [&str; 4] = ["Come back if it gets worse", "Blood test ordered", "Allergic to penicillin", ""];
/// Texts that a CSV, a spreadsheet or a page may stumble over.
const ODD: [&str; 9] = [
    "She said \"it hurts\", twice",
    "First line\nsecond line, with a comma",
    "=cmd()",
    "=HYPERLINK(\"http://example.com\",\"Result\")",
    "+1 tablet in the morning",
    "-2 kg since March",
    "@SUM(A1:A9)",
    "לחץ דם גבוה, ללא שינוי",
    "<b>ضغط الدم</b> 14/9; 38.5 °C — “stable”",
];

/// The treatments' file: one of most completed appointments, two of some, and a few of cancelled ones.
pub(super) fn treatments(options: &Options, visits: &[Visit], chance: &mut Rng) -> Vec<Row> {
    let mut rows = vec![row(&[
        "treatment_id",
        "appointment_id",
        "created_at",
        "symptoms",
        "diagnosis",
        "treatment",
        "prescription",
        "notes",
        "next_visit",
    ])];
    let (mut again, mut number) = (Vec::new(), 0);
    for visit in visits.iter().filter(|visit| visit.is_past) {
        let times = match visit.number % 10 {
            0 if visit.is_completed => 2,
            7 if !visit.is_awkward => 0,
            _ => u32::from(visit.is_completed || visit.number % 6 == 0),
        };
        for _ in 0..times {
            treatment(number, visit, options, chance, &mut rows, &mut again);
            number += 1;
        }
    }
    rows.append(&mut again);
    rows
}

fn treatment(
    number: u32,
    visit: &Visit,
    options: &Options,
    chance: &mut Rng,
    rows: &mut Vec<Row>,
    again: &mut Vec<Row>,
) {
    let own = format!("T{}", 700_000 + number);
    let (mut of, mut created) = (id(visit.number), moment(visit, chance));
    let lists: [&[&str]; 5] = [&SYMPTOMS, &DIAGNOSES, &TREATMENTS, &PRESCRIPTIONS, &NOTES];
    let mut place = number as usize;
    let [symptoms, diagnosis, treatment, prescription, notes] = lists.map(|plain| {
        place += 1;
        let is_odd = visit.is_awkward || chance.u32(..25) == 0;
        let words = if is_odd { ODD[place % ODD.len()] } else { pick(plain, chance) };
        wrong(words, options.canary && !words.is_empty())
    });
    let mut next = match chance.u32(..3) {
        0 => written(visit.date.saturating_add(chance.i32(7..90).days()), chance),
        _ => String::new(),
    };
    match slip(number, SLIP_EVERY, 6) {
        Some(0) => {
            rows.push(row(&[
                "",
                &of,
                &created,
                &symptoms,
                &diagnosis,
                &treatment,
                &prescription,
                &notes,
                &next,
            ]));
        }
        Some(1) => {
            again.push(row(&[
                &own,
                &of,
                &created,
                &symptoms,
                "Revised",
                &treatment,
                &prescription,
                &notes,
                &next,
            ]));
        }
        Some(2) => of = "A999999".to_owned(),
        Some(3) => of = String::new(),
        Some(4) => created = wrong("yesterday", options.canary),
        Some(_) => next = wrong("in two weeks", options.canary),
        None => {}
    }
    rows.push(row(&[&own, &of, &created, &symptoms, &diagnosis, &treatment, &prescription, &notes, &next]));
}

/// When it was written down: on the day of the appointment, in one of the notations of the export.
fn moment(visit: &Visit, chance: &mut Rng) -> String {
    let at = visit.date.at(chance.i8(8..19), chance.i8(0..60), chance.i8(0..60), 0);
    match chance.u32(..12) {
        0 => at.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
        1 => at.strftime("%Y-%m-%d %H:%M").to_string(),
        2 => visit.date.to_string(),
        3 => String::new(),
        _ => at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
    }
}
