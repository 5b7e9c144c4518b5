use super::*;
use crate::catalog::check::build;
use crate::catalog::{Catalog, Mistakes};

const VISITS: &str = r#"title = "Visits"
table = "demo.visits"
match = { prefix = "demo/" }
load = "merge"
key = ["visit_id"]

[columns]
visit_id = { type = "bigint" }
"#;

const BOARD: &str = r#"title = "Visits"
needs = ["demo.visits"]
fresh_for = "36 hours"

[[tabs]]
title = "Visits"
query = "visits.sql"
person = "patient"
measures = { Visits = "count", Patients = "people", Doctors = "distinct(doctor)", Late = "share(is_late)" }
filters = { Hospital = "hospital" }

[[tabs.charts]]
title = "By month"
kind = "line"
x = "month"
y = "Visits"
series = "kind"

[[tabs.charts]]
title = "Doctors"
kind = "table"
x = "doctor"
details = ["hospital"]
"#;

fn with(board: &str) -> Result<Catalog, Mistakes> {
    let file = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    let files = [
        file("demo/visits.toml", VISITS),
        file("demo/dashboards/visits.toml", board),
        file("demo/dashboards/visits.sql", "-- A row per visit.\nSELECT 1;\n"),
    ];
    build(&Files(files.into()))
}

fn mistake(from: &str, to: &str) -> String {
    assert!(BOARD.contains(from), "{from}");
    with(&BOARD.replacen(from, to, 1)).unwrap_err().to_string()
}

#[test]
fn a_dashboards_file_says_what_is_measured_and_drawn() {
    let catalog = with(BOARD).unwrap();
    let [dashboard] = catalog.dashboards.as_slice() else { panic!("one dashboard") };
    assert_eq!(
        (dashboard.name.as_str(), dashboard.page().as_str()),
        ("demo.visits", "dashboards/demo/visits.html")
    );
    assert_eq!(dashboard.fresh_for.as_hours(), 36);
    let [tab] = dashboard.tabs.as_slice() else { panic!("one tab") };
    assert_eq!(tab.query.sql, "-- A row per visit.\nSELECT 1");
    let measures: Vec<(&str, &Measure)> = tab.measures.iter().map(|(name, of)| (name.as_str(), of)).collect();
    let doctors = Measure::Distinct("doctor".to_owned());
    let late = Measure::Share("is_late".to_owned());
    let expected =
        [("Visits", &Measure::Count), ("Patients", &Measure::People), ("Doctors", &doctors), ("Late", &late)];
    assert_eq!(measures, expected);
    let [line, table] = tab.charts.as_slice() else { panic!("two charts") };
    assert_eq!((line.y.as_deref(), line.series.as_deref()), (Some("Visits"), Some("kind")));
    assert_eq!(
        (table.kind, &table.y, table.details.as_slice()),
        (Kind::Table, &None, &["hospital".to_owned()][..])
    );
}

#[test]
fn each_mistake_is_told_with_its_line_and_a_way_out() {
    let path = "demo/dashboards/visits.toml";
    let told = [
        ("fresh_for = \"36 hours\"", "fresh_for = \"1 month\"", 3, "`fresh_for` is hours or days"),
        ("fresh_for = \"36 hours\"", "fresh_for = \"-2 days\"", 3, "`fresh_for` is hours or days"),
        ("[\"demo.visits\"]", "[\"demo.visit\"]", 2, "did you mean `demo.visits`?"),
        ("[\"demo.visits\"]", "[]", 1, "at least one of `needs`"),
        ("\"visits.sql\"", "\"visit.sql\"", 7, "there is no file `demo/dashboards/visit.sql`"),
        ("\"share(is_late)\"", "\"avg(is_late)\"", 9, "a measure is `count`, `people`, `distinct(COLUMN)`"),
        ("\"distinct(doctor)\"", "\"distinct()\"", 9, "a measure is"),
        ("y = \"Visits\"", "y = \"Visit\"", 16, "no measure is named `Visit`; did you mean `Visits`?"),
        ("y = \"Visits\"\n", "", 13, "name the measure that is drawn"),
        ("title = \"Doctors\"", "title = \"By  Month!\"", 20, "another one has this title"),
        ("kind = \"line\"", "kind = \"lines\"", 14, "`lines` has no meaning here; did you mean `line`?"),
        ("kind = \"line\"", "kind = \"bar\"", 17, "`series` belongs to `column`, `line` and `share`"),
        ("series = \"kind\"", "series = \"month\"", 17, "`series` is another column than `x`"),
        ("kind = \"table\"", "kind = \"table\"\ny = \"Visits\"", 22, "leave `y` out"),
        ("details = [\"hospital\"]", "detail = []", 23, "no key is named `detail`; did you mean `details`?"),
    ];
    for (from, to, line, message) in told {
        let told = mistake(from, to);
        assert!(told.starts_with(&format!("{path}:{line}: ")) && told.contains(message), "{told}");
    }
}

#[test]
fn a_share_is_divided_by_series_and_counts() {
    let without = mistake(
        "kind = \"line\"\nx = \"month\"\ny = \"Visits\"\nseries = \"kind\"",
        "kind = \"share\"\nx = \"month\"\ny = \"Late\"",
    );
    assert!(without.contains("parts of 100 % are of a `count`"), "{without}");
    assert!(without.contains("name the column that divides each bar"), "{without}");
}

#[test]
fn tabs_of_one_query_speak_of_the_same_people() {
    let second = format!(
        "{BOARD}\n[[tabs]]\ntitle = \"Again\"\nquery = \"visits.sql\"\nperson = \"doctor\"\nmeasures = {{ Visits = \"count\" }}\n"
    );
    let told = with(&second).unwrap_err().to_string();
    assert_eq!(
        told,
        "demo/dashboards/visits.toml:26: another tab of the same query has another `person`: name the same one"
    );
}

#[test]
fn tabs_are_told_apart_by_their_titles() {
    let second = BOARD.split_once("[[tabs]]").unwrap().1;
    let told = with(&format!("{BOARD}\n[[tabs]]{second}")).unwrap_err().to_string();
    assert_eq!(
        told,
        "demo/dashboards/visits.toml:26: another one has this title: a title's letters and digits tell it from the others"
    );
    with(&format!("{BOARD}\n[[tabs]]{}", second.replacen("Visits", "Visits, again", 1))).unwrap();
}
