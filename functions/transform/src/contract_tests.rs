//! What the contract's other words mean: no key, unique columns, unknown columns, severities, notes.

use std::collections::BTreeMap;

use rounds_shared::catalog::Files;

use super::*;

/// A contract `clinic.table`, from what its file says beside title, table and match.
pub(super) fn contract(rest: &str) -> Dataset {
    let text = format!(
        "title = \"T\"\ntable = \"clinic.table\"\nmatch = {{ prefix = \"clinic/\" }}\nload = \"replace\"\n{rest}"
    );
    let files = Files(BTreeMap::from([("clinic/table.toml".to_owned(), text)]));
    Catalog::from_files(&files).unwrap().dataset("clinic.table").unwrap().clone()
}

fn read(rest: &str, csv: &str) -> Outcome {
    curated_as(&contract(rest), csv.as_bytes(), None).unwrap()
}

#[test]
fn without_a_key_equal_rows_all_stand() {
    let rest = "[columns]\ncode = { type = \"text\", required = true, description = \"d\" }";
    let curated = read(rest, "code,x\na,1\na,1\n,1\n");
    assert_eq!(curated.manifest.counts, PartCounts { read: 3, kept: 2, rejected: 1, superseded: 0 });
}

#[test]
fn cells_of_unknown_columns_are_kept_as_an_object_by_header() {
    let rest = "unknown_columns = \"evolve\"\n[columns]\nid = { type = \"integer\", required = true, description = \"d\" }";
    let date = CellFormat::new().set_num_format("yyyy-mm-dd");
    let bytes = workbook(|sheet| {
        texts(sheet, 0, ["note", "id", "", "note"]);
        texts(sheet, 1, [" a ", "1", "b", "c"]);
        sheet.write_number(2, 0, 2.5).unwrap();
        sheet.write_number(2, 1, 2).unwrap();
        sheet.write_boolean(2, 2, true).unwrap();
        sheet.write_datetime_with_format(2, 4, ExcelDateTime::from_ymd(2025, 11, 1).unwrap(), &date).unwrap();
        texts(sheet, 3, ["", "3"]);
    });
    let curated = curated_as(&contract(rest), &bytes, Some("Sheet1")).unwrap();
    let kept: Vec<String> =
        column(&curated, "curated/", "_unknown").into_iter().map(|text| text.replace("\\\"", "\"")).collect();
    assert_eq!(
        kept,
        [
            r#"{"note":" a ","column 3":"b","note (2)":"c"}"#,
            r#"{"note":2.5,"column 3":true,"column 5":"2025-11-01"}"#,
            "null"
        ]
    );
}

#[test]
fn a_dataset_without_columns_keeps_whatever_comes() {
    let curated = read("unknown_columns = \"evolve\"", "who;what\nAda;\"a;b\"\nBo;\n");
    assert_eq!(curated.manifest.counts, PartCounts { read: 2, kept: 2, rejected: 0, superseded: 0 });
    let kept = column(&curated, "curated/", "_unknown").join("\n").replace("\\\"", "\"");
    assert_eq!(kept, "{\"who\":\"Ada\",\"what\":\"a;b\"}\n{\"who\":\"Bo\"}");
}

#[test]
fn a_nul_character_in_an_unknown_column_rejects_its_row() {
    let curated = read("unknown_columns = \"evolve\"", "who,what\nAda,a\0b\nBo,c\n");
    assert_eq!(curated.manifest.counts.rejected, 1);
    assert_eq!(column(&curated, "rejects/", "rule"), ["nul_character"]);
}

#[test]
fn a_repeated_value_of_a_unique_column_is_rejected_whole_and_the_first_row_keeps_it() {
    let rest = "key = [\"id\"]\n[columns]\nid = { type = \"integer\", description = \"d\" }\n\
                mail = { type = \"text\", unique = true, description = \"d\" }";
    let csv = "id,mail,x\n1,a,\n2,a,kept whole\n3,,\n4,,\nno,b,\n1,c,superseded\n5,c,\n";
    let curated = read(rest, csv);
    assert_eq!(curated.manifest.counts, PartCounts { read: 7, kept: 4, rejected: 2, superseded: 1 });
    assert_eq!(column(&curated, "curated/", "id"), ["1", "3", "4", "5"]);
    assert_eq!(column(&curated, "rejects/", "_row"), ["3", "6"], "in the order of the file");
    assert_eq!(column(&curated, "rejects/", "rule"), ["not_unique", "not_an_integer"]);
    assert!(column(&curated, "rejects/", "cells")[0].contains("kept whole"));
    assert!(told(&curated.manifest.findings).contains(&(
        "not_unique",
        Some("mail"),
        Severity::Reject,
        1,
        vec![3]
    )));
}

#[test]
fn a_rule_that_only_warns_counts_where_its_row_stands() {
    let rest = "key = [\"id\"]\n[columns]\nid = { type = \"integer\", description = \"d\" }\n\
                mail = { type = \"text\", unique = true, severity = \"warn\", description = \"d\" }\n\
                age = { type = \"integer\", severity = \"warn\", description = \"d\" }";
    let curated = read(rest, "id,mail,age\n1,a,old\n1,a,old\n2,a,7\n3,b,old\n");
    assert_eq!(curated.manifest.counts, PartCounts { read: 4, kept: 3, rejected: 0, superseded: 1 });
    assert_eq!(column(&curated, "curated/", "age"), ["null", "7", "null"]);
    let warned: Vec<_> =
        told(&curated.manifest.findings).into_iter().filter(|told| told.2 == Severity::Warn).collect();
    assert_eq!(
        warned,
        [
            ("not_an_integer", Some("age"), Severity::Warn, 2, vec![2, 5]),
            ("not_unique", Some("mail"), Severity::Warn, 1, vec![4])
        ]
    );
}

#[test]
fn dates_of_both_orders_in_one_column_are_noticed() {
    let rest = "[columns]\nday = { type = \"date\", formats = [\"%m/%d/%Y\", \"%d/%m/%Y\"], description = \"d\" }\n\
                note = { type = \"text\", description = \"d\" }";
    let curated = read(rest, "day,note\n02/03/2025,a\n25/12/2025,b\n04/05/2025,c\n");
    assert!(told(&curated.manifest.findings).contains(&(
        "ambiguous_day_month",
        Some("day"),
        Severity::Warn,
        2,
        vec![2, 4]
    )));
}

#[test]
fn rows_of_one_cell_below_the_table_are_notes() {
    let curated = doctors("doctor_id,name,notes\n1,Ada\nTotal:\nmade by the front desk\n").unwrap();
    assert_eq!(curated.manifest.counts, PartCounts { read: 1, kept: 1, rejected: 0, superseded: 0 });
    assert!(told(&curated.manifest.findings).contains(&("note_row", None, Severity::Info, 2, vec![3, 4])));
}

#[test]
fn rows_of_one_cell_above_another_row_are_rejects() {
    let curated = doctors("doctor_id,name,notes\n1,Ada\nTotal:\n2,Bo\n").unwrap();
    assert_eq!(curated.manifest.counts, PartCounts { read: 3, kept: 2, rejected: 1, superseded: 0 });
    assert_eq!(column(&curated, "rejects/", "_row"), ["3"]);
}

#[test]
fn half_a_row_and_a_whole_list_are_no_notes() {
    assert_eq!(doctors("doctor_id,name\n1,Ada\n2,\n").unwrap().manifest.counts.rejected, 1);
    let list = "doctor_id,name,notes\n".to_owned() + &"x,,\n".repeat(100);
    let counts = doctors(&list).unwrap().manifest.counts;
    assert_eq!((counts.read, counts.rejected), (100, 100));
}

#[test]
fn the_end_of_a_piece_is_no_end_of_a_table() {
    let dataset = dataset("healthtech.doctors");
    let limits = Limits::default();
    let part = part(&dataset.name, None);
    let order = order(&part, &dataset, &limits);
    let mut table = Table::new(&order, Mends::default()).unwrap();
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(b"doctor_id,name,notes\n1,Ada\nTotal:\n").unwrap();
    tabular::rows(&mut file, Format::Csv, None, &limits, &mut |row| {
        table.take(&row).unwrap();
        ControlFlow::Continue(())
    })
    .unwrap();
    table.finish(false).unwrap();
    assert_eq!((table.read, table.rejects.count()), (2, 1));
}

#[test]
fn findings_say_which_sheet_they_are_of() {
    let curated = appointments(&dirty_workbook(), Some("Sheet1")).unwrap();
    assert!(curated.manifest.findings.iter().all(|finding| finding.sheet.as_deref() == Some("Sheet1")));
}

#[test]
fn a_row_of_more_text_than_anyone_writes_is_refused() {
    let long = "x".repeat(1_000_000);
    let csv = format!("doctor_id,name\n1,{}\n", vec![long; 70].join(","));
    let error = doctors(&csv).unwrap_err();
    assert_eq!(error.name(), Name::TooLarge);
    assert!(error.to_string().contains("bytes of text in one row"), "{error}");
}

#[test]
fn digits_behind_the_microsecond_decide_nothing() {
    let by_id = "key = [\"id\"]\nkeep = \"last by updated_at\"";
    let by_time = "key = [\"updated_at\"]\nkeep = \"last\"";
    let kinds = [("timestamp", "%Y-%m-%d %H:%M:%S%.f", "2025-10-05 "), ("time", "%H:%M:%S%.f", "")];
    for (kind, format, day) in kinds {
        for (decides, ids) in [(by_id, [1, 1]), (by_time, [1, 2])] {
            let rest = format!(
                "{decides}\n[columns]\nid = {{ type = \"bigint\", required = true, description = \"d\" }}\n\
                 updated_at = {{ type = \"{kind}\", formats = [\"{format}\"], required = true, description = \"d\" }}"
            );
            let [first, last] = ids;
            let csv = format!("id,updated_at\n{first},{day}08:00:00.1234569\n{last},{day}08:00:00.1234561\n");
            let curated = read(&rest, &csv);
            assert_eq!(curated.manifest.counts, PartCounts { read: 2, kept: 1, rejected: 0, superseded: 1 });
            assert_eq!(column(&curated, "curated/", "_row"), ["3"], "{kind}, {decides}");
        }
    }
}
