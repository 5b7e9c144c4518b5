//! For any table of random cells the accounting closes.

use proptest::prelude::*;

use super::*;

fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        "[0-9]{1,2}",
        "[0-9]{1,2}\\.0",
        Just(String::new()),
        "202[0-9]-[01][0-9]-[0-3][0-9]",
        "[01][0-9]/[0-3][0-9]/202[0-9]",
        prop::sample::select(vec!["confirmed", "Canceled.", "booking_id", "status", "2.98725E+13", "\u{a0}"])
            .prop_map(str::to_owned),
        "[ -~]{0,6}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(128) })]

    #[test]
    fn the_accounting_closes_for_any_table(rows in prop::collection::vec(prop::collection::vec(cell(), 0..7), 0..40)) {
        let bytes = workbook(|sheet| {
            texts(sheet, 0, APPOINTMENTS);
            for (number, row) in (1..).zip(&rows) {
                for (column, text) in (0..).zip(row) {
                    sheet.write_string(number, column, text.as_str()).unwrap();
                }
            }
        });
        let curated = appointments(&bytes, Some("Sheet1")).unwrap();
        let manifest = &curated.manifest;
        let PartCounts { read, kept, rejected, superseded } = manifest.counts;
        prop_assert_eq!(read, kept + rejected + superseded);

        let of = |severity, rule: &str| -> u64 {
            manifest.findings.iter().filter(|f| f.severity == severity && f.rule.contains(rule)).map(|f| f.count).sum()
        };
        prop_assert_eq!(of(Severity::Reject, ""), rejected);
        prop_assert_eq!(of(Severity::Info, "superseded"), superseded);
        let blank = |row: &Vec<String>| row.iter().all(|text| tabular::trimmed(text).is_empty());
        let filled = rows.iter().filter(|row| !blank(row)).count();
        prop_assert_eq!(count(filled), read + of(Severity::Info, "repeated_header"));

        prop_assert_eq!(manifest.objects.iter().map(|object| object.rows).sum::<u64>(), kept);
        prop_assert_eq!(manifest.rejects.as_ref().map_or(0, |object| object.rows), rejected);
        for (key, bytes) in &curated.objects {
            let object = manifest.objects.iter().chain(&manifest.rejects).find(|object| object.key == *key);
            prop_assert_eq!(object.map(|object| object.rows), Some(count(frame(bytes).height())));
        }
    }
}
