//! Whether everything can be read, by day and by night.

use rounds_testkit::browser::Browser;

use crate::sample::board;
use crate::{by, open};

/// What is too faint in each tab.
fn faint(browser: &Browser, tabs: usize) -> Vec<String> {
    let look = include_str!("contrast.js");
    let faint = (0..tabs).flat_map(|place| {
        let turn = format!("document.querySelectorAll('[role=tab]')[{place}].click(); scrollTo(0, 0);");
        let found = browser.ask(&format!("{turn} {look}"));
        assert!(found["seen"].as_u64().unwrap() > 40, "{found}");
        crate::strings(found["faint"].clone())
    });
    faint.collect()
}

#[test]
fn text_stands_out_by_day_and_by_night() {
    let board = board();
    let browser = open(&board, "#tab=visit-analytics&Hospital=Riverside");
    browser.resize(1440, 4_000);
    for scheme in ["light", "dark"] {
        by(&browser, scheme);
        assert_eq!(faint(&browser, board.tabs.len()), [""; 0], "{scheme}");
    }
}
