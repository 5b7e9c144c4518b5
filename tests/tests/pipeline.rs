//! From a dropped file to tables, Parquet, findings and a mail: through S3, EventBridge, Step Functions, the four
//! functions and PostgreSQL as they run on one machine.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that cannot ask has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

use polars::prelude::{DataFrame, ParquetReader, SerReader as _};
use rounds_testkit::healthtech::{Breach, Clinic, Export, Fate};
use rounds_testkit::sheet;
use rounds_testkit::stack::{Run, Stack};
use rounds_tests::{
    assert_nothing_leaked, assert_same, assert_tables, assert_whole_until_end, clinic, doctors,
    drop_appointments, drop_doctors, findings,
};
use serde_json::{Value, json};
use tokio_postgres::Client;

#[tokio::test(flavor = "multi_thread")]
async fn every_row_of_two_workbooks_is_accounted_for() {
    let stack = Stack::shared().await;
    let database = stack.database().await;
    let clinic = clinic(1);
    let run = drop_doctors(&stack, &clinic).await;
    assert_accounted_for(&stack, &database, &run, "healthtech.doctors", &clinic.doctors).await;
    let run = drop_appointments(&stack, &clinic).await;
    assert_accounted_for(&stack, &database, &run, "healthtech.appointments", &clinic.appointments).await;
    assert_tables(&database, &clinic).await;

    // Each row's lineage: the number that a spreadsheet shows beside it.
    let lineage = database.query("SELECT booking_id, _row FROM healthtech.appointments", &[]).await.unwrap();
    let found: BTreeMap<i64, i64> = lineage.iter().map(|row| (row.get(0), row.get(1))).collect();
    let wanted = clinic.appointments.entries.iter().filter_map(|entry| match &entry.fate {
        Fate::Loaded(appointment) => Some((appointment.booking_id, i64::try_from(entry.row).unwrap())),
        _ => None,
    });
    assert_same("rows of appointments", &found, &wanted.collect());

    // Dates to the year 2355 and doctors nobody knows are kept and warned of; headers in between and the column of
    // notes are told.
    let batch = batch(&run);
    let warned = findings(&database, batch, "warn").await;
    let implausible = ("implausible_date".to_owned(), "booking_date".to_owned());
    let placeholders = ("unknown_reference".to_owned(), "doctor_id".to_owned());
    let wanted =
        [(implausible, clinic.appointments.implausible), (placeholders, clinic.unknown_references())];
    assert_same("warnings", &warned, &wanted.into());
    let noticed = findings(&database, batch, "info").await;
    let count = |rule: &str| noticed.get(&(rule.to_owned(), String::new())).copied().unwrap_or_default();
    assert_eq!(count("repeated_header"), clinic.appointments.repeated_headers);
    assert_eq!(count("unknown_column"), 1);
    assert_nothing_leaked(&stack);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_load_is_told_in_one_mail_and_in_clean_files() {
    let stack = Stack::shared().await;
    let clinic = clinic(2);
    let mails = stack.mails().len();
    drop_doctors(&stack, &clinic).await;
    assert_eq!(stack.mails().len(), mails, "doctors without appointments are no news");
    let run = drop_appointments(&stack, &clinic).await;
    let mails = stack.mails().split_off(mails);
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to, ["operations@clinic.example"]);
    let confirmed =
        clinic.appointments.loaded().filter(|appointment| appointment.status == "confirmed").count();
    assert!(mails[0].html.contains(&confirmed.to_string()), "the mail tells the confirmed appointments");
    for numbers in ["7770001234", "8880001234"] {
        assert!(!mails[0].html.contains(numbers), "patients and bookings stay out of the mail's text");
    }
    let (name, workbook) = &mails[0].attachments[0];
    assert!(name.ends_with(".xlsx"), "{name}");
    let book: Result<calamine::Xlsx<_>, _> = calamine::open_workbook_from_rs(Cursor::new(workbook.clone()));
    assert!(book.is_ok());

    let period = run.output["reports"][0]["period"].as_str().unwrap();
    let files = |report: &str| format!("reports/healthtech/{report}/{period}/{report}.csv");
    let text = stack.lake_object(&files("final_appointments")).await;
    let rows =
        csv::Reader::from_reader(text.as_slice()).into_deserialize::<(i64, i64, i32, String, String)>();
    let found = rows.map(|row| row.unwrap()).map(|row| (row.0, (row.1, row.2, row.3, row.4)));
    let wanted = clinic.appointments_table().into_values().map(|it| {
        (it.booking_id, (it.patient_id, it.doctor_id, it.booking_date.to_string(), it.status.to_owned()))
    });
    assert_same("final_appointments.csv", &found.collect(), &wanted.collect());

    let text = stack.lake_object(&files("final_doctors")).await;
    let rows = csv::Reader::from_reader(text.as_slice()).into_deserialize::<(i32, String, Option<String>)>();
    let found = rows.map(|row| row.unwrap()).map(|(number, name, specialty)| (number, (name, specialty)));
    let mut wanted = clinic.doctors_table();
    // No spreadsheet program may take a name for a formula.
    for (name, _) in wanted.values_mut().filter(|(name, _)| name.starts_with('=')) {
        name.insert(0, '\'');
    }
    assert_same("final_doctors.csv", &found.collect(), &wanted);
}

#[tokio::test(flavor = "multi_thread")]
async fn doctors_before_or_after_appointments_end_in_the_same_tables() {
    let clinic = clinic(3);
    let stack = Stack::shared().await;
    let database = stack.database().await;
    drop_appointments(&stack, &clinic).await;
    let known = doctors(&database).await;
    assert!(known.values().all(|(name, _)| name == "Unknown"), "placeholders until the doctors come");
    drop_doctors(&stack, &clinic).await;
    assert_tables(&database, &clinic).await;

    let stack = Stack::shared().await;
    let database = stack.database().await;
    drop_doctors(&stack, &clinic).await;
    drop_appointments(&stack, &clinic).await;
    assert_tables(&database, &clinic).await;
    assert_nothing_leaked(&stack);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_file_replaces_the_older_and_readers_see_one_or_the_other() {
    let stack = Stack::shared().await;
    let database = stack.database().await;
    let (older, newer) = (clinic(4), clinic(5));
    drop_doctors(&stack, &older).await;
    drop_appointments(&stack, &older).await;
    drop_doctors(&stack, &newer).await;
    let content = sheet::workbook(&newer.appointments.rows).unwrap();
    let arn = stack.put(rounds_tests::APPOINTMENTS, content).await;
    let run = assert_whole_until_end(&stack, &database, &arn, &older, &newer).await;
    assert_eq!(run.outcome(), "loaded");
    assert_tables(&database, &newer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_csv_ends_in_the_same_tables_as_the_workbook() {
    let stack = Stack::shared().await;
    let database = stack.database().await;
    let clinic = clinic(6);
    let csv = |rows| sheet::csv(rows).unwrap();
    let run = stack.drop_file("healthtech/doctors.csv", csv(&clinic.doctors.rows)).await;
    assert_accounted_for(&stack, &database, &run, "healthtech.doctors", &clinic.doctors).await;
    let run = stack.drop_file("healthtech/appointments.csv", csv(&clinic.appointments.rows)).await;
    assert_accounted_for(&stack, &database, &run, "healthtech.appointments", &clinic.appointments).await;
    assert_tables(&database, &clinic).await;
    assert_nothing_leaked(&stack);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workbook_of_two_datasets_and_a_sheet_of_notes_is_one_drop_and_two_loads() {
    let stack = Stack::shared().await;
    let database = stack.database().await;
    let clinic = clinic(8);
    let notes = [vec![sheet::text("CANARY-REMARK")]];
    let sheets: [(&str, &[sheet::Row]); 3] = [
        ("Termine", &clinic.appointments.rows),
        ("Notes", &notes),
        ("Ärzte & Ärztinnen", &clinic.doctors.rows),
    ];
    let mails = stack.mails().len();
    let run = stack.drop_file("healthtech/all.xlsx", sheet::workbook_of(&sheets).unwrap()).await;
    assert_eq!(run.outcome(), "loaded");
    let loads = run.output["loads"].as_array().unwrap();
    let datasets: BTreeSet<&str> = loads.iter().filter_map(|load| load["dataset"].as_str()).collect();
    assert_eq!(datasets, ["healthtech.appointments", "healthtech.doctors"].into());
    assert_tables(&database, &clinic).await;
    let sheets = "SELECT DISTINCT _sheet FROM healthtech.doctors WHERE _sheet IS NOT NULL";
    assert_eq!(database.query_one(sheets, &[]).await.unwrap().get::<_, &str>(0), "Ärzte & Ärztinnen");
    assert_eq!(stack.mails().len(), mails + 1, "one mail for both");
    assert_nothing_leaked(&stack);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dataset_in_two_sheets_is_one_batch_with_the_same_rows() {
    let stack = Stack::shared().await;
    let database = stack.database().await;
    let clinic = clinic(9);
    let rows = &clinic.appointments.rows;
    let (first, second) = rows.split_at(rows.len() / 2);
    // The header stands in the third row, below a title.
    let second: Vec<sheet::Row> = std::iter::once(&rows[2]).chain(second).cloned().collect();
    let sheets: [(&str, &[sheet::Row]); 2] = [("January to June", first), ("July to December", &second)];
    drop_doctors(&stack, &clinic).await;
    let run = stack.drop_file("healthtech/appointments.xlsx", sheet::workbook_of(&sheets).unwrap()).await;
    assert_eq!(run.outcome(), "loaded", "{}", run.output);
    let loads = run.output["loads"].as_array().unwrap();
    assert_eq!(loads.len(), 1);
    let counts =
        ["read", "loaded", "rejected", "superseded"].map(|name| loads[0]["counts"][name].as_u64().unwrap());
    let export = &clinic.appointments;
    let wanted = [export.entries.len(), export.loaded().count(), rejected(export).len(), export.superseded()];
    assert_eq!(counts, wanted.map(|count| count as u64));
    assert_tables(&database, &clinic).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_marker_is_ignored() {
    let stack = Stack::shared().await;
    assert_eq!(stack.drop_file("healthtech/2026/", Vec::new()).await.outcome(), "ignored");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_any_name_is_recognised_by_its_header() {
    let stack = Stack::shared().await;
    let database = stack.database().await;
    let clinic = clinic(7);
    let run = stack.drop_file("inbox/Mappe1 (2).xlsx", sheet::workbook(&clinic.doctors.rows).unwrap()).await;
    assert_accounted_for(&stack, &database, &run, "healthtech.doctors", &clinic.doctors).await;
    let run =
        stack.drop_file(Clinic::APPOINTMENTS_FILE, sheet::workbook(&clinic.appointments.rows).unwrap()).await;
    assert_accounted_for(&stack, &database, &run, "healthtech.appointments", &clinic.appointments).await;
    assert_tables(&database, &clinic).await;
}

fn batch(run: &Run) -> &str {
    run.output["loads"][0]["batch"].as_str().unwrap()
}

/// The run's only load: counts, findings, curated and rejected rows agree with the model, wherever they stand.
async fn assert_accounted_for<T>(
    stack: &Stack,
    database: &Client,
    run: &Run,
    dataset: &str,
    export: &Export<T>,
) {
    assert_eq!(run.outcome(), "loaded", "{}", run.output);
    assert_eq!(run.output["loads"].as_array().unwrap().len(), 1);
    let load = &run.output["loads"][0];
    assert_eq!(load["dataset"], dataset);
    let rejected = rejected(export);
    let counts = json!({
        "read": export.entries.len(),
        "loaded": export.loaded().count(),
        "rejected": rejected.len(),
        "superseded": export.superseded(),
        "held": 0,
    });
    assert_eq!(load["counts"], counts);

    let batch = batch(run);
    let ledger = "SELECT to_jsonb(b)::text FROM
                  (SELECT read, loaded, rejected, superseded, held FROM ops.batch WHERE batch = $1 AND dataset = $2) b";
    let row = database.query_one(ledger, &[&batch, &dataset]).await.unwrap();
    assert_eq!(serde_json::from_str::<Value>(row.get(0)).unwrap(), counts);
    let wanted = export.rejections().into_iter();
    let wanted = wanted.map(|(Breach { rule, column }, count)| ((rule.to_owned(), column.to_owned()), count));
    assert_same("rejections", &findings(database, batch, "reject").await, &wanted.collect());

    let folder = dataset.replace('.', "/");
    let curated = parquet(stack, &format!("lake/{folder}/batch={batch}/")).await;
    assert_eq!(curated.iter().map(DataFrame::height).sum::<usize>(), export.loaded().count());
    let kept = parquet(stack, &format!("rejects/{folder}/batch={batch}/")).await;
    assert_same("rejected rows", &kept.iter().flat_map(reasons).collect(), &rejected);
}

/// Row to column and rule of each rejected row, as the model has it.
fn rejected<T>(export: &Export<T>) -> BTreeMap<i64, (String, String)> {
    let breach = |fate: &Fate<T>| match fate {
        Fate::Rejected(breach) => Some((breach.column.to_owned(), breach.rule.to_owned())),
        _ => None,
    };
    let entries = export.entries.iter();
    entries.filter_map(|entry| Some((i64::try_from(entry.row).unwrap(), breach(&entry.fate)?))).collect()
}

/// Row to column and rule of each rejected row, as a Parquet file has it.
fn reasons(kept: &DataFrame) -> BTreeMap<i64, (String, String)> {
    let rows = kept.column("_row").unwrap().i64().unwrap();
    let [columns, rules] = ["column", "rule"].map(|name| kept.column(name).unwrap().str().unwrap());
    let reason = |place| (columns.get(place).unwrap().to_owned(), rules.get(place).unwrap().to_owned());
    (0..kept.height()).map(|place| (rows.get(place).unwrap(), reason(place))).collect()
}

async fn parquet(stack: &Stack, prefix: &str) -> Vec<DataFrame> {
    let mut frames = Vec::new();
    for key in stack.lake(prefix).await.into_iter().filter(|key| key.ends_with(".parquet")) {
        frames.push(ParquetReader::new(Cursor::new(stack.lake_object(&key).await)).finish().unwrap());
    }
    frames
}
