use super::*;
use crate::catalog::Files;

/// The embedded catalog with the appointments' contract replaced.
fn catalog(from: &str, to: &str) -> Catalog {
    let mut files = Files::embedded();
    let text = files.0.get_mut("healthtech/appointments.toml").unwrap();
    assert!(text.contains(from), "the contract has `{from}`");
    *text = text.replace(from, to);
    Catalog::from_files(&files).unwrap()
}

fn embedded() -> Catalog {
    Catalog::from_files(&Files::embedded()).unwrap()
}

/// The appointments' table as the embedded catalog makes it.
fn existing() -> Existing {
    let column = |(name, kind, required): (&str, &str, bool)| {
        (name.to_owned(), ExistingColumn { kind: kind.to_owned(), required })
    };
    let own = [
        ("booking_id", "bigint", true),
        ("patient_id", "bigint", true),
        ("doctor_id", "integer", true),
        ("booking_date", "date", true),
        ("status", "text", true),
    ];
    let lineage = LINEAGE.map(|(name, kind, _)| (name, kind, false));
    let constraint = |name: &str, definition: &str| (name.to_owned(), definition.to_owned());
    Existing {
        columns: own.into_iter().chain(lineage).map(column).collect(),
        key: vec!["booking_id".to_owned()],
        constraints: BTreeMap::from([
            constraint(
                "appointments_doctor_id_fkey",
                "FOREIGN KEY (doctor_id) REFERENCES healthtech.doctors(doctor_id)",
            ),
            constraint(
                "appointments_status_values",
                "CHECK ((status = ANY (ARRAY['confirmed'::text, 'cancelled'::text])))",
            ),
        ]),
        has_rows: true,
    }
}

fn changes(catalog: &Catalog) -> Vec<String> {
    let dataset = catalog.dataset("healthtech.appointments").unwrap();
    let mut statements = evolve(dataset, &existing()).unwrap();
    statements.extend(constrain(catalog, dataset, &existing()));
    statements
}

fn refusal(catalog: &Catalog) -> String {
    evolve(catalog.dataset("healthtech.appointments").unwrap(), &existing()).unwrap_err().to_string()
}

#[test]
fn a_table_has_the_contracts_columns_and_lineage() {
    let catalog = embedded();
    let statements = create(catalog.dataset("healthtech.doctors").unwrap());
    assert_eq!(
        statements,
        [
            "CREATE SCHEMA IF NOT EXISTS \"healthtech\"",
            "CREATE TABLE \"healthtech\".\"doctors\" (\n    \"doctor_id\" integer NOT NULL,\n    \
             \"name\" text NOT NULL,\n    \"specialty\" text,\n    PRIMARY KEY (\"doctor_id\"),\n    \
             \"_batch\" text,\n    \"_file\" text,\n    \"_sheet\" text,\n    \"_row\" bigint,\n    \
             \"_loaded_at\" timestamptz DEFAULT now()\n)"
        ]
    );
}

#[test]
fn a_table_in_step_is_left_alone() {
    assert_eq!(changes(&embedded()), Vec::<String>::new());
}

#[test]
fn a_new_optional_column_is_added() {
    let catalog = catalog("[columns]\n", "[columns]\nroom = { type = \"text\" }\n");
    assert_eq!(changes(&catalog), ["ALTER TABLE \"healthtech\".\"appointments\" ADD COLUMN \"room\" text"]);
}

#[test]
fn a_new_required_column_needs_values_that_nobody_has() {
    let catalog = catalog("[columns]\n", "[columns]\nroom = { type = \"text\", required = true }\n");
    assert_eq!(
        refusal(&catalog),
        "healthtech.appointments cannot follow its contract: the new column `room` is required, and the rows there \
         have no value; add it as optional, load a file that has it, then require it"
    );
}

#[test]
fn types_widen_and_never_narrow() {
    let wider = catalog("patient_id   = { type = \"bigint\"", "patient_id   = { type = \"text\"");
    assert_eq!(
        changes(&wider),
        [
            "ALTER TABLE \"healthtech\".\"appointments\" ALTER COLUMN \"patient_id\" TYPE text USING \"patient_id\"::text"
        ]
    );
    let narrower = catalog("patient_id   = { type = \"bigint\"", "patient_id   = { type = \"integer\"");
    assert!(refusal(&narrower).contains("`patient_id` is bigint and should be integer"));
}

#[test]
fn a_column_that_left_the_contract_stays_and_is_not_required() {
    let mut gone = existing();
    gone.columns.insert("room".to_owned(), ExistingColumn { kind: "text".to_owned(), required: true });
    let catalog = embedded();
    assert_eq!(
        evolve(catalog.dataset("healthtech.appointments").unwrap(), &gone).unwrap(),
        ["ALTER TABLE \"healthtech\".\"appointments\" ALTER COLUMN \"room\" DROP NOT NULL"]
    );
}

#[test]
fn another_key_is_refused() {
    let catalog = catalog("[\"booking_id\"]", "[\"patient_id\"]");
    assert!(refusal(&catalog).contains("its key is (booking_id) and should be (patient_id)"));
}

#[test]
fn changed_words_replace_the_check() {
    let catalog = catalog("confirmed = [\"confirmed\"]", "confirmed = [\"confirmed\"], open = [\"open\"]");
    let table = "ALTER TABLE \"healthtech\".\"appointments\"";
    assert_eq!(
        changes(&catalog),
        [
            format!("{table} DROP CONSTRAINT IF EXISTS \"appointments_status_values\""),
            format!(
                "{table} ADD CONSTRAINT \"appointments_status_values\" CHECK ((\"status\" = ANY \
                 (ARRAY['confirmed'::text, 'open'::text, 'cancelled'::text])))"
            ),
        ]
    );
}

#[test]
fn a_table_without_a_key_has_no_primary_key() {
    let catalog = catalog("key       = [\"booking_id\"]\nkeep      = \"first by booking_date\"", "");
    let statements = create(catalog.dataset("healthtech.appointments").unwrap());
    assert!(!statements[1].contains("PRIMARY KEY"), "{}", statements[1]);
}

#[test]
fn a_type_widens_where_no_value_is_lost() {
    let decimal = |precision, scale| ColumnType::Decimal { precision, scale };
    let wide = [
        ("integer", ColumnType::Bigint),
        ("integer", decimal(10, 0)),
        ("bigint", decimal(21, 2)),
        ("numeric(9,2)", decimal(12, 2)),
        ("numeric(9,2)", decimal(10, 3)),
        ("date", ColumnType::Timestamp),
        ("time", ColumnType::Text),
        ("boolean", ColumnType::Text),
        ("numeric(9,2)", ColumnType::Text),
    ];
    for (from, to) in wide {
        assert!(widens(from, to), "{from} to {to}");
    }
    let narrow = [
        ("bigint", ColumnType::Integer),
        ("bigint", decimal(20, 2)),
        ("numeric(9,2)", decimal(9, 3)),
        ("numeric(9,2)", decimal(12, 1)),
        ("timestamp", ColumnType::Date),
        ("text", ColumnType::Integer),
        ("jsonb", ColumnType::Text),
    ];
    for (from, to) in narrow {
        assert!(!widens(from, to), "{from} to {to}");
    }
}

#[test]
fn a_reference_is_taken_away_while_its_column_changes_type() {
    let catalog = catalog(
        "doctor_id    = { type = \"integer\", required = true, references = \"healthtech.doctors\", missing = \"placeholder\"",
        "doctor_id    = { type = \"bigint\", required = true",
    );
    let mut existing = existing();
    assert_eq!(
        loosen(catalog.dataset("healthtech.appointments").unwrap(), &mut existing),
        ["ALTER TABLE \"healthtech\".\"appointments\" DROP CONSTRAINT \"appointments_doctor_id_fkey\""]
    );
    assert!(!existing.constraints.contains_key("appointments_doctor_id_fkey"));
}
