//! Indexes of a dataset's table, made and dropped with its contract.

use std::collections::BTreeSet;

use tokio_postgres::{Row, Transaction};

use super::SchemaError;
use super::link::links_from;
use super::sql::{identifier, list, qualified};
use crate::catalog::{Catalog, Dataset, LoadMode};

/// PostgreSQL cuts longer names short, in bytes.
const LONGEST_NAME: usize = 63;

/// An index as the database has it; that of the key is one too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Index {
    name: String,
    /// What it is sorted by, without the columns that it only includes.
    columns: Vec<String>,
    /// Whether rows are looked up by it: it is valid, and has all rows by plain columns.
    is_whole: bool,
}

impl Index {
    fn serves(&self, columns: &[&str]) -> bool {
        self.is_whole && self.columns == columns
    }
}

/// The columns of each index that the table should have: those that the contract names; and one on each column that
/// refers to another table, and on the one that the table is replaced per, unless an index begins with it. Without these
/// each change there, or each file, would read the whole table here.
fn wanted<'a>(catalog: &'a Catalog, dataset: &'a Dataset) -> BTreeSet<Vec<&'a str>> {
    let per = match &dataset.load {
        LoadMode::ReplacePer(column) => Some(column.as_str()),
        LoadMode::Replace | LoadMode::Merge => None,
    };
    let named = dataset.indexes.iter().map(|columns| columns.iter().map(String::as_str).collect());
    let mut wanted: BTreeSet<Vec<&str>> = named.collect();
    let first = |columns: &Vec<&'a str>| columns.first().copied();
    let begun: BTreeSet<Option<&str>> =
        wanted.iter().map(first).chain([dataset.key.first().map(String::as_str)]).collect();
    let looked_up = links_from(catalog, dataset).into_iter().map(|link| link.column.name.as_str()).chain(per);
    wanted.extend(looked_up.filter(|column| !begun.contains(&Some(*column))).map(|column| vec![column]));
    wanted
}

/// Makes the indexes that lack, and drops those called `<table>_by_…` that the contract does not ask for. Others stay; one
/// that has the columns already is as good.
pub(super) fn in_step(catalog: &Catalog, dataset: &Dataset, existing: &[Index]) -> Vec<String> {
    let wanted = wanted(catalog, dataset);
    let prefix = format!("{}_by_", dataset.table());
    let is_own = |index: &&Index| index.name.starts_with(&prefix);
    let gone =
        existing.iter().filter(is_own).filter(|index| !wanted.iter().any(|columns| index.serves(columns)));
    let dropped =
        gone.map(|index| format!("DROP INDEX {}.{}", identifier(dataset.domain()), identifier(&index.name)));
    let lacking = wanted.iter().filter(|columns| !existing.iter().any(|index| index.serves(columns)));
    let made = lacking.map(|columns| {
        let name = identifier(&name(&prefix, columns, &wanted));
        format!("CREATE INDEX {name} ON {} ({})", qualified(&dataset.name), list("", columns.iter().copied()))
    });
    dropped.chain(made).collect()
}

/// A name that PostgreSQL keeps whole, and that no other wanted index has.
fn name(prefix: &str, columns: &[&str], wanted: &BTreeSet<Vec<&str>>) -> String {
    let joined = columns.join("_");
    let is_shared = wanted.iter().any(|other| other != columns && other.join("_") == joined);
    let name = format!("{prefix}{joined}");
    if name.len() <= LONGEST_NAME && !is_shared {
        return name;
    }
    let digest = crate::digest::sha256_hex(format!("{prefix}{}", columns.join(",")).as_bytes());
    let (start, digest): (String, String) =
        (prefix.chars().take(50).collect(), digest.chars().take(12).collect());
    format!("{start}{digest}")
}

/// The indexes of a dataset's table.
pub(super) async fn existing(
    transaction: &Transaction<'_>,
    dataset: &Dataset,
) -> Result<Vec<Index>, SchemaError> {
    let indexes = "
        SELECT c.relname,
               ARRAY(SELECT a.attname
                     FROM unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
                     JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
                     WHERE k.place <= i.indnkeyatts
                     ORDER BY k.place),
               i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL AND m.amname = 'btree'
        FROM pg_index i
        JOIN pg_class c ON c.oid = i.indexrelid
        JOIN pg_am m ON m.oid = c.relam
        WHERE i.indrelid = to_regclass($1)
        ORDER BY c.relname";
    let rows = transaction.query(indexes, &[&qualified(&dataset.name)]).await?;
    let index = |row: &Row| Index { name: row.get(0), columns: row.get(1), is_whole: row.get(2) };
    Ok(rows.iter().map(index).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Files;

    /// The embedded catalog, in which the appointments' contract names these indexes.
    fn catalog(indexes: &str) -> Catalog {
        let mut files = Files::embedded();
        let text = files.0.get_mut("healthtech/appointments.toml").unwrap();
        *text = text.replace("[columns]", &format!("indexes = {indexes}\n[columns]"));
        Catalog::from_files(&files).unwrap()
    }

    fn changes(catalog: &Catalog, dataset: &str, existing: &[Index]) -> Vec<String> {
        in_step(catalog, catalog.dataset(dataset).unwrap(), existing)
    }

    fn index(name: &str, columns: &[&str]) -> Index {
        let columns = columns.iter().map(ToString::to_string).collect();
        Index { name: name.to_owned(), columns, is_whole: true }
    }

    fn made(name: &str, columns: &str) -> String {
        format!("CREATE INDEX \"{name}\" ON \"healthtech\".\"appointments\" ({columns})")
    }

    #[test]
    fn a_column_that_is_looked_up_has_an_index_unless_it_begins_the_key_or_another() {
        let one = catalog("[]");
        let by_doctor = made("appointments_by_doctor_id", "\"doctor_id\"");
        assert_eq!(changes(&one, "healthtech.appointments", &[]), [by_doctor]);
        let per = "CREATE INDEX \"ar_aging_by_customer_account\" ON \"billing\".\"ar_aging\" (\"customer_account\")";
        assert_eq!(changes(&one, "billing.ar_aging", &[]), [per], "replaced per account");
        let mut keyed = one.dataset("billing.ar_aging").unwrap().clone();
        keyed.key = vec!["customer_account".to_owned(), "charge_id".to_owned()];
        assert_eq!(in_step(&one, &keyed, &[]), [""; 0]);

        let two = catalog("[[\"doctor_id\", \"booking_date\"], [\"booking_date\"]]");
        let expected = [
            made("appointments_by_booking_date", "\"booking_date\""),
            made("appointments_by_doctor_id_booking_date", "\"doctor_id\", \"booking_date\""),
        ];
        assert_eq!(changes(&two, "healthtech.appointments", &[]), expected);
    }

    #[test]
    fn indexes_whose_columns_make_one_name_have_two() {
        let wanted = [vec!["a", "b"], vec!["a_b"]].into();
        let names = ["a,b", "a_b"].map(|columns| {
            let columns: Vec<&str> = columns.split(',').collect();
            name("appointments_by_", &columns, &wanted)
        });
        assert_ne!(names[0], names[1]);
        assert!(names.iter().all(|name| name.starts_with("appointments_by_")), "{names:?}");
    }

    #[test]
    fn an_index_that_left_the_contract_goes_and_those_of_another_kind_of_name_stay() {
        let catalog = catalog("[[\"booking_date\"]]");
        let existing = [
            index("appointments_pkey", &["booking_id"]),
            index("appointments_by_doctor_id", &["doctor_id"]),
            index("appointments_by_status", &["status"]),
            index("for_the_dashboard", &["patient_id"]),
            index("somebodys", &["booking_date"]),
        ];
        let expected = ["DROP INDEX \"healthtech\".\"appointments_by_status\""];
        assert_eq!(changes(&catalog, "healthtech.appointments", &existing), expected);
    }

    #[test]
    fn an_index_that_is_not_whole_does_not_serve_and_stands_in_nobodys_way() {
        let catalog = catalog("[[\"booking_date\"]]");
        let broken = Index { is_whole: false, ..index("appointments_by_booking_date", &["booking_date"]) };
        let partial = Index { is_whole: false, ..index("open_by_doctor", &["doctor_id"]) };
        let expected = [
            "DROP INDEX \"healthtech\".\"appointments_by_booking_date\"".to_owned(),
            made("appointments_by_booking_date", "\"booking_date\""),
            made("appointments_by_doctor_id", "\"doctor_id\""),
        ];
        assert_eq!(changes(&catalog, "healthtech.appointments", &[broken, partial]), expected);
    }

    #[test]
    fn a_long_name_is_cut_by_us_and_stays_apart_from_others() {
        let columns = ["a".repeat(40), "b".repeat(40)];
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        let name = |columns: &[&str]| name("appointments_by_", columns, &BTreeSet::new());
        let (one, other) = (name(&columns), name(&columns[..1]));
        let longer = name(&[columns[0], columns[1], "c"]);
        assert!(one.len() <= LONGEST_NAME && one.starts_with("appointments_by_") && one != longer, "{one}");
        assert_eq!(other, format!("appointments_by_{}", columns[0]));
    }
}
