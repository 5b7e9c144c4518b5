//! Which report of the billing vendor a file is, by its name and its header.

use rounds_ingest::error::Error;
use rounds_ingest::look::Look;
use rounds_ingest::recognise::recognise;
use rounds_shared::catalog::{Catalog, Column, Dataset};
use rounds_shared::header::Line;
use rounds_shared::payload::Format;

fn reports(catalog: &Catalog) -> Vec<&Dataset> {
    catalog.datasets.iter().filter(|dataset| dataset.domain() == "billing").collect()
}

/// The columns that the vendor sends.
fn sent(report: &Dataset) -> impl Iterator<Item = &Column> {
    report.columns.iter().filter(|column| column.is_in_file())
}

/// The header as the vendor writes it: `claim_id` as `Claim Id`.
fn header(report: &Dataset) -> Vec<String> {
    sent(report).map(|column| titled(&column.name)).collect()
}

fn titled(name: &str) -> String {
    let words = name.split('_').map(|word| word[..1].to_uppercase() + &word[1..]);
    words.collect::<Vec<_>>().join(" ")
}

/// The dataset that a file of this name, with this header and a row, is taken for.
fn taken_for(catalog: &Catalog, file_name: &str, header: &[String]) -> Result<String, Error> {
    let row = vec!["1".to_owned(); header.len()];
    let look = Look {
        member: None,
        format: Format::Csv,
        sheet: None,
        is_hidden: false,
        rows: vec![Line::new(1, header.to_vec()), Line::new(2, row)],
    };
    let key = format!("billing/customer_account=10028395/2026-11-21/{file_name}");
    let recognised = recognise(catalog, &key, std::slice::from_ref(&look))?;
    Ok(recognised.tables.iter().map(|table| table.dataset.name.as_str()).collect())
}

#[test]
fn there_are_thirteen_reports() {
    assert_eq!(reports(&Catalog::open(None).unwrap()).len(), 13);
}

#[test]
fn a_report_is_known_by_its_header_under_its_own_name_and_under_none() {
    let catalog = Catalog::open(None).unwrap();
    for report in reports(&catalog) {
        for file_name in [format!("{}-4711.zip", report.table()), "export.csv".to_owned()] {
            let taken = taken_for(&catalog, &file_name, &header(report));
            assert_eq!(taken.unwrap(), report.name, "{file_name}");
        }
    }
}

#[test]
fn a_report_under_anothers_name_is_taken_for_what_it_is_or_refused() {
    let catalog = Catalog::open(None).unwrap();
    for report in reports(&catalog) {
        for other in reports(&catalog) {
            let taken = taken_for(&catalog, &format!("{}-4711.zip", other.table()), &header(report));
            // Quadrant performance has every column of payment trends, and might be one that the vendor has added to.
            let is_larger = (report.table(), other.table()) == ("quadrant_performance", "payment_trends");
            let right = if is_larger { &other.name } else { &report.name };
            assert!(
                taken.as_ref().is_ok_and(|name| name == right)
                    || matches!(taken, Err(Error::MissingColumns { .. })),
                "{} under the name of {}: {taken:?}",
                report.name,
                other.name
            );
        }
    }
}

#[test]
fn a_label_that_drifts_to_an_alias_changes_nothing() {
    let catalog = Catalog::open(None).unwrap();
    for report in reports(&catalog) {
        let drifted: Vec<String> =
            sent(report).map(|column| column.aliases.first().unwrap_or(&column.name).clone()).collect();
        for file_name in [format!("{}-4711.zip", report.table()), "export.csv".to_owned()] {
            assert_eq!(taken_for(&catalog, &file_name, &drifted).unwrap(), report.name, "{file_name}");
        }
    }
}

#[test]
fn a_label_that_drifts_to_something_unknown_never_makes_another_report_of_it() {
    let catalog = Catalog::open(None).unwrap();
    for report in reports(&catalog) {
        for (place, column) in sent(report).enumerate() {
            let mut drifted = header(report);
            drifted[place] = "Nobody Knows This".to_owned();
            let taken = taken_for(&catalog, &format!("{}-4711.zip", report.table()), &drifted);
            if column.heads_a_file() {
                assert!(
                    matches!(taken, Err(Error::MissingColumns { .. })),
                    "{}: {}",
                    report.name,
                    column.name
                );
            } else {
                assert_eq!(taken.unwrap(), report.name, "{}", column.name);
            }
        }
    }
}

#[test]
fn a_header_that_was_seen_is_the_calculators() {
    let seen = "Charge From Date|Payment Received|Charge CPT Code|Revenue Code|Facility Name/ID|Patient Full Name|\
                Claim Primary Member ID|Primary Group Number|Charge/Debit Amount|Insurance Paid Amount|\
                Patient Paid Amount w/ Copays";
    let header: Vec<String> = seen.split('|').map(str::to_owned).collect();
    let catalog = Catalog::open(None).unwrap();
    assert_eq!(taken_for(&catalog, "export.csv", &header).unwrap(), "billing.pdr3_calculator");
}
