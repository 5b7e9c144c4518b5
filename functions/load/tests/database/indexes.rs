//! Indexes in the database: they come and go with the contract.

use rounds_shared::catalog::Catalog;

use crate::clinic::{Clinic, DOCTORS, changed, healthtech, relaxed};
use crate::lake::doctors;

/// The catalog, in which the contract of doctors names these indexes.
fn catalog(indexes: &str) -> Catalog {
    relaxed(&changed("healthtech/doctors.toml", "[columns]", &format!("indexes = {indexes}\n[columns]")))
}

const THERE: &str = "
    SELECT indexname, regexp_replace(indexdef, '.* USING ', '') FROM pg_indexes
    WHERE schemaname = 'healthtech' AND tablename = 'doctors' ORDER BY 1";

#[tokio::test]
async fn indexes_follow_the_contract_and_those_of_other_people_stay() {
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
