//! Every type of the vocabulary, from Parquet to a column that people read.

use polars::prelude::{
    Column, DataType, Int64Chunked, Int128Chunked, IntoSeries as _, NewChunkedArray as _, TimeUnit,
};
use rounds_shared::failure::{Class, Failure as _, Name};
use rounds_shared::payload::LoadOutcome;

use crate::clinic::{Clinic, changed, relaxed};
use crate::lake::{Rows, column, doctors, numbers, texts};

const THINGS: &str = r#"
title = "Things"
table = "demo.things"
match = { prefix = "demo/" }
key   = ["id"]
load  = "replace"
unknown_columns = "evolve"

[columns]
id     = { type = "bigint" }
name   = { type = "text" }
size   = { type = "integer" }
price  = { type = "decimal(12,2)" }
exact  = { type = "decimal(38,38)" }
born   = { type = "date" }
at     = { type = "time" }
seen   = { type = "timestamp" }
active = { type = "boolean" }
"#;

pub(crate) fn decimals(name: &str, units: &[Option<i128>], precision: usize, scale: usize) -> Column {
    let units = Int128Chunked::from_iter_options(name.into(), units.iter().copied());
    units.into_decimal(precision, scale).unwrap().into_series().into()
}

pub(crate) fn moments(name: &str, values: &[Option<i64>], kind: &DataType) -> Column {
    let values = Int64Chunked::from_iter_options(name.into(), values.iter().copied());
    values.into_series().cast(kind).unwrap().into()
}

fn things() -> Rows {
    let microseconds = DataType::Datetime(TimeUnit::Microseconds, None);
    Rows(vec![
        numbers("id", &[1, 2, 3]),
        texts("name", &["Ä\u{1f600}", "", "x"]),
        column("size", vec![Some(i32::MIN), Some(i32::MAX), None]),
        decimals("price", &[Some(-123_456), Some(999_999_999_999), None], 12, 2),
        decimals("exact", &[Some(10_i128.pow(38) - 1), Some(-1), None], 38, 38),
        column("born", vec![Some(-719_162_i32), Some(2_932_896), None]).cast(&DataType::Date).unwrap(),
        moments("at", &[Some(0), Some(86_399_999_999_000), None], &DataType::Time),
        moments("seen", &[Some(-62_135_596_800_000_000), Some(1_763_713_845_678_901), None], &microseconds),
        column("active", vec![Some(true), Some(false), None]),
        column("_unknown", vec![Some(r#"{"Remark":"late","n":1}"#), Some("{}"), None]),
    ])
}

#[tokio::test]
async fn every_type_arrives_as_it_was() {
    let clinic = Clinic::of(&[("demo/things.toml", THINGS)]).await;
    let request = clinic.drop(1, &[("demo.things", &things())]);
    assert_eq!(clinic.load(&request).await.outcome, LoadOutcome::Loaded);
    let content = "
        SELECT id, name, size, price, exact, born, at, seen, active, _unknown->>'Remark' AS remark
        FROM demo.things ORDER BY 1";
    assert_eq!(
        clinic.rows(content).await,
        [
            "(1,Ä😀,-2147483648,-1234.56,0.99999999999999999999999999999999999999,0001-01-01,00:00:00,\
             \"0001-01-01 00:00:00\",t,late)",
            "(2,\"\",2147483647,9999999999.99,-0.00000000000000000000000000000000000001,9999-12-31,23:59:59.999999,\
             \"2025-11-21 08:30:45.678901\",f,)",
            "(3,x,,,,,,,,)",
        ]
    );
    let types = "
        SELECT column_name, data_type, numeric_precision, numeric_scale FROM information_schema.columns
        WHERE table_schema = 'demo' AND ordinal_position BETWEEN 4 AND 10 ORDER BY ordinal_position";
    assert_eq!(
        clinic.rows(types).await,
        [
            "(price,numeric,12,2)",
            "(exact,numeric,38,38)",
            "(born,date,,)",
            "(at,\"time without time zone\",,)",
            "(seen,\"timestamp without time zone\",,)",
            "(active,boolean,,)",
            "(_unknown,jsonb,,)",
        ]
    );
}

#[tokio::test]
async fn equal_values_of_every_type_are_no_change() {
    let mut clinic = Clinic::of(&[("demo/things.toml", THINGS)]).await;
    clinic.load(&clinic.drop(1, &[("demo.things", &things())])).await;
    clinic.catalog.version.push('x');
    let mut more = things();
    more.0[1] = texts("name", &["Ä\u{1f600}", "", "y"]);
    clinic.load(&clinic.drop(2, &[("demo.things", &more)])).await;
    let lineage = "SELECT id, l.load FROM demo.things JOIN ops.load l ON l.batch = _batch ORDER BY 1";
    assert_eq!(clinic.rows(lineage).await, ["(1,1)", "(2,1)", "(3,2)"]);
    let statements =
        "SELECT cardinality(changes) FROM ops.schema_change WHERE subject = 'catalog' ORDER BY change";
    assert_eq!(clinic.rows(statements).await, ["(2)", "(0)"], "a table in step is left alone");
    clinic.assert_lake().await;
}

#[tokio::test]
async fn types_widen_with_the_values_that_are_there() {
    let mut clinic = Clinic::of(&[("demo/things.toml", THINGS)]).await;
    clinic.load(&clinic.drop(1, &[("demo.things", &things())])).await;
    let wider = THINGS
        .replace("size   = { type = \"integer\"", "size   = { type = \"decimal(12,2)\"")
        .replace("decimal(12,2)\" }\nexact", "decimal(14,3)\" }\nexact")
        .replace("born   = { type = \"date\"", "born   = { type = \"timestamp\"")
        .replace("at     = { type = \"time\"", "at     = { type = \"text\"");
    let files = [("demo/things.toml".to_owned(), wider)].into();
    clinic.catalog = relaxed(&rounds_shared::catalog::Files(files));
    let mut again = things();
    let scaled = |units: Option<i128>| units.map(|units| units * 10);
    again.0[2] = decimals("size", &[Some(-214_748_364_800), Some(214_748_364_700), None], 12, 2);
    again.0[3] = decimals("price", &[scaled(Some(-123_456)), scaled(Some(999_999_999_999)), None], 14, 3);
    let day = 86_400_000_000;
    let born = [Some(-719_162 * day), Some(2_932_896 * day), None];
    again.0[5] = moments("born", &born, &DataType::Datetime(TimeUnit::Microseconds, None));
    again.0[6] = column("at", vec![Some("00:00:00"), Some("23:59:59.999999"), None]);
    clinic.load(&clinic.drop(2, &[("demo.things", &again)])).await;
    assert_eq!(
        clinic.rows("SELECT size, price, born, at FROM demo.things ORDER BY id").await,
        [
            "(-2147483648.00,-1234.560,\"0001-01-01 00:00:00\",00:00:00)",
            "(2147483647.00,9999999999.990,\"9999-12-31 00:00:00\",23:59:59.999999)",
            "(,,,)",
        ]
    );
    let written = "SELECT count(*) FROM demo.things JOIN ops.load l ON l.batch = _batch WHERE l.load = 2";
    assert_eq!(clinic.rows(written).await, ["(0)"], "a value in a wider type is the same value");
}

#[tokio::test]
async fn a_key_widens_together_with_what_refers_to_it() {
    let mut clinic = Clinic::new().await;
    clinic.bring(1, crate::clinic::DOCTORS, &doctors(&[(1, "Ada", None)])).await;
    clinic
        .bring(
            2,
            crate::clinic::APPOINTMENTS,
            &crate::lake::appointments(&[(1, 1, 7, "2025-10-01", "confirmed")]),
        )
        .await;
    let mut files = changed(
        "healthtech/doctors.toml",
        "doctor_id = { type = \"integer\"",
        "doctor_id = { type = \"bigint\"",
    );
    let appointments = files.0.get_mut("healthtech/appointments.toml").unwrap();
    *appointments =
        appointments.replace("doctor_id    = { type = \"integer\"", "doctor_id    = { type = \"bigint\"");
    clinic.catalog = relaxed(&files);
    let mut staff = doctors(&[(1, "Ada", None)]);
    staff.0[0] = numbers("doctor_id", &[1 << 40]);
    clinic.bring(3, crate::clinic::DOCTORS, &staff).await;
    assert_eq!(
        clinic.rows("SELECT doctor_id FROM healthtech.doctors ORDER BY 1").await,
        ["(7)", "(1099511627776)"]
    );
}

#[tokio::test]
async fn a_row_that_postgresql_cannot_keep_is_the_files_fault() {
    let clinic = Clinic::of(&[("demo/things.toml", &THINGS.replace("[\"id\"]", "[\"name\"]"))]).await;
    let mut seed = 7_u64;
    let noise: String = std::iter::repeat_with(|| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'!' + u8::try_from((seed >> 33) % 90).unwrap())
    })
    .take(20_000)
    .collect();
    let mut rows = things();
    rows.0[1] = texts("name", &[&noise, "b", "c"]);
    let error = clinic.try_load(&clinic.drop(1, &[("demo.things", &rows)]), &clinic.lake).await.unwrap_err();
    assert_eq!((error.name(), error.name().class()), (Name::TooLarge, Class::Rejected), "{error}");
    assert!(!error.to_string().contains(&noise[..20]));
    assert_eq!(clinic.rows("SELECT count(*) FROM demo.things").await, ["(0)"]);
}
