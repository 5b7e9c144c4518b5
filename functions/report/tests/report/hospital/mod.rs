//! The hospital's reports over made-up rows in a real PostgreSQL, against plain loops over the same rows.

mod monthly;
mod periods;
mod quarterly;
mod stats;

use std::collections::BTreeSet;
use std::io::Cursor;
use std::sync::Arc;

use calamine::{Reader as _, Xlsx};
use jiff::civil::Date;
use rounds_report::letters::share::Shares;
use rounds_report::post::mail::Letter;
use rounds_report::query::table::Table;
use rounds_shared::catalog::Catalog;
use rounds_shared::schema;
use rounds_testkit::hospital::rules::{Appointment, Hospital, Treatment};
use rounds_testkit::hospital::{Files, Options};
use rounds_testkit::postgres::Postgres;
use tokio_postgres::Client;

use crate::clinic;
use crate::letters::Desk;

/// A hospital whose rows stand in a database, each patient and treatment with a name that nobody else has.
struct Ward {
    hospital: Hospital,
    catalog: Catalog,
    client: Client,
    _postgres: Postgres,
}

impl Ward {
    async fn on(as_of: Date) -> Self {
        let options = Options { appointments: 3_000, ..Options::small(as_of) };
        let csvs = Files::synthesize(&options).csvs().unwrap();
        let ward = Self::of(Hospital::of(&csvs[..4])).await;
        let names = "UPDATE hospital.patients SET name = 'Patient-' || patient_id;
                     UPDATE hospital.treatments SET diagnosis = 'Diagnosis-' || treatment_id";
        ward.client.batch_execute(names).await.unwrap();
        ward
    }

    async fn of(hospital: Hospital) -> Self {
        let catalog = Catalog::open(None).unwrap();
        let postgres = crate::ledger().await;
        let mut client = postgres.connect("report").await;
        schema::apply(&mut client, &catalog).await.unwrap();
        for table in ["patients", "doctors", "appointments", "treatments"] {
            let dataset = catalog.dataset(&format!("hospital.{table}")).unwrap();
            let names: Vec<&str> = dataset.columns.iter().map(|column| column.name.as_str()).collect();
            let row = |line: Vec<Option<String>>| {
                names
                    .iter()
                    .map(|name| (*name).to_owned())
                    .zip(line)
                    .collect::<std::collections::BTreeMap<_, _>>()
            };
            let rows: Vec<_> = hospital.table(table).into_iter().map(row).collect();
            let names = names.join(", ");
            let insert = format!(
                "INSERT INTO hospital.{table} ({names})
                 SELECT {names} FROM json_populate_recordset(NULL::hospital.{table}, $1::text::json)"
            );
            client.execute(&insert, &[&serde_json::to_string(&rows).unwrap()]).await.unwrap();
        }
        Self { hospital, catalog, client, _postgres: postgres }
    }

    /// The letters of a report on a day, by their recipients, and how many have none.
    async fn letters(&mut self, name: &str, as_of: Date) -> (Vec<(String, Arc<Letter>)>, usize) {
        let due = clinic::due(&self.catalog, name, as_of);
        let snapshot = clinic::snapshot(&mut self.client, &self.catalog, &due).await;
        let snapshot = snapshot.map_err(|reason| reason.to_string()).unwrap();
        let Shares { shares, unaddressed, .. } = Shares::of(due.report, snapshot).ok().unwrap();
        let desk = Desk::new(&self.catalog).await;
        let writer = desk.writer(&due, "");
        let mut letters = Vec::new();
        for share in shares {
            let to = share.recipient.clone().map(|recipient| recipient.address).unwrap_or_default();
            let letter = writer.write(&self.client, share, None, true).await;
            letters.push((to, letter.map_err(|reason| reason.to_string()).unwrap().unwrap()));
        }
        (letters, unaddressed.len())
    }

    /// A doctor's appointments within these days, by id.
    fn appointments(&self, doctor: &str, days: [Date; 2]) -> Vec<(&str, &Appointment)> {
        let mut own = Vec::new();
        for (id, visit) in self.hospital.appointments() {
            if visit.doctor_id == doctor && (days[0]..=days[1]).contains(&visit.date) {
                own.push((id, visit));
            }
        }
        own
    }

    /// A doctor's treatments within these days, by id, each with its day and its appointment.
    fn treatments(&self, doctor: &str, days: [Date; 2]) -> Vec<(&str, &Treatment, Date, &Appointment)> {
        let appointments = self.hospital.appointments();
        let mut own = Vec::new();
        for (id, treatment) in self.hospital.treatments() {
            let visit = appointments[treatment.appointment_id.as_str()];
            let day = treatment.created_at.map_or(visit.date, |moment| moment.date());
            if visit.doctor_id == doctor && (days[0]..=days[1]).contains(&day) {
                own.push((id, treatment, day, visit));
            }
        }
        own
    }
}

/// How many of these appointments have a status.
fn with(appointments: &[(&str, &Appointment)], status: &str) -> usize {
    appointments.iter().filter(|(_, visit)| visit.status == status).count()
}

/// How many patients these appointments have.
fn patients(appointments: &[(&str, &Appointment)]) -> usize {
    appointments.iter().map(|(_, visit)| visit.patient_id.as_str()).collect::<BTreeSet<_>>().len()
}

/// The words of a text that begin like this.
fn words(text: &str, beginning: &str) -> BTreeSet<String> {
    let is_between = |c: char| !(c.is_alphanumeric() || c == '-');
    text.split(is_between).filter(|word| word.starts_with(beginning)).map(str::to_owned).collect()
}

/// The rows of a sheet below its header, cells as text.
fn sheet(letter: &Letter, name: &str) -> Vec<Vec<String>> {
    let mut workbook = Xlsx::new(Cursor::new(letter.attachments[0].content.clone())).unwrap();
    let sheet = workbook.worksheet_range(name).unwrap();
    sheet.rows().skip(1).map(|row| row.iter().map(ToString::to_string).collect()).collect()
}

/// A table's rows, as machines write the values of these columns.
fn rows(table: &Table, columns: &[&str]) -> Vec<String> {
    let columns: Vec<Vec<String>> = columns.iter().map(|name| clinic::column(table, name)).collect();
    let row = |at: usize| columns.iter().map(|column| column[at].as_str()).collect::<Vec<_>>().join(" | ");
    (0..table.rows.len()).map(row).collect()
}
