//! PostgreSQL refuses a statement, and quotes the row in its reason.

use jiff::Timestamp;
use rounds_testkit::hospital::AWKWARD;
use rounds_testkit::stack::{Run, Stack};
use rounds_tests::{clinic, drop_appointments, drop_bookings, drop_doctors, rounds};
use serde_json::json;
use tokio_postgres::Client;

use crate::{drop_hospital, sweep};

/// Quotes the row in an error.
const QUOTE: &str = "
    CREATE FUNCTION public.quote_row() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'refused: %', coalesce(NEW, OLD) USING DETAIL = coalesce(NEW, OLD)::text; END $$";

/// Puts in a table's place a view that fails on a column's first value, and quotes it.
async fn spoil(database: &Client, table: &str, column: &str) {
    let (schema, name) = table.split_once('.').unwrap();
    let columns =
        "SELECT string_agg(CASE column_name WHEN $3 THEN column_name || '::int::text AS ' || column_name
                                                      ELSE quote_ident(column_name) END, ', ')
                   FROM information_schema.columns WHERE table_schema = $1 AND table_name = $2";
    let columns: String = database.query_one(columns, &[&schema, &name, &column]).await.unwrap().get(0);
    let spoilt = format!(
        "ALTER TABLE {table} RENAME TO {name}_before; CREATE VIEW {table} AS SELECT {columns} FROM {schema}.{name}_before"
    );
    database.batch_execute(&spoilt).await.unwrap();
}

fn assert_refused(run: &Run) {
    assert_eq!(run.error.as_deref(), Some("Defect.Database"), "{}: {:?}", run.output, run.cause);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_postgresql_quotes_when_it_refuses_a_load_are_quoted_by_nobody_else() {
    let stack = Stack::shared().await;
    let (alerts, database) = (sweep::begin(&stack).await, stack.database().await);
    let (first, second) = (clinic(74), clinic(75));
    drop_doctors(&stack, &first).await;
    drop_appointments(&stack, &first).await;
    let constraint =
        "ALTER TABLE healthtech.appointments ADD CONSTRAINT none CHECK (patient_id < 0) NOT VALID";
    database.batch_execute(constraint).await.unwrap();
    assert_refused(&drop_appointments(&stack, &second).await);

    let trigger = "
        ALTER TABLE healthtech.appointments DROP CONSTRAINT none;
        CREATE TRIGGER quote_row BEFORE INSERT OR UPDATE ON healthtech.appointments
            FOR EACH ROW EXECUTE FUNCTION public.quote_row()";
    let remade = format!("DROP FUNCTION IF EXISTS public.quote_row CASCADE; {QUOTE}; {trigger}");
    database.batch_execute(&remade).await.unwrap();
    assert_refused(&drop_appointments(&stack, &second).await);
    sweep::assert_none(&stack, &alerts).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn values_that_postgresql_quotes_when_it_refuses_a_question_or_a_deletion_are_quoted_by_nobody_else() {
    let stack = Stack::shared().await;
    let (alerts, database) = (sweep::begin(&stack).await, stack.database().await);
    drop_bookings(&stack, 76).await;
    drop_hospital(&stack).await;
    let trigger = "CREATE TRIGGER quote_row BEFORE DELETE ON hospital.appointments
                   FOR EACH ROW EXECUTE FUNCTION public.quote_row()";
    let remade = format!("DROP FUNCTION IF EXISTS public.quote_row CASCADE; {QUOTE}; {trigger}");
    database.batch_execute(&remade).await.unwrap();
    let run = stack.finished(&stack.call_clean_up(&json!({"scheduled_at": Timestamp::now()})));
    assert_eq!(run.error.as_deref(), Some("CleanUp.TablesFailed"), "{:?}", run.output);

    spoil(&database, "mis.appointments", "patient_name").await;
    let (told, code) = rounds(&stack, &["report", "mis.dropouts", "mis.cancelled_and_paid"]);
    assert!(code == Some(1) && told.contains("Defect.Database"), "{told}");
    spoil(&database, "hospital.patients", "name").await;
    let (told, code) =
        rounds(&stack, &["export", "hospital.patient_history", &format!("patient_id={AWKWARD}")]);
    assert!(code == Some(1) && told.contains("Defect.Database"), "{told}");
    sweep::assert_none(&stack, &alerts).await;
}
