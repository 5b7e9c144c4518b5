//! A hospital of ten years: as many rows as it takes for a wrong plan to hurt, made inside PostgreSQL.

use jiff::civil::{Date, date};
use rounds_shared::catalog::Catalog;
use rounds_shared::{ledger, schema};
use rounds_testkit::postgres::Postgres;
use tokio_postgres::Client;

/// The first day of a month and of a quarter, on which every clock's job is due.
pub(crate) const AS_OF: Date = date(2026, 10, 1);
/// One of the patients.
pub(crate) const PATIENT: &str = "P4711";

/// A million appointments, a treatment of most of the completed ones, 100,000 patients and 200 doctors. Rows lie in the
/// order in which nightly exports brought them. The last clean-up was a week ago. References are not checked while the
/// rows are made.
const ROWS: &str = "
    SET session_replication_role = replica;
    INSERT INTO hospital.doctors (doctor_id, name, email, is_active, _batch)
    SELECT 'D' || n, 'Doctor ' || n, 'd' || n || '@hospital.example', n % 8 <> 5, 'b' FROM generate_series(1, 200) n;
    INSERT INTO hospital.patients (patient_id, name, email, phone, preferred_channel, _batch)
    SELECT 'P' || n, 'Patient ' || n, 'p' || n || '@patients.example', '+351' || 910000000 + n,
           (ARRAY['email', 'sms', 'chat'])[1 + n % 3], 'b'
    FROM generate_series(1, 100000) n;
    INSERT INTO hospital.appointments (appointment_id, patient_id, doctor_id, appointment_date, appointment_time, status,
        visit_type, _batch, _file, _row)
    SELECT 'A' || n, 'P' || 1 + n % 99991, 'D' || 1 + n * 31 % 200, day, time '08:00' + n % 40 * interval '15 minutes',
           CASE WHEN day >= $as_of AND n % 10 > 0 THEN 'booked'
                WHEN n % 100 < 75 OR day < $as_of::date - 372 THEN 'completed'
                WHEN n % 100 < 88 THEN 'cancelled' WHEN n % 100 < 97 THEN 'no_show' ELSE 'booked' END,
           'Follow-up', 'b', 'hospital/appointments.csv', n
    FROM (SELECT n, $as_of::date - 3590 + n / 274 AS day FROM generate_series(1, 1000000) n) a;
    INSERT INTO hospital.treatments (treatment_id, appointment_id, created_at, diagnosis, treatment, _batch)
    SELECT 'T' || appointment_id, appointment_id, nullif(_row % 50, 0) * interval '10 minutes' + appointment_date,
           'Influenza', 'Rest', 'b'
    FROM hospital.appointments WHERE status = 'completed' AND _row % 8 > 0;
    SET session_replication_role = origin;
    VACUUM ANALYZE hospital.doctors, hospital.patients, hospital.appointments, hospital.treatments;";

/// The hospital, in a database that follows the catalog.
pub(crate) async fn of_a_million(catalog: &Catalog) -> (Postgres, Client) {
    let postgres = Postgres::start();
    let mut client = postgres.connect("plans").await;
    ledger::ensure(&mut client).await.unwrap();
    schema::apply(&mut client, catalog).await.unwrap();
    for statement in ROWS.replace("$as_of", &format!("'{AS_OF}'")).split_inclusive(';') {
        client.batch_execute(statement).await.unwrap();
    }
    (postgres, client)
}
