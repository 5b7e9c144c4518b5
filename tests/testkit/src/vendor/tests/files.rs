//! What `Data` holds.

use super::*;

/// The members of AR aging with such content.
fn ar_aging(content: Content) -> Vec<(String, Vec<u8>)> {
    let vendor = vendor();
    vendor.behave(NORTH, "ar_aging", at_once(content));
    let identifier = begin(&vendor, NORTH, "ar_aging");
    members(&results(&vendor, NORTH, &identifier).unwrap())
}

#[test]
fn base64_and_zip_can_be_broken() {
    let vendor = vendor();
    vendor.behave(NORTH, ANY, at_once(Content::BrokenBase64));
    vendor.behave(SOUTH, ANY, at_once(Content::BrokenZip));
    let data = [NORTH, SOUTH].map(|account| {
        let identifier = begin(&vendor, account, "ar_aging");
        let text = element(&results(&vendor, account, &identifier).unwrap(), "Data");
        STANDARD.decode(text.split_whitespace().collect::<String>())
    });
    assert!(data[0].is_err());
    assert!(ZipArchive::new(Cursor::new(data[1].clone().unwrap())).is_err());
}

#[test]
fn members_can_climb_out_of_their_folder() {
    let names: Vec<String> = ar_aging(Content::ZipSlip).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["../../AR Aging 11-21-2026.csv", "/etc/report.csv"]);
}

#[test]
fn rows_can_be_ragged() {
    let records = records(&ar_aging(Content::Ragged)[0].1);
    let width = sheet().header.len();
    let widths: Vec<usize> = records[1..8].iter().map(Vec::len).collect();
    assert_eq!(widths, [width, width, width - 1, width - 1, width + 1, width + 1, width]);
}

#[test]
fn a_csv_can_begin_with_a_byte_order_mark_or_be_in_windows_1252() {
    assert!(ar_aging(Content::Bom)[0].1.starts_with(b"\xef\xbb\xbfCharge ID"));
    let bytes = &ar_aging(Content::Windows1252)[0].1;
    assert!(String::from_utf8(bytes.clone()).is_err());
    let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    assert!(text.to_lowercase().contains("zoë"));
}

#[test]
fn rows_can_be_in_several_files_and_in_none() {
    let files = ar_aging(Content::Several);
    let rows: Vec<Vec<String>> = files.iter().flat_map(|(_, csv)| records(csv).split_off(1)).collect();
    assert_eq!((files.len(), rows), (2, sheet().rows));
    assert_eq!(records(&ar_aging(Content::HeaderOnly)[0].1), [sheet().header]);
}

#[test]
fn a_column_can_be_new_and_a_label_can_be_another() {
    let wider = records(&ar_aging(Content::NewColumn("Charge Memo".to_owned()))[0].1);
    assert_eq!(wider[0].last().unwrap(), "Charge Memo");
    assert!(wider[1..].iter().all(|row| row.last().unwrap() == "new"));
    let renamed = Content::Renamed { from: "Charge Amount".to_owned(), to: "Charge/Debit Amount".to_owned() };
    let header = &records(&ar_aging(renamed)[0].1)[0];
    assert!(
        header.contains(&"Charge/Debit Amount".to_owned()) && !header.contains(&"Charge Amount".to_owned())
    );
}
