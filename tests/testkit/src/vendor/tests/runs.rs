//! One run at a time.

use super::*;

#[test]
fn a_report_is_run_looked_at_and_fetched_as_often_as_one_likes() {
    let vendor = vendor();
    let identifier = begin(&vendor, NORTH, "ar_aging");
    assert!(identifier.bytes().all(|byte| byte.is_ascii_digit()));
    let early = results(&vendor, NORTH, &identifier).unwrap();
    assert_eq!(element(&early, "Status"), "REPORT RUNNING");
    assert!(element(&early, "StatusMessage").contains("still running"));
    assert!(!has_element(&early, "Data"));
    let there = results(&vendor, NORTH, &identifier).unwrap();
    assert_eq!(element(&there, "Status"), "SUCCESS");
    assert!(element(&there, "Data").trim().lines().count() > 10, "base64 comes in lines");
    let files = members(&there);
    assert_eq!(files[0].0, "AR Aging 11-21-2026.csv");
    let records = records(&files[0].1);
    assert_eq!(records[0], sheet().header);
    assert_eq!(records[1..], sheet().rows);
    assert_eq!(results(&vendor, NORTH, &identifier).unwrap(), there);
    assert_eq!(vendor.runs().len(), 1);
}

#[test]
fn a_request_that_meets_a_run_is_answered_with_its_identifier() {
    let vendor = vendor();
    let identifier = begin(&vendor, NORTH, "ar_aging");
    let met = run(&vendor, SOUTH, "gross_billing").unwrap();
    assert_eq!(element(&met, "Status"), "REPORT RUNNING");
    assert!(element(&met, "StatusMessage").contains("still running"));
    assert_eq!(element(&met, "Identifier"), identifier);
    let again = run(&vendor, NORTH, "ar_aging").unwrap();
    assert_eq!(element(&again, "Identifier"), identifier);
    vendor.behave(SOUTH, ANY, Behaviour { hides_other_runs: true, ..Behaviour::default() });
    let hidden = run(&vendor, SOUTH, "gross_billing").unwrap();
    assert_eq!(
        (element(&hidden, "Status"), element(&hidden, "Identifier")),
        ("SUCCESS".to_owned(), identifier.clone())
    );
    let _ = results(&vendor, NORTH, &identifier);
    assert_ne!(begin(&vendor, SOUTH, "gross_billing"), identifier);
    assert_eq!(vendor.runs().len(), 2);
}

#[test]
fn results_are_for_the_account_that_asked() {
    let vendor = vendor();
    let identifier = begin(&vendor, NORTH, "ar_aging");
    for (account, identifier) in [(SOUTH, identifier.as_str()), (NORTH, "4711")] {
        assert_eq!(element(&results(&vendor, account, identifier).unwrap(), "Status"), "NOT FOUND");
    }
}

#[test]
fn a_report_is_under_way_for_as_many_looks_as_was_said() {
    let vendor = vendor();
    vendor.behave(ANY, ANY, Behaviour { polls: 3, ..Behaviour::default() });
    let identifier = begin(&vendor, NORTH, "ar_aging");
    let statuses: Vec<String> =
        (0..4).map(|_| element(&results(&vendor, NORTH, &identifier).unwrap(), "Status")).collect();
    assert_eq!(statuses, ["REPORT RUNNING", "REPORT RUNNING", "REPORT RUNNING", "SUCCESS"]);
}

#[test]
fn a_report_is_under_way_for_as_long_as_was_said_and_no_longer() {
    let vendor = vendor();
    vendor.behave(NORTH, ANY, Behaviour { polls: 0, seconds: 1, ..Behaviour::default() });
    let began = std::time::Instant::now();
    let identifier = begin(&vendor, NORTH, "ar_aging");
    while element(&results(&vendor, NORTH, &identifier).unwrap(), "Status") == "REPORT RUNNING" {
        assert!(began.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(began.elapsed() >= Duration::from_secs(1));
}

#[test]
fn somebody_elses_run_has_an_identifier_that_nobody_knows() {
    let vendor = vendor();
    vendor.behave(
        NORTH,
        ANY,
        Behaviour { run: Script::times(1, Answer::StillRunning), ..Behaviour::default() },
    );
    let met = run(&vendor, NORTH, "ar_aging").unwrap();
    assert_eq!(element(&met, "Status"), "REPORT RUNNING");
    let theirs = element(&met, "Identifier");
    assert_ne!(begin(&vendor, NORTH, "ar_aging"), theirs);
    assert_eq!(element(&results(&vendor, NORTH, &theirs).unwrap(), "Status"), "NOT FOUND");
}

#[test]
fn each_report_goes_through_a_script_of_its_own() {
    let vendor = vendor();
    vendor.behave(
        NORTH,
        ANY,
        Behaviour { run: Script::times(1, Answer::Status(500)), ..at_once(Content::Whole) },
    );
    let asked = ["ar_aging", "gross_billing", "ar_aging", "gross_billing"];
    let statuses = asked.map(|report| run(&vendor, NORTH, report).unwrap().0);
    assert_eq!(statuses, [500, 500, 200, 200]);
}
