//! What a drop tells of its rows, and the contract's words for what vendors send: nothing, ragged rows, new columns.

use rounds_shared::tabular::Pieces;

use super::contract_tests::contract;
use super::mend_tests::{rejects, saved};
use super::*;

const AGING: &str = "empty = \"load\"\nragged_rows = \"reject\"\nunknown_columns = \"evolve\"\n\
    unknown_names = \"snake_case\"\n[columns]\n\
    account = { type = \"text\", from = \"key\", required = true, pattern = \"[0-9]{4}\" }\n\
    created_at = { type = \"timestamp\", from = \"drop\" }\n\
    charge = { type = \"text\", required = true }\n\
    paid = { type = \"decimal(9,2)\" }\n\
    note = { type = \"text\" }";

const KEY: &str = "clinic/account=0017/2026-11-21/aging.csv";

fn aging(csv: &str) -> Outcome {
    dropped_as(KEY, &contract(AGING), csv.as_bytes(), None, &[]).unwrap()
}

/// Rows by number and rule.
fn rejected(curated: &Outcome) -> Vec<(String, String)> {
    let of = |name: &str| column(curated, "rejects/", name);
    of("_row").into_iter().zip(of("rule")).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(row, rule)| ((*row).to_owned(), (*rule).to_owned())).collect()
}

#[test]
fn every_row_has_what_the_key_and_the_time_of_the_drop_say() {
    let curated = aging("Charge,Paid,Note\na,1,x\nb,2,\n");
    assert_eq!(column(&curated, "curated/", "account"), ["0017", "0017"]);
    assert_eq!(column(&curated, "curated/", "created_at"), ["2026-11-21 07:00:00"; 2]);
    assert_eq!(column(&curated, "curated/", "_file"), ["aging.csv"; 2]);
    assert_eq!(told(&curated.manifest.findings), [], "no column of the file is missing");
}

#[test]
fn a_value_in_the_key_is_read_as_a_cell_is() {
    let rest = "[columns]\nsite = { type = \"text\", from = \"key\", values = { north = [\"n\"] } }\n\
                year = { type = \"integer\", from = \"key\", severity = \"warn\" }\n\
                month = { type = \"integer\", from = \"key\" }\ncharge = { type = \"text\", required = true }\n\
                paid = { type = \"text\" }";
    let read = |key: &str| {
        let curated = dropped_as(key, &contract(rest), b"charge,paid\na,b\n", None, &[]).unwrap();
        let values = ["site", "year", "month"].map(|name| column(&curated, "curated/", name).remove(0));
        let warnings = curated.manifest.findings.into_iter().filter(|f| f.severity == Severity::Warn);
        (values.join(" "), warnings.map(|f| f.rule).collect::<Vec<_>>())
    };
    assert_eq!(read("clinic/year=2,026/site=N./x.csv"), ("north 2026 null".to_owned(), vec![]));
    let warned = vec!["not_an_integer".to_owned()];
    assert_eq!(read("clinic/year=soon/month=07/x.csv"), ("null null 7".to_owned(), warned));
}

#[test]
fn a_key_that_the_contract_does_not_accept_refuses_the_file_at_once() {
    let told = |key: &str| {
        let error = dropped_as(key, &contract(AGING), b"charge,paid\na,1\n", None, &[]).unwrap_err();
        assert_eq!(error.name(), Name::MissingColumns);
        error.to_string()
    };
    assert_eq!(
        told("clinic/account=17/aging.csv"),
        "aging.csv: what its key says of account does not look as the contract's pattern has it; drop it below a \
         folder account=… that the contract of clinic.table accepts"
    );
    assert!(told("clinic/aging.csv").contains("account has no value"));
}

#[test]
fn a_row_that_says_it_is_of_another_key_is_rejected() {
    let curated = aging("Account,Charge,Paid\n0017,a,1\n 0017,b,2\n0018,c,3\n,d,4\n17,e,5\n");
    assert_eq!(column(&curated, "curated/", "charge"), ["a", "b"]);
    assert_eq!(rejected(&curated), pairs(&[("4", "other_than_key"), ("5", "missing"), ("6", "pattern")]));
}

#[test]
fn a_column_that_is_named_as_the_time_of_the_drop_is_one_of_the_vendors() {
    let curated = aging("Charge,Paid,Created At\na,1,yesterday\n");
    assert_eq!(column(&curated, "curated/", "created_at"), ["2026-11-21 07:00:00"]);
    let kept = column(&curated, "curated/", "_unknown")[0].replace("\\\"", "\"");
    assert_eq!(kept, r#"{"created_at_1":"yesterday"}"#);
}

#[test]
fn a_header_alone_is_a_table_without_rows() {
    let curated = aging("Charge,Paid\n\n");
    assert_eq!(curated.manifest.counts, PartCounts::default());
    assert_eq!((curated.manifest.objects.len(), curated.objects.len()), (0, 0));
    let bytes = workbook(|sheet| texts(sheet, 0, ["charge", "paid"]));
    let of_sheet = dropped_as(KEY, &contract(AGING), &bytes, Some("Sheet1"), &[]).unwrap();
    assert_eq!(of_sheet.manifest.counts, PartCounts::default());
}

#[test]
fn a_table_with_anything_below_its_header_is_not_empty() {
    for (csv, rule) in
        [("charge,paid,note\n,,Total\n", "missing"), ("charge,paid,note\nTotal\n", "ragged_row")]
    {
        let curated = aging(csv);
        assert_eq!(curated.manifest.counts, PartCounts { read: 1, kept: 0, rejected: 1, superseded: 0 });
        assert_eq!(rejected(&curated), pairs(&[("2", rule)]));
    }
}

#[test]
fn a_ragged_row_is_rejected_whole_and_by_number() {
    let csv = "Aging of all\nCharge,Paid,Note,\na,1,x,\nb,2\n\n  \nc,3,x,y,z\nd,4,x,,, \ne,5,\"x\ny\",,\nf,6,z,\n,,\n";
    let curated = aging(csv);
    assert_eq!(column(&curated, "curated/", "charge"), ["a", "d", "e", "f"]);
    assert_eq!(rejected(&curated), pairs(&[("4", "ragged_row"), ("7", "ragged_row")]));
    assert_eq!(
        told(&curated.manifest.findings),
        [
            ("ragged_row", None, Severity::Reject, 2, vec![4, 7]),
            ("title_row", None, Severity::Info, 1, vec![1])
        ]
    );
    let cells = column(&curated, "rejects/", "cells")[1].replace("\\\"", "\"");
    let whole = r#"{"charge":"c","paid":"3","note":"x","unnamed_column":"y","unnamed_column_1":"z"}"#;
    assert_eq!(cells, whole);
    assert_eq!(
        rejects(&curated)[1][3],
        Cell::Text("the row has fewer or more fields than the header".into())
    );
}

#[test]
fn a_last_row_of_one_cell_is_a_note_although_it_is_ragged() {
    let curated = aging("charge,paid,note\na,1,x\nGrand total\n");
    assert_eq!(curated.manifest.counts, PartCounts { read: 1, kept: 1, rejected: 0, superseded: 0 });
    assert_eq!(told(&curated.manifest.findings), [("note_row", None, Severity::Info, 1, vec![3])]);
    let curated = aging("charge,paid,note\na,1,x\nb\nc,1,x\n");
    assert_eq!(rejected(&curated), pairs(&[("3", "ragged_row")]));
}

#[test]
fn ragged_rows_are_accepted_unless_the_contract_rejects_them_and_sheets_have_none() {
    let accepting = AGING.replace("ragged_rows = \"reject\"", "ragged_rows = \"accept\"");
    let csv = "charge,paid,note\na\nb,2,x,more\n";
    let curated = dropped_as(KEY, &contract(&accepting), csv.as_bytes(), None, &[]).unwrap();
    assert_eq!(curated.manifest.counts.kept, 2);
    let bytes = workbook(|sheet| {
        texts(sheet, 0, ["charge", "paid", "note"]);
        texts(sheet, 1, ["a"]);
    });
    let curated = dropped_as(KEY, &contract(AGING), &bytes, Some("Sheet1"), &[]).unwrap();
    assert_eq!(curated.manifest.counts.kept, 1);
}

#[test]
fn what_a_ragged_row_has_too_much_is_no_column_that_nobody_announced() {
    let refusing = AGING.replace("evolve", "reject");
    let csv = "charge,paid,note\na,1,x\nb,2,x,more\n";
    let curated = dropped_as(KEY, &contract(&refusing), csv.as_bytes(), None, &[]).unwrap();
    assert_eq!(curated.manifest.counts, PartCounts { read: 2, kept: 1, rejected: 1, superseded: 0 });
}

#[test]
fn a_row_is_ragged_in_whichever_piece_of_a_text_it_stands() {
    let csv = "Account,Charge,Paid\n0017,a,1\n0017,b\n\n0018,c,3\n0017,d,4,5\n0017,e,6,\n";
    let (dataset, limits) = (contract(AGING), Limits::default());
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(csv.as_bytes()).unwrap();
    let pieces = Pieces { records: 1, ..Pieces::default() };
    let cuts = tabular::cut(&mut file, "tag", 1, pieces, &limits).unwrap();
    assert_eq!(cuts.len(), 5);
    let (mut kept, mut noted) = (0, Vec::new());
    for cut in cuts {
        let part = Part { cut: Some(cut), ..part(&dataset.name, None) };
        let order = Order { key: KEY, ..order(&part, &dataset, &limits) };
        let PartManifest { counts, findings, .. } =
            curate(&mut file, &mut [], &order, &|_, _| Ok(())).unwrap();
        kept += counts.kept;
        let rejections = findings.into_iter().filter(|finding| finding.severity == Severity::Reject);
        noted.extend(rejections.map(|finding| (finding.rule, finding.at)));
    }
    let expected = [("ragged_row", 3), ("other_than_key", 5), ("ragged_row", 6)];
    assert_eq!((kept, noted), (2, expected.map(|(rule, row)| (rule.to_owned(), vec![row])).to_vec()));
}

#[test]
fn columns_that_nobody_announced_are_kept_in_snake_case() {
    let curated = aging("Charge,Paid,Credit Source w/o Payer,,Remark Code(s),PAID\na,1,p,q,r,s\n");
    let kept = column(&curated, "curated/", "_unknown")[0].replace("\\\"", "\"");
    assert_eq!(
        kept,
        r#"{"credit_source_w_o_payer":"p","unnamed_column":"q","remark_code_s":"r","paid_1":"s"}"#
    );
}

#[test]
fn a_mended_ragged_row_stands_and_one_that_nobody_touched_does_not() {
    let csv = "Charge,Paid\na,1,2\nb\nc,soon\n";
    let first = aging(csv);
    assert_eq!(first.manifest.counts.rejected, 3);
    let mut sheet = rejects(&first);
    let header: Vec<String> = sheet[0].iter().map(|cell| cell.as_text(Epoch::Y1900).into_owned()).collect();
    assert_eq!(header[4..], ["charge", "paid", "unnamed_column"], "nobody is asked for the account");
    let mended = |sheet: &Vec<Vec<Cell<'static>>>| {
        dropped_as(KEY, &contract(AGING), csv.as_bytes(), None, &[&saved(sheet)]).unwrap()
    };
    assert_eq!(mended(&sheet), first);
    sheet[1][6] = Cell::Empty;
    sheet[3][5] = Cell::Number(3.0);
    let again = mended(&sheet);
    assert_eq!(column(&again, "curated/", "charge"), ["a", "c"]);
    assert_eq!(column(&again, "curated/", "account"), ["0017", "0017"]);
    assert_eq!(rejected(&again), pairs(&[("3", "ragged_row")]));
}
