//! The page of a dashboard, looked at in a browser.
// Helpers stand outside of the test functions that clippy.toml exempts.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod contrast;
mod drawing;
mod paper;
mod reading;
mod sample;
mod screen;

use rounds_report::dashboard::board::Board;
use rounds_report::dashboard::page;
use rounds_testkit::browser::Browser;
use serde_json::Value;

/// Opens a board's page, and waits until it is drawn.
fn open(board: &Board, place: &str) -> Browser {
    let browser = Browser::start();
    show(&browser, board, place);
    browser
}

fn show(browser: &Browser, board: &Board, place: &str) {
    by(browser, "light");
    browser.open(&page::render(board).unwrap(), place);
    drawn(browser);
}

/// By day (`light`) or by night (`dark`), and for somebody who wants nothing to move: what moves is not there yet.
fn by(browser: &Browser, scheme: &str) {
    browser.prefer(&[("prefers-reduced-motion", "reduce"), ("prefers-color-scheme", scheme)]);
}

/// Waits for the page's own mark of having been drawn.
fn drawn(browser: &Browser) {
    let is_drawn = "return new Promise((done) => new PerformanceObserver((list) => \
                    list.getEntriesByName('open').length && done(true)).observe({ type: 'measure', buffered: true }));";
    assert_eq!(browser.ask(is_drawn), true);
}

/// The text of the elements in the tab that is open.
fn texts(browser: &Browser, selector: &str) -> Vec<String> {
    let script = format!(
        "return [...document.querySelectorAll('[role=tabpanel]:not([hidden]) {selector}')]\
         .filter((node) => node.checkVisibility()).map((node) => node.textContent);"
    );
    strings(browser.ask(&script))
}

fn strings(list: Value) -> Vec<String> {
    serde_json::from_value(list).unwrap()
}

/// Does something to the first such element, such as `click()`.
fn act(browser: &Browser, selector: &str, what: &str) {
    assert_eq!(browser.ask(&format!("document.querySelector(`{selector}`).{what}; return true;")), true);
}

/// Chooses a value in a filter of the open tab.
fn choose(browser: &Browser, filter: &str, value: &str) {
    let script = format!(
        "const label = [...document.querySelectorAll('[role=tabpanel]:not([hidden]) .filters label')]
           .find((label) => label.firstChild.textContent === '{filter}');
         const select = label.querySelector('select');
         select.value = [...select.options].find((option) => option.textContent === '{value}').value;
         select.dispatchEvent(new Event('change'));
         return true;"
    );
    assert_eq!(browser.ask(&script), true);
}
