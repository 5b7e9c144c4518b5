//! What is dropped: the vendor's file, or one that says that the report has no rows.

use rounds_shared::catalog::Dataset;
use rounds_shared::payload::Request;

/// What the name of a file without rows ends with.
const EMPTY: &str = ".csv";

/// Key of the vendor's file. It names the run, so that no other file has it.
#[must_use]
pub fn key(dataset: &Dataset, request: &Request, identifier: &str) -> String {
    format!("{}{identifier}.zip", beginning(dataset, request))
}

/// Key of a file without rows. Where the vendor ran nothing, the wish to ask again tells it from others of the day.
#[must_use]
pub fn empty_key(dataset: &Dataset, request: &Request, identifier: Option<&str>) -> String {
    let beginning = beginning(dataset, request);
    match identifier {
        Some(identifier) => format!("{beginning}{identifier}{EMPTY}"),
        None if request.again.is_empty() => format!("{beginning}none{EMPTY}"),
        None => format!("{beginning}none-{}{EMPTY}", request.again),
    }
}

/// Whether a key is that of a file without rows.
#[must_use]
pub fn is_empty_key(key: &str) -> bool {
    key.ends_with(EMPTY)
}

/// `billing/customer_account=10028395/2026-11-21/ar_aging-`
fn beginning(dataset: &Dataset, request: &Request) -> String {
    let Request { account, report, as_of, .. } = request;
    let folder = dataset.scope_column().map(|column| format!("{}={account}/", column.name));
    format!("{}{}{as_of}/{report}-", dataset.prefix, folder.unwrap_or_default())
}

/// A CSV with the header of the dataset's contract and no rows.
#[must_use]
pub fn empty(dataset: &Dataset) -> Vec<u8> {
    let in_file = dataset.columns.iter().filter(|column| column.is_in_file());
    let names: Vec<&str> = in_file.map(|column| column.name.as_str()).collect();
    // The names of columns need no quotes.
    format!("{}\n", names.join(",")).into_bytes()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use rounds_shared::catalog::{Catalog, Column};

    use super::*;

    fn request(report: &str, again: &str) -> Request {
        let (account, report) = ("10028395".to_owned(), report.to_owned());
        Request { account, report, as_of: date(2026, 11, 21), again: again.to_owned() }
    }

    #[test]
    fn keys_tell_account_day_report_and_run() {
        let catalog = Catalog::open(None).unwrap();
        let dataset = catalog.dataset("billing.ar_aging").unwrap();
        let folder = "billing/customer_account=10028395/2026-11-21";
        let (first, again) = (&request("ar_aging", ""), &request("ar_aging", "wish-1"));
        assert_eq!(key(dataset, first, "77"), format!("{folder}/ar_aging-77.zip"));
        let empty = [
            (first, Some("77"), "ar_aging-77.csv"),
            (first, None, "ar_aging-none.csv"),
            (again, None, "ar_aging-none-wish-1.csv"),
        ];
        for (request, identifier, name) in empty {
            let key = empty_key(dataset, request, identifier);
            assert_eq!(key, format!("{folder}/{name}"));
            assert!(is_empty_key(&key));
        }
        assert!(!is_empty_key(&key(dataset, first, "77")));
    }

    #[test]
    fn every_report_of_the_catalog_is_dropped_where_its_dataset_takes_it() {
        let catalog = Catalog::open(None).unwrap();
        for report in &catalog.source.as_ref().unwrap().reports {
            let dataset = catalog.dataset(&report.dataset).unwrap();
            let key = key(dataset, &request(&report.name, ""), "77");
            let named: Vec<&str> =
                catalog.candidates(&key)[0].iter().map(|taker| taker.name.as_str()).collect();
            assert_eq!(named, [report.dataset.as_str()]);
            assert_eq!(dataset.scope(&key), Some("10028395"), "{}", report.name);
        }
    }

    #[test]
    fn a_file_without_rows_has_the_header_of_its_contract() {
        let catalog = Catalog::open(None).unwrap();
        for report in &catalog.source.as_ref().unwrap().reports {
            let dataset = catalog.dataset(&report.dataset).unwrap();
            let text = String::from_utf8(empty(dataset)).unwrap();
            let header: Vec<&str> = text.strip_suffix('\n').unwrap().split(',').collect();
            let is_named = |column: &&Column| header.contains(&column.name.as_str());
            assert!(
                dataset.columns.iter().filter(|column| column.heads_a_file()).all(|column| is_named(&column))
            );
            assert!(
                !header.contains(&"customer_account") && !header.contains(&"created_at"),
                "{}",
                report.name
            );
            assert!(header.iter().all(|name| dataset.column(name).is_some()), "{}", report.name);
        }
    }
}
