//! The catalog's views in the database: what is said of them, and their coming and going.

use rounds_shared::catalog::Files;

use crate::clinic::{Clinic, DOCTORS, healthtech, relaxed};
use crate::lake::doctors;

const NAMES: (&str, &str) = (
    "other/views/names.sql",
    "-- Doctors by name,\n-- as people call them\n-- @doctor What we call them:\n-- it's their name\n\
     SELECT doctor_id, name AS doctor, specialty AS field, upper(name) AS loud FROM healthtech.doctors;\n",
);
const SECOND: (&str, &str) =
    ("other/views/a_second.sql", "SELECT n.doctor, n.field, n.loud FROM other.names n");

fn files(views: &[(&str, &str)]) -> Files {
    let mut files = healthtech();
    files.0.extend(views.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())));
    files
}

/// What is said of the columns of the domain `other`, which has no tables.
const COMMENTS: &str = "
    SELECT c.relname, a.attname, col_description(c.oid, a.attnum)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = to_regnamespace('other') AND a.attnum > 0 ORDER BY 1, 2";

#[tokio::test]
async fn columns_have_the_views_own_comments_or_those_of_what_they_show() {
    let clinic = Clinic::with(relaxed(&files(&[NAMES, SECOND]))).await;
    clinic.bring(1, DOCTORS, &doctors(&[(1, "Ada", None)])).await;
    assert_eq!(
        clinic.rows(COMMENTS).await,
        [
            "(a_second,doctor,\"What we call them: it's their name\")",
            "(a_second,field,\"Medical specialty\")",
            "(a_second,loud,)",
            "(names,doctor,\"What we call them: it's their name\")",
            "(names,doctor_id,\"The clinic's number of the doctor\")",
            "(names,field,\"Medical specialty\")",
            "(names,loud,)",
        ]
    );
    let view = "SELECT obj_description('other.names'::regclass) AS about";
    assert_eq!(clinic.rows(view).await, ["(\"Doctors by name, as people call them\")"]);
}

#[tokio::test]
async fn a_domain_of_views_alone_follows_the_catalog() {
    let mut clinic = Clinic::with(relaxed(&files(&[NAMES, SECOND]))).await;
    let there = "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace('other') ORDER BY 1";
    let load = async |clinic: &Clinic, second| {
        clinic.bring(second, DOCTORS, &doctors(&[(1, &format!("Ada {second}"), None)])).await;
        clinic.rows(there).await
    };
    assert_eq!(load(&clinic, 1).await, ["(a_second)", "(names)"]);
    clinic.catalog = relaxed(&files(&[("other/views/names.sql", "SELECT name FROM healthtech.doctors")]));
    assert_eq!(load(&clinic, 2).await, ["(names)"]);
    assert_eq!(clinic.rows("SELECT * FROM other.names").await, ["(\"Ada 2\")"]);
    clinic.catalog = relaxed(&healthtech());
    assert_eq!(load(&clinic, 3).await, [""; 0]);
}
