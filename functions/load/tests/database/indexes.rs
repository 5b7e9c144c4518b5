//! Indexes in the database: they come and go with the contract.

use rounds_shared::catalog::Catalog;
use rounds_shared::payload::LoadOutcome;

use crate::clinic::{Clinic, DOCTORS, changed, healthtech, relaxed};
use crate::lake::{Rows, doctors, numbers};

/// The catalog, in which the contract of doctors names these indexes.
fn catalog(indexes: &str) -> Catalog {
    relaxed(&changed("healthtech/doctors.toml", "[columns]", &format!("indexes = {indexes}\n[columns]")))
}

const THERE: &str = "
    SELECT indexname, regexp_replace(indexdef, '.* USING ', '') FROM pg_indexes
    WHERE schemaname = 'healthtech' AND tablename = 'doctors' ORDER BY 1";

#[tokio::test]
async fn indexes_follow_the_contract_and_those_of_another_kind_of_name_stay() {
    let mut clinic = Clinic::with(catalog("[[\"specialty\", \"name\"]]")).await;
    let load = async |clinic: &Clinic, second| {
        clinic.bring(second, DOCTORS, &doctors(&[(1, &format!("Ada {second}"), Some("Cardiology"))])).await;
    };
    load(&clinic, 1).await;
    let key = "(doctors_pkey,\"btree (doctor_id)\")";
    let by_both = "(doctors_by_specialty_name,\"btree (specialty, name)\")";
    assert_eq!(clinic.rows(THERE).await, [by_both, key]);
    clinic.reader.batch_execute("CREATE INDEX for_the_desk ON healthtech.doctors (name)").await.unwrap();

    clinic.catalog = catalog("[[\"name\"], [\"specialty\"]]");
    load(&clinic, 2).await;
    let by_specialty = "(doctors_by_specialty,\"btree (specialty)\")";
    let of_the_desk = "(for_the_desk,\"btree (name)\")";
    assert_eq!(
        clinic.rows(THERE).await,
        [by_specialty, key, of_the_desk],
        "one by name is as good as another"
    );
    let ran = "SELECT unnest(changes) FROM (SELECT changes FROM ops.schema_change ORDER BY change DESC LIMIT 1) last";
    let expected = [
        "(\"DROP INDEX \"\"healthtech\"\".\"\"doctors_by_specialty_name\"\"\")",
        "(\"CREATE INDEX \"\"doctors_by_specialty\"\" ON \"\"healthtech\"\".\"\"doctors\"\" (\"\"specialty\"\")\")",
    ];
    assert_eq!(clinic.rows(ran).await, expected);

    clinic.catalog = relaxed(&healthtech());
    load(&clinic, 3).await;
    assert_eq!(clinic.rows(THERE).await, [key, of_the_desk]);
}

#[tokio::test]
async fn an_index_that_postgresql_does_not_use_is_made_anew_and_included_columns_are_no_key() {
    let mut clinic = Clinic::with(catalog("[[\"name\", \"specialty\"]]")).await;
    let bring = async |clinic: &Clinic, second| {
        clinic.bring(second, DOCTORS, &doctors(&[(1, &format!("Ada {second}"), None)])).await;
    };
    bring(&clinic, 1).await;
    let broken = "
        UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'healthtech.doctors_by_name_specialty'::regclass;
        CREATE INDEX for_the_desk ON healthtech.doctors (name) INCLUDE (specialty)";
    clinic.reader.batch_execute(broken).await.unwrap();
    clinic.catalog.version.push('x');
    bring(&clinic, 2).await;
    let valid = "
        SELECT indexrelid::regclass, indisvalid FROM pg_index
        WHERE indrelid = 'healthtech.doctors'::regclass ORDER BY indexrelid::regclass::text";
    let expected = [
        "(healthtech.doctors_by_name_specialty,t)",
        "(healthtech.doctors_pkey,t)",
        "(healthtech.for_the_desk,t)",
    ];
    assert_eq!(clinic.rows(valid).await, expected);
}

#[tokio::test]
async fn indexes_whose_columns_make_one_name_stand_side_by_side() {
    let pairs = r#"
title   = "Pairs"
table   = "demo.pairs"
match   = { prefix = "demo/" }
load    = "replace"
indexes = [["a", "b"], ["a_b"]]

[columns]
a   = { type = "bigint" }
b   = { type = "bigint" }
a_b = { type = "bigint" }
"#;
    let clinic = Clinic::of(&[("demo/pairs.toml", pairs)]).await;
    let rows = Rows(vec![numbers("a", &[1]), numbers("b", &[2]), numbers("a_b", &[3])]);
    assert_eq!(clinic.bring(1, "demo.pairs", &rows).await, LoadOutcome::Loaded);
    let there = "SELECT regexp_replace(indexdef, '.* USING ', '') FROM pg_indexes WHERE schemaname = 'demo' ORDER BY 1";
    assert_eq!(clinic.rows(there).await, ["(\"btree (a, b)\")", "(\"btree (a_b)\")"]);
}
