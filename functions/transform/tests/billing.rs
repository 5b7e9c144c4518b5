//! The billing vendor's reports, read by their contracts: rows and money are those of the books they were made from.
#![expect(clippy::unwrap_used, reason = "a test that cannot ask has failed")]

mod whole;

use std::io::Cursor;
use std::io::Write as _;

use jiff::civil::{Date, date};
use polars::prelude::{DataFrame, ParquetReader, SerReader as _};
use rounds_shared::catalog::Catalog;
use rounds_shared::manifest::PartManifest;
use rounds_testkit::billing::{Books, REPORTS};

const AS_OF: Date = date(2026, 11, 21);
const ACCOUNT: &str = "10028395";

/// What a report's file becomes: its manifest, and the rows that stand.
fn read(catalog: &Catalog, report: &str, csv: &[u8]) -> (PartManifest, Option<DataFrame>) {
    let dataset = catalog.dataset(&format!("billing.{report}")).unwrap();
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(csv).unwrap();
    let key = format!("billing/customer_account={ACCOUNT}/{AS_OF}/{report}-1.csv");
    let (objects, manifest) = whole::curated(&mut file, None, dataset, &key, AS_OF.at(4, 10, 0, 0));
    let found = objects.iter().find(|(key, _)| key.starts_with("curated/"));
    let table = found
        .map(|(_, file)| ParquetReader::new(Cursor::new(file.clone().read().unwrap())).finish().unwrap());
    (manifest, table)
}

fn cents(table: &DataFrame, column: &str) -> i128 {
    table.column(column).unwrap().decimal().unwrap().physical().iter().flatten().sum()
}

#[test]
fn every_report_is_read_as_the_books_have_it() {
    let catalog = Catalog::open(None).unwrap();
    let books = Books { seed: Books::SEED, as_of: AS_OF };
    for report in &REPORTS {
        let sheet = books.sheet(ACCOUNT, report);
        let (manifest, table) = read(&catalog, report.name, &sheet.csv().unwrap());
        let table = table.unwrap();
        let counts = (table.height(), usize::try_from(manifest.counts.rejected).unwrap());
        assert_eq!(
            counts,
            (sheet.load.rows, sheet.load.rejected),
            "{}: {:?}",
            report.name,
            manifest.findings
        );
        for (column, sum) in sheet.load.sums {
            assert_eq!(cents(&table, column), i128::from(sum), "{}: {column}", report.name);
        }
        let accounts = table.column("customer_account").unwrap().str().unwrap();
        assert!(accounts.iter().all(|account| account == Some(ACCOUNT)), "{}", report.name);
        assert_eq!(table.column("created_at").unwrap().null_count(), 0, "{}", report.name);
    }
}

#[test]
fn every_column_that_the_vendor_sends_is_known() {
    let catalog = Catalog::open(None).unwrap();
    let books = Books { seed: Books::SEED, as_of: AS_OF };
    for report in &REPORTS {
        let (manifest, _) = read(&catalog, report.name, &books.sheet(ACCOUNT, report).csv().unwrap());
        let strange = ["unknown_column", "absent_column", "ragged_row", "title_row"];
        let told = manifest.findings.iter().filter(|finding| strange.contains(&finding.rule.as_str()));
        assert_eq!(told.collect::<Vec<_>>(), Vec::<&_>::new(), "{}", report.name);
    }
}

#[test]
fn a_header_alone_is_a_report_without_rows() {
    let catalog = Catalog::open(None).unwrap();
    let books = Books { seed: Books::SEED, as_of: AS_OF };
    for report in &REPORTS {
        let mut sheet = books.sheet(ACCOUNT, report);
        sheet.rows.clear();
        let (manifest, table) = read(&catalog, report.name, &sheet.csv().unwrap());
        assert_eq!((manifest.counts.read, manifest.objects.len(), table.is_none()), (0, 0, true));
    }
}
