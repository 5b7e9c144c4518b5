//! Clocks of functions that are wrong.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::Path;
use std::process::Command;

use jiff::Timestamp;
use rounds_testkit::sheet;
use rounds_testkit::stack::{Stack, checkout};
use rounds_testkit::stage::{Line, Stage};
use rounds_tests::{APPOINTMENTS, DOCTORS, assert_nothing_leaked, assert_tables, clinic};

const HOURS: i64 = 3 * 3600;

#[tokio::test(flavor = "multi_thread")]
async fn functions_whose_clocks_are_hours_apart_keep_the_order_of_drops_and_mail_once() {
    let folder = tempfile::tempdir().unwrap();
    let library = library(folder.path());
    let stack = Stack::shared().await;
    let database = stack.database().await;
    let mut line = Line::start(&stack).await;
    let (older, newer) = (clinic(61), clinic(62));
    let mails = stack.mails().len();

    skew(&mut line, &stack, &library, HOURS);
    let doctors = line.drop_file(DOCTORS, sheet::workbook(&newer.doctors.rows).unwrap()).await;
    assert_eq!(line.run(&doctors).unwrap()["outcome"], "loaded");
    let first = line.drop_file(APPOINTMENTS, sheet::workbook(&older.appointments.rows).unwrap()).await;
    assert_eq!(line.run(&first).unwrap()["outcome"], "loaded");
    for stage in [&line.ingest, &line.transform, &line.load, &line.report] {
        let maps = fs::read_to_string(format!("/proc/{}/maps", stage.pid().unwrap())).unwrap();
        assert!(maps.contains("skew.so"), "the stage has another clock");
    }

    skew(&mut line, &stack, &library, -HOURS);
    let second = line.drop_file(APPOINTMENTS, sheet::workbook(&newer.appointments.rows).unwrap()).await;
    assert_eq!(line.run(&second).unwrap()["outcome"], "loaded");
    for event in [&first, &second] {
        assert_eq!(line.run(event).unwrap()["outcome"], "duplicate");
    }
    assert_tables(&database, &newer).await;
    assert_eq!(stack.mails().len(), mails + 2, "one for each load of appointments");
    assert_nothing_leaked(&stack);
}

/// Puts other clocks into the stages: some are ahead of the database by so many seconds, the others behind. Report's is
/// behind whatever is asked, since how long it may take is told by the same clock.
fn skew(line: &mut Line, stack: &Stack, library: &str, seconds: i64) {
    let stage = |name, seconds: i64| {
        Stage::start(stack, name, &[("LD_PRELOAD", library), ("CLOCK_SKEW", &seconds.to_string())])
    };
    line.ingest = stage("ingest", seconds);
    line.transform = stage("transform", -seconds);
    line.load = stage("load", seconds);
    line.report = stage("report", -HOURS);
}

/// A library that moves the clock of the process that loads it.
fn library(folder: &Path) -> String {
    let path = folder.join("skew.so");
    let source = checkout().join("tests/faults/limits/skew.c");
    let made = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&path).arg(source).status().unwrap();
    assert!(made.success(), "what links Rust compiles C as well");
    let mut date = Command::new("date");
    let told = date.arg("+%s").env("LD_PRELOAD", &path).env("CLOCK_SKEW", HOURS.to_string());
    let told: i64 = String::from_utf8(told.output().unwrap().stdout).unwrap().trim().parse().unwrap();
    let ahead = told - Timestamp::now().as_second();
    assert!((HOURS - 60..=HOURS).contains(&ahead), "a clock that is moved by {HOURS} s shows {ahead} s");
    path.to_str().unwrap().to_owned()
}
