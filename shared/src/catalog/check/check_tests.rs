use super::*;

/// The embedded catalog with these files more.
pub(super) fn with(files: &[(&str, &str)]) -> Result<Catalog, Mistakes> {
    let mut all = Files::embedded();
    all.0.extend(files.iter().map(|&(path, text)| (path.to_owned(), text.to_owned())));
    build(&all)
}

/// The report `healthtech.visits` of these files, or each mistake in them behind its line.
pub(super) fn report(files: &[(&str, &str)]) -> Result<Report, Vec<String>> {
    let found = with(files).map(|catalog| catalog.report("healthtech.visits").unwrap().clone());
    found.map_err(|Mistakes(all)| {
        all.into_iter().map(|one| format!("{}: {}", one.line, one.message)).collect()
    })
}

fn mistakes_of(path: &str, text: &str) -> String {
    with(&[(path, text)]).unwrap_err().to_string()
}

#[test]
fn the_embedded_catalog_is_whole() {
    let catalog = build(&Files::embedded()).unwrap();
    let names: Vec<&str> = catalog.datasets.iter().map(|dataset| dataset.name.as_str()).collect();
    let (billing, others) = names.split_at(13);
    assert!(billing.iter().all(|name| name.starts_with("billing.")), "{billing:?}");
    assert_eq!(
        others,
        [
            "healthtech.doctors",
            "healthtech.appointments",
            "hospital.doctors",
            "hospital.patients",
            "hospital.appointments",
            "hospital.treatments",
            "mis.appointments",
            "records.doctors",
            "records.patients",
            "records.visits",
            "records.lab_reports",
        ],
        "parents come first"
    );
    assert!(catalog.dataset("healthtech.appointments").unwrap().column("patient_id").unwrap().phi);
}

#[test]
fn each_mistake_has_file_line_and_a_suggestion() {
    let text = r#"title = "Rooms"
table = "healthtech.rooms"
match = { prefix = "healthtech/" }
key = ["rom_id"]
load = "replace"
partition = "month(opened)"

[columns]
room_id = { type = "integr", required = true }
opened = { type = "date", formats = ["YYYY-MM-DD"], plausible = { before = "soon", else = "warn" } }
doctor_id = { type = "bigint", references = "healthtech.doctor", missing = "placeholder" }
"#;
    let path = "healthtech/rooms.toml";
    assert_eq!(
        mistakes_of(path, text),
        "healthtech/rooms.toml:9: no type is named `integr`; did you mean `integer`?\n\
         healthtech/rooms.toml:10: a format names the parts of a date by %Y, %m and %d, of a time by %H and %M\n\
         healthtech/rooms.toml:10: `soon` is no bound; write `2020-01-31`, `as_of` or `as_of + 2 years`\n\
         healthtech/rooms.toml:4: no column is named `rom_id`; known are: opened, doctor_id\n\
         healthtech/rooms.toml:6: `partition` is `month(COLUMN)` of a required column of type `date`\n\
         healthtech/rooms.toml:11: no dataset is named `healthtech.doctor`; did you mean `healthtech.doctors`?"
    );
}

#[test]
fn a_file_that_cannot_be_read_is_the_only_mistake() {
    let message = mistakes_of("healthtech/doctors.toml", "title = ");
    assert!(message.starts_with("healthtech/doctors.toml:1: ") && message.lines().count() == 1, "{message}");
}

#[test]
fn a_word_that_the_contract_does_not_know_is_shown_where_it_stands() {
    let message = mistakes_of("healthtech/rooms.toml", "title = \"Rooms\"\ncolour = \"red\"\n");
    assert!(message.starts_with("healthtech/rooms.toml:2: no key is named `colour`"), "{message}");
}

#[test]
fn a_report_without_its_query_is_a_mistake() {
    let text = "title = \"T\"\ncadence = \"after load\"\nneeds = [\"healthtech.doctors\"]\naudience = \"a\"\n\
                deliver = [\"email\"]\nempty = \"send\"\nheadline = \"none.sql\"\n";
    assert_eq!(
        mistakes_of("healthtech/reports/t.toml", text),
        "healthtech/reports/t.toml:1: there is no file `healthtech/reports/t.sql`; write the query there\n\
         healthtech/reports/t.toml:7: there is no file `healthtech/reports/none.sql`; write the query there"
    );
}

#[test]
fn a_view_tells_of_itself_and_then_of_its_columns() {
    let text = "-- By day,\n-- all of it.\n-- @day  The day\n--   in the clinic\n--\n-- @fee\n-- What it costs\nSELECT 1;\n-- @no one\n";
    let view = view("demo", "by_day", text);
    assert_eq!((view.file().as_str(), view.domain()), ("demo/views/by_day.sql", "demo"));
    assert_eq!(view.description, "By day, all of it.");
    let columns = [("day", "The day in the clinic"), ("fee", "What it costs")];
    assert_eq!(view.columns, columns.map(|(name, about)| (name.to_owned(), about.to_owned())));
}

#[test]
fn a_function_tells_of_itself_and_is_kept_as_it_is_written() {
    let text =
        "-- Visits of a patient,\n-- the latest first.\n(id text)\nRETURNS integer AS $$ SELECT 1 $$;\n";
    let function = function("demo", "visits", text);
    assert_eq!((function.file().as_str(), function.domain()), ("demo/functions/visits.sql", "demo"));
    assert_eq!(function.description, "Visits of a patient, the latest first.");
    assert_eq!(function.definition, text.trim_end().trim_end_matches(';'));
}
