//! Mended workbooks, told from other files and refused with the way out.

use std::io::{Seek as _, Write as _};

use rounds_shared::catalog::Catalog;

use super::*;

fn batch_of(csv: &str) -> Result<String, String> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(csv.as_bytes()).unwrap();
    file.rewind().unwrap();
    batch(&mut file, Format::Csv, &Limits::default()).map_err(|reason| reason.to_string())
}

#[test]
fn a_mended_workbook_is_told_by_its_first_four_columns() {
    assert!(is_header(&["_batch", "_part", "_row", "_reason", "Booking ID"]));
    assert!(!is_header(&["_batch", "_part", "_row"]));
    assert!(!is_header(&["booking_id", "_batch", "_part", "_row", "_reason"]));
}

#[test]
fn all_rows_of_a_mended_workbook_are_of_one_batch() {
    let header = "_batch,_part,_row,_reason,booking_id";
    assert_eq!(batch_of(&format!("{header}\nab12,0,3,why,1\nab12,1,9,why,2\n")), Ok("ab12".to_owned()));
    let several = batch_of(&format!("{header}\nab12,0,3,why,1\ncd34,0,9,why,2\n")).unwrap_err();
    assert!(several.contains("several batches"), "{several}");
    let added = batch_of(&format!("{header}\nab12,0,3,why,1\n,,,,2\n")).unwrap_err();
    assert!(added.starts_with("row 3 names no batch"), "{added}");
    let empty = batch_of(&format!("{header}\n")).unwrap_err();
    assert!(empty.starts_with("it holds no rows"), "{empty}");
}

#[test]
fn a_refusal_never_quotes_what_a_cell_holds() {
    for csv in ["canary,0,3,why,1\ncanary2,0,4,why,1\n", ",0,3,canary,1\n"] {
        let refusal = batch_of(&format!("_batch,_part,_row,_reason,a\n{csv}")).unwrap_err();
        assert!(!refusal.contains("canary"), "{refusal}");
    }
}

fn part(dataset: &str) -> Part {
    Part {
        batch: "first".to_owned(),
        dataset: dataset.to_owned(),
        index: 0,
        format: Format::Xlsx,
        member: None,
        sheet: Some("Sheet1".to_owned()),
        cut: None,
    }
}

fn mend(sha256: &str) -> Mend {
    let drop = Drop {
        bucket: "landing".to_owned(),
        key: "a mended.xlsx".to_owned(),
        version: "v".to_owned(),
        dropped_at: "2026-11-21T07:30:12Z".parse().unwrap(),
        sequencer: "1".to_owned(),
    };
    Mend { drop, sha256: sha256.to_owned() }
}

const KEY: &str = "healthtech/doctors.xlsx";

#[test]
fn a_replay_is_a_new_batch_of_one_dataset_which_every_mend_changes() {
    let catalog = Catalog::open(None).unwrap();
    let dataset = catalog.dataset("healthtech.doctors").unwrap();
    let file = FileFacts {
        bytes: 1,
        sha256: "00".repeat(32),
        format: Format::Xlsx,
        ignored: Vec::new(),
        mends: Vec::new(),
    };
    let replay = |mends: &[&str]| {
        let parts = vec![part("healthtech.appointments"), part("healthtech.doctors")];
        let (file, parts) =
            replayed(dataset, KEY, file.clone(), parts, mends.iter().copied().map(mend).collect()).unwrap();
        assert_eq!(file.mends.len(), mends.len());
        assert_eq!(
            parts.iter().map(|part| part.dataset.as_str()).collect::<Vec<_>>(),
            ["healthtech.doctors"]
        );
        parts[0].batch.clone()
    };
    assert_eq!(replay(&["11"]), replay(&["11"]));
    let batches =
        [dataset.batch(&file.sha256, KEY), replay(&["11"]), replay(&["11", "22"]), replay(&["22", "11"])];
    assert!((1..batches.len()).all(|index| !batches[..index].contains(&batches[index])), "{batches:?}");

    let lost = replayed(dataset, KEY, file.clone(), vec![part("healthtech.appointments")], vec![mend("11")]);
    assert!(lost.unwrap_err().to_string().contains("healthtech.doctors any more"));
}
