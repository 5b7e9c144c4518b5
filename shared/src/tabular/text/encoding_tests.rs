use std::io::Write as _;
use std::ops::ControlFlow;

use super::*;
use crate::tabular::Limits;
use crate::tabular::text;

const TABLE: &str = "id;name;größe;note\r\n1;José Muñoz;12,5;“quoted” – and €\r\n2;\"two\r\nlines\";;…\r\n";

fn file_of(content: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(content).unwrap();
    file
}

fn rows(content: &[u8]) -> Result<Vec<(u64, Vec<String>)>, String> {
    let mut read = Vec::new();
    text::rows(&mut file_of(content), &Limits::default(), &mut |row| {
        read.push((row.number, row.texts()));
        ControlFlow::Continue(())
    })
    .map_err(|error| error.to_string())?;
    Ok(read)
}

fn utf16(text: &str, mark: &str, bytes: impl Fn(u16) -> [u8; 2]) -> Vec<u8> {
    format!("{mark}{text}").encode_utf16().flat_map(bytes).collect()
}

fn windows(text: &str) -> Vec<u8> {
    let (bytes, _, unmappable) = WINDOWS_1252.encode(text);
    assert!(!unmappable);
    bytes.into_owned()
}

#[test]
fn every_encoding_gives_the_same_rows() {
    // Long enough that pieces end within characters.
    let table = TABLE.repeat(3000);
    let expected = rows(table.as_bytes()).unwrap();
    assert_eq!(expected[1].1, ["1", "José Muñoz", "12,5", "“quoted” – and €"]);
    assert_eq!(expected.len(), 9000);
    let mark = "\u{feff}";
    for (name, content) in [
        ("UTF-8 with BOM", format!("{mark}{table}").into_bytes()),
        ("UTF-16LE with BOM", utf16(&table, mark, u16::to_le_bytes)),
        ("UTF-16BE with BOM", utf16(&table, mark, u16::to_be_bytes)),
        ("UTF-16LE", utf16(&table, "", u16::to_le_bytes)),
        ("UTF-16BE", utf16(&table, "", u16::to_be_bytes)),
        ("Windows-1252", windows(&table)),
    ] {
        assert!(rows(&content).unwrap() == expected, "{name}");
    }
}

#[test]
fn one_character_late_in_a_file_decides() {
    let mut text = b"name,city\n".repeat(10_000);
    text.extend_from_slice(b"CANARY,caf\xe9\n");
    assert_eq!(rows(&text).unwrap()[10_000].1, ["CANARY", "café"]);
}

#[test]
fn utf_8_with_a_fault_is_not_read_as_something_else() {
    let mut text = "José,München\n".repeat(10).into_bytes();
    text.extend_from_slice(b"CANARY,caf\xe9\n");
    let message = rows(&text).unwrap_err();
    assert!(message.contains("text in more than one encoding"), "{message}");
}

#[test]
fn other_encodings_are_refused() {
    let (cyrillic, ..) =
        encoding_rs::WINDOWS_1251.encode("имя,город\nИван Петров,Москва\nАнна,Санкт-Петербург\n");
    let (japanese, ..) =
        encoding_rs::SHIFT_JIS.encode("名前,都市\n山田太郎,東京都千代田区\n鈴木花子,大阪市\n");
    for text in [cyrillic, japanese] {
        let message = rows(&text).unwrap_err();
        assert!(
            message.contains("another encoding than UTF-8, UTF-16 or Windows-1252")
                || message.contains("a kind that is not read"),
            "{message}"
        );
    }
}

#[test]
fn a_few_western_letters_are_enough() {
    for text in ["José,1\n", "naïve\n", "Ängel;Müller\n", "señor,garçon,Zoë\n", "10\u{a0}km;café’s\n"]
    {
        let read = rows(&windows(text)).unwrap();
        assert_eq!(read[0].1.join("|"), text.trim().replace([',', ';'], "|"), "{text}");
    }
}

#[test]
fn letters_of_dos_and_of_central_europe_are_not_read_as_signs() {
    // Müller in code page 850, José of an old Mac within a word, Wałęsa in ISO-8859-2.
    for text in
        [&b"name\nM\x81ller\n"[..], b"name\nM\x8exico\n", b"name\nWa\xb3\xeasa\n", b"name\nm\x82rite\n"]
    {
        let message = rows(text).unwrap_err();
        assert!(message.contains("another encoding than UTF-8"), "{text:?}: {message}");
    }
}

#[test]
fn a_few_nul_characters_in_a_text_are_kept() {
    assert_eq!(rows(b"a,b\n1,x\0\n2,yes\n").unwrap()[1].1, ["1", "x\0"]);
    assert_eq!(rows(b"a,b\n1,caf\xe9\0\n2,yes\n").unwrap()[1].1, ["1", "café\0"]);
}

#[test]
fn what_breaks_its_encoding_is_damaged() {
    let mut cut = utf16(TABLE, "\u{feff}", u16::to_le_bytes);
    cut.pop();
    let lone_surrogate = b"\xff\xfea\0,\0b\0\n\0\0\xd8a\0".to_vec();
    for content in [cut, lone_surrogate, b"\xef\xbb\xbfa,b\n\xff,\xe9\n".to_vec()] {
        let message = rows(&content).unwrap_err();
        assert!(message.contains("not in the encoding of the rest"), "{message}");
    }
}

#[test]
fn noise_is_no_text() {
    for noise in [&b"a\0\0b\0\0c\0\0"[..], b"\x01\x02\xff\xfe\x03", b"\0\x01\0\x02\0\x03\0\x04"] {
        let message = rows(noise).unwrap_err();
        assert!(message.contains("a kind that is not read"), "{message}");
    }
}
