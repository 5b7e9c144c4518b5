//! Old rows of the hospital system: in the archive, and then no longer in their table, wherever a clean-up is killed.
#![expect(clippy::unwrap_used, reason = "a test that cannot ask has failed")]

use std::collections::BTreeSet;
use std::io::Cursor;

use jiff::{Timestamp, ToSpan as _};
use polars::prelude::{ParquetReader, SerReader as _};
use rounds_testkit::hospital::Options;
use rounds_testkit::hospital::rules::Hospital;
use rounds_testkit::stack::{Stack, until};
use rounds_tests::{assert_nothing_leaked, drop_hospital, rounds, today};
use serde_json::{Value, json};
use tokio_postgres::Client;

/// A hospital with years of appointments.
fn hospital() -> Options {
    Options { appointments: 4_000, ..Options::small(today()) }
}

/// By the independent reading: appointments that are cancelled or missed and older than a year, without a treatment and
/// with one.
fn due(hospital: &Hospital) -> (BTreeSet<String>, BTreeSet<String>) {
    let treated: BTreeSet<&str> =
        hospital.treatments().values().map(|treatment| treatment.appointment_id.as_str()).collect();
    let year_ago = today().checked_sub(365.days()).unwrap();
    let appointments = hospital.appointments().into_iter();
    let old = appointments.filter(|(_, visit)| {
        ["cancelled", "no_show"].contains(&visit.status.as_str()) && visit.date < year_ago
    });
    let (kept, gone): (Vec<_>, Vec<_>) =
        old.map(|(id, _)| id.to_owned()).partition(|id| treated.contains(id.as_str()));
    (gone.into_iter().collect(), kept.into_iter().collect())
}

async fn standing(database: &Client) -> BTreeSet<String> {
    let rows = database.query("SELECT appointment_id FROM hospital.appointments", &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// Keys of the archive's objects, which outlive the tables of a test.
async fn objects(stack: &Stack) -> Vec<String> {
    stack.lake("archive/hospital/appointments/").await
}

/// The appointments in the archive's objects but for some.
async fn archived(stack: &Stack, but: &[String]) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    for key in objects(stack).await.into_iter().filter(|key| !but.contains(key)) {
        let object = stack.lake_object(&key).await;
        let frame = ParquetReader::new(Cursor::new(object)).finish().unwrap();
        let column = frame.column("appointment_id").unwrap().str().unwrap().clone();
        ids.extend(column.iter().flatten().map(str::to_owned));
    }
    ids
}

#[tokio::test(flavor = "multi_thread")]
async fn old_appointments_that_did_not_take_place_are_archived_and_deleted_but_for_treated_ones() {
    let stack = Stack::shared().await;
    let hospital = drop_hospital(&stack, &hospital()).await;
    let (gone, treated) = due(&hospital);
    assert!(gone.len() > 50 && !treated.is_empty(), "{} to go, {} to stay", gone.len(), treated.len());
    let before = objects(&stack).await;

    let run = stack.finished(&stack.call_clean_up(&json!({"scheduled_at": Timestamp::now()})));
    assert_eq!(run.status, "SUCCEEDED", "{:?}", run.cause);
    let table = &run.output["tables"][0];
    assert_eq!(table["dataset"], "hospital.appointments");
    assert_eq!(table["archived"], gone.len());
    assert_eq!(table["deleted"], gone.len());
    assert_eq!(table["referenced"], treated.len());

    let database = stack.database().await;
    let all: BTreeSet<String> = hospital.appointments().into_keys().map(str::to_owned).collect();
    assert_eq!(standing(&database).await, all.difference(&gone).cloned().collect());
    assert_eq!(archived(&stack, &before).await, gone);

    let (told, code) = rounds(&stack, &["clean-up"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("CLEANED UP") && told.contains("none to archive"), "{told}");
    assert!(told.contains("stay") && told.contains("rows of other tables refer to them"), "{told}");
    assert_nothing_leaked(&stack);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clean_up_whose_function_is_killed_loses_nothing_and_goes_on_when_it_is_called_again() {
    let stack = Stack::shared().await;
    let hospital = drop_hospital(&stack, &hospital()).await;
    let (gone, _) = due(&hospital);
    let before = objects(&stack).await;
    let database = stack.database().await;
    let call = json!({"scheduled_at": Timestamp::now()});
    // When the archive has the rows and the table too: somebody else holds one of them. Two runs at once lose their function.
    let mut other = stack.database().await;
    let row = other.transaction().await.unwrap();
    let hold = "SELECT FROM hospital.appointments WHERE appointment_id = $1 FOR UPDATE";
    row.execute(hold, &[&gone.first().unwrap()]).await.unwrap();
    let both = [stack.call_clean_up(&call), stack.call_clean_up(&call)];
    while archived(&stack, &before).await != gone {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(standing(&database).await.is_superset(&gone));
    stack.kill_function("rounds-load");
    row.rollback().await.unwrap();
    for arn in &both {
        let _ = stack.finished(arn);
    }
    let lost: Vec<String> = {
        let (table, archive) = (standing(&database).await, archived(&stack, &before).await);
        gone.iter().filter(|id| !table.contains(*id) && !archive.contains(*id)).cloned().collect()
    };
    assert!(lost.is_empty(), "{} are in neither", lost.len());

    let run = stack.finished(&stack.call_clean_up(&call));
    assert_eq!(run.status, "SUCCEEDED", "{:?}", run.cause);
    assert!(standing(&database).await.is_disjoint(&gone));
    assert_eq!(archived(&stack, &before).await, gone);
    let told = "SELECT sum(deleted)::bigint FROM ops.archive";
    assert_eq!(
        database.query_one(told, &[]).await.unwrap().get::<_, i64>(0),
        i64::try_from(gone.len()).unwrap()
    );
    assert_nothing_leaked(&stack);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clean_up_that_cannot_be_done_is_an_alert_with_the_way_out() {
    let stack = Stack::shared().await;
    let alerts = stack.alerts();
    let tomorrow = today().checked_add(2.days()).unwrap();
    let run =
        stack.finished(&stack.call_clean_up(&json!({"as_of": tomorrow, "scheduled_at": Timestamp::now()})));
    assert_eq!((run.status.as_str(), run.error.as_deref()), ("FAILED", Some("Defect.Payload")));
    let alert = alerts.next();
    assert_eq!(alert.subject, "Rounds: clean-up failed");
    assert!(alert.message.contains(&format!("{tomorrow} has not come")), "{}", alert.message);
    assert!(alert.message.contains("rounds redrive "), "{}", alert.message);

    let later = today().checked_add(4.days()).unwrap().to_string();
    let (told, code) = rounds(&stack, &["clean-up", "--as-of", &later]);
    assert!(code == Some(2) && told.contains("has not come"), "{told}");
    assert_eq!(alerts.take(), None, "a slip of the pen makes no alert");

    // A table that breaks off: PostgreSQL lets nobody delete from it.
    drop_hospital(&stack, &hospital()).await;
    let forbid = "
        CREATE FUNCTION hospital.forbid() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END';
        CREATE TRIGGER forbid BEFORE DELETE ON hospital.appointments EXECUTE FUNCTION hospital.forbid()";
    let database = stack.database().await;
    database.batch_execute(forbid).await.unwrap();
    let before = standing(&database).await;
    let run = stack.finished(&stack.call_clean_up(&json!({"scheduled_at": Timestamp::now()})));
    assert_eq!(run.error.as_deref(), Some("CleanUp.TablesFailed"), "{:?}", run.output);
    assert!(run.cause.unwrap().contains("hospital.appointments was not cleaned up (Defect.Database)"));
    let alert = until("an alert of the table", || alerts.take());
    assert!(
        alert.message.contains("hospital.appointments was not cleaned up, or not all of it"),
        "{}",
        alert.message
    );
    assert_eq!(standing(&database).await, before);

    database.batch_execute("DROP TRIGGER forbid ON hospital.appointments").await.unwrap();
    let again = stack.finished(&stack.call_clean_up(&run.event));
    assert_eq!(again.status, "SUCCEEDED", "{:?}", again.cause);
    assert_ne!(again.output["tables"][0]["deleted"], Value::from(0));
}
