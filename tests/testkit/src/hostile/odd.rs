//! Files that look broken and hold three doctors, whom no reader may lose.

use super::HostileError;
use super::workbooks::{of_sheet, row, sheet_of};
use crate::sheet::{self, text};

/// A file that has to be read whole.
#[derive(Debug, Clone)]
pub struct Odd {
    /// File name.
    pub name: &'static str,
    /// Content.
    pub content: Vec<u8>,
}

/// The doctors, as plain as can be.
const PLAIN: &str = "doctor_id,name,specialty\n1,Ada,Surgery\n2,Bo,\n3,Cy,Surgery\n";

/// Every kind: each has doctors 1, 2 and 3 and no other row.
///
/// # Errors
/// See [`HostileError`].
pub fn odd() -> Result<Vec<Odd>, HostileError> {
    let odd = |name, content: Vec<u8>| Odd { name, content };
    let text_of = |name, content: &str| Odd { name, content: content.into() };
    let rows = PLAIN.lines().map(|line| line.split(',').map(text).collect()).collect::<Vec<_>>();
    let hidden: &[sheet::Row] = &[vec![text("doctor_id")], vec![text("CANARY-PERSON")]];
    let formulas = [["doctor_id", "name"], ["1", "=1+1"], ["2", "@SUM(A1)"], ["3", "\t-2+3"]];
    let formulas = formulas.map(|row| row.map(text).to_vec());
    let corner = "<c r=\"B1048576\" t=\"str\"><v>Cy</v></c><c r=\"XFD1048576\" t=\"str\"><v>far</v></c>";
    let corner = format!("<row r=\"1048576\"><c r=\"A1048576\"><v>3</v></c>{corner}</row>");
    let far = row(2, "1", "Ada") + &row(3, "2", "Bo") + &corner;
    let wide = |text: &str, bytes: fn(u16) -> [u8; 2]| {
        "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(bytes).collect::<Vec<u8>>()
    };
    Ok(vec![
        text_of("text.xls", PLAIN),
        odd("workbook.csv", sheet::workbook(&rows)?),
        text_of("no-extension", &PLAIN.replace(',', "\t")),
        odd("little-endian.csv", wide(PLAIN, u16::to_le_bytes)),
        odd("big-endian.csv", wide(PLAIN, u16::to_be_bytes)),
        odd(
            "windows.csv",
            b"doctor_id;name;specialty\r\n1;Zo\xeb;Surgery\r\n2;Andr\xe9;\r\n3;Fran\xe7ois;Surgery\r\n"
                .to_vec(),
        ),
        text_of("mark.csv", &format!("\u{feff}{PLAIN}")),
        text_of("declared.csv", &format!("sep=;\n{}", PLAIN.replace(',', ";"))),
        text_of(
            "line-breaks.csv",
            "doctor_id,name,specialty\n1,\"Ada\nof the \"\"first\"\" floor\",Surgery\n2,Bo,\n3,Cy,Surgery\n",
        ),
        text_of("old-line-ends.csv", &PLAIN.replace('\n', "\r")),
        text_of("ragged.csv", "doctor_id,name,specialty\n1,Ada\n2,Bo,Surgery,,,\n3,Cy\n"),
        text_of("titles.csv", &format!("Export of the clinic\n\n{PLAIN}")),
        text_of("header-again.csv", &format!("{PLAIN}doctor_id,name,specialty\n")),
        text_of("no-last-line-end.csv", PLAIN.trim_end()),
        odd("formulas.xlsx", sheet::workbook(&formulas)?),
        odd("far-corner.xlsx", of_sheet(&sheet_of(&far))?),
        odd("other-sheet.xlsx", sheet::workbook_of(&[("Doctors", &rows), ("Notes", hidden)])?),
        odd("climbs.zip", sheet::archive(&[("../../../etc/doctors.csv", PLAIN.as_bytes())])?),
        odd(
            "left-behind.zip",
            sheet::archive(&[
                ("doctors.csv", PLAIN.as_bytes()),
                ("__MACOSX/._doctors.csv", b"\0\x05"),
                (".DS_Store", b"\0"),
            ])?,
        ),
    ])
}
