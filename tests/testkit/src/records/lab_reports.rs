//! Lab reports.

use fastrand::Rng;
use jiff::ToSpan as _;

use super::{Options, SLIP_EVERY, lately, rather, written};
use crate::made_up::{pick, row, slip};
use crate::sheet::Row;

const TESTS: [&str; 6] = ["Blood sugar", "CBC", "Lipid profile", "Thyroid", "Urinalysis", "X-ray"];
const RESULTS: [&str; 6] = ["Normal", "Normal", "Normal", "Abnormal", "Critical", ""];

/// The lab reports' file.
pub(super) fn lab_reports(options: &Options, chance: &mut Rng) -> Vec<Row> {
    let mut rows = vec![row(&["report_id", "visit_id", "test_type", "result", "report_date"])];
    let mut again = Vec::new();
    for number in 0..options.lab_reports {
        let id = format!("R{}", 400_000 + number);
        let mut visit = format!("V{}", 300_000 + chance.u32(..options.visits));
        let mut day = written(lately(options.as_of, chance), chance);
        let test = rather(&TESTS, chance);
        let result = match test {
            "Blood sugar" | "Lipid profile" => pick(&RESULTS, chance),
            _ => rather(&RESULTS, chance),
        };
        match slip(number, SLIP_EVERY, 5) {
            Some(0) => rows.push(row(&["", &visit, test, result, &day])),
            Some(1) => again.push(row(&[&id, &visit, test, "Critical", &day])),
            Some(2) => visit = "V999999".to_owned(),
            Some(3) => visit = String::new(),
            Some(_) => day = options.as_of.saturating_add(30.days()).to_string(),
            None => {}
        }
        rows.push(row(&[&id, &visit, test, result, &day]));
    }
    rows.append(&mut again);
    rows
}
