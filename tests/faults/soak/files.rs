//! The files that are dropped: small ones, and few, so that the same content comes back again and again.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rounds_shared::digest::sha256_hex;
use rounds_testkit::healthtech::{Clinic, Export, Options};
use rounds_testkit::hospital;
use rounds_testkit::hospital::rules::Hospital;
use rounds_testkit::mis::Bookings;
use rounds_testkit::mis_rules::Mis;
use rounds_testkit::sheet;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The doctors of the clinic of this number.
    Doctors(usize),
    /// Its appointments.
    Appointments(usize),
    /// A booking workbook.
    Bookings,
    /// An export of the hospital system.
    Hospital,
    /// Nothing that can be loaded.
    Letter,
}

/// A file to drop.
pub(super) struct File {
    /// What it is.
    pub(super) kind: Kind,
    /// Its name, without what makes its key one of its own.
    pub(super) name: &'static str,
    /// Its bytes.
    pub(super) content: Vec<u8>,
    /// How many rows it has, and how many of them break a rule.
    pub(super) rows: (usize, usize),
}

impl File {
    /// The key of the drop of this number. Doctors and workbooks always come under one key, so that a newer one may take
    /// the place of one that nobody has read yet; the others under a new key each time.
    pub(super) fn key(&self, number: usize) -> String {
        match self.kind {
            Kind::Doctors(_) => format!("healthtech/{}", self.name),
            Kind::Bookings => format!("mis/{}", self.name),
            Kind::Hospital => format!("hospital/{}-{number}.csv", self.name),
            Kind::Appointments(_) | Kind::Letter => format!("healthtech/{}-{number}.xlsx", self.name),
        }
    }
}

/// All files, and the clinics that some of them are of.
pub(super) struct Files {
    /// Clinics, by their numbers.
    pub(super) clinics: Vec<Clinic>,
    /// Files, by their numbers.
    pub(super) all: Vec<File>,
}

impl Files {
    /// Makes the files of a seed as they arrive on `today`, with canaries in their cells.
    pub(super) fn synthesize(seed: u64, today: Date) -> Self {
        let clinics: Vec<Clinic> = (0..4).map(|number| clinic(seed, number)).collect();
        let mut all = Vec::new();
        for (number, Clinic { doctors, appointments }) in clinics.iter().enumerate() {
            let book = |rows| sheet::workbook(rows).unwrap();
            all.push(file(Kind::Doctors(number), "doctors.xlsx", book(&doctors.rows), rows(doctors)));
            let (content, rows) = (book(&appointments.rows), rows(appointments));
            all.push(file(Kind::Appointments(number), "appointments", content, rows));
        }
        for number in 0..3 {
            all.extend(hospital(seed + number, today));
        }
        for number in 0..2 {
            let content = Bookings { seed: seed + number, rows: 60, canary: true }.workbook(today).unwrap();
            let mis = Mis::read(&content).unwrap();
            all.push(file(Kind::Bookings, "MIS_Report.xlsx", content, (mis.read, mis.rejected)));
        }
        all.push(file(Kind::Letter, "appointments", b"%PDF-1.7 CANARY: dear doctor".to_vec(), (0, 0)));
        Self { clinics, all }
    }

    /// The first file of each dataset.
    pub(super) fn firsts(&self) -> Vec<usize> {
        let mut firsts = BTreeMap::new();
        for (number, file) in self.all.iter().enumerate().filter(|(_, file)| file.kind != Kind::Letter) {
            firsts.entry(file.key(0)).or_insert(number);
        }
        firsts.into_values().collect()
    }

    /// Rows, and how many of them break a rule, by the digest of the content.
    pub(super) fn rows(&self) -> BTreeMap<String, (usize, usize)> {
        self.all.iter().map(|file| (sha256_hex(&file.content), file.rows)).collect()
    }
}

fn file(kind: Kind, name: &'static str, content: Vec<u8>, rows: (usize, usize)) -> File {
    File { kind, name, content, rows }
}

/// Clinics that share doctors and bookings, each with some that the others lack.
fn clinic(seed: u64, number: u32) -> Clinic {
    Clinic::synthesize(Options {
        seed: seed.wrapping_mul(100) + u64::from(number),
        doctors: 8 + 3 * number,
        appointments: 30 + 5 * number,
        canary: true,
    })
}

fn rows<T>(export: &Export<T>) -> (usize, usize) {
    (export.entries.len(), export.rejections().into_values().sum())
}

/// The exports of a night, and two of the next.
fn hospital(seed: u64, as_of: Date) -> Vec<File> {
    let options =
        hospital::Options { seed, as_of, patients: 40, doctors: 8, appointments: 60, due: 5, canary: true };
    let csvs = hospital::Files::synthesize(&options).csvs().unwrap();
    let file = |(name, content): (&'static str, Vec<u8>)| {
        let mut reading = Hospital::default();
        reading.read(name, &content);
        let counts = reading.reading.counts(name);
        let rows = [counts.read, counts.rejected].map(|count| usize::try_from(count).unwrap());
        file(Kind::Hospital, name.trim_end_matches(".csv"), content, rows.into())
    };
    csvs.into_iter().map(file).collect()
}
