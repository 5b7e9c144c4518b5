//! The catalog's functions in the database: their coming, changing and going.

use rounds_shared::catalog::Files;

use crate::clinic::{Clinic, DOCTORS, healthtech, relaxed};
use crate::lake::doctors;

/// Of a doctor by number, with these columns.
fn files(columns: &str, select: &str) -> Files {
    let mut files = healthtech();
    let text = format!(
        "-- A doctor,\n-- it's one row\n(doctor_id integer) RETURNS TABLE ({columns}) AS $$\n\
         SELECT {select} FROM healthtech.doctors d WHERE d.doctor_id = get_doctor.doctor_id\n$$;\n"
    );
    files.0.insert("other/functions/get_doctor.sql".to_owned(), text);
    files.0.insert(
        "other/functions/staff.sql".to_owned(),
        "() RETURNS bigint AS $$ SELECT count(*) FROM healthtech.doctors $$".to_owned(),
    );
    files
}

/// Name, comment, and what it may do, of the functions of the domain `other`, which has no tables.
const THERE: &str = "
    SELECT proname, obj_description(oid), provolatile, proparallel, prosecdef
    FROM pg_proc WHERE pronamespace = to_regnamespace('other') ORDER BY 1";

#[tokio::test]
async fn functions_follow_the_catalog_and_stay_in_their_places_where_they_are_as_before() {
    let mut clinic = Clinic::with(relaxed(&files("name text", "d.name"))).await;
    let load = async |clinic: &Clinic, second| {
        clinic.bring(second, DOCTORS, &doctors(&[(1, &format!("Ada {second}"), Some("Cardiology"))])).await;
    };
    load(&clinic, 1).await;
    assert_eq!(clinic.rows(THERE).await, ["(get_doctor,\"A doctor, it's one row\",s,s,f)", "(staff,,s,s,f)"]);
    assert_eq!(clinic.rows("SELECT * FROM other.get_doctor(1)").await, ["(\"Ada 1\")"]);
    let place = "SELECT 'other.staff'::regproc::oid AS place";
    let before = clinic.rows(place).await;

    clinic.catalog = relaxed(&files("name text, field text", "d.name, d.specialty"));
    load(&clinic, 2).await;
    assert_eq!(
        clinic.rows("SELECT * FROM other.get_doctor(doctor_id => 1)").await,
        ["(\"Ada 2\",Cardiology)"]
    );
    assert_eq!(clinic.rows(place).await, before, "for whoever is about to call it");

    clinic.catalog = relaxed(&healthtech());
    load(&clinic, 3).await;
    assert_eq!(clinic.rows(THERE).await, [""; 0]);
}
