//! A million rows of twelve columns pass through in bounded memory, whatever the contract.
//!
//! Takes minutes, so it is run by name: `cargo nextest run --workspace --run-ignored only -E 'binary(memory)'`, with
//! `--no-capture` for the numbers.

#![expect(clippy::unwrap_used, reason = "a test that cannot do its work has failed")]

mod whole;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;
use std::time::Instant;

use rounds_shared::catalog::{Catalog, Dataset, Files};
use rust_xlsxwriter::{Format as Look, Workbook, XlsxError};

const ROWS: u32 = 1_000_000;
const BOUND: u64 = 512 << 20;

const HEADER: [&str; 12] = [
    "invoice_id",
    "patient_id",
    "doctor_id",
    "visit_date",
    "amount",
    "status",
    "name",
    "city",
    "code",
    "note",
    "paid",
    "remark",
];

const COLUMNS: &str = r#"
[columns]
invoice_id = { type = "bigint", required = true, description = "d" }
patient_id = { type = "bigint", required = true, description = "d" }
doctor_id  = { type = "integer", required = true, description = "d" }
visit_date = { type = "date", required = true, description = "d" }
amount     = { type = "decimal(9,2)", description = "d" }
status     = { type = "text", description = "d" }
name       = { type = "text", description = "d" }
city       = { type = "text", description = "d" }
code       = { type = "text", description = "d" }
note       = { type = "text", description = "d" }
paid       = { type = "boolean", description = "d" }
remark     = { type = "text", description = "d" }
"#;

fn dataset(name: &str, rest: &str) -> Dataset {
    let table = format!("clinic.{name}");
    let text = format!(
        "title = \"T\"\ntable = \"{table}\"\nmatch = {{ prefix = \"clinic/\" }}\nload = \"replace\"\n{rest}"
    );
    let files = Files(BTreeMap::from([(format!("clinic/{name}.toml"), text)]));
    Catalog::from_files(&files).unwrap().dataset(&table).unwrap().clone()
}

fn contracts() -> Vec<Dataset> {
    let unique = COLUMNS.replace("invoice_id = { ", "invoice_id = { unique = true, ");
    vec![
        dataset("keyed", &format!("key = [\"invoice_id\"]\nkeep = \"last by visit_date\"{COLUMNS}")),
        dataset(
            "partitioned",
            &format!("key = [\"invoice_id\"]\npartition = \"month(visit_date)\"{COLUMNS}"),
        ),
        dataset("keyless", COLUMNS),
        dataset("unique", &unique),
        dataset(
            "reported",
            &format!(
                "ragged_rows = \"reject\"\nunknown_columns = \"evolve\"\nunknown_names = \"snake_case\"{COLUMNS}\
                 account = {{ type = \"text\", from = \"key\", required = true, pattern = \"[0-9]+\" }}\n\
                 dropped_at = {{ type = \"timestamp\", from = \"drop\" }}"
            ),
        ),
        dataset("anything", "unknown_columns = \"evolve\""),
    ]
}

/// One of the million rows.
struct Line {
    numbers: [u32; 3],
    /// Days as a spreadsheet counts them.
    day: Option<u32>,
    amount: String,
    texts: [String; 7],
}

/// Every hundredth row repeats the key before it, every thousandth has no date.
fn line(number: u32) -> Line {
    let mixed = number.wrapping_mul(2_654_435_761);
    let id = if number.is_multiple_of(100) { number - 1 } else { number };
    Line {
        numbers: [id, mixed % 1_000_000, mixed % 500],
        day: (!number.is_multiple_of(1000)).then_some(45_000 + mixed % 700),
        amount: format!("{}.{:02}", mixed % 10_000, mixed % 100),
        texts: [
            if mixed.is_multiple_of(2) { "confirmed" } else { "cancelled" }.to_owned(),
            format!("Patient {} {}", mixed % 1_000_000, number % 7),
            format!("City {}", mixed % 500),
            format!("{mixed:010}"),
            format!("note about visit {}", mixed % 100_000),
            "yes".to_owned(),
            "ok".to_owned(),
        ],
    }
}

fn workbook(path: &Path) -> Result<(), XlsxError> {
    let mut workbook = Workbook::new();
    let date = Look::new().set_num_format("yyyy-mm-dd");
    let sheet = workbook.add_worksheet_with_constant_memory()?.set_name("Sheet1")?;
    sheet.write_row(0, 0, HEADER)?;
    for row in 1..=ROWS {
        let Line { numbers, day, amount, texts } = line(row);
        sheet.write_row(row, 0, numbers)?;
        match day {
            Some(day) => sheet.write_number_with_format(row, 3, day, &date)?,
            None => sheet.write_string(row, 3, "soon")?,
        };
        sheet.write_string(row, 4, amount)?.write_row(row, 5, texts)?;
    }
    workbook.save(path)
}

fn csv(path: &Path) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    writeln!(file, "{}", HEADER.join(","))?;
    let day_zero = jiff::civil::date(1899, 12, 30);
    for row in 1..=ROWS {
        let Line { numbers: [id, patient, doctor], day, amount, texts } = line(row);
        let day = day.map_or("soon".to_owned(), |day| (day_zero + jiff::Span::new().days(day)).to_string());
        writeln!(file, "{id},{patient},{doctor},{day},{amount},{}", texts.join(","))?;
    }
    file.flush()
}

/// The most memory that this process has had since it was last asked to forget, in bytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}

fn check(path: &Path, sheet: Option<&str>) {
    for dataset in contracts() {
        let dropped_at = jiff::civil::date(2026, 11, 21).at(7, 0, 0, 0);
        std::fs::write("/proc/self/clear_refs", "5").unwrap();
        let begun = Instant::now();
        let key = "clinic/account=0017/big";
        let (_, manifest) = whole::curated(&mut File::open(path).unwrap(), sheet, &dataset, key, dropped_at);
        let counts = manifest.counts;
        eprintln!(
            "{}: {} MiB, {:.1} s, {counts:?}",
            dataset.name,
            peak() >> 20,
            begun.elapsed().as_secs_f64()
        );
        assert_eq!(counts.read, u64::from(ROWS));
        assert_eq!(counts.read, counts.kept + counts.rejected + counts.superseded);
        assert!(peak() < BOUND, "{}: {} MiB", dataset.name, peak() >> 20);
    }
}

#[test]
#[ignore = "takes minutes"]
fn a_million_rows_of_a_workbook_fit() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("big.xlsx");
    workbook(&path).unwrap();
    check(&path, Some("Sheet1"));
}

#[test]
#[ignore = "takes minutes"]
fn a_million_records_of_delimited_text_fit() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("big.csv");
    csv(&path).unwrap();
    check(&path, None);
}
