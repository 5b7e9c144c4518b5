//! Indexes of a dataset's table, made and dropped with its contract.

use std::collections::BTreeSet;

use tokio_postgres::Transaction;

use super::SchemaError;
use super::link::links_from;
use super::sql::{identifier, list, qualified};
use crate::catalog::{Catalog, Dataset, LoadMode};

/// PostgreSQL cuts longer names short, in bytes.
const LONGEST_NAME: usize = 63;

/// A whole index of plain columns, as the database has it; that of the key is one too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Index {
    name: String,
    columns: Vec<String>,
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

/// Makes the indexes that lack, and drops those that the contract made and asks for no more. Indexes of other people stay;
/// one that has the columns already is as good.
pub(super) fn in_step(catalog: &Catalog, dataset: &Dataset, existing: &[Index]) -> Vec<String> {
    let wanted = wanted(catalog, dataset);
    let prefix = format!("{}_by_", dataset.table());
    let is_own = |index: &&Index| index.name.starts_with(&prefix);
    let gone = existing
        .iter()
        .filter(is_own)
        .filter(|index| !wanted.contains(&index.columns.iter().map(String::as_str).collect::<Vec<_>>()));
    let dropped =
        gone.map(|index| format!("DROP INDEX {}.{}", identifier(dataset.domain()), identifier(&index.name)));
    let lacking = wanted.iter().filter(|columns| !existing.iter().any(|index| index.columns == **columns));
    let made = lacking.map(|columns| {
        let name = identifier(&name(&prefix, columns));
        format!("CREATE INDEX {name} ON {} ({})", qualified(&dataset.name), list("", columns.iter().copied()))
    });
    dropped.chain(made).collect()
}

/// A name that PostgreSQL keeps whole.
fn name(prefix: &str, columns: &[&str]) -> String {
    let name = format!("{prefix}{}", columns.join("_"));
    if name.len() <= LONGEST_NAME {
        return name;
    }
    let digest = crate::digest::sha256_hex(name.as_bytes());
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
        SELECT c.relname, array_agg(a.attname ORDER BY k.place)
        FROM pg_index i
        JOIN pg_class c ON c.oid = i.indexrelid
        JOIN pg_am m ON m.oid = c.relam AND m.amname = 'btree'
        CROSS JOIN unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
        JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
        WHERE i.indrelid = to_regclass($1) AND i.indpred IS NULL AND i.indexprs IS NULL
        GROUP BY c.oid, c.relname
        ORDER BY c.relname";
    let rows = transaction.query(indexes, &[&qualified(&dataset.name)]).await?;
    Ok(rows.iter().map(|row| Index { name: row.get(0), columns: row.get(1) }).collect())
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
        Index { name: name.to_owned(), columns: columns.iter().map(ToString::to_string).collect() }
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
    fn an_index_that_left_the_contract_goes_and_other_peoples_stay() {
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
    fn a_long_name_is_cut_by_us_and_stays_apart_from_others() {
        let columns = ["a".repeat(40), "b".repeat(40)];
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        let (one, other) = (name("appointments_by_", &columns), name("appointments_by_", &columns[..1]));
        let longer = name("appointments_by_", &[columns[0], columns[1], "c"]);
        assert!(one.len() <= LONGEST_NAME && one.starts_with("appointments_by_") && one != longer, "{one}");
        assert_eq!(other, format!("appointments_by_{}", columns[0]));
    }
}
