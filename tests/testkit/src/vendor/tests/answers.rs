//! What the vendor says, and whether it answers at all.

use serde_json::{Value, json};

use super::*;

#[test]
fn data_are_left_out_as_often_as_was_said() {
    let vendor = vendor();
    vendor.behave(
        NORTH,
        "ar_aging",
        Behaviour { results: Script::times(2, Answer::NoData), ..at_once(Content::Whole) },
    );
    let identifier = begin(&vendor, NORTH, "ar_aging");
    let looks: Vec<_> = (0..3).map(|_| results(&vendor, NORTH, &identifier).unwrap()).collect();
    assert!(looks.iter().all(|look| element(look, "Status") == "SUCCESS"));
    assert_eq!(looks.iter().map(|look| has_element(look, "Data")).collect::<Vec<_>>(), [false, false, true]);
    vendor.behave(
        SOUTH,
        ANY,
        Behaviour { results: Script::always(Answer::NoData), ..at_once(Content::Whole) },
    );
    let identifier = begin(&vendor, SOUTH, "ar_aging");
    assert!((0..10).all(|_| !has_element(&results(&vendor, SOUTH, &identifier).unwrap(), "Data")));
}

#[test]
fn refusals_are_said_in_the_vendors_words() {
    let vendor = vendor();
    for (answer, status, message) in [
        (Answer::NoRecords, "ERROR", "no records were found matching the criteria used"),
        (Answer::InvalidCriteria, "INVALID CRITERIA", ""),
        (Answer::Error, "ERROR", ""),
        (Answer::NotFound, "NOT FOUND", ""),
        (Answer::TimedOut, "REPORT TIMED OUT", ""),
        (Answer::InterfaceOff, "ERROR", "interface is not turned on"),
        (Answer::NoLongerActive, "ERROR", "no longer active"),
    ] {
        let refusing = Script::always(answer);
        vendor.behave(NORTH, ANY, Behaviour { run: refusing.clone(), ..Behaviour::default() });
        vendor.behave(SOUTH, ANY, Behaviour { results: refusing, ..at_once(Content::Whole) });
        let identifier = begin(&vendor, SOUTH, "ar_aging");
        for refused in [run(&vendor, NORTH, "ar_aging"), results(&vendor, SOUTH, &identifier)] {
            let refused = refused.unwrap();
            assert_eq!(element(&refused, "Status"), status);
            assert!(element(&refused, "StatusMessage").to_lowercase().contains(message));
            assert!(!has_element(&refused, "Identifier") && !has_element(&refused, "Data"));
        }
    }
    assert!(vendor.runs().iter().all(|run| run.account == SOUTH));
}

#[test]
fn statuses_of_http_come_as_often_as_was_said() {
    let vendor = vendor();
    for status in [401, 404, 415] {
        vendor.behave(
            NORTH,
            ANY,
            Behaviour { run: Script::always(Answer::Status(status)), ..Behaviour::default() },
        );
        assert_eq!(run(&vendor, NORTH, "ar_aging"), Some((status, String::new())));
    }
    vendor.behave(
        NORTH,
        ANY,
        Behaviour { run: Script::times(2, Answer::Status(500)), ..Behaviour::default() },
    );
    let statuses: Vec<u16> = (0..3).map(|_| run(&vendor, NORTH, "ar_aging").unwrap().0).collect();
    assert_eq!(statuses, [500, 500, 200]);
    assert_eq!(vendor.runs().len(), 1);
}

#[test]
fn a_connection_ends_before_or_after_the_request_is_taken() {
    let vendor = vendor();
    vendor.behave(NORTH, ANY, Behaviour { run: Script::times(1, Answer::HangUp), ..Behaviour::default() });
    assert_eq!(run(&vendor, NORTH, "ar_aging"), None);
    assert_eq!(vendor.runs(), []);
    vendor.behave(
        NORTH,
        ANY,
        Behaviour { run: Script::times(1, Answer::HangUpAfter), ..Behaviour::default() },
    );
    assert_eq!(run(&vendor, NORTH, "ar_aging"), None);
    let found = run(&vendor, NORTH, "ar_aging").unwrap();
    assert_eq!(element(&found, "Identifier"), vendor.runs()[0].identifier);
    assert_eq!(vendor.runs().len(), 1);
}

#[test]
fn a_page_and_a_complete_report_are_answered_where_they_are_scripted() {
    let vendor = vendor();
    let script = Script { first: [Answer::Page].into(), then: Some(Answer::Complete) };
    vendor.behave(NORTH, ANY, Behaviour { results: script, ..at_once(Content::Whole) });
    let identifier = begin(&vendor, NORTH, "ar_aging");
    assert!(results(&vendor, NORTH, &identifier).unwrap().1.starts_with("<!DOCTYPE html>"));
    let there = results(&vendor, NORTH, &identifier).unwrap();
    assert_eq!(element(&there, "Status"), "REPORT COMPLETE");
    assert_eq!(members(&there).len(), 1);
}

#[test]
fn namespaces_are_the_documents_a_prefixs_or_missing() {
    let vendor = vendor();
    let beginnings = [Xml::Namespaced, Xml::Prefixed, Xml::BareData, Xml::Plain].map(|xml| {
        vendor.behave(NORTH, ANY, Behaviour { xml, ..at_once(Content::Whole) });
        let identifier = begin(&vendor, NORTH, "ar_aging");
        let answer = results(&vendor, NORTH, &identifier).unwrap();
        assert_eq!(members(&answer).len(), 1);
        let is_meant =
            |tag: &&str| !tag.starts_with('/') && tag.contains("Data") || tag.contains("ReportResponse ");
        let tags = answer.1.lines().filter_map(|line| line.trim().strip_prefix('<')).filter(is_meant);
        tags.collect::<Vec<_>>().join(" ")
    });
    assert_eq!(
        beginnings,
        [
            "ReportResponse xmlns=\"http://www.collaboratemd.com/api/v1/\"> Data>",
            "ns2:ReportResponse xmlns:ns2=\"http://www.collaboratemd.com/api/v1/\"> ns2:Data>",
            "ReportResponse xmlns=\"http://www.collaboratemd.com/api/v1/\"> Data xmlns=\"\">",
            "Data>",
        ]
    );
}

#[test]
fn whoever_has_not_the_credentials_gets_nothing() {
    let credentials = Credentials { user: "rounds".to_owned(), password: "pass:word".to_owned() };
    let vendor = Vendor::start_with(books(), Some(credentials)).unwrap();
    let report = billing::report("ar_aging").unwrap();
    let path = format!("/v1/customer/{NORTH}/reports/{}/filter/{}/run", report.number, report.filter);
    let status = |header: &str| call(&vendor, "POST", &path, header, "").unwrap().0;
    assert_eq!(status(""), 401);
    assert_eq!(status("Authorization: Basic cm91bmRzOnBhc3M=\r\n"), 401);
    assert_eq!(vendor.runs(), []);
    assert_eq!(status("authorization: Basic cm91bmRzOnBhc3M6d29yZA==\r\n"), 200);
}

#[test]
fn what_is_no_report_of_the_vendor_is_not_run() {
    let vendor = vendor();
    let post = |path: &str| call(&vendor, "POST", path, "", "").unwrap();
    let unknown = post("/v1/customer/10000001/reports/1/filter/2/run");
    assert_eq!(element(&unknown, "Status"), "INVALID CRITERIA");
    assert_eq!(post("/v1/customer/1000/reports/10078378/filter/10141925/run").0, 404);
    assert_eq!(post("/v2/customer/10000001").0, 404);
    assert_eq!(call(&vendor, "GET", "/v1/customer/10000001/reports/results/1", "", "").unwrap().0, 405);
    assert_eq!(vendor.runs(), []);
}

#[test]
fn behaviours_are_taken_and_requests_are_told_over_the_connection() {
    let vendor = vendor();
    let put = |path: &str, body: Value| call(&vendor, "PUT", path, "", &body.to_string()).unwrap().0;
    let behaviour = json!({
        "polls": 2, "results": {"first": ["no_data", {"status": 500}]},
        "content": {"renamed": {"from": "Charge ID", "to": "Charge No"}}, "xml": "plain",
    });
    assert_eq!(put("/stand-in/behaviour/10000001/ar_aging", behaviour), 204);
    assert_eq!(put("/stand-in/behaviour/10000001/*", json!({"run": {"then": "no_records"}})), 204);
    assert_eq!(put("/stand-in/behaviour/10000001/nothing", json!({})), 404);
    assert_eq!(put("/stand-in/behaviour/10000001/ar_aging", json!({"pols": 2})), 400);
    let refused = run(&vendor, NORTH, "ar_aging").unwrap();
    assert!(element(&refused, "StatusMessage").contains("No records were found"));
    let identifier = begin(&vendor, SOUTH, "ar_aging");

    let get = |path: &str| -> Value {
        serde_json::from_str(&call(&vendor, "GET", path, "", "").unwrap().1).unwrap()
    };
    let path = |account| format!("/v1/customer/{account}/reports/10078378/filter/10141925/run");
    assert_eq!(
        get("/stand-in/requests"),
        json!([{"method": "POST", "path": path(NORTH)}, {"method": "POST", "path": path(SOUTH)}])
    );
    assert_eq!(
        get("/stand-in/runs"),
        json!([{"identifier": identifier, "account": SOUTH, "report": "ar_aging"}])
    );
    assert_eq!(
        get("/stand-in/numbers")["gross_billing"],
        json!({"report": "10078486", "filter": "10141929"})
    );
    assert_eq!(call(&vendor, "DELETE", "/stand-in", "", "").unwrap().0, 204);
    assert_eq!((get("/stand-in/requests"), get("/stand-in/runs")), (json!([]), json!([])));
    assert_ne!(begin(&vendor, NORTH, "ar_aging"), identifier);
}
