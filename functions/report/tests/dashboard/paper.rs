//! The page on paper.

use crate::sample::board;
use crate::{act, by, open, texts};

#[test]
fn paper_has_all_tabs_light_and_the_screen_is_as_before() {
    let board = board();
    let browser = open(&board, "#tab=lab-reports");
    by(&browser, "dark");
    let look = "return [...document.querySelectorAll('[role=tabpanel]')].filter((panel) => panel.checkVisibility()).length;";
    assert_eq!(browser.ask(look), 1);
    let watch = "addEventListener('beforeprint', () => {
        const shown = [...document.querySelectorAll('[role=tabpanel]')].filter((panel) => panel.checkVisibility());
        window.printed = {
            tabs: shown.map((panel) => panel.querySelector('h2').textContent),
            charts: shown.map((panel) => panel.querySelectorAll('.plot svg').length),
            ground: getComputedStyle(document.querySelector('.card')).backgroundColor,
            widest: Math.max(...shown.map((panel) => panel.scrollWidth)),
        };
    }); return true;";
    assert_eq!(browser.ask(watch), true);
    browser.print();
    let printed = browser.ask("return window.printed;");
    let titles: Vec<&str> = board.tabs.iter().map(|tab| tab.title.as_str()).collect();
    assert_eq!(printed["tabs"], serde_json::json!(titles));
    assert_eq!(printed["charts"], serde_json::json!([4, 3, 1, 3, 2]));
    assert_eq!(printed["ground"], "rgb(255, 255, 255)");
    assert_eq!(printed["widest"], 680);
    assert_eq!(browser.ask(look), 1);
    assert_eq!(browser.console(), [""; 0]);
}

#[test]
fn paper_does_not_keep_to_what_was_searched_for() {
    let browser = open(&board(), "#tab=doctor-performance");
    act(&browser, "section[aria-labelledby=doctor-performance-doctors] .finder input", "focus()");
    browser.press("2042");
    assert_eq!(texts(&browser, "tbody tr").len(), 1);
    let watch = "addEventListener('beforeprint', () => {
        window.printed = document.querySelectorAll('[aria-labelledby=doctor-performance-doctors] tbody tr').length;
    }); return true;";
    assert_eq!(browser.ask(watch), true);
    browser.print();
    assert_eq!(browser.ask("return window.printed;"), 25);
    assert_eq!(texts(&browser, "tbody tr").len(), 1);
}
