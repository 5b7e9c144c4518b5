use super::super::Catalog;
use super::*;

const FILE: &str = r#"
title      = "Missing numbers"
cadence    = "daily"
needs      = ["demo.visits"]
deliver    = ["email"]
each       = "group by doctor"
address    = "doctor_email"
once_per   = ["visit_id"]
empty      = "skip"
bar        = "fee"
pseudonyms = ["patient"]
headline   = { "Visits" = "count", "At risk" = "sum(fee)" }
query      = "visits.sql"

[chart]
title  = "Visits by hospital"
kind   = "bar"
x      = "hospital"
y      = "fee"
series = "month"

[[sections]]
title = "By doctor"
query = "by_doctor.sql"
columns_in_mail = ["doctor", "missing"]
bar   = "missing"

[sections.chart]
title = "Missing numbers by doctor"
kind  = "bar"
x     = "doctor"
y     = "missing"

[[sections]]
title = "By week"
query = "by_week.sql"

[sections.chart]
title = "Missing numbers by week"
kind  = "line"
query = "by_week_and_doctor.sql"
x     = "week"
y     = "count"
"#;

const VISITS: [(&str, bool); 7] = [
    ("visit_id", true),
    ("patient", false),
    ("doctor", false),
    ("doctor_email", false),
    ("hospital", false),
    ("month", false),
    ("fee", true),
];

/// The catalog's files, with a report that asks for every kind of column.
fn files() -> Files {
    let visits = "title = \"Visits\"\ntable = \"demo.visits\"\nload = \"replace\"\nmatch = { prefix = \"demo/\" }\n\
                  [columns]\nvisit_id = { type = \"bigint\" }\n";
    let files = [
        ("demo/visits.toml", visits),
        ("demo/reports/missing.toml", FILE),
        ("demo/reports/visits.sql", "SELECT"),
        ("demo/reports/by_doctor.sql", "SELECT"),
        ("demo/reports/by_week.sql", "SELECT"),
        ("demo/reports/by_week_and_doctor.sql", "SELECT"),
    ];
    Files(files.map(|(path, text)| (path.to_owned(), text.to_owned())).into())
}

fn shape(place: Place, columns: &[(&str, bool)]) -> Shape {
    Shape { place, columns: columns.iter().map(|(name, number)| ((*name).to_owned(), *number)).collect() }
}

fn mistakes(shapes: &[Shape]) -> Vec<String> {
    let files = files();
    let catalog = Catalog::from_files(&files).unwrap();
    let report = &catalog.reports[0];
    let mistakes = report.misfits(shapes).into_iter().map(|misfit| misfit.in_file(report, &files));
    mistakes.map(|mistake| format!("{}: {}", mistake.line, mistake.message)).collect()
}

#[test]
fn results_that_have_all_that_is_asked_for_fit() {
    let by_doctor = shape(Place::Section(1), &[("doctor", false), ("missing", true)]);
    assert_eq!(mistakes(&[shape(Place::Section(0), &VISITS), by_doctor]), [""; 0]);
}

#[test]
fn each_missing_column_is_named_with_its_key() {
    let other = [("nothing", true)];
    let visits = "demo/reports/visits.sql gives no column";
    let by_doctor = "demo/reports/by_doctor.sql gives no column";
    let known = "known are: nothing";
    assert_eq!(
        mistakes(&[shape(Place::Section(0), &other), shape(Place::Section(1), &other)]),
        [
            format!("8: `once_per`: {visits} `visit_id`; {known}"),
            format!("6: `each`: {visits} `doctor`; {known}"),
            format!("6: `each`: {by_doctor} `doctor`; {known}"),
            format!("7: `address`: {visits} `doctor_email`; {known}"),
            format!("12: `headline`: {visits} `fee`; {known}"),
            format!("10: `bar`: {visits} `fee`; {known}"),
            format!("18: `x`: {visits} `hospital`; {known}"),
            format!("19: `y`: {visits} `fee`; {known}"),
            format!("20: `series`: {visits} `month`; {known}"),
            format!("25: `columns_in_mail`: {by_doctor} `doctor`; {known}"),
            format!("25: `columns_in_mail`: {by_doctor} `missing`; {known}"),
            format!("26: `bar`: {by_doctor} `missing`; {known}"),
            format!("31: `x`: {by_doctor} `doctor`; {known}"),
            format!("32: `y`: {by_doctor} `missing`; {known}"),
        ]
    );
}

#[test]
fn a_sections_chart_with_a_query_is_held_against_that_query() {
    let by_week = shape(Place::Section(2), &[("doctor", false), ("week", false)]);
    let drawn = |columns| mistakes(&[by_week.clone(), shape(Place::Chart(2), columns)]);
    assert_eq!(drawn(&[("doctor", false), ("week", false)]), [""; 0]);
    let query = "demo/reports/by_week_and_doctor.sql gives no column";
    assert_eq!(
        drawn(&[("nothing", false)]),
        [
            format!("6: `each`: {query} `doctor`; known are: nothing"),
            format!("42: `x`: {query} `week`; known are: nothing"),
        ]
    );
}

#[test]
fn what_is_drawn_or_added_up_is_a_number() {
    let mut visits = VISITS;
    visits[6].1 = false;
    let no_number =
        "`fee` is no number in demo/reports/visits.sql; name a column that is one, or make it one there";
    assert_eq!(
        mistakes(&[shape(Place::Section(0), &visits)]),
        [
            format!("12: `headline`: {no_number}"),
            format!("10: `bar`: {no_number}"),
            format!("19: `y`: {no_number}")
        ]
    );
}

#[test]
fn a_pseudonym_is_looked_for_in_all_queries() {
    let own =
        shape(Place::Section(0), &VISITS.map(|(name, number)| (if number { name } else { "x" }, number)));
    let others = [Place::Section(1), Place::Section(2), Place::Chart(2)];
    let others = |columns| others.map(|place| shape(place, columns));
    let told = |others: &[Shape]| {
        let shapes = [std::slice::from_ref(&own), others].concat();
        mistakes(&shapes).into_iter().find(|mistake| mistake.contains("`pseudonyms`"))
    };
    assert_eq!(told(&others(&[("patient", false)])), None);
    assert_eq!(told(&[]), None, "the other queries may give it");
    let expected = "11: `pseudonyms`: no query gives a column `patient`; known are: ";
    assert!(told(&others(&[("nothing", false)])).unwrap().starts_with(expected));
}
