//! The rules of the central patient record, read once more over the raw CSVs, apart from the product: no code of it and no
//! catalog.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, date};

use crate::reading::{self, Judged, Line, Reading, Record, cell, needed};

/// A patient who stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patient {
    /// Full name.
    pub name: Option<String>,
    /// `M`, `F` or `Other`.
    pub gender: String,
    /// Date of birth.
    pub dob: Option<Date>,
    /// One of the eight groups.
    pub blood_group: Option<String>,
    /// City.
    pub city: Option<String>,
}

/// A doctor who stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doctor {
    /// Full name.
    pub name: Option<String>,
    /// Specialty.
    pub specialization: Option<String>,
    /// Hospital.
    pub hospital: Option<String>,
}

/// A visit that stands or waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// Who came.
    pub patient_id: String,
    /// Who was seen.
    pub doctor_id: String,
    /// Its day.
    pub visit_date: Option<Date>,
    /// Why.
    pub reason: Option<String>,
    /// Its kind.
    pub visit_type: Option<String>,
}

/// A lab report that stands or waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabReport {
    /// Its visit.
    pub visit_id: String,
    /// What was tested.
    pub test_type: Option<String>,
    /// What was found.
    pub result: Option<String>,
    /// Its day.
    pub report_date: Option<Date>,
}

/// The files that were dropped on a day, merged in the order of their drops. In whichever order datasets come, the same
/// rows stand.
#[derive(Debug, Clone)]
pub struct Records {
    as_of: Date,
    /// Patients by id.
    pub patients: BTreeMap<String, Patient>,
    /// Doctors by id.
    pub doctors: BTreeMap<String, Doctor>,
    visits: Versions<Visit>,
    lab_reports: Versions<LabReport>,
    /// What became of the files' rows.
    pub reading: Reading,
}

/// By id, what each file said of a row, one after another.
type Versions<T> = BTreeMap<String, Vec<T>>;

impl Records {
    /// Nothing, on this day.
    #[must_use]
    pub fn new(as_of: Date) -> Self {
        Self {
            as_of,
            patients: BTreeMap::new(),
            doctors: BTreeMap::new(),
            visits: BTreeMap::new(),
            lab_reports: BTreeMap::new(),
            reading: Reading::default(),
        }
    }

    /// Reads one more file, whose name begins with its dataset's.
    ///
    /// # Panics
    /// Where the file is none of the four kinds.
    #[expect(clippy::panic, reason = "a test's own file")]
    pub fn read(&mut self, name: &str, csv: &[u8]) {
        let as_of = self.as_of;
        match name {
            _ if name.starts_with("patients") => {
                let rows = self.reading.standing(name, csv, |record| patient(record, as_of));
                self.patients.extend(rows);
            }
            _ if name.starts_with("doctors") => {
                let rows = self.reading.standing(name, csv, doctor);
                self.doctors.extend(rows);
            }
            _ if name.starts_with("visits") => {
                let rows = self.reading.standing(name, csv, |record| visit(record, as_of));
                add(&mut self.visits, rows);
            }
            _ if name.starts_with("lab_reports") => {
                let rows = self.reading.standing(name, csv, |record| lab_report(record, as_of));
                add(&mut self.lab_reports, rows);
            }
            other => panic!("{other} is no file of the record"),
        }
    }

    fn stands(&self, visit: &Visit) -> bool {
        self.patients.contains_key(&visit.patient_id) && self.doctors.contains_key(&visit.doctor_id)
    }

    /// Visits whose patient and doctor are there, by id.
    #[must_use]
    pub fn visits(&self) -> BTreeMap<&str, &Visit> {
        standing(&self.visits, |visit| self.stands(visit))
    }

    /// Visits that wait, by id.
    #[must_use]
    pub fn held_visits(&self) -> BTreeSet<&str> {
        waiting(&self.visits, |visit| self.stands(visit))
    }

    /// Lab reports whose visit is there, by id.
    #[must_use]
    pub fn lab_reports(&self) -> BTreeMap<&str, &LabReport> {
        let visits = self.visits();
        standing(&self.lab_reports, |report| visits.contains_key(report.visit_id.as_str()))
    }

    /// Lab reports that wait, by id.
    #[must_use]
    pub fn held_lab_reports(&self) -> BTreeSet<&str> {
        let visits = self.visits();
        waiting(&self.lab_reports, |report| visits.contains_key(report.visit_id.as_str()))
    }

    /// The rows of the table of a dataset, sorted.
    #[must_use]
    pub fn table(&self, dataset: &str) -> Vec<Line> {
        let some = |text: &str| Some(text.to_owned());
        let day = |day: Option<Date>| day.map(|day| day.to_string());
        match dataset {
            "patients" => {
                let line = |(id, it): (&String, &Patient)| {
                    let Patient { name, gender, dob, blood_group, city } = it.clone();
                    vec![some(id), name, Some(gender), day(dob), blood_group, city]
                };
                self.patients.iter().map(line).collect()
            }
            "doctors" => {
                let line = |(id, it): (&String, &Doctor)| {
                    let Doctor { name, specialization, hospital } = it.clone();
                    vec![some(id), name, specialization, hospital]
                };
                self.doctors.iter().map(line).collect()
            }
            "visits" => {
                let line = |(id, it): (&str, &Visit)| {
                    let Visit { patient_id, doctor_id, visit_date, reason, visit_type } = it.clone();
                    vec![some(id), Some(patient_id), Some(doctor_id), day(visit_date), reason, visit_type]
                };
                self.visits().into_iter().map(line).collect()
            }
            _ => {
                let line = |(id, it): (&str, &LabReport)| {
                    let LabReport { visit_id, test_type, result, report_date } = it.clone();
                    vec![some(id), Some(visit_id), test_type, result, day(report_date)]
                };
                self.lab_reports().into_iter().map(line).collect()
            }
        }
    }
}

fn add<T>(versions: &mut Versions<T>, rows: BTreeMap<String, T>) {
    rows.into_iter().for_each(|(id, row)| versions.entry(id).or_default().push(row));
}

/// The latest row of each id that need not wait: while a corrected one waits, what it corrects stands.
fn standing<T>(versions: &Versions<T>, stands: impl Fn(&T) -> bool) -> BTreeMap<&str, &T> {
    versions
        .iter()
        .filter_map(|(id, rows)| Some((id.as_str(), rows.iter().rfind(|row| stands(row))?)))
        .collect()
}

/// The ids whose latest row waits.
fn waiting<T>(versions: &Versions<T>, stands: impl Fn(&T) -> bool) -> BTreeSet<&str> {
    let waits = |rows: &[T]| rows.last().is_some_and(|row| !stands(row));
    versions.iter().filter(|(_, rows)| waits(rows)).map(|(id, _)| id.as_str()).collect()
}

/// A day that is not behind `last`.
fn day(record: &Record, column: &'static str, last: Date) -> Result<Option<Date>, &'static str> {
    let Some(text) = cell(record, column) else { return Ok(None) };
    let day = reading::day(&text, &["%Y-%m-%d", "%m/%d/%Y"]).ok_or(column)?;
    if day > last { Err(column) } else { Ok(Some(day)) }
}

fn patient(record: &Record, as_of: Date) -> Judged<Patient> {
    let id = needed(record, "patient_id")?;
    let gender = match needed(record, "gender")?.trim_end_matches('.').to_lowercase().as_str() {
        "m" | "male" | "man" => "M",
        "f" | "female" | "woman" => "F",
        "other" | "non-binary" => "Other",
        _ => return Err("gender"),
    };
    let dob = day(record, "dob", as_of)?;
    if dob.is_some_and(|dob| dob < date(1900, 1, 1)) {
        return Err("dob");
    }
    let group = cell(record, "blood_group")
        .filter(|group| !["unknown", "n/a"].contains(&group.to_lowercase().as_str()));
    let blood_group = group.map(|group| blood_group(&group).ok_or("blood_group")).transpose()?;
    let patient = Patient {
        name: cell(record, "name"),
        gender: gender.to_owned(),
        dob,
        blood_group,
        city: cell(record, "city"),
    };
    Ok((id, patient))
}

/// The group, from letters and a sign that may be a word.
fn blood_group(written: &str) -> Option<String> {
    let written = written.to_uppercase().replace('0', "O");
    let letters: String = written.chars().take_while(|sign| "ABO".contains(*sign)).collect();
    let sign = match written.strip_prefix(&letters)?.trim() {
        "+" | "+VE" | "POSITIVE" => "+",
        "-" | "NEG" => "-",
        _ => return None,
    };
    ["A", "B", "AB", "O"].contains(&letters.as_str()).then(|| format!("{letters}{sign}"))
}

fn doctor(record: &Record) -> Judged<Doctor> {
    let id = needed(record, "doctor_id")?;
    Ok((
        id,
        Doctor {
            name: cell(record, "name"),
            specialization: cell(record, "specialization"),
            hospital: cell(record, "hospital"),
        },
    ))
}

fn visit(record: &Record, as_of: Date) -> Judged<Visit> {
    let id = needed(record, "visit_id")?;
    let visit = Visit {
        patient_id: needed(record, "patient_id")?,
        doctor_id: needed(record, "doctor_id")?,
        visit_date: day(record, "visit_date", as_of)?,
        reason: cell(record, "reason"),
        visit_type: cell(record, "visit_type"),
    };
    Ok((id, visit))
}

fn lab_report(record: &Record, as_of: Date) -> Judged<LabReport> {
    let id = needed(record, "report_id")?;
    let report = LabReport {
        visit_id: needed(record, "visit_id")?,
        test_type: cell(record, "test_type"),
        result: cell(record, "result"),
        report_date: day(record, "report_date", as_of)?,
    };
    Ok((id, report))
}
