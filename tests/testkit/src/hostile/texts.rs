//! Text, and what is called text.

use super::{Hostile, file};

const HEADER: &str = "doctor_id,name,specialty\n";

pub(super) fn files() -> Vec<Hostile> {
    let rows = |rows: &str| format!("{HEADER}{rows}");
    let many = |row: &str| rows(&row.repeat(300));
    vec![
        file("line-ends-alone.csv", "\r\n".repeat(1000), "Rejected.EmptyFile"),
        file("noise.csv", noise(), "Rejected.UnsupportedFormat"),
        file("utf-32.csv", utf_32(&rows("1,CANARY-PERSON,Surgery\n")), "Rejected.UnsupportedFormat"),
        file(
            "cyrillic.csv",
            b"doctor_id,name\n1,\xc8\xe2\xe0\xed \xcf\xe5\xf2\xf0\xee\xe2\n",
            "Rejected.UnsupportedFormat",
        ),
        file(
            "page.xls",
            "<html><body><table><tr><td>doctor_id</td></tr></table></body></html>",
            "Rejected.UnsupportedFormat",
        ),
        file(
            "page-in-a-mail.xls",
            "MIME-Version: 1.0\nContent-Type: multipart/related\n\n<html>",
            "Rejected.UnsupportedFormat",
        ),
        file(
            "spreadsheet-2003.xls",
            "<?xml version=\"1.0\"?><Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\"/>",
            "Rejected.UnsupportedFormat",
        ),
        file(
            "picture.xlsx",
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0",
            "Rejected.UnsupportedFormat",
        ),
        file(
            "packed.csv.gz",
            b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x4b\xc9\x4f\x2e\xc9\x2f\x8a\xcf\x4c\xe1\x02\0",
            "Rejected.UnsupportedFormat",
        ),
        file(
            "open-quotes.csv",
            many("1,CANARY-PERSON,Surgery\n") + "9,\"CANARY-OTHER,Surgery\n",
            "Rejected.CorruptFile",
        ),
        file(
            "two-encodings.csv",
            [many("1,José,Surgery\n").as_bytes(), b"2,caf\xe9,Surgery\n"].concat(),
            "Rejected.UnsupportedFormat",
        ),
        file("long-cell.csv", rows(&format!("1,{},Surgery\n", "x".repeat(2 << 20))), "Rejected.TooLarge"),
        file("wide-row.csv", rows(&format!("1{}\n", ",x".repeat(20_000))), "Rejected.TooLarge"),
        file(
            "no-row-of-use.csv",
            rows("soon,CANARY-PERSON,Surgery\nlater,CANARY-OTHER,Surgery\n"),
            "Rejected.NoUsableRows",
        ),
    ]
}

fn noise() -> Vec<u8> {
    let mut noise = vec![0; 64 << 10];
    fastrand::Rng::with_seed(2).fill(&mut noise);
    // No magic bytes by chance.
    noise.splice(..4, [1, 2, 0xff, 0xfe]);
    noise
}

fn utf_32(text: &str) -> Vec<u8> {
    "\u{feff}".chars().chain(text.chars()).flat_map(|char| u32::from(char).to_le_bytes()).collect()
}
