//! The rules of the central patient record, read once more over the raw CSVs, apart from the product: no code of it and no
//! catalog.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, date};

/// A row of a result: values as text, none for null.
pub type Line = Vec<Option<String>>;

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

/// What became of a file's rows, but for those that wait.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows below the header.
    pub read: u64,
    /// Rows that break a rule.
    pub rejected: u64,
    /// Rows with the id of a later one.
    pub superseded: u64,
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
    counts: BTreeMap<String, Counts>,
    /// The rules that rows break: `file column`.
    pub broken: BTreeSet<String>,
}

/// By id, what each file said of a row, one after another.
type Versions<T> = BTreeMap<String, Vec<T>>;

/// A row, or the column that breaks a rule.
type Judged<T> = Result<(String, T), &'static str>;

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
            counts: BTreeMap::new(),
            broken: BTreeSet::new(),
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
                let rows = self.standing(name, csv, |cells| patient(cells, as_of));
                self.patients.extend(rows);
            }
            _ if name.starts_with("doctors") => {
                let rows = self.standing(name, csv, doctor);
                self.doctors.extend(rows);
            }
            _ if name.starts_with("visits") => {
                let rows = self.standing(name, csv, |cells| visit(cells, as_of));
                add(&mut self.visits, rows);
            }
            _ if name.starts_with("lab_reports") => {
                let rows = self.standing(name, csv, |cells| lab_report(cells, as_of));
                add(&mut self.lab_reports, rows);
            }
            other => panic!("{other} is no file of the record"),
        }
    }

    /// The rows of a file that stand against the others of it, by id.
    fn standing<T>(
        &mut self,
        name: &str,
        csv: &[u8],
        judge: impl Fn(&[Option<String>]) -> Judged<T>,
    ) -> BTreeMap<String, T> {
        let (mut rows, mut counts) = (BTreeMap::new(), Counts::default());
        for record in csv::Reader::from_reader(csv).into_records().flatten() {
            let cells: Vec<Option<String>> = record.iter().map(value).collect();
            counts.read += 1;
            match judge(&cells) {
                Ok((id, row)) => counts.superseded += u64::from(rows.insert(id, row).is_some()),
                Err(column) => {
                    counts.rejected += 1;
                    self.broken.insert(format!("{name} {column}"));
                }
            }
        }
        self.counts.insert(name.to_owned(), counts);
        rows
    }

    /// What became of a file's rows.
    #[must_use]
    pub fn counts(&self, name: &str) -> Counts {
        self.counts.get(name).copied().unwrap_or_default()
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

/// A cell's text; none where it is blank.
fn value(cell: &str) -> Option<String> {
    Some(cell.trim()).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn cell(cells: &[Option<String>], place: usize) -> Option<String> {
    cells.get(place).cloned().flatten()
}

fn needed(cells: &[Option<String>], place: usize, column: &'static str) -> Result<String, &'static str> {
    cell(cells, place).ok_or(column)
}

/// A day that is not behind `last`.
fn day(
    cells: &[Option<String>],
    place: usize,
    column: &'static str,
    last: Date,
) -> Result<Option<Date>, &'static str> {
    let Some(text) = cell(cells, place) else { return Ok(None) };
    let day = text.parse().or_else(|_| Date::strptime("%m/%d/%Y", &text)).map_err(|_| column)?;
    if day > last { Err(column) } else { Ok(Some(day)) }
}

fn patient(cells: &[Option<String>], as_of: Date) -> Judged<Patient> {
    let id = needed(cells, 0, "patient_id")?;
    let gender = match needed(cells, 2, "gender")?.trim_end_matches('.').to_lowercase().as_str() {
        "m" | "male" | "man" => "M",
        "f" | "female" | "woman" => "F",
        "other" | "non-binary" => "Other",
        _ => return Err("gender"),
    };
    let dob = day(cells, 3, "dob", as_of)?;
    if dob.is_some_and(|dob| dob < date(1900, 1, 1)) {
        return Err("dob");
    }
    let group = cell(cells, 4).filter(|group| !["unknown", "n/a"].contains(&group.to_lowercase().as_str()));
    let blood_group = group.map(|group| blood_group(&group).ok_or("blood_group")).transpose()?;
    let patient =
        Patient { name: cell(cells, 1), gender: gender.to_owned(), dob, blood_group, city: cell(cells, 5) };
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

fn doctor(cells: &[Option<String>]) -> Judged<Doctor> {
    let id = needed(cells, 0, "doctor_id")?;
    Ok((id, Doctor { name: cell(cells, 1), specialization: cell(cells, 2), hospital: cell(cells, 3) }))
}

fn visit(cells: &[Option<String>], as_of: Date) -> Judged<Visit> {
    let id = needed(cells, 0, "visit_id")?;
    let visit = Visit {
        patient_id: needed(cells, 1, "patient_id")?,
        doctor_id: needed(cells, 2, "doctor_id")?,
        visit_date: day(cells, 3, "visit_date", as_of)?,
        reason: cell(cells, 4),
        visit_type: cell(cells, 5),
    };
    Ok((id, visit))
}

fn lab_report(cells: &[Option<String>], as_of: Date) -> Judged<LabReport> {
    let id = needed(cells, 0, "report_id")?;
    let report = LabReport {
        visit_id: needed(cells, 1, "visit_id")?,
        test_type: cell(cells, 2),
        result: cell(cells, 3),
        report_date: day(cells, 4, "report_date", as_of)?,
    };
    Ok((id, report))
}
