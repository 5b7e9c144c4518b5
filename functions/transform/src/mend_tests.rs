//! Rejects as a workbook, and mended rows in the place of the file's own.

use rounds_shared::manifest::MEND_COLUMNS;

use super::contract_tests::contract;
use super::*;
use crate::table::owned;

type Sheet = Vec<Vec<Cell<'static>>>;

/// The workbook of rejects, row by row.
pub(super) fn rejects(curated: &Outcome) -> Sheet {
    let key = &curated.manifest.rejects_workbook.as_ref().unwrap().key;
    let (_, bytes) = curated.objects.iter().find(|(known, _)| known == key).unwrap();
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    let mut rows = Vec::new();
    tabular::rows(&mut file, Format::Xlsx, Some("rejects"), &Limits::default(), &mut |row| {
        rows.push(row.cells.iter().map(owned).collect());
        ControlFlow::Continue(())
    })
    .unwrap();
    rows
}

/// Rows as a spreadsheet program would save them.
pub(super) fn saved(rows: &Sheet) -> Vec<u8> {
    let date = CellFormat::new().set_num_format("yyyy-mm-dd hh:mm:ss");
    workbook(|sheet| {
        for (line, row) in (0..).zip(rows) {
            for (column, cell) in (0..).zip(row) {
                match cell {
                    Cell::Text(text) => sheet.write_string(line, column, text.as_ref()).unwrap(),
                    Cell::Number(number) => sheet.write_number(line, column, *number).unwrap(),
                    Cell::Date(serial) => {
                        sheet.write_number_with_format(line, column, *serial, &date).unwrap()
                    }
                    Cell::Bool(value) => sheet.write_boolean(line, column, *value).unwrap(),
                    Cell::Empty | Cell::Error(_) | Cell::Uncalculated => continue,
                };
            }
        }
    })
}

fn text(text: &str) -> Cell<'static> {
    Cell::Text(text.to_owned().into())
}

fn row(cells: &[&str]) -> Vec<Cell<'static>> {
    cells.iter().map(|cell| if cell.is_empty() { Cell::Empty } else { text(cell) }).collect()
}

const CSV: &str = "doctor_id,name,specialty,notes\n1,Ada,Heart,=1+1\nx,Bo,,a\n3,,Skin,b\n";

#[test]
fn the_workbook_says_per_row_why_and_shows_the_cells_as_they_were_read() {
    let curated = doctors(CSV).unwrap();
    let object = curated.manifest.rejects_workbook.as_ref().unwrap();
    let base = "rejects/healthtech/doctors/batch=0123456789abcdef0123456789abcdef";
    assert_eq!((object.key.clone(), object.rows), (format!("{base}/part-00000.xlsx"), 2));
    let sheet = rejects(&curated);
    assert_eq!(sheet[0], row(&[&MEND_COLUMNS[..], &["doctor_id", "name", "specialty", "notes"]].concat()));
    assert_eq!(sheet[1][0], text("0123456789abcdef0123456789abcdef"));
    assert_eq!(sheet[1][1..3], [Cell::Number(0.0), Cell::Number(3.0)]);
    assert_eq!(sheet[1][3], text("doctor_id is not a whole number"));
    assert_eq!(sheet[1][4..], row(&["x", "Bo", "", "a"]));
    assert_eq!(sheet[2][3], text("name has no value, and the contract requires one"));
}

#[test]
fn a_reason_names_the_formats_and_words_that_the_contract_allows() {
    let csv = APPOINTMENTS.join(",") + "\n1,2,3,soon,maybe\n";
    let sheet = rejects(&appointments(csv.as_bytes(), None).unwrap());
    assert_eq!(
        sheet[1][3],
        text(
            "booking_date is not a date in any of the contract's formats (%Y-%m-%d, %m/%d/%Y, %Y/%m/%d); \
             status is not one of the contract's words (confirmed, cancelled)"
        )
    );
}

#[test]
fn a_reason_says_how_to_write_what_is_read() {
    let rest = "[columns]\ncharge = { type = \"decimal(9,2)\", required = true }\n\
                paid = { type = \"text\", values = { knee_brace = [\"knee brace\", \"brace\"], card = [\"Card\"] } }";
    let read = |csv: &str| dropped_as("clinic/x.csv", &contract(rest), csv.as_bytes(), None, &[]).unwrap();
    let sheet = rejects(&read("charge,paid\n\"120,50\",knee_brace\n"));
    assert_eq!(
        sheet[1][3],
        text(
            "charge is not a decimal number (a point, not a comma, stands before its decimals); \
             paid is not one of the contract's words (knee brace, card)"
        )
    );
    assert_eq!(column(&read("charge,paid\n120.50,knee brace\n"), "curated/", "paid"), ["knee_brace"]);
}

#[test]
fn cells_that_break_a_rule_have_a_colour_and_no_cell_is_a_formula() {
    let curated = doctors("doctor_id,name,notes\nx,Bo,=1+1\n").unwrap();
    let (_, bytes) = curated.objects.iter().find(|(key, _)| key.contains(".xlsx")).unwrap();
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    let mut part = |name: &str| {
        let member = tabular::member(&mut file, name, &Limits::default()).unwrap();
        std::io::read_to_string(member).unwrap()
    };
    let sheet = part("xl/worksheets/sheet1.xml");
    let style = |place: &str| {
        let cell = sheet.split("<c ").find(|cell| cell.starts_with(&format!("r=\"{place}\""))).unwrap();
        cell.split('>').next().unwrap().to_owned().replace(place, "")
    };
    assert_ne!(style("E2"), style("F2"), "the offending cell looks different");
    assert_eq!(style("F2"), style("G2"));
    assert!(!sheet.contains("<f>") && sheet.contains("=1+1"));
    assert!(part("xl/styles.xml").contains("FFE699"));
}

#[test]
fn rows_that_no_workbook_holds_are_left_out_of_it_with_a_finding() {
    let csv = format!("doctor_id,name\nx,{}\ny,Bo\n", "n".repeat(40_000));
    let curated = doctors(&csv).unwrap();
    assert_eq!(curated.manifest.rejects.as_ref().unwrap().rows, 2);
    assert_eq!(curated.manifest.rejects_workbook.as_ref().unwrap().rows, 1);
    assert!(told(&curated.manifest.findings).contains(&(
        "rejects_not_listed",
        None,
        Severity::Info,
        1,
        vec![2]
    )));
}

/// The doctors, read with mended workbooks.
fn mended(mends: &[&Sheet]) -> Outcome {
    let mends: Vec<Vec<u8>> = mends.iter().map(|mend| saved(mend)).collect();
    let mends: Vec<&[u8]> = mends.iter().map(Vec::as_slice).collect();
    mended_as(&dataset("healthtech.doctors"), CSV.as_bytes(), None, &mends).unwrap()
}

fn unknown_mends(curated: &Outcome) -> Option<(u64, Vec<u64>)> {
    let findings = &curated.manifest.findings;
    findings.iter().find(|f| f.rule == "unknown_mend").map(|f| (f.count, f.at.clone()))
}

#[test]
fn a_mended_row_takes_the_place_of_the_files_own() {
    let mut sheet = rejects(&doctors(CSV).unwrap());
    sheet[1][4] = Cell::Number(2.0);
    let curated = mended(&[&sheet]);
    assert_eq!(curated.manifest.counts, PartCounts { read: 3, kept: 2, rejected: 1, superseded: 0 });
    assert_eq!(column(&curated, "curated/", "doctor_id"), ["1", "2"]);
    assert_eq!(column(&curated, "curated/", "_row"), ["2", "3"]);
    assert_eq!(unknown_mends(&curated), None);
}

#[test]
fn of_two_mends_of_a_row_the_later_counts() {
    let mut first = rejects(&doctors(CSV).unwrap());
    first[1][4] = Cell::Number(2.0);
    first[2][5] = text("Cy");
    let mut second = first.clone();
    second.remove(2);
    second[1][4] = Cell::Number(7.0);
    let curated = mended(&[&first, &second]);
    assert_eq!(column(&curated, "curated/", "doctor_id"), ["1", "7", "3"]);
}

#[test]
fn columns_are_found_by_name_wherever_they_were_moved_and_those_taken_out_keep_their_cells() {
    let mut sheet = rejects(&doctors(CSV).unwrap());
    sheet.remove(1);
    for row in &mut sheet {
        row.truncate(6);
        row.swap(4, 5);
    }
    sheet[1][4] = text("Cy");
    let curated = mended(&[&sheet]);
    assert_eq!(column(&curated, "curated/", "name"), ["Ada", "Cy"]);
    assert_eq!(column(&curated, "curated/", "specialty"), ["Heart", "Skin"]);
}

#[test]
fn mended_rows_that_the_file_does_not_have_are_noticed() {
    let mut sheet = rejects(&doctors(CSV).unwrap());
    sheet[1][2] = Cell::Number(1.0);
    sheet[2][2] = Cell::Number(99.0);
    let mut added = sheet[1].clone();
    added[2] = Cell::Empty;
    sheet.push(added);
    let curated = mended(&[&sheet]);
    assert_eq!(unknown_mends(&curated), Some((3, vec![1, 99])));
    assert_eq!(curated.manifest.counts, doctors(CSV).unwrap().manifest.counts);
}

#[test]
fn a_mended_row_may_repeat_a_key_or_a_unique_value_like_any_other() {
    let mut sheet = rejects(&doctors(CSV).unwrap());
    sheet[1][4] = Cell::Number(1.0);
    let counts = mended(&[&sheet]).manifest.counts;
    assert_eq!(counts, PartCounts { read: 3, kept: 1, rejected: 1, superseded: 1 });
}

#[test]
fn what_is_no_workbook_of_rejects_mends_nothing_in_silence() {
    let other = saved(&vec![row(&["doctor_id", "name"]), row(&["1", "Ada"])]);
    let error = mended_as(&dataset("healthtech.doctors"), CSV.as_bytes(), None, &[&other]).unwrap_err();
    assert_eq!(error.name(), Name::CorruptFile);
}
