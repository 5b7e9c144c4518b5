//! What holds when loads collide, break off or are told wrong things.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::clinic::{APPOINTMENTS, Clinic, DOCTORS, drop_at, healthtech, relaxed, shuffled_twice};
use crate::lake::{Meddled, Rows, appointments, doctors};
use rounds_load::curated::Objects;
use rounds_shared::failure::{Class, Failure as _, Name};
use rounds_shared::ledger::{self, DropStatus, Unloaded};
use rounds_shared::payload::{LoadOutcome, SettledStatus};
use tokio_postgres::Client;

/// Many bookings with one patient, so that a mixture of two files shows.
fn bookings_of(patient: i64) -> Rows {
    let rows: Vec<_> = (0..3_000)
        .map(|id| (id + patient, patient, i32::try_from(id % 7).unwrap(), "2025-10-01", "confirmed"))
        .collect();
    appointments(&rows)
}

/// Holds nothing of a load that broke off.
async fn assert_clean(clinic: &Clinic) {
    assert_eq!(clinic.tables().await, ["--"]);
    assert_eq!(clinic.rows("SELECT batch FROM ops.batch").await, Vec::<String>::new());
    let left = "
        SELECT 'lock' FROM pg_locks WHERE locktype = 'advisory'
        UNION ALL SELECT 'table' FROM pg_class WHERE relname LIKE 'staged%'";
    // The server tells the client before it has cleaned up.
    let deadline = Instant::now() + Duration::from_secs(10);
    while !clinic.rows(left).await.is_empty() {
        assert!(Instant::now() < deadline, "locks or temporary tables stay behind");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_connection_cut_in_copy_leaves_nothing_and_the_next_run_loads() {
    let clinic = Clinic::new().await;
    let many: Vec<_> = (0..20_000).map(|id| (id, "Name", None)).collect();
    let request = clinic.drop(1, &[(DOCTORS, &doctors(&many))]);
    let (lake, admin) = (&clinic.lake, &clinic.postgres.connect("admin").await);
    let get = |key: String| async move {
        // The first object has been copied.
        if key.ends_with("-10000.parquet") {
            let cut =
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'load'";
            admin.execute(cut, &[]).await.unwrap();
        }
        lake.get(&key).await
    };
    let error = clinic.try_load(&request, &Meddled { lake, get }).await.unwrap_err();
    assert_eq!(error.name().class(), Class::Retryable, "{error}");
    assert_clean(&clinic).await;
    assert_eq!(clinic.load(&request).await.outcome, LoadOutcome::Loaded);
}

#[tokio::test]
async fn a_connection_cut_before_commit_leaves_nothing_and_the_next_run_loads() {
    let clinic = Clinic::new().await;
    let request = clinic.drop(1, &[(APPOINTMENTS, &bookings_of(1))]);
    ledger::ensure(&mut clinic.postgres.connect("setup").await).await.unwrap();
    let cut = "
        CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END';
        CREATE TRIGGER cut AFTER INSERT ON ops.load FOR EACH STATEMENT EXECUTE FUNCTION cut()";
    clinic.reader.batch_execute(cut).await.unwrap();
    let error = clinic.try_load(&request, &clinic.lake).await.unwrap_err();
    assert_eq!(error.name().class(), Class::Retryable, "{error}");
    assert_clean(&clinic).await;
    clinic.reader.batch_execute("DROP TRIGGER cut ON ops.load").await.unwrap();
    assert_eq!(clinic.load(&request).await.outcome, LoadOutcome::Loaded);
    clinic.assert_lake().await;
}

#[tokio::test]
async fn a_file_without_usable_rows_does_not_empty_the_table() {
    let clinic = Clinic::new().await;
    clinic.bring(1, DOCTORS, &doctors(&[(1, "Ada", None)])).await;
    let request = clinic.drop(2, &[(DOCTORS, &doctors(&[]))]);
    let error = clinic.try_load(&request, &clinic.lake).await.unwrap_err();
    assert_eq!(error.name(), Name::NoUsableRows);
    assert_eq!(clinic.rows("SELECT name FROM healthtech.doctors").await, ["(Ada)"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn loads_at_once_end_as_one_after_the_other() {
    let clinic = Clinic::new().await;
    let staff = clinic.drop(5, &[(DOCTORS, &doctors(&[(1, "Ada", None)]))]);
    let old = clinic.drop(1, &[(APPOINTMENTS, &bookings_of(1))]);
    let new = clinic.drop(2, &[(APPOINTMENTS, &bookings_of(100_000))]);
    let go = |request| clinic.try_load(request, &clinic.lake);
    // On an empty database, so that the schema is raced for as well.
    let (a, b, c, d, e, f) = tokio::join!(go(&old), go(&new), go(&staff), go(&new), go(&old), go(&staff));
    let outcomes: Vec<LoadOutcome> =
        [a, b, c, d, e, f].into_iter().map(|answer| answer.unwrap().outcome).collect();
    assert_eq!(
        clinic.rows("SELECT DISTINCT patient_id FROM healthtech.appointments").await,
        ["(100000)"],
        "{outcomes:?}"
    );
    assert_eq!(clinic.rows("SELECT count(*) FROM healthtech.doctors").await, ["(7)"]);
    let loads = clinic.rows(
        "SELECT dataset, count(*) FROM ops.load WHERE dropped_at <> to_timestamp(1) GROUP BY 1 ORDER BY 1",
    );
    assert_eq!(loads.await, ["(healthtech.appointments,1)", "(healthtech.doctors,1)"]);
    assert_eq!(
        clinic.rows("SELECT subject FROM ops.schema_change ORDER BY 1").await,
        ["(catalog)", "(ledger)"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn drops_in_any_order_and_at_once_end_as_in_their_own_order() {
    let clinic = Clinic::new().await;
    let staff = |name| doctors(&[(1, name, None), (2, "Ben", Some("Surgery"))]);
    let booked = |doctor| {
        appointments(&[(1, 1, doctor, "2025-10-01", "confirmed"), (2, 1, 9, "2025-10-02", "cancelled")])
    };
    // The content of the first drop comes back as the fifth: by then it is the newest.
    let drops: Vec<_> = [
        (1, DOCTORS, staff("Ada")),
        (2, DOCTORS, doctors(&[(3, "Cleo", None)])),
        (5, DOCTORS, staff("Ada")),
        (1, APPOINTMENTS, booked(3)),
        (3, APPOINTMENTS, booked(8)),
        (4, APPOINTMENTS, booked(2)),
    ]
    .iter()
    .map(|(second, dataset, rows)| {
        let mut request = clinic.drop(*second, &[(dataset, rows)]);
        request.drop.key = format!("{dataset}/drop.xlsx");
        request
    })
    .collect();
    let expected = [
        "(1,Ada,)",
        "(2,Ben,Surgery)",
        "(9,Unknown,Unknown)",
        "--",
        "(1,1,2,2025-10-01,confirmed)",
        "(2,1,9,2025-10-02,cancelled)",
    ];
    let anew = async || clinic.reader.batch_execute("DROP SCHEMA healthtech, ops CASCADE").await.unwrap();
    for order in shuffled_twice(drops.len()) {
        for index in &order {
            clinic.load(&drops[*index]).await;
        }
        assert_eq!(clinic.tables().await, expected, "in the order {order:?}");
        anew().await;
    }
    for round in 0..5 {
        let go = |index: usize| clinic.try_load(&drops[index], &clinic.lake);
        let (a, b, c, d, e, f) = tokio::join!(go(0), go(1), go(2), go(3), go(4), go(5));
        for answer in [a, b, c, d, e, f] {
            answer.unwrap();
        }
        assert_eq!(clinic.tables().await, expected, "at once, round {round}");
        anew().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_sees_the_old_rows_or_the_new_ones() {
    let mut clinic = Clinic::new().await;
    clinic.bring(0, APPOINTMENTS, &bookings_of(1)).await;
    let onlooker = clinic.postgres.connect("onlooker").await;
    let done = std::sync::Arc::new(AtomicBool::new(false));
    let looking = tokio::spawn({
        let done = done.clone();
        async move {
            let mut looks = 0;
            while !done.load(Ordering::Relaxed) {
                let query = "SELECT count(*), count(DISTINCT patient_id) FROM healthtech.appointments";
                let row = onlooker.query_one(query, &[]).await.unwrap();
                assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (3_000, 1));
                let view = "SELECT sum(confirmed)::bigint FROM healthtech.daily_trend";
                assert_eq!(onlooker.query_one(view, &[]).await.unwrap().get::<_, i64>(0), 3_000);
                looks += 1;
            }
            looks
        }
    });
    for second in 1..8 {
        // Every other load comes with another catalog, so that tables and views change under the reader as well.
        clinic.catalog.version.push('x');
        clinic.bring(second, APPOINTMENTS, &bookings_of(second * 1_000)).await;
    }
    done.store(true, Ordering::Relaxed);
    assert!(looking.await.unwrap() > 10, "the reader looked often");
}

#[tokio::test]
async fn the_database_refuses_an_account_that_does_not_close() {
    let clinic = Clinic::new().await;
    clinic.bring(1, DOCTORS, &doctors(&[(1, "Ada", None)])).await;
    let wrong = "UPDATE ops.batch SET rejected = rejected + 1";
    let error = clinic.reader.batch_execute(wrong).await.unwrap_err();
    assert_eq!(
        error.as_db_error().and_then(|refused| refused.constraint()),
        Some("every_row_is_accounted_for")
    );
}

#[tokio::test]
async fn parts_that_do_not_agree_are_not_loaded() {
    let clinic = Clinic::new().await;
    let rows = doctors(&[(1, "Ada", None)]);
    let mut other_counts = clinic.drop(1, &[(DOCTORS, &rows)]);
    other_counts.parts[0].counts.kept += 1;
    let error = clinic.try_load(&other_counts, &clinic.lake).await.unwrap_err();
    assert_eq!(error.name().as_str(), "Defect.Payload");
    let mut other_contract = clinic.drop(1, &[(DOCTORS, &rows)]);
    other_contract.parts[0].batch = "0".repeat(32);
    let error = clinic.try_load(&other_contract, &clinic.lake).await.unwrap_err();
    assert_eq!(error.name().as_str(), "Defect.Catalog");
    let mut gone = clinic.drop(1, &[(DOCTORS, &rows)]);
    gone.parts[0].manifest.push('x');
    let error = clinic.try_load(&gone, &clinic.lake).await.unwrap_err();
    assert_eq!(error.name().as_str(), "Defect.Storage", "the dropped file is not at fault");
    assert_clean(&clinic).await;
}

#[tokio::test]
async fn an_error_names_the_constraint_and_never_the_value() {
    let clinic = Clinic::new().await;
    let request = clinic.drop(1, &[(APPOINTMENTS, &appointments(&[(1, 2, 3, "2025-10-01", "canary")]))]);
    let error = clinic.try_load(&request, &clinic.lake).await.unwrap_err();
    let text = format!("{error} {error:?}");
    assert!(text.contains("appointments_status_values"), "{text}");
    assert!(!text.contains("canary"), "{text}");
    assert_eq!(error.name().as_str(), "Defect.Database");
}

#[tokio::test]
async fn a_catalog_that_a_table_cannot_follow_changes_nothing() {
    let mut clinic = Clinic::new().await;
    clinic.bring(1, DOCTORS, &doctors(&[(1, "Ada", None)])).await;
    let mut files = healthtech();
    let contract = files.0.get_mut("healthtech/doctors.toml").unwrap();
    *contract = contract
        .replace("specialty = { type = \"text\", placeholder = \"Unknown\"", "specialty = { type = \"date\"");
    clinic.catalog = relaxed(&files);
    let before = clinic.everything().await;
    let error =
        clinic.try_load(&clinic.drop(2, &[(DOCTORS, &doctors(&[]))]), &clinic.lake).await.unwrap_err();
    assert_eq!(error.name().as_str(), "Defect.Catalog");
    assert!(error.to_string().contains("`specialty` is text and should be date"), "{error}");
    assert_eq!(clinic.everything().await, before);
    assert_eq!(
        clinic.rows("SELECT * FROM healthtech.top_doctor").await,
        Vec::<String>::new(),
        "views are still there"
    );
}

#[tokio::test]
async fn the_ledger_answers_ingest_without_waiting() {
    let clinic = Clinic::new().await;
    let first = clinic.drop(1, &[(DOCTORS, &doctors(&[(1, "Ada", None)]))]);
    let second = clinic.drop(2, &[(DOCTORS, &doctors(&[(2, "Ben", None)]))]);
    let [old, new] = [&first, &second].map(|request| [request.parts[0].batch.clone()]);
    clinic.load(&first).await;
    clinic.load(&second).await;
    let mut client = clinic.postgres.connect("ingest").await;

    assert_eq!(
        ledger::loads_of(&mut client, &drop_at(1), &old).await.unwrap()[0].load,
        1,
        "this very drop made it"
    );
    assert_eq!(ledger::loads_of(&mut client, &drop_at(3), &old).await.unwrap(), [], "a wish to go back");
    assert_eq!(ledger::loads_of(&mut client, &drop_at(4), &new).await.unwrap()[0].load, 2, "it stands");
    assert_eq!(
        clinic.rows("SELECT extract(epoch FROM dropped_at)::int FROM ops.load WHERE load = 2").await,
        ["(4)"],
        "and holds the later drop's place"
    );

    let mut loading = clinic.postgres.connect("load").await;
    let transaction = loading.transaction().await.unwrap();
    ledger::lock(&transaction, DOCTORS).await.unwrap();
    assert_eq!(ledger::loads_of(&mut client, &drop_at(4), &new).await.unwrap(), [], "a load is under way");
}

#[tokio::test]
async fn a_drop_is_settled_unless_it_was_dealt_with() {
    let clinic = Clinic::new().await;
    let request = clinic.drop(1, &[(DOCTORS, &doctors(&[(1, "Ada", None)]))]);
    let mut client = clinic.postgres.connect("ingest").await;
    ledger::ensure(&mut client).await.unwrap();
    let status = "SELECT status, error, settled_at IS NOT NULL FROM ops.drop";
    let fail = async |client: &Client| {
        let failed = Unloaded {
            etag: "etag",
            bytes: 1,
            status: SettledStatus::Failed,
            error: "Retryable.DatabaseBusy",
            cause: "busy",
            kept: None,
        };
        ledger::settle(client, &request.drop, failed).await.unwrap();
    };
    ledger::record_drop(&client, &request.drop, &request.file, DropStatus::Seen).await.unwrap();
    assert_eq!(clinic.rows(status).await, ["(seen,,f)"]);
    fail(&client).await;
    assert_eq!(clinic.rows(status).await, ["(failed,Retryable.DatabaseBusy,t)"]);
    clinic.load(&request).await;
    assert_eq!(clinic.rows(status).await, ["(loaded,,t)"], "a later run clears the error");
    fail(&client).await;
    ledger::record_drop(&client, &request.drop, &request.file, DropStatus::Seen).await.unwrap();
    assert_eq!(clinic.rows(status).await, ["(loaded,,t)"]);
}
