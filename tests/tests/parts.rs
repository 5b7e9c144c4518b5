//! Files of several parts: text that is cut into pieces, and the members of an archive.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Cursor;

use polars::prelude::{ParquetReader, SerReader as _};
use rounds_testkit::sheet;
use rounds_testkit::stack::Stack;
use rounds_tests::{
    appointment, assert_nothing_leaked, assert_same, assert_tables, clinic, doctors, everything, folder,
    mend, rounds, rounds_json, under_header,
};
use serde_json::json;

/// Records of a piece of delimited text.
const PIECE: u32 = 1_000_000;

/// Doctors in the first piece whose numbers come again: in it, and in the second one.
const REPEATED: u32 = 1_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_text_of_more_than_a_million_rows_is_read_in_pieces_and_loaded_as_one_file() {
    let stack = Stack::shared().await;
    let database = stack.database().await;
    // The last numbers of the first piece, and the first ones of the second, are taken; of each the first stands.
    let numbers = (1..=PIECE - REPEATED).chain(1..=REPEATED).chain(1..=REPEATED).chain(PIECE..PIECE + 100);
    let mut text = "doctor_id,name\n".to_owned();
    let mut wanted: BTreeMap<i32, i64> = BTreeMap::new();
    let mut read = 0_i64;
    for (number, row) in numbers.zip(2_i64..) {
        writeln!(text, "{number},D").unwrap();
        wanted.entry(i32::try_from(number).unwrap()).or_insert(row);
        read += 1;
    }
    text.push_str("nobody,D\n");

    let run = stack.drop_file("healthtech/doctors.csv", text.into_bytes()).await;
    assert_eq!(run.error, None);
    let load = &run.output["loads"][0];
    let loaded = wanted.len();
    assert_eq!(
        load["counts"],
        json!({"read": read + 1, "loaded": loaded, "rejected": 1, "superseded": 2 * REPEATED, "held": 0})
    );
    let rejected =
        load["findings"].as_array().unwrap().iter().find(|finding| finding["severity"] == "reject");
    assert_eq!(rejected.unwrap()["at"], json!([read + 2]), "rows are numbered on from piece to piece");

    let rows = database.query("SELECT doctor_id, _row FROM healthtech.doctors", &[]).await.unwrap();
    let table: BTreeMap<i32, i64> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    assert_same("doctors", &table, &wanted);
    let folder = format!("lake/healthtech/doctors/batch={}/", load["batch"].as_str().unwrap());
    let keys = stack.lake(&folder).await;
    assert_eq!(keys.len(), 2, "one object of each piece");
    let mut lake = BTreeMap::new();
    for key in keys {
        let frame = ParquetReader::new(Cursor::new(stack.lake_object(&key).await)).finish().unwrap();
        let numbers = frame.column("doctor_id").unwrap().i32().unwrap().iter();
        let rows = frame.column("_row").unwrap().i64().unwrap().iter();
        lake.extend(numbers.zip(rows).map(|(number, row)| (number.unwrap(), row.unwrap())));
    }
    assert_same("the lake", &lake, &wanted);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_members_of_an_archive_are_loaded_as_files_of_their_own() {
    let stack = Stack::shared().await;
    let database = stack.database().await;
    let clinic = clinic(71);
    let members = [
        ("2025/Termine.xlsx", sheet::workbook(&clinic.appointments.rows).unwrap()),
        ("notes.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n%%EOF\n".to_vec()),
        ("doctors.csv", sheet::csv(&clinic.doctors.rows).unwrap()),
    ];
    let members = members.each_ref().map(|(name, content)| (*name, content.as_slice()));
    let archive = sheet::archive(&members).unwrap();
    let run = stack.drop_file("healthtech/export.zip", archive.clone()).await;
    assert_eq!(run.outcome(), "loaded", "{}", run.output);
    assert_eq!(run.output["loads"].as_array().unwrap().len(), 2);
    assert_tables(&database, &clinic).await;

    let places = "
        SELECT DISTINCT _sheet FROM healthtech.appointments
        UNION ALL SELECT DISTINCT _sheet FROM healthtech.doctors WHERE _sheet IS NOT NULL";
    let places = database.query(places, &[]).await.unwrap();
    let places: Vec<&str> = places.iter().map(|row| row.get(0)).collect();
    assert_eq!(places, ["2025/Termine.xlsx/Sheet1", "doctors.csv"]);
    let unread = "SELECT count(*) FROM ops.finding WHERE rule = 'unread_member' AND sheet = 'notes.pdf'";
    let unread: i64 = database.query_one(unread, &[]).await.unwrap().get(0);
    assert_eq!(unread, 2, "each dataset's batch tells of it");

    let before = everything(&database).await;
    assert_eq!(stack.drop_file("healthtech/again.zip", archive).await.outcome(), "duplicate");
    assert_eq!(everything(&database).await, before);
    assert_nothing_leaked(&stack);
}

#[tokio::test(flavor = "multi_thread")]
async fn rejected_rows_of_an_archives_member_are_mended_in_their_places() {
    let stack = Stack::shared().await;
    let database = stack.database().await;
    let month = |first: u32, days: [&str; 3]| {
        let rows = (first..).zip(days).map(|(number, day)| appointment(number, day, "confirmed"));
        sheet::workbook(&under_header(rows)).unwrap()
    };
    let october = month(1, ["2025-10-01", "CANARY-PERSON's day", "2025-10-03"]);
    let november = month(11, ["2025-11-01", "2025-11-02", "CANARY-OTHER's day"]);
    let archive = sheet::archive(&[("october.xlsx", &october), ("november.xlsx", &november)]).unwrap();
    let run = stack.drop_file("healthtech/appointments.zip", archive).await;
    let first = run.output["loads"][0]["batch"].as_str().unwrap();
    assert_eq!(run.output["loads"][0]["counts"]["rejected"], 2, "{}", run.output);

    // Each member's rejects are in a workbook of their own.
    let folder = folder("mend-member");
    let rejects = folder.join("rejects.xlsx");
    let (written, code) = rounds(&stack, &["rejects", first, "--xlsx", rejects.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{written}");
    for (name, row, loaded) in [("rejects", "3", 5), ("rejects-part-2", "4", 6)] {
        let mended = folder.join(format!("{name}-mended.xlsx"));
        mend(&folder.join(name).with_extension("xlsx"), &mended, &[row], &[("booking_date", "2025-12-24")]);
        let replay =
            rounds_json(&stack, &["replay", first, "--mended", mended.to_str().unwrap(), "--follow"]);
        let counts = &replay["output"]["loads"][0]["counts"];
        assert_eq!((&counts["read"], &counts["loaded"]), (&6.into(), &loaded.into()), "{replay}");
    }

    let places = "
        SELECT _file, _sheet, _row FROM healthtech.appointments WHERE booking_date = '2025-12-24' ORDER BY _row";
    let places = database.query(places, &[]).await.unwrap();
    let places: Vec<(&str, &str, i64)> =
        places.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect();
    let file = "appointments.zip";
    assert_eq!(places, [(file, "october.xlsx/Sheet1", 3), (file, "november.xlsx/Sheet1", 4)]);
    assert!(doctors(&database).await.contains_key(&7), "the doctor that they refer to");
    assert_nothing_leaked(&stack);
}
