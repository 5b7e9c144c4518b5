//! Patients, doctors and hospitals.

use fastrand::Rng;
use jiff::ToSpan;
use jiff::civil::{Date, date};

use crate::made_up::pick;

/// Hospitals, two of them with names that a spreadsheet or a web page would take for more than text.
pub(super) const HOSPITALS: [&str; 5] =
    ["North Clinic", "Lakeside Hospital", "City Care <Main>", "St. Mary's & Sons", "=Sunrise+Hospital"];

/// Names and specialities; the doctor of place n works at the hospital of place n modulo their number.
pub(super) const DOCTORS: [(&str, &str); 12] = [
    ("Dr. Asha Rao", "General Physician"),
    ("Dr. Björn Okafor", "Pediatrics"),
    ("Dr. Chidi Menon", "Dermatology"),
    ("Dr. Fátima Khan", "General Physician"),
    ("Dr. O'Brien & Partner", "Ear, Nose & Throat"),
    ("Dr. Nuala Iyer", "Cardiology"),
    ("=HYPERLINK(\"http://example.com\",\"Dr. Formula\")", "Orthopædics"),
    ("Dr. <b>Bold</b>", "Psychiatry"),
    ("Dr. Zoë D'Souza", "Gynecology"),
    ("Dr. 王 小龙", "General Physician"),
    ("Dr. Şükrü Das", "Neurology"),
    ("Dr. Eun-ji Reyes", "Dermatology"),
];

const GIVEN: [&str; 8] = ["Ana", "Ravi", "Meera", "Joseph", "Zoë", "Imran", "Lakshmi", "Noor"];
const FAMILY: [&str; 7] = ["Nair", "D'Souza", "Sharma", "Müller-Rao", "Khan", "O'Neil", "Reddy"];

/// Names that a spreadsheet or a web page would take for more than text.
const HOSTILE: [&str; 5] = ["=1+1", "@SUM(A1)", "-2+3", "<script>alert(1)</script>", "</td> & \"Co\""];

/// A person whom appointments are for.
pub(super) struct Patient {
    pub(super) id: String,
    pub(super) name: String,
    /// Twelve digits, as a number cell holds them.
    pub(super) uhid: f64,
    /// Twelve digits with the country code.
    pub(super) mobile: f64,
    pub(super) born: Date,
    pub(super) gender: &'static str,
    pub(super) city: (&'static str, &'static str),
    pub(super) is_new: bool,
}

impl Patient {
    pub(super) fn new(seed: u64, number: u32, canary: bool) -> Self {
        let mut chance = Rng::with_seed(seed ^ u64::from(number));
        let plain = format!("{} {}", pick(&GIVEN, &mut chance), pick(&FAMILY, &mut chance));
        let name = if number % 17 == 3 { pick(&HOSTILE, &mut chance).to_owned() } else { plain };
        let first_born = if canary { date(1911, 1, 1) } else { date(1935, 1, 1) };
        let days = if canary { 365 } else { 80 * 365 };
        let id = uuid(&mut chance);
        let last_digits = f64::from(number % 10_000);
        Self {
            id: if canary { format!("cafecafe{}", &id[8..]) } else { id },
            name: if canary { format!("{name} CANARY {number}") } else { name },
            uhid: if canary { 777_000_120_000.0 } else { 102_300_450_000.0 } + last_digits,
            mobile: if canary { 666_000_120_000.0 } else { 919_845_000_000.0 } + last_digits,
            born: first_born.saturating_add(chance.i32(0..days).days()),
            gender: pick(&["Female", "Male", "Other"], &mut chance),
            city: pick(
                &[("Chennai", "Tamil Nadu"), ("Kochi", "Kerala"), ("Pune", "Maharashtra")],
                &mut chance,
            ),
            is_new: chance.bool(),
        }
    }
}

/// A UUID of the fourth version.
pub(super) fn uuid(chance: &mut Rng) -> String {
    let (high, low) = (chance.u64(..), chance.u64(..));
    format!(
        "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        low >> 52,
        low & 0xffff_ffff_ffff
    )
}
