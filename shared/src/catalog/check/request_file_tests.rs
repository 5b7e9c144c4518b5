use super::without_comments;
use crate::catalog::check::tests::report;
use crate::catalog::{Cadence, Report};

const ASKED_FOR: &str = "title = \"Visits\"\ncadence = \"on request\"\nneeds = [\"healthtech.doctors\"]\nempty = \"skip\"\n\
     deliver = [\"file\"]\nattach = [\"csv\"]\nheadline = { Visits = \"count\" }\nparameters = [\"patient_id\"]\n";
const OF_A_PATIENT: &str = "SELECT 1 AS visits WHERE current_setting('rounds.patient_id') = 'P1'";

/// The catalog with this report, of this query.
fn checked(text: &str, sql: &str) -> Result<Report, Vec<String>> {
    report(&[
        ("healthtech/reports/visits.toml", text),
        ("healthtech/reports/visits.sql", sql),
        ("healthtech/reports/name.sql", "SELECT 'Ana' AS name"),
    ])
}

#[test]
fn a_report_on_request_is_one_file_about_what_its_parameters_name() {
    let report = checked(ASKED_FOR, OF_A_PATIENT).unwrap();
    assert_eq!((report.cadence, report.parameters), (Cadence::OnRequest, vec!["patient_id".to_owned()]));

    let wrong = "1: on request there is one file about what `parameters` name: one word in `attach`, `deliver` is \
                 `[\"email\"]`, which sends a link to it, or `[\"file\"]`, and there are neither `each`, `once_per`, \
                 `[[sections]]` nor a chart";
    let two_files = ASKED_FOR.replace("[\"csv\"]", "[\"csv\", \"xlsx\"]");
    let to_a_room = ASKED_FOR.replace("[\"file\"]", "[\"chat\"]\naudience = \"a\"");
    let once = format!("{ASKED_FOR}once_per = [\"visits\"]\n");
    let of_everybody = ASKED_FOR.replace("[\"patient_id\"]", "[]");
    for text in [two_files, to_a_room, once, of_everybody] {
        assert_eq!(checked(&text, OF_A_PATIENT).unwrap_err(), [wrong], "{text}");
    }
}

#[test]
fn the_letter_with_the_link_can_tell_nothing_of_a_row() {
    let wrong = "whoever is sent the link is told nothing of a row: there is no `message`, and the headline is `count` or `sum(…)`";
    let telling = format!("{ASKED_FOR}message = \"{{visits}}\"\nsubject = \"{{visits}}\"\n");
    assert_eq!(checked(&telling, OF_A_PATIENT).unwrap_err(), [format!("9: {wrong}")]);
    let asking = ASKED_FOR.replace("{ Visits = \"count\" }", "\"name.sql\"");
    assert_eq!(checked(&asking, OF_A_PATIENT).unwrap_err(), [format!("7: {wrong}")]);
}

#[test]
fn a_parameter_is_a_name_of_its_own_and_of_a_report_on_request() {
    let named = |name: &str| {
        let text = ASKED_FOR.replace("patient_id", name);
        checked(&format!("{text}settings = {{ hospitals = [] }}\n"), OF_A_PATIENT).unwrap_err()
    };
    for taken in ["as_of", "hospitals", "Patient ID"] {
        assert_eq!(
            named(taken),
            [
                "8: a parameter's name is lower-case letters, digits and `_`, other than as_of, period_first, period_last and \
              a setting's"
            ]
        );
    }
    let daily = ASKED_FOR.replace("on request", "daily");
    assert_eq!(
        checked(&daily, OF_A_PATIENT).unwrap_err(),
        ["8: `parameters` are for reports with `cadence = \"on request\"`"]
    );
}

#[test]
fn a_query_reads_its_parameters_outside_of_comments() {
    let unread = "8: healthtech/reports/visits.sql does not read `current_setting('rounds.patient_id')`, and tells of everybody";
    for sql in [
        "SELECT 1 AS visits",
        "SELECT 1 AS visits -- WHERE p = current_setting('rounds.patient_id')",
        "SELECT 1 AS visits /* WHERE p =\ncurrent_setting('rounds.patient_id') */",
    ] {
        assert_eq!(checked(ASKED_FOR, sql).unwrap_err(), [unread], "{sql}");
    }
    assert!(checked(ASKED_FOR, &format!("-- the patient's\n{OF_A_PATIENT}")).is_ok());
}

#[test]
fn a_comment_is_what_postgresql_takes_for_one() {
    assert_eq!(without_comments("a -- b 'c\nd 'e' /* f\n' */ - g/h"), "a  \nd 'e'   - g/h");
    assert_eq!(without_comments("'it''s -- no /* comment' || 'é' -- ü"), "'it''s -- no /* comment' || 'é'  ");
    assert_eq!(without_comments("open ' -- text"), "open ' -- text");
}
