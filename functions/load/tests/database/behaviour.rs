//! What a load promises, against a real PostgreSQL.

use crate::clinic::{APPOINTMENTS, Clinic, DOCTORS, healthtech, relaxed};
use crate::lake::{Rows, appointments, column, doctors};
use rounds_shared::payload::{BatchCounts, LoadOutcome, Severity};

fn staff() -> Rows {
    doctors(&[(1, "Ada", Some("Cardiology")), (2, "Ben", None)])
}

/// Doctors 1 and 7; nobody knows 7.
fn bookings() -> Rows {
    appointments(&[
        (10, 100, 1, "2025-10-01", "confirmed"),
        (11, 101, 7, "2355-01-31", "cancelled"),
        (12, 102, 7, "1969-12-31", "confirmed"),
    ])
}

#[tokio::test]
async fn tables_are_what_the_specification_says() {
    let clinic = Clinic::new().await;
    clinic.bring(1, DOCTORS, &staff()).await;
    let columns = "
        SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns
        WHERE table_schema = 'healthtech' AND table_name IN ('doctors', 'appointments')
          AND column_name NOT LIKE '\\_%' ORDER BY table_name, ordinal_position";
    assert_eq!(
        clinic.rows(columns).await,
        [
            "(appointments,booking_id,bigint,NO)",
            "(appointments,patient_id,bigint,NO)",
            "(appointments,doctor_id,integer,NO)",
            "(appointments,booking_date,date,NO)",
            "(appointments,status,text,NO)",
            "(doctors,doctor_id,integer,NO)",
            "(doctors,name,text,NO)",
            "(doctors,specialty,text,YES)",
        ]
    );
    let constraints = "
        SELECT pg_get_constraintdef(oid) AS definition FROM pg_constraint
        WHERE connamespace = 'healthtech'::regnamespace AND contype IN ('p', 'f', 'c') ORDER BY 1";
    assert_eq!(
        clinic.rows(constraints).await,
        [
            "(\"CHECK ((status = ANY (ARRAY['confirmed'::text, 'cancelled'::text])))\")",
            "(\"FOREIGN KEY (doctor_id) REFERENCES healthtech.doctors(doctor_id)\")",
            "(\"PRIMARY KEY (booking_id)\")",
            "(\"PRIMARY KEY (doctor_id)\")",
        ]
    );
    let silent = "
        SELECT c.relname FROM pg_class c
        WHERE c.relnamespace IN ('ops'::regnamespace, 'healthtech'::regnamespace) AND c.relkind IN ('r', 'v')
          AND obj_description(c.oid, 'pg_class') IS NULL";
    assert_eq!(clinic.rows(silent).await, Vec::<String>::new(), "every table and view has a comment");
}

#[tokio::test]
async fn a_load_is_whole_and_accounted_for() {
    let clinic = Clinic::new().await;
    clinic.bring(1, DOCTORS, &staff()).await;
    let response = clinic.load(&clinic.drop(2, &[(APPOINTMENTS, &bookings())])).await;
    assert_eq!(
        clinic.tables().await,
        [
            "(1,Ada,Cardiology)",
            "(2,Ben,)",
            "(7,Unknown,Unknown)",
            "--",
            "(10,100,1,2025-10-01,confirmed)",
            "(11,101,7,2355-01-31,cancelled)",
            "(12,102,7,1969-12-31,confirmed)",
        ]
    );
    let [receipt] = response.loads.as_slice() else { panic!("one dataset, one receipt") };
    assert_eq!(receipt.counts, BatchCounts { read: 3, loaded: 3, ..BatchCounts::default() });
    let [finding] = receipt.findings.as_slice() else { panic!("one finding") };
    assert_eq!((finding.rule.as_str(), finding.column.as_deref()), ("unknown_reference", Some("doctor_id")));
    assert_eq!(
        (finding.severity, finding.count, finding.at.as_slice()),
        (Severity::Warn, 2, [3, 4].as_slice())
    );
    let lineage = "SELECT doctor_id, _file, _row FROM healthtech.doctors ORDER BY 1";
    assert_eq!(clinic.rows(lineage).await, ["(1,drop.xlsx,2)", "(2,drop.xlsx,3)", "(7,,)"]);
    assert_eq!(
        clinic.rows("SELECT dataset, rows FROM ops.freshness").await,
        ["(healthtech.appointments,3)", "(healthtech.doctors,2)"]
    );
    assert_eq!(
        clinic.rows("SELECT status, dataset, read, loaded FROM ops.run").await,
        ["(loaded,healthtech.appointments,3,3)", "(loaded,healthtech.doctors,2,2)"]
    );
    assert_eq!(
        clinic.rows("SELECT doctor_id, confirmed FROM healthtech.top_doctor").await,
        ["(1,1)", "(7,1)"],
        "the catalog's views are there"
    );
}

#[tokio::test]
async fn running_twice_changes_nothing() {
    let clinic = Clinic::new().await;
    let request = clinic.drop(1, &[(APPOINTMENTS, &bookings())]);
    let first = clinic.load(&request).await;
    let before = clinic.everything().await;
    let second = clinic.load(&request).await;
    assert_eq!(clinic.everything().await, before);
    assert_eq!((first.outcome, second.outcome), (LoadOutcome::Loaded, LoadOutcome::AlreadyLoaded));
    assert_eq!(first.loads[0].load, second.loads[0].load);
    assert_eq!(
        (&first.loads[0].counts, &first.loads[0].findings),
        (&second.loads[0].counts, &second.loads[0].findings)
    );
}

#[tokio::test]
async fn the_same_content_dropped_again_changes_no_row_and_holds_its_place_against_a_late_drop() {
    let clinic = Clinic::new().await;
    let other = appointments(&[(99, 1, 1, "2025-10-01", "confirmed")]);
    clinic.bring(1, APPOINTMENTS, &bookings()).await;
    let tables = clinic.rows("SELECT * FROM healthtech.appointments ORDER BY 1").await;
    assert_eq!(clinic.bring(3, APPOINTMENTS, &bookings()).await, LoadOutcome::AlreadyLoaded);
    assert_eq!(clinic.bring(2, APPOINTMENTS, &other).await, LoadOutcome::Overtaken);
    assert_eq!(clinic.rows("SELECT * FROM healthtech.appointments ORDER BY 1").await, tables);
    assert_eq!(
        clinic.rows("SELECT version, status FROM ops.drop ORDER BY 1").await,
        ["(v1,loaded)", "(v2,overtaken)", "(v3,already_loaded)"]
    );
}

#[tokio::test]
async fn a_late_older_drop_is_overtaken_and_its_rows_count_as_superseded() {
    let clinic = Clinic::new().await;
    let newer = appointments(&[(99, 1, 1, "2025-10-01", "confirmed")]);
    clinic.bring(2, APPOINTMENTS, &newer).await;
    let tables = clinic.tables().await;
    let late = clinic.load(&clinic.drop(1, &[(APPOINTMENTS, &bookings())])).await;
    assert_eq!(late.outcome, LoadOutcome::Overtaken);
    assert_eq!(late.loads[0].counts, BatchCounts { read: 3, superseded: 3, ..BatchCounts::default() });
    assert_eq!(clinic.tables().await, tables);
}

#[tokio::test]
async fn older_content_dropped_anew_goes_back_and_an_old_event_does_not() {
    let clinic = Clinic::new().await;
    let newer = appointments(&[(99, 1, 1, "2025-10-01", "confirmed")]);
    let first = clinic.drop(1, &[(APPOINTMENTS, &bookings())]);
    clinic.load(&first).await;
    let older = clinic.tables().await;
    clinic.bring(2, APPOINTMENTS, &newer).await;
    let tables = clinic.tables().await;
    assert_eq!(clinic.load(&first).await.outcome, LoadOutcome::AlreadyLoaded, "a redelivered event");
    assert_eq!(clinic.tables().await, tables);
    assert_eq!(clinic.bring(3, APPOINTMENTS, &bookings()).await, LoadOutcome::Loaded);
    assert_eq!(clinic.tables().await, older);
}

#[tokio::test]
async fn a_replaced_table_keeps_unchanged_rows_untouched() {
    let clinic = Clinic::new().await;
    clinic.bring(1, DOCTORS, &doctors(&[(1, "Ada", None), (2, "Ben", None), (3, "Cleo", None)])).await;
    clinic.bring(2, DOCTORS, &doctors(&[(2, "Benn", None), (1, "Ada", None), (4, "Dee", None)])).await;
    let lineage = "
        SELECT doctor_id, name, _row, l.load
        FROM healthtech.doctors d JOIN ops.load l ON l.batch = d._batch ORDER BY 1";
    assert_eq!(clinic.rows(lineage).await, ["(1,Ada,2,1)", "(2,Benn,2,2)", "(4,Dee,4,2)"]);
}

#[tokio::test]
async fn doctors_after_appointments_are_doctors_before_appointments() {
    let (before, after) = (Clinic::new().await, Clinic::new().await);
    before.bring(1, DOCTORS, &staff()).await;
    before.bring(2, APPOINTMENTS, &bookings()).await;
    after.bring(1, APPOINTMENTS, &bookings()).await;
    after.bring(2, DOCTORS, &staff()).await;
    assert_eq!(before.tables().await, after.tables().await);

    // Nobody is booked with 7 any more: its placeholder goes.
    let later = appointments(&[(10, 100, 1, "2025-10-01", "confirmed")]);
    before.bring(3, APPOINTMENTS, &later).await;
    assert_eq!(
        before.tables().await,
        ["(1,Ada,Cardiology)", "(2,Ben,)", "--", "(10,100,1,2025-10-01,confirmed)"]
    );
}

#[tokio::test]
async fn a_doctor_who_left_the_file_stays_as_a_placeholder_while_booked() {
    let (one, other) = (Clinic::new().await, Clinic::new().await);
    let fewer = doctors(&[(2, "Ben", None)]);
    one.bring(1, DOCTORS, &staff()).await;
    one.bring(2, APPOINTMENTS, &bookings()).await;
    one.bring(3, DOCTORS, &fewer).await;
    other.bring(1, DOCTORS, &staff()).await;
    other.bring(3, DOCTORS, &fewer).await;
    other.bring(4, APPOINTMENTS, &bookings()).await;
    assert_eq!(one.tables().await, other.tables().await);
    assert_eq!(one.tables().await[..3], ["(1,Unknown,Unknown)", "(2,Ben,)", "(7,Unknown,Unknown)"]);

    // A doctor who really is called Unknown takes the placeholder's place, lineage and all.
    one.bring(5, DOCTORS, &doctors(&[(7, "Unknown", Some("Unknown"))])).await;
    let lineage = "SELECT doctor_id, _row FROM healthtech.doctors ORDER BY 1";
    assert_eq!(one.rows(lineage).await, ["(1,)", "(7,2)"]);
}

#[tokio::test]
async fn several_datasets_of_a_file_are_loaded_together() {
    let clinic = Clinic::new().await;
    let both = clinic.drop(1, &[(APPOINTMENTS, &bookings()), (DOCTORS, &staff())]);
    let response = clinic.load(&both).await;
    let datasets: Vec<&str> = response.loads.iter().map(|load| load.load.dataset.as_str()).collect();
    assert_eq!(datasets, [DOCTORS, APPOINTMENTS], "parents first");
    assert_eq!(clinic.rows("SELECT DISTINCT xmin::text FROM ops.load").await.len(), 1, "one transaction");
}

#[tokio::test]
async fn a_key_of_several_parts_stands_once_as_the_contract_says() {
    let clinic = Clinic::new().await;
    let january = appointments(&[(1, 5, 1, "2025-01-31", "confirmed"), (2, 5, 1, "2025-01-01", "confirmed")]);
    let february =
        appointments(&[(1, 6, 1, "2025-01-30", "cancelled"), (2, 6, 1, "2025-01-01", "cancelled")]);
    let request = clinic.drop(1, &[(APPOINTMENTS, &january), (APPOINTMENTS, &february)]);
    let response = clinic.load(&request).await;
    assert_eq!(
        response.loads[0].counts,
        BatchCounts { read: 4, loaded: 2, superseded: 2, ..BatchCounts::default() }
    );
    assert_eq!(
        clinic.rows("SELECT booking_id, patient_id FROM healthtech.appointments ORDER BY 1").await,
        ["(1,6)", "(2,5)"],
        "the earliest booking date, then the first part"
    );
    assert_eq!(response.loads[0].findings[0].rule, "superseded");
}

#[tokio::test]
async fn a_merge_keeps_rows_that_the_file_lacks() {
    let clinic = Clinic::changed("healthtech/doctors.toml", "\"replace\"", "\"merge\"").await;
    clinic.bring(1, DOCTORS, &staff()).await;
    clinic.bring(2, DOCTORS, &doctors(&[(2, "Benn", None), (3, "Cleo", None)])).await;
    assert_eq!(clinic.tables().await, ["(1,Ada,Cardiology)", "(2,Benn,)", "(3,Cleo,)", "--"]);
}

#[tokio::test]
async fn a_column_that_the_contract_gains_is_added_and_filled() {
    let mut clinic = Clinic::new().await;
    clinic.bring(1, DOCTORS, &staff()).await;
    let mut files = healthtech();
    files.0.get_mut("healthtech/doctors.toml").unwrap().push_str("room = { type = \"text\" }\n");
    clinic.catalog = relaxed(&files);
    let mut wider = doctors(&[(1, "Ada", None), (2, "Ben", None)]);
    wider.0.push(column("room", vec![Some("B12"), None]));
    clinic.bring(2, DOCTORS, &wider).await;
    assert_eq!(
        clinic.rows("SELECT doctor_id, name, room FROM healthtech.doctors ORDER BY 1").await,
        ["(1,Ada,B12)", "(2,Ben,)"]
    );
    let changes = "
        SELECT unnest(changes) FROM ops.schema_change WHERE subject = 'catalog' AND change =
            (SELECT max(change) FROM ops.schema_change)";
    assert_eq!(
        clinic.rows(changes).await,
        ["(\"ALTER TABLE \"\"healthtech\"\".\"\"doctors\"\" ADD COLUMN \"\"room\"\" text\")"]
    );
}

#[tokio::test]
async fn every_row_of_a_large_batch_arrives() {
    let clinic = Clinic::new().await;
    let ids: Vec<i32> = (0..150_000).collect();
    let names: Vec<String> = ids.iter().map(|id| format!("Doctor {id}")).collect();
    let many = Rows(vec![
        column("doctor_id", ids.clone()),
        column("name", names),
        column("specialty", vec![None::<&str>; ids.len()]),
    ]);
    let sha256 = "f".repeat(64);
    let mut request = clinic.drop(1, &[(DOCTORS, &staff())]);
    let batch = clinic.catalog.dataset(DOCTORS).unwrap().batch(&sha256, &request.drop.key);
    request.file.sha256 = sha256;
    request.parts = vec![clinic.lake.part(DOCTORS, &batch, 0, &many, 140_000, 3)];
    let response = clinic.load(&request).await;
    assert_eq!(
        response.loads[0].counts,
        BatchCounts { read: 150_003, loaded: 150_000, rejected: 3, ..BatchCounts::default() }
    );
    let sum = "SELECT count(*), sum(doctor_id), count(DISTINCT name), max(_row) FROM healthtech.doctors";
    assert_eq!(clinic.rows(sum).await, ["(150000,11249925000,150000,150001)"]);
}
