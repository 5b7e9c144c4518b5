use crate::catalog::Report;
use crate::catalog::check::tests::report;

const HEAD: &str =
    "title = \"Visits\"\nneeds = [\"healthtech.doctors\"]\nempty = \"skip\"\nheadline = { V = \"count\" }\n";
const ROWS: &str = "cadence = \"daily\"\ndeliver = [\"email\", \"chat\"]\neach = \"row\"\naddress = \"a\"\nonce_per = [\"v\"]\n";
const WHOLE: &str = "cadence = \"daily\"\ndeliver = [\"email\", \"chat\"]\naudience = \"care\"\n";

/// The catalog with a report of these lines.
fn checked(lines: &[&str]) -> Result<Report, Vec<String>> {
    let text = format!("{HEAD}{}", lines.concat());
    report(&[("healthtech/reports/visits.toml", &text), ("healthtech/reports/visits.sql", "SELECT 1 AS v")])
}

#[test]
fn a_message_has_a_subject_and_lines_where_there_are_several_rows_and_a_room() {
    let report = checked(&[WHOLE, "message = \"{v} of {w}\"\nsubject = \"{v}\"\nlines = \"{x}\"\n"]).unwrap();
    let message = report.message.as_ref().unwrap();
    let named: Vec<_> =
        message.wordings().flat_map(|(key, text)| text.columns().map(move |it| (key, it))).collect();
    assert_eq!(named, [("message", "v"), ("message", "w"), ("subject", "v"), ("lines", "x")]);
    assert!(!report.is_message() && checked(&[ROWS, "message = \"{v}\"\n"]).unwrap().is_message());
    let lonely = checked(&[WHOLE, "subject = \"{v}\"\n"]).unwrap_err();
    assert_eq!(lonely, ["8: `subject` and `lines` belong to a `message`"]);
    let of_one = checked(&[ROWS, "message = \"{v}\"\nlines = \"{v}\"\n"]).unwrap_err();
    assert_eq!(of_one, ["11: `lines` are what a chat room is shown of several rows"]);
    let open = checked(&[WHOLE, "message = \"{v\"\n"]).unwrap_err();
    assert_eq!(open, ["8: a column stands in braces, `{column}`, and there are no others"]);
}

#[test]
fn a_message_about_one_row_is_kept_nowhere() {
    let kept = checked(&[ROWS, "message = \"{v}\"\nattach = [\"csv\"]\n"]).unwrap_err();
    let mistake = "10: a message about one row is sent and kept nowhere: without `attach`, `[chart]` and a `deliver` that stores";
    assert_eq!(kept, [mistake]);
    let filed = ROWS.replace("\"chat\"", "\"file\"");
    assert_eq!(checked(&[&filed, "message = \"{v}\"\n"]).unwrap_err(), [mistake]);
}

#[test]
fn hours_are_a_stretch_of_a_day_for_what_the_clock_sends() {
    assert_eq!(
        checked(&[WHOLE, "hours = \"08:00-20:00\"\n"]).unwrap().hours.unwrap().to_string(),
        "08:00 to 20:00"
    );
    let night = checked(&[WHOLE, "hours = \"20:00-08:00\"\n"]).unwrap_err();
    assert_eq!(night, ["8: hours are written like `08:00-20:00`, within one day"]);
    for wrong in [WHOLE.replace("daily", "after load"), WHOLE.replace("[\"email\", \"chat\"]", "[\"file\"]")]
    {
        let found = checked(&[&wrong, "hours = \"08:00-20:00\"\n"]).unwrap_err();
        assert_eq!(found, ["8: `hours` are for what the clock makes due and people are sent"]);
    }
}

#[test]
fn data_of_the_evening_before_are_fresh_for_what_the_clock_makes_due() {
    let evening = checked(&[WHOLE, "fresh_from = \"18:00\"\n"]).unwrap();
    assert_eq!(evening.fresh_from, Some(jiff::civil::time(18, 0, 0, 0)));
    let odd = checked(&[WHOLE, "fresh_from = \"6 pm\"\n"]).unwrap_err();
    assert_eq!(odd, ["8: a time is written like `18:00`"]);
    let loaded = checked(&[&WHOLE.replace("daily", "after load"), "fresh_from = \"18:00\"\n"]).unwrap_err();
    assert_eq!(loaded, ["8: `fresh_from` is for what the clock makes due: it waits for fresh data"]);
}
