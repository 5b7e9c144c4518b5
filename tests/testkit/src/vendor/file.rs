//! The vendor's files: a CSV in a zip in base64, whole or damaged.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::civil::Date;

use super::behaviour::Content;
use crate::billing::{Report, Sheet};
use crate::sheet::{SheetError, archive};

/// Characters in a line of base64, as mail programs break it.
const LINE: usize = 76;

/// What `Data` holds.
pub(super) fn data(
    sheet: &Sheet,
    report: &Report,
    content: &Content,
    as_of: Date,
) -> Result<String, SheetError> {
    let zip = zip(sheet, report, content, as_of)?;
    let text = STANDARD.encode(zip);
    let lines: Vec<&str> =
        (0..text.len()).step_by(LINE).filter_map(|at| text.get(at..text.len().min(at + LINE))).collect();
    let text = format!("\n{}\n", lines.join("\n"));
    Ok(if *content == Content::BrokenBase64 { text.replacen('U', "%", 1) } else { text })
}

/// The zip that the vendor sends.
///
/// # Errors
/// See [`SheetError`].
pub fn zip(sheet: &Sheet, report: &Report, content: &Content, as_of: Date) -> Result<Vec<u8>, SheetError> {
    let name = format!("{} {}.csv", report.title, as_of.strftime("%m-%d-%Y"));
    let one = |text: Vec<u8>| archive(&[(&name, &text)]);
    let with_rows = |rows: &[Vec<String>]| Sheet { rows: rows.to_vec(), ..sheet.clone() }.csv();
    match content {
        Content::Whole | Content::BrokenBase64 => one(sheet.csv()?),
        Content::HeaderOnly => one(with_rows(&[])?),
        Content::BrokenZip => {
            let mut zip = one(sheet.csv()?)?;
            zip.truncate(zip.len() / 2);
            Ok(zip)
        }
        Content::ZipSlip => {
            let text = sheet.csv()?;
            archive(&[(&format!("../../{name}"), &text), ("/etc/report.csv", &text)])
        }
        Content::Ragged => one(with_rows(&ragged(&sheet.rows))?),
        Content::Bom => one([b"\xef\xbb\xbf".as_slice(), &sheet.csv()?].concat()),
        Content::Windows1252 => one(windows_1252(&String::from_utf8_lossy(&sheet.csv()?))),
        Content::Several => {
            let (first, second) = sheet.rows.split_at(sheet.rows.len() / 2);
            let second_name = name.replace(".csv", " (2).csv");
            archive(&[(&name, &with_rows(first)?), (&second_name, &with_rows(second)?)])
        }
        Content::NewColumn(label) => {
            let mut wider = sheet.clone();
            wider.header.push(label.clone());
            wider.rows.iter_mut().for_each(|row| row.push("new".to_owned()));
            one(wider.csv()?)
        }
        Content::Renamed { from, to } => {
            let mut renamed = sheet.clone();
            renamed.header.iter_mut().filter(|label| *label == from).for_each(|label| label.clone_from(to));
            one(renamed.csv()?)
        }
    }
}

/// The rows, of which the third and the fourth lack their first field and the fifth and the sixth have one more.
fn ragged(rows: &[Vec<String>]) -> Vec<Vec<String>> {
    let mut rows = rows.to_vec();
    for row in rows.iter_mut().skip(2).take(2) {
        row.drain(..1);
    }
    for row in rows.iter_mut().skip(4).take(2) {
        row.push("more".to_owned());
    }
    rows
}

/// The text in Windows-1252, as far as that has the same characters in the same places as Latin-1.
fn windows_1252(text: &str) -> Vec<u8> {
    text.chars().map(|character| u8::try_from(character).unwrap_or(b'?')).collect()
}
