//! For any table of random cells, in any format and under any contract, the accounting closes.

use proptest::prelude::*;

use super::contract_tests::contract;
use super::mend_tests::{rejects, saved};
use super::*;

fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        "[0-9]{1,2}",
        "[0-9]{1,2}\\.0",
        Just(String::new()),
        "202[0-9]-[01][0-9]-[0-3][0-9]",
        "[01][0-9]/[0-3][0-9]/202[0-9]",
        prop::sample::select(vec![
            "confirmed",
            "Canceled.",
            "booking_id",
            "status",
            "2.98725E+13",
            "\u{a0}",
            "_x0041_",
            "=1+1",
            " a\nb\t",
            "ß\u{1}é"
        ])
        .prop_map(str::to_owned),
        "[ -~]{0,6}",
    ]
}

fn cell() -> impl Strategy<Value = Cell<'static>> {
    prop_oneof![
        4 => words().prop_map(|text| if text.is_empty() { Cell::Empty } else { Cell::Text(text.into()) }),
        1 => (-3_i32..40).prop_map(|number| Cell::Number(f64::from(number) / 2.0)),
        1 => (0_i32..120_000).prop_map(|serial| Cell::Date(f64::from(serial) / 2.0)),
        1 => any::<bool>().prop_map(Cell::Bool),
    ]
}

fn rows<C: Strategy>(cell: impl Fn() -> C) -> impl Strategy<Value = Vec<Vec<C::Value>>> {
    prop::collection::vec(prop::collection::vec(cell(), 0..7), 0..40)
}

/// Contracts that take the different ways through the stage.
fn contracts() -> Vec<Dataset> {
    let columns = |id: &str| {
        format!(
            "[columns]\nbooking_id = {{ type = \"bigint\", required = true, {id} description = \"d\" }}\n\
             booking_date = {{ type = \"date\", required = true, description = \"d\" }}\n\
             status = {{ type = \"text\", severity = \"warn\", pattern = \"c.*\", description = \"d\" }}"
        )
    };
    vec![
        dataset("healthtech.appointments"),
        contract(&format!("key = [\"booking_id\"]\nkeep = \"last by status\"\n{}", columns(""))),
        contract(&format!(
            "unknown_columns = \"evolve\"\npartition = \"month(booking_date)\"\n{}",
            columns("unique = true,")
        )),
        contract("unknown_columns = \"evolve\""),
        contract(&format!(
            "empty = \"load\"\nragged_rows = \"reject\"\nunknown_columns = \"evolve\"\n\
             unknown_names = \"snake_case\"\n{}\npatient_id = {{ type = \"bigint\", from = \"key\" }}\n\
             dropped_at = {{ type = \"timestamp\", from = \"drop\" }}",
            columns("")
        )),
    ]
}

/// Every row is in exactly one place, and what is said of the places is true.
fn closes(curated: &Outcome, filled: usize) -> Result<(), TestCaseError> {
    let manifest = &curated.manifest;
    let PartCounts { read, kept, rejected, superseded } = manifest.counts;
    prop_assert_eq!(read, kept + rejected + superseded);
    let of = |severity, rule: &str| -> u64 {
        let matching = manifest.findings.iter().filter(|f| f.severity == severity && f.rule.contains(rule));
        matching.map(|f| f.count).sum()
    };
    prop_assert_eq!(of(Severity::Reject, ""), rejected);
    prop_assert_eq!(of(Severity::Info, "superseded"), superseded);
    let uncounted = of(Severity::Info, "repeated_header") + of(Severity::Info, "note_row");
    prop_assert_eq!(filled as u64, read + uncounted);

    prop_assert_eq!(manifest.objects.iter().map(|object| object.rows).sum::<u64>(), kept);
    prop_assert_eq!(manifest.rejects.as_ref().map_or(0, |object| object.rows), rejected);
    prop_assert_eq!(manifest.rejects_workbook.as_ref().map_or(0, |object| object.rows), rejected);
    let mut places: Vec<String> = Vec::new();
    for (key, bytes) in curated.objects.iter().filter(|(key, _)| key.ends_with(".parquet")) {
        let object = manifest.objects.iter().chain(&manifest.rejects).find(|object| object.key == *key);
        prop_assert_eq!(object.map(|object| object.rows), Some(frame(bytes).height() as u64));
        prop_assert_eq!(object.map(|object| object.bytes), Some(bytes.len() as u64));
        places.extend(column(curated, key, "_row"));
    }
    places.sort_unstable();
    places.dedup();
    prop_assert_eq!(places.len() as u64, kept + rejected);
    Ok(())
}

fn filled(rows: &[Vec<Cell<'static>>]) -> usize {
    rows.iter().filter(|row| row.iter().any(|cell| !cell.is_blank())).count()
}

fn table(rows: Vec<Vec<Cell<'static>>>) -> Vec<Vec<Cell<'static>>> {
    let header = APPOINTMENTS.map(|name| Cell::Text(name.into())).to_vec();
    std::iter::once(header).chain(rows).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(32) })]

    #[test]
    fn the_accounting_closes_for_any_workbook(rows in rows(cell)) {
        let bytes = saved(&table(rows.clone()));
        for dataset in contracts() {
            let curated = curated_as(&dataset, &bytes, Some("Sheet1")).unwrap();
            closes(&curated, filled(&rows))?;
            prop_assert_eq!(&curated, &curated_as(&dataset, &bytes, Some("Sheet1")).unwrap());
        }
    }

    #[test]
    fn the_accounting_closes_for_any_csv(mut rows in rows(words)) {
        for row in &mut rows {
            row.resize(APPOINTMENTS.len(), String::new());
        }
        // What is a delimiter and how quotation marks are meant has to be guessed, and is tested where that is done.
        let quoted = |text: &String| format!("\"{}\"", text.replace(['"', '\\', ';', '|', '\t'], "'"));
        let line = |row: &Vec<String>| row.iter().map(quoted).collect::<Vec<_>>().join(",") + "\n";
        let csv = APPOINTMENTS.join(",") + "\n" + &rows.iter().map(line).collect::<String>();
        let blank = |text: &String| tabular::trimmed(text).is_empty();
        let filled = rows.iter().filter(|row| !row.iter().all(blank)).count();
        for dataset in contracts() {
            closes(&curated_as(&dataset, csv.as_bytes(), None).unwrap(), filled)?;
        }
    }

    /// Whoever mends nothing changes nothing: the workbook of rejects holds every cell as it was read.
    #[test]
    fn rejects_that_come_back_as_they_are_change_nothing(rows in rows(cell)) {
        let bytes = saved(&table(rows));
        for dataset in contracts() {
            let first = curated_as(&dataset, &bytes, Some("Sheet1")).unwrap();
            if first.manifest.rejects_workbook.is_some() {
                let mend = saved(&rejects(&first));
                let again = mended_as(&dataset, &bytes, Some("Sheet1"), &[&mend]).unwrap();
                prop_assert_eq!(&first, &again);
            }
        }
    }

    /// A mended row is read like any other.
    #[test]
    fn the_accounting_closes_for_any_mend(rows in rows(cell), mended in prop::collection::vec(cell(), 5)) {
        let bytes = saved(&table(rows.clone()));
        for dataset in contracts() {
            let first = curated_as(&dataset, &bytes, Some("Sheet1")).unwrap();
            if first.manifest.rejects_workbook.is_some() {
                let mut sheet = rejects(&first);
                for row in &mut sheet[1..] {
                    row.truncate(4);
                    row.extend(mended.iter().cloned());
                }
                let again = mended_as(&dataset, &bytes, Some("Sheet1"), &[&saved(&sheet)]).unwrap();
                closes(&again, filled(&rows))?;
                prop_assert_eq!(again.manifest.counts.read, first.manifest.counts.read);
            }
        }
    }
}
