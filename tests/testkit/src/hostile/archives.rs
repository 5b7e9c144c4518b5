//! Zip archives that hold too much, too little or what cannot be unpacked.

use super::{Hostile, HostileError, file};
use crate::sheet;

/// A member that would be loaded.
const DOCTORS: &[u8] = b"doctor_id,name,specialty\n1,CANARY-PERSON,Surgery\n";

/// Where a member's head and its entry in the list at the end have their flags, and the size that it has unpacked.
const HEAD: (&[u8], usize, usize) = (b"PK\x03\x04", 6, 22);
const ENTRY: (&[u8], usize, usize) = (b"PK\x01\x02", 8, 24);

pub(super) fn files() -> Result<Vec<Hostile>, HostileError> {
    let plain = sheet::archive(&[("doctors.csv", DOCTORS)])?;
    let inner = sheet::archive(&[("inner.zip", &plain)])?;
    // Large enough for the ratio of packed to unpacked to count.
    let bomb = sheet::archive(&[("doctors.csv", &[DOCTORS, &vec![b'\n'; 96 << 20]].concat())])?;
    let long = format!("{}.csv", "n".repeat(60_000));
    let nul = sheet::archive(&[("doctors\0.csv", DOCTORS)])?;
    let mixed = sheet::archive(&[("doctors.csv", DOCTORS), ("broken.csv", b"a,b\n1,\"2\n")])?;
    Ok(vec![
        file("archive-in-archive.zip", inner, "Rejected.UnsupportedFormat"),
        file("password.zip", encrypted(plain.clone()), "Rejected.PasswordProtected"),
        file("no-member.zip", sheet::archive(&[])?, "Rejected.EmptyFile"),
        file(
            "pictures-alone.zip",
            sheet::archive(&[("a.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")])?,
            "Rejected.UnknownDataset",
        ),
        file("a-member-broken.zip", mixed, "Rejected.CorruptFile"),
        file("name-with-nul.zip", nul, "Rejected.CorruptFile"),
        file("name-of-60-kb.zip", sheet::archive(&[(&long, DOCTORS)])?, "Rejected.CorruptFile"),
        file("claims-less.zip", claiming(plain, 20), "Rejected.CorruptFile"),
        file("bomb.zip", bomb, "Rejected.TooLarge"),
        file("two-thousand.zip", members(2_000, DOCTORS)?, "Rejected.TooLarge"),
        file("eleven-thousand.zip", members(11_000, b"")?, "Rejected.TooLarge"),
    ])
}

fn members(count: usize, content: &[u8]) -> Result<Vec<u8>, HostileError> {
    let names: Vec<String> = (0..count).map(|number| format!("{number}.csv")).collect();
    let members: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), content)).collect();
    Ok(sheet::archive(&members)?)
}

/// Says of its only member that it is encrypted.
fn encrypted(mut archive: Vec<u8>) -> Vec<u8> {
    for (signature, flags, _) in [HEAD, ENTRY] {
        if let Some(byte) = place(&archive, signature).and_then(|at| archive.get_mut(at + flags)) {
            *byte |= 1;
        }
    }
    archive
}

/// Says of its only member that it has so many bytes once unpacked.
fn claiming(mut archive: Vec<u8>, bytes: u32) -> Vec<u8> {
    for (signature, _, size) in [HEAD, ENTRY] {
        if let Some(at) = place(&archive, signature) {
            archive.splice(at + size..at + size + 4, bytes.to_le_bytes());
        }
    }
    archive
}

fn place(archive: &[u8], signature: &[u8]) -> Option<usize> {
    archive.windows(4).position(|bytes| bytes == signature)
}
