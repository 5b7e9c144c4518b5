//! The rules of the hospital's exports, read once more over the raw CSVs, apart from the product: no code of it and no
//! catalog.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, DateTime, Time};

use crate::reading::{self, Judged, Line, Reading, Record, cell, needed};

/// A patient who stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patient {
    /// Full name.
    pub name: Option<String>,
    /// Mail address as it was written; it may be half of one.
    pub email: Option<String>,
    /// Telephone as it was written; it may lack the country code.
    pub phone: Option<String>,
    /// `email`, `sms` or `chat`.
    pub preferred_channel: Option<String>,
}

/// A doctor who stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doctor {
    /// Full name.
    pub name: Option<String>,
    /// Mail address.
    pub email: Option<String>,
    /// Whether the doctor works here now.
    pub is_active: Option<bool>,
}

/// An appointment that stands or waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appointment {
    /// Who comes.
    pub patient_id: String,
    /// Who is seen.
    pub doctor_id: String,
    /// Its day.
    pub date: Date,
    /// Its time of day.
    pub time: Option<Time>,
    /// `booked`, `completed`, `cancelled` or `no_show`.
    pub status: String,
    /// Its kind.
    pub visit_type: Option<String>,
}

/// A treatment that stands or waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Treatment {
    /// Its appointment.
    pub appointment_id: String,
    /// When it was written down.
    pub created_at: Option<DateTime>,
    /// Symptoms, diagnosis, treatment, prescription, notes.
    pub texts: [Option<String>; 5],
    /// When the patient should come again.
    pub next_visit: Option<Date>,
}

/// The files that were dropped, merged in the order of their drops. In whichever order datasets come, the same rows
/// stand.
#[derive(Debug, Clone, Default)]
pub struct Hospital {
    /// Patients by id.
    pub patients: BTreeMap<String, Patient>,
    /// Doctors by id.
    pub doctors: BTreeMap<String, Doctor>,
    appointments: BTreeMap<String, Appointment>,
    treatments: BTreeMap<String, Treatment>,
    /// What became of the files' rows.
    pub reading: Reading,
}

impl Hospital {
    /// What a correct load makes of these files.
    ///
    /// # Panics
    /// See [`Hospital::read`].
    #[must_use]
    pub fn of(csvs: &[(&str, Vec<u8>)]) -> Self {
        let mut hospital = Self::default();
        for (name, csv) in csvs {
            hospital.read(name, csv);
        }
        hospital
    }

    /// Reads one more file, whose name begins with its dataset's.
    ///
    /// # Panics
    /// Where the file is none of the four kinds.
    #[expect(clippy::panic, reason = "a test's own file")]
    pub fn read(&mut self, name: &str, csv: &[u8]) {
        match name {
            _ if name.starts_with("patients") => {
                let rows = self.reading.standing(name, csv, patient);
                self.patients.extend(rows);
            }
            _ if name.starts_with("doctors") => {
                let rows = self.reading.standing(name, csv, doctor);
                self.doctors.extend(rows);
            }
            _ if name.starts_with("appointments") => {
                let rows = self.reading.standing(name, csv, appointment);
                self.appointments.extend(rows);
            }
            _ if name.starts_with("treatments") => {
                let rows = self.reading.standing(name, csv, treatment);
                self.treatments.extend(rows);
            }
            other => panic!("{other} is no file of the hospital"),
        }
    }

    fn stands(&self, visit: &Appointment) -> bool {
        self.patients.contains_key(&visit.patient_id) && self.doctors.contains_key(&visit.doctor_id)
    }

    /// Appointments whose patient and doctor are there, by id.
    #[must_use]
    pub fn appointments(&self) -> BTreeMap<&str, &Appointment> {
        let there = self.appointments.iter().filter(|(_, visit)| self.stands(visit));
        there.map(|(id, visit)| (id.as_str(), visit)).collect()
    }

    /// Appointments that wait, by id.
    #[must_use]
    pub fn held_appointments(&self) -> BTreeSet<&str> {
        self.appointments.iter().filter(|(_, visit)| !self.stands(visit)).map(|(id, _)| id.as_str()).collect()
    }

    /// Treatments whose appointment is there, by id.
    #[must_use]
    pub fn treatments(&self) -> BTreeMap<&str, &Treatment> {
        let appointments = self.appointments();
        let there = |treatment: &Treatment| appointments.contains_key(treatment.appointment_id.as_str());
        let standing = self.treatments.iter().filter(|(_, treatment)| there(treatment));
        standing.map(|(id, treatment)| (id.as_str(), treatment)).collect()
    }

    /// Treatments that wait, by id.
    #[must_use]
    pub fn held_treatments(&self) -> BTreeSet<&str> {
        let there = self.treatments();
        self.treatments.keys().map(String::as_str).filter(|id| !there.contains_key(id)).collect()
    }

    /// The rows of the table of a dataset, sorted, columns in the contract's order.
    #[must_use]
    pub fn table(&self, dataset: &str) -> Vec<Line> {
        match dataset {
            "patients" => {
                let line = |(id, it): (&String, &Patient)| {
                    let Patient { name, email, phone, preferred_channel } = it.clone();
                    vec![Some(id.clone()), name, email, phone, preferred_channel]
                };
                self.patients.iter().map(line).collect()
            }
            "doctors" => {
                let line = |(id, it): (&String, &Doctor)| {
                    let Doctor { name, email, is_active } = it.clone();
                    let is_active = is_active.map(|yes| if yes { "t" } else { "f" }.to_owned());
                    vec![Some(id.clone()), name, email, is_active]
                };
                self.doctors.iter().map(line).collect()
            }
            "appointments" => {
                let line = |(id, it): (&str, &Appointment)| {
                    let Appointment { patient_id, doctor_id, date, time, status, visit_type } = it.clone();
                    let (day, time) = (Some(date.to_string()), time.map(|time| time.to_string()));
                    let id = Some(id.to_owned());
                    vec![id, Some(patient_id), Some(doctor_id), day, time, Some(status), visit_type]
                };
                self.appointments().into_iter().map(line).collect()
            }
            _ => {
                let line = |(id, it): (&str, &Treatment)| {
                    let Treatment { appointment_id, created_at, texts, next_visit } = it.clone();
                    let created_at = created_at.map(|at| at.strftime("%Y-%m-%d %H:%M:%S").to_string());
                    let mut line = vec![Some(id.to_owned()), Some(appointment_id), created_at];
                    line.extend(texts);
                    line.push(next_visit.map(|day| day.to_string()));
                    line
                };
                self.treatments().into_iter().map(line).collect()
            }
        }
    }
}

/// A word as it is compared.
fn word(text: &str) -> String {
    text.trim_end_matches('.').to_lowercase()
}

fn day(text: &str) -> Option<Date> {
    reading::day(text, &["%Y-%m-%d", "%m/%d/%Y", "%Y/%m/%d"])
}

fn clock(text: &str) -> Option<Time> {
    let formats = ["%H:%M:%S", "%H:%M", "%I:%M %p"];
    formats.iter().find_map(|format| Time::strptime(format, text).ok())
}

fn moment(text: &str) -> Option<DateTime> {
    let text = text.replacen('T', " ", 1);
    let formats = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"];
    let moment = formats.iter().find_map(|format| DateTime::strptime(format, &text).ok());
    moment.or_else(|| Some(day(&text)?.at(0, 0, 0, 0)))
}

fn patient(record: &Record) -> Judged<Patient> {
    let id = needed(record, "patient_id")?;
    let address = |column| cell(record, column).filter(|text| !["n/a", "none", "-"].contains(&text.as_str()));
    let channel = match word(&cell(record, "preferred_channel").unwrap_or_default()).as_str() {
        "email" | "e-mail" | "mail" => Some("email"),
        "sms" | "text" | "phone" | "mobile" => Some("sms"),
        "chat" | "google chat" | "gchat" => Some("chat"),
        _ => None,
    };
    let preferred_channel = channel.map(str::to_owned);
    Ok((
        id,
        Patient {
            name: cell(record, "name"),
            email: address("email"),
            phone: address("phone"),
            preferred_channel,
        },
    ))
}

fn doctor(record: &Record) -> Judged<Doctor> {
    let id = needed(record, "doctor_id")?;
    let is_active = match cell(record, "is_active").map(|text| text.to_lowercase()).as_deref() {
        None => None,
        Some("yes" | "y" | "true" | "t" | "on" | "1") => Some(true),
        Some("no" | "n" | "false" | "f" | "off" | "0") => Some(false),
        Some(_) => return Err("is_active"),
    };
    Ok((id, Doctor { name: cell(record, "name"), email: cell(record, "email"), is_active }))
}

fn appointment(record: &Record) -> Judged<Appointment> {
    let id = needed(record, "appointment_id")?;
    let patient_id = needed(record, "patient_id")?;
    let doctor_id = needed(record, "doctor_id")?;
    let date = day(&needed(record, "appointment_date")?).ok_or("appointment_date")?;
    let time =
        cell(record, "appointment_time").map(|text| clock(&text).ok_or("appointment_time")).transpose()?;
    let status = match word(&needed(record, "status")?).as_str() {
        "booked" | "scheduled" | "confirmed" => "booked",
        "completed" | "complete" | "done" => "completed",
        "cancelled" | "canceled" => "cancelled",
        "no_show" | "no show" | "no-show" | "noshow" => "no_show",
        _ => return Err("status"),
    };
    let (status, visit_type) = (status.to_owned(), cell(record, "visit_type"));
    Ok((id, Appointment { patient_id, doctor_id, date, time, status, visit_type }))
}

fn treatment(record: &Record) -> Judged<Treatment> {
    let id = needed(record, "treatment_id")?;
    let appointment_id = needed(record, "appointment_id")?;
    let created_at = cell(record, "created_at").map(|text| moment(&text).ok_or("created_at")).transpose()?;
    let columns = ["symptoms", "diagnosis", "treatment", "prescription", "notes"];
    let texts = columns.map(|column| cell(record, column));
    let next_visit = cell(record, "next_visit").and_then(|text| day(&text));
    Ok((id, Treatment { appointment_id, created_at, texts, next_visit }))
}
