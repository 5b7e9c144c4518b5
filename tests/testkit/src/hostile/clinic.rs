//! A clinic's exports that went wrong.

use std::io::{Cursor, Read as _, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::{Hostile, HostileError, file};
use crate::healthtech::{Clinic, Options};
use crate::sheet::{self, Cell, text};

/// What the bomb's sheet inflates to, a thousand times its packed size.
const BOMB_BYTES: usize = 256 << 20;

pub(super) fn files() -> Result<Vec<Hostile>, HostileError> {
    let clinic = Clinic::synthesize(Options { appointments: 200, ..Options::default() });
    let good = sheet::workbook(&clinic.appointments.rows)?;
    let half = good.get(..good.len() / 2).unwrap_or_default();
    let mut flipped = good.clone();
    // Into the packed rows, which are most of the file.
    flipped.iter_mut().skip(good.len() / 2).take(8).for_each(|byte| *byte = !*byte);
    Ok(vec![
        file(
            "not-a-workbook.pdf",
            b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n%%EOF\n",
            "Rejected.UnsupportedFormat",
        ),
        file("empty.xlsx", [], "Rejected.EmptyFile"),
        file("header-only.xlsx", sheet::workbook(&[header()])?, "Rejected.EmptyFile"),
        file("password.xlsx", encrypted()?, "Rejected.PasswordProtected"),
        file("unknown-header.xlsx", sheet::workbook(&minutes())?, "Rejected.UnknownDataset"),
        file("column-missing.xlsx", sheet::workbook(&a_column_short())?, "Rejected.MissingColumns"),
        file("truncated.xlsx", half, "Rejected.CorruptFile"),
        file("flipped.xlsx", flipped, "Rejected.CorruptFile"),
        file("bomb.xlsx", bomb(&sheet::workbook(&[header()])?)?, "Rejected.TooLarge"),
    ])
}

fn header() -> sheet::Row {
    ["booking_id", "patient_id", "doctor_id", "booking_date", "status"].map(text).to_vec()
}

/// Prose and figures whose rows name no column of any dataset. Even these must not be quoted in a log.
fn minutes() -> Vec<sheet::Row> {
    vec![
        vec![text("Minutes of the board")],
        vec![text("CANARY-PERSON"), text("will call"), Cell::Number(77_700_012_340_001.0)],
        vec![text("CANARY-OTHER"), text("will write"), Cell::Number(77_700_012_340_002.0)],
    ]
}

fn a_column_short() -> Vec<sheet::Row> {
    let row = |first: &str| vec![text(first), text("77700012340003"), Cell::Number(3.0), text("2025-10-03")];
    vec![header().into_iter().take(4).collect(), row("88800012340001"), row("88800012340002")]
}

/// What Excel saves under a password: an OLE2 container with the encrypted package and how it was encrypted.
fn encrypted() -> Result<Vec<u8>, HostileError> {
    let mut container = cfb::CompoundFile::create(Cursor::new(Vec::new()))?;
    // Agile encryption, version 4.4, then XML; the package is its length and noise.
    let mut how = vec![4, 0, 4, 0, 0x40, 0, 0, 0];
    how.extend_from_slice(
        b"<?xml version=\"1.0\"?><encryption xmlns=\"http://schemas.microsoft.com/office/2006/encryption\"/>",
    );
    container.create_stream("/EncryptionInfo")?.write_all(&how)?;
    let mut noise = vec![0; 8192];
    fastrand::Rng::with_seed(1).fill(&mut noise);
    container.create_stream("/EncryptedPackage")?.write_all(&noise)?;
    container.flush()?;
    Ok(container.into_inner().into_inner())
}

/// A workbook whose sheet inflates a thousandfold.
fn bomb(workbook: &[u8]) -> Result<Vec<u8>, HostileError> {
    let mut from = ZipArchive::new(Cursor::new(workbook))?;
    let mut to = ZipWriter::new(Cursor::new(Vec::new()));
    let options =
        SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).large_file(true);
    for index in 0..from.len() {
        let mut entry = from.by_index(index)?;
        let name = entry.name()?.into_owned();
        let mut content = Vec::new();
        entry.read_to_end(&mut content)?;
        let is_sheet = name.ends_with("sheet1.xml");
        let tail = if is_sheet { content.split_off(content.len() / 2) } else { Vec::new() };
        to.start_file(name, options)?;
        to.write_all(&content)?;
        if is_sheet {
            let blank = vec![b' '; 1 << 20];
            for _ in 0..BOMB_BYTES >> 20 {
                to.write_all(&blank)?;
            }
        }
        to.write_all(&tail)?;
    }
    Ok(to.finish()?.into_inner())
}
