use jiff::SignedDuration;

use crate::catalog::check::tests::report;
use crate::catalog::check::{Mistakes, build};
use crate::catalog::{Cadence, Channel, Each, Files, Headline, Measure, Query, Report, RowsInMail};

const PATH: &str = "healthtech/reports/visits.toml";
const HEAD: &str =
    "title = \"Visits\"\ncadence = \"daily\"\nneeds = [\"healthtech.doctors\"]\nempty = \"skip\"\n";

/// The catalog with a report of these lines, which begin at line 5.
fn checked(lines: &str) -> Result<Report, Vec<String>> {
    let query = ("healthtech/reports/visits.sql", "SELECT 1 AS visits;\n");
    report(&[(PATH, &format!("{HEAD}{lines}")), query])
}

fn mistakes(lines: &str) -> Vec<String> {
    checked(lines).unwrap_err()
}

#[test]
fn what_is_left_out_has_the_usual_meaning() {
    let report = checked("deliver = [\"file\"]\nheadline = { Visits = \"count\" }\n").unwrap();
    assert_eq!((report.cadence, report.each, report.audience), (Cadence::Daily, Each::Report, None));
    assert_eq!(report.headline, Headline::Figures(vec![("Visits".to_owned(), Measure::Count)]));
    let own = &report.sections[0];
    assert_eq!(
        (own.title.as_str(), own.query.sql.as_str(), own.rows_in_mail),
        ("Visits", "SELECT 1 AS visits", RowsInMail::First(10))
    );
}

#[test]
fn whoever_is_sent_something_has_to_be_named() {
    assert_eq!(
        mistakes("deliver = [\"email\"]\nheadline = { Visits = \"count\" }\n"),
        ["1: `audience` says who is sent the report; its addresses are configuration"]
    );
    assert_eq!(
        mistakes("deliver = [\"sms\"]\neach = \"row\"\nheadline = { Visits = \"count\" }\n"),
        ["6: name the column that holds the address: `address = \"…\"`",]
    );
    assert_eq!(
        mistakes(
            "deliver = [\"sms\"]\neach = \"row\"\naddress = \"mobile\"\nheadline = { Visits = \"count\" }\n"
        ),
        ["1: `each = \"row\"` needs `once_per`: the columns that tell one row's letter from another's"]
    );
}

#[test]
fn each_and_headline_have_few_words() {
    let grouped = "deliver = [\"email\"]\neach = \"group by doctor_id\"\naddress = \"email\"\nheadline = { V = \"sum(fee)\" }\n";
    let report = checked(grouped).unwrap();
    assert_eq!(report.deliver, [Channel::Email]);
    assert_eq!(report.each, Each::Group { column: "doctor_id".to_owned(), address: "email".to_owned() });
    assert_eq!(
        mistakes("deliver = [\"file\"]\neach = \"doctor\"\nheadline = { V = \"average(fee)\" }\n"),
        [
            "6: `each` is `report`, `row`, or `group by` and a column",
            "7: a figure is `count`, or `sum(…)` of a column"
        ]
    );
}

#[test]
fn a_setting_takes_no_name_that_is_taken() {
    let found = mistakes("deliver = [\"file\"]\nheadline = { V = \"count\" }\nsettings = { as_of = [] }\n");
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("7: a setting's name is lower-case letters"), "{}", found[0]);
}

#[test]
fn a_mart_is_whole_and_kept_up() {
    let files = Files::embedded();
    let mart = build(&files).unwrap().report("records.doctor_summary").unwrap().clone();
    assert!(mart.is_mart());
    let message = "1: a mart is kept up with each load: `deliver = [\"mart\"]` alone, `cadence = \"after load\"`, \
                   `empty = \"send\"`, its files in `attach`, and neither `once_per` nor `each`";
    assert_eq!(
        mistakes("deliver = [\"mart\"]\nattach = [\"csv\"]\nheadline = { Visits = \"count\" }\n"),
        [message]
    );
    let path = "records/reports/doctor_summary.toml";
    for (from, to) in [
        ("[\"mart\"]", "[\"mart\", \"page\"]"),
        ("\"send\"", "\"skip\""),
        ("attach   = [\"parquet\", \"csv\"]\n", ""),
        ("\"send\"\n", "\"send\"\nonce_per = [\"doctor_id\"]\n"),
    ] {
        let mut changed = files.clone();
        let text = changed.0[path].replace(from, to);
        assert_ne!(text, files.0[path], "{from}");
        changed.0.insert(path.to_owned(), text);
        let Mistakes(found) = build(&changed).unwrap_err();
        assert_eq!(found.iter().map(|one| one.message.as_str()).collect::<Vec<_>>(), [&message[3..]], "{to}");
    }
}

#[test]
fn a_mart_may_say_how_long_its_files_can_be_kept() {
    let path = "records/reports/doctor_summary.toml";
    let read = |max_age: &str| {
        let mut files = Files::embedded();
        let text = files.0[path].replace("empty ", &format!("max_age = \"{max_age}\"\nempty "));
        files.0.insert(path.to_owned(), text);
        let catalog = build(&files).map_err(|Mistakes(found)| found[0].message.clone())?;
        Ok(catalog.report("records.doctor_summary").unwrap().max_age)
    };
    let message = "`max_age` is a time such as \"10 minutes\", and a mart's";
    assert_eq!(read("10 minutes"), Ok(Some(SignedDuration::from_mins(10))));
    for wrong in ["-1 minute", "0s", "soon"] {
        assert_eq!(read(wrong), Err(message.to_owned()), "{wrong}");
    }
    let elsewhere = "deliver = [\"file\"]\nheadline = { Visits = \"count\" }\nmax_age = \"10 minutes\"\n";
    assert_eq!(mistakes(elsewhere), [format!("7: {message}")]);
}

#[test]
fn a_mail_shows_some_rows_or_all() {
    let rows = |written: &str| {
        let lines =
            format!("deliver = [\"file\"]\nheadline = {{ V = \"count\" }}\nrows_in_mail = {written}\n");
        checked(&lines).map(|report| report.sections[0].rows_in_mail)
    };
    assert_eq!(rows("25"), Ok(RowsInMail::First(25)));
    assert_eq!(rows("\"all\""), Ok(RowsInMail::All));
    assert_eq!(rows("\"most\"").unwrap_err().len(), 1);
    assert!(rows("-1").unwrap_err()[0].starts_with("7: "));
}

#[test]
fn a_query_stands_in_the_reports_file_or_beside_it() {
    let own = |lines: &str| {
        let lines = format!("deliver = [\"file\"]\nheadline = {{ V = \"count\" }}\n{lines}");
        checked(&lines).map(|report| report.sections[0].query.clone())
    };
    let query = |file: &str, sql: &str| Ok(Query { file: file.to_owned(), sql: sql.to_owned() });
    assert_eq!(own("sql = '''\nSELECT 2 AS visits;\n'''\n"), query(PATH, "SELECT 2 AS visits"));
    assert_eq!(own(""), query("healthtech/reports/visits.sql", "SELECT 1 AS visits"));
    assert_eq!(
        own("sql = 'SELECT 2'\nquery = \"visits.sql\"\n"),
        Err(vec!["8: `sql` is the query already: write one of the two".to_owned()])
    );
}
