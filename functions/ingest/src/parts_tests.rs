use rounds_shared::catalog::{Catalog, Origin};

use super::*;
use crate::look::look_at;
use crate::look::tests::{file_of, zipped};
use crate::recognise::recognise;

const DOCTORS: &[u8] = b"Our doctors\ndoctor_id,name,specialty\n1,Ada,Surgery\n2,Bo,Surgery\n3,Cy,Surgery\n";

fn parts_of(content: &[u8], pieces: Pieces) -> Result<Vec<Part>, Error> {
    parts_under("healthtech/doctors", content, pieces)
}

fn parts_under(key: &str, content: &[u8], pieces: Pieces) -> Result<Vec<Part>, Error> {
    let (catalog, limits) = (Catalog::open(None).unwrap(), Limits::default());
    let mut file = file_of(content);
    let seen = look_at(&mut file, 1, "doctors", &limits).unwrap();
    let facts = FileFacts {
        bytes: 1,
        sha256: "00".repeat(32),
        format: seen.format,
        ignored: Vec::new(),
        mends: Vec::new(),
    };
    let recognised = recognise(&catalog, key, &seen.looks)?;
    parts(&mut file, (&facts, "tag", key), &recognised.tables, &limits, pieces)
}

#[test]
fn text_that_fits_is_one_part_and_is_not_cut() {
    let parts = parts_of(DOCTORS, Pieces::default()).unwrap();
    assert_eq!(parts.iter().map(|part| (part.index, &part.cut)).collect::<Vec<_>>(), [(0, &None)]);
}

#[test]
fn large_text_is_cut_below_its_header_also_within_an_archive() {
    let pieces = Pieces { records: 2, ..Pieces::default() };
    let archive = zipped(&[("one.csv", DOCTORS), ("two.csv", DOCTORS)]);
    let rows = |parts: &[Part]| -> Vec<(u32, Option<u64>)> {
        parts.iter().map(|part| (part.index, part.cut.as_ref().map(|cut| cut.row))).collect()
    };
    assert_eq!(rows(&parts_of(DOCTORS, pieces).unwrap()), [(0, Some(3)), (1, Some(5))]);
    let parts = parts_of(&archive, pieces).unwrap();
    assert_eq!(rows(&parts), [(0, Some(3)), (1, Some(5)), (2, Some(3)), (3, Some(5))]);
    assert_eq!(parts.last().and_then(Part::place).as_deref(), Some("two.csv"));
    assert!(parts.iter().all(|part| part.format == Format::Csv && part.batch == parts[0].batch));
}

#[test]
fn the_number_of_parts_is_bounded() {
    let archive = zipped(&[("one.csv", DOCTORS), ("two.csv", DOCTORS)]);
    let error = parts_of(&archive, Pieces { count: 1, ..Pieces::default() }).unwrap_err();
    assert!(
        error.to_string().contains("member “two.csv”: it has more than 1 sheets, members and pieces"),
        "{error}"
    );
}

#[test]
fn a_fault_far_below_the_header_is_found_before_anything_is_written() {
    let mut open = DOCTORS.repeat(60);
    open.extend_from_slice(b"9,\"Di,Surgery\n");
    let error = parts_of(&open, Pieces::default()).unwrap_err();
    assert!(error.to_string().contains("opens in its row 301"), "{error}");
}

#[test]
fn parts_that_the_state_machine_cannot_name_are_refused() {
    let names: Vec<String> = (0..250).map(|index| format!("{index}{}.csv", "x".repeat(1_000))).collect();
    let members: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), DOCTORS)).collect();
    let error = parts_of(&zipped(&members), Pieces::default()).unwrap_err();
    assert!(error.to_string().contains("it has more than 204800 bytes in the names"), "{error}");
}

#[test]
fn a_header_alone_is_one_part_of_its_dataset_where_that_may_be_empty_also_within_an_archive() {
    let catalog = Catalog::open(None).unwrap();
    let may_be_empty: Vec<_> = catalog.datasets.iter().filter(|dataset| dataset.loads_empty).collect();
    assert!(!may_be_empty.is_empty());
    for dataset in may_be_empty {
        let names =
            dataset.columns.iter().filter(|column| column.is_in_file()).map(|column| column.name.as_str());
        let header = names.collect::<Vec<_>>().join(",") + "\n";
        let of_key = dataset.columns.iter().filter(|column| column.origin == Origin::Key);
        let folders: String = of_key.map(|column| format!("{}=10000001/", column.name)).collect();
        let key = format!("{}{folders}{}-1", dataset.prefix, dataset.table());
        for content in [header.as_bytes(), &zipped(&[("report.csv", header.as_bytes())])] {
            let parts = parts_under(&key, content, Pieces::default()).unwrap();
            let told: Vec<_> = parts.iter().map(|part| (part.dataset.as_str(), &part.cut)).collect();
            assert_eq!(told, [(dataset.name.as_str(), &None)]);
        }
    }
}
