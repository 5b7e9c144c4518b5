//! Patients and doctors.

use fastrand::Rng;

use super::{AWKWARD, Options, SLIP_EVERY};
use crate::made_up::{self, FAMILY, GIVEN, pick, row, slip, wrong};
use crate::sheet::Row;

/// A patient whom the first file does not have and the late one does.
pub(super) const MISSING: &str = "P999998";

const AWKWARD_NAME: &str = "Zoë \"Zed\" d'Arcy, Jr.\nשרה <b>כהן</b>";
/// Names that a spreadsheet, a CSV or a page may stumble over.
const ODD_NAMES: [&str; 5] =
    ["=cmd()", "O'Brien, \"Bo\"", "محمد العربي", "<script>alert(1)</script>", "@SUM(A1:A9)"];
const CHANNELS: [&str; 13] = [
    "email",
    "email",
    "Email",
    "E-mail",
    " email ",
    "sms",
    "SMS",
    "text",
    "Mobile",
    "chat",
    "Google Chat",
    "chat.",
    "",
];

/// The patients' file, and the late one.
pub(super) fn patients(options: &Options, chance: &mut Rng) -> (Vec<Row>, Vec<Row>) {
    let header = row(&["patient_id", "name", "email", "phone", "preferred_channel"]);
    let (mut rows, mut late, mut again) = (vec![header.clone()], vec![header], Vec::new());
    for number in 0..options.patients {
        let [id, name, email, phone, channel] = patient(number, options, chance);
        let mut channel = channel;
        match slip(number, SLIP_EVERY, 4) {
            Some(0) => rows.push(row(&[" ", &name, &email, &phone, &channel])),
            Some(1) => again.push(row(&[&id, &name, &email, &phone, "sms"])),
            Some(2) => {
                late.push(row(&[&id, &name, &email, &phone, &channel]));
                continue;
            }
            Some(_) => channel = wrong("pigeon", options.canary),
            None => {}
        }
        rows.push(row(&[&id, &name, &email, &phone, &channel]));
    }
    rows.append(&mut again);
    let [_, name, email, phone, channel] = patient(options.patients, options, chance);
    late.push(row(&[MISSING, &name, &email, &phone, &channel]));
    (rows, late)
}

/// Id, name, mail address, telephone and channel, as they are written.
fn patient(number: u32, options: &Options, chance: &mut Rng) -> [String; 5] {
    let id = format!("P{}", 100_000 + number);
    let family = if options.canary { "CANARY" } else { pick(&FAMILY, chance) };
    let plain = format!("{} {family}", pick(&GIVEN, chance));
    let name = match number {
        _ if id == AWKWARD => AWKWARD_NAME.replace("Jr.", family),
        _ if number % 41 == 11 => format!("{} {family}", pick(&ODD_NAMES, chance)),
        _ => plain,
    };
    let channel = pick(&CHANNELS, chance).to_owned();
    [id, name, email(number, options), phone(number), channel]
}

/// One of his own for most; some share one with another, and some have none or half of one.
fn email(number: u32, options: &Options) -> String {
    let host = if options.canary { "canary.example" } else { "patients.example" };
    match number {
        _ if number % 17 == 13 => "n/a".to_owned(),
        _ if number % 17 == 4 => String::new(),
        _ if number % 97 == 31 => format!("p{number}@"),
        _ if number % 53 == 10 => format!("p{}@{host}", 100_000 + number - 1),
        _ if number % 23 == 2 => format!(" P{}@{host} ", 100_000 + number),
        _ => format!("p{}@{host}", 100_000 + number),
    }
}

/// One with a country code for most, as people write it; some have none, or one without the code.
fn phone(number: u32) -> String {
    let local = format!("77700012{:04}", number % 100_000);
    match number {
        _ if number % 17 == 13 => String::new(),
        _ if number % 17 == 9 => "none".to_owned(),
        _ if number % 97 == 62 => local,
        _ if number % 19 == 3 => format!("+35 ({}) {}-{}", &local[..3], &local[3..8], &local[8..]),
        _ => format!("+35{local}"),
    }
}

/// The doctors' file.
pub(super) fn doctors(options: &Options, chance: &mut Rng) -> Vec<Row> {
    let mut rows = vec![row(&["doctor_id", "name", "email", "is_active"])];
    let mut again = Vec::new();
    for number in 0..options.doctors {
        let (id, name) = made_up::doctor(number, chance);
        let email =
            if number % 13 == 6 { String::new() } else { format!("d{}@hospital.example", 2_000 + number) };
        let active = match number % 16 {
            5 | 12 => pick(&["no", "0", "False"], chance),
            9 => "",
            _ => pick(&["yes", "1", "TRUE", "true", "Y"], chance),
        };
        match number % 20 {
            2 => rows.push(row(&["", &name, &email, active])),
            8 => again.push(row(&[&id, &name, &email, active])),
            _ => {}
        }
        let active = if number % 20 == 14 { wrong("on leave", options.canary) } else { active.to_owned() };
        rows.push(row(&[&id, &name, &email, &active]));
    }
    rows.append(&mut again);
    rows
}
