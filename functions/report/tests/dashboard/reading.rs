//! How the page is read: filters, tables, the keyboard.

use rounds_report::dashboard::board::{Board, Cell, Value};
use rounds_testkit::browser::Browser;

use crate::sample::{VISITS, board};
use crate::{act, choose, open, show, texts};

const RIGHT: &str = "\u{e014}";
const END: &str = "\u{e010}";
const TAB: &str = "\u{e004}";

/// What the board's first measure is under a choice of the second tab's filters.
fn visits(board: &Board, choice: [Option<u16>; 2]) -> u32 {
    let cell = board.tabs[1].figures.iter().find(|cell| cell.places == choice).unwrap();
    match cell.values[0] {
        Some(Value::Count(visits)) => visits.try_into().unwrap(),
        _ => panic!("no count"),
    }
}

fn figure(browser: &Browser) -> String {
    texts(browser, ".figures dd").swap_remove(0)
}

#[test]
fn a_filter_changes_the_numbers_the_charts_and_the_address() {
    let board = board();
    let browser = open(&board, "#tab=visit-analytics");
    assert_eq!(VISITS, 20_000);
    assert_eq!(figure(&browser), "20,000");
    let drawn = texts(&browser, ".plot svg");

    choose(&browser, "Hospital", "Riverside");
    let riverside = visits(&board, [Some(1), None]);
    let share = f64::from(riverside) / f64::from(VISITS) * 100.0;
    assert_eq!(figure(&browser).replace(',', ""), format!("{riverside}{share:.1}% of 20000"));
    assert_ne!(texts(&browser, ".plot svg"), drawn);
    let said = browser.ask("return document.getElementById('live').textContent;");
    assert!(said.as_str().unwrap().starts_with("Hospital: Riverside. Visits: "), "{said}");
    let address = browser.ask("return location.hash;");
    assert_eq!(address, "#tab=visit-analytics&Hospital=Riverside");

    show(&browser, &board, "#tab=doctor-performance&Hospital=Riverside");
    assert!(figure(&browser).ends_with("of 20,000"), "a link keeps what was chosen");
    act(&browser, "[role=tabpanel]:not([hidden]) .filters .button", "click()");
    assert_eq!(figure(&browser), "20,000");
    assert_eq!(browser.ask("return location.hash;"), "#tab=doctor-performance");
}

#[test]
fn a_value_that_is_called_others_is_not_taken_for_all_the_others() {
    let mut board = board();
    let hospitals = &mut board.tabs[1].filters[0].values;
    hospitals.clone_from_slice(&["Others", "Not stated", "", "Harbour Clinic", "Others"].map(named));
    let browser = open(&board, "#tab=visit-analytics");
    for (name, place) in [("Others (1)", 0), ("Not stated (2)", 1), ("Not stated", 2), ("Others", 4)] {
        choose(&browser, "Hospital", name);
        let told = figure(&browser).replace(',', "");
        let visits = visits(&board, [Some(place), None]);
        assert!(told.starts_with(&format!("{visits}")) && told.ends_with("of 20000"), "{name}: {told}");
        let chosen = "return document.querySelector('#panel-visit-analytics select').selectedIndex;";
        assert_eq!(browser.ask(chosen), place + 1, "{name}");
    }
}

/// A value of a dimension; an empty one is none.
fn named(name: &str) -> Option<String> {
    Some(name.to_owned()).filter(|name| !name.is_empty())
}

#[test]
fn a_small_group_is_withheld_and_not_shown_as_nobody() {
    let mut board = board();
    board.tabs[1].figures.retain(|cell| cell.places != [Some(4), None]);
    board.tabs[1].withheld = true;
    let browser = open(&board, "#tab=visit-analytics&Hospital=Field+Post");
    assert_eq!(figure(&browser), "–None, or withheld to protect a small group");
    act(&browser, "#visit-analytics-reasons", "closest('section').querySelector('.switch').click()");
    assert!(texts(&browser, "tbody td").contains(&"–none, or withheld".to_owned()));
    assert!(texts(&browser, ".note").contains(&"– None, or withheld to protect small groups.".to_owned()));
}

#[test]
fn nobody_and_a_small_group_look_the_same() {
    let seen = |of_nobody: bool| {
        let mut board = board();
        let reasons = &mut board.tabs[1].charts[1];
        let is_of = |cell: &Cell, reason| cell.places == [None, None, Some(reason)];
        reasons.cells.retain(|cell| !is_of(cell, 6) && !is_of(cell, 7));
        reasons.withheld = if of_nobody { Vec::new() } else { vec![vec![None, None]] };
        let browser = open(&board, "#tab=visit-analytics");
        act(&browser, "#visit-analytics-reasons", "closest('section').querySelector('.switch').click()");
        texts(&browser, "tbody tr").split_off(6)
    };
    assert_eq!(seen(true), [""; 0], "where nothing is withheld, those who are not there are nobody");
    let dashes = "–none, or withheld".repeat(3);
    assert_eq!(seen(false), [format!("Allergy{dashes}"), format!("Rash{dashes}")]);
}

#[test]
fn each_chart_has_a_table_with_its_numbers() {
    let board = board();
    let browser = open(&board, "#tab=visit-analytics");
    act(&browser, "#visit-analytics-reasons", "closest('section').querySelector('.switch').click()");
    assert_eq!(texts(&browser, "thead th"), ["Reason", "Visits", "Patients", "Emergencies"]);
    let rows = board.tabs[1].charts[1].cells.iter().filter(|cell| cell.places[..2] == [None, None]).count();
    assert_eq!(texts(&browser, "tbody tr").len(), rows);
    let pressed =
        "return document.querySelector('#panel-visit-analytics .switch[aria-pressed=true]').ariaLabel;";
    assert_eq!(browser.ask(pressed), "Reasons as a table");
}

#[test]
fn a_long_table_is_sorted_searched_and_opened_further() {
    let browser = open(&board(), "#tab=doctor-performance");
    assert_eq!(texts(&browser, "tbody tr").len(), 25);
    let doctors = "section[aria-labelledby=doctor-performance-doctors]";
    act(&browser, &format!("{doctors} .foot .button"), "click()");
    assert_eq!(texts(&browser, "tbody tr").len(), 125);
    act(&browser, &format!("{doctors} thead th:nth-child(1) button"), "click()");
    assert_eq!(texts(&browser, "tbody th")[0], "Dr Number 2000Cardiology");
    assert_eq!(texts(&browser, "thead [aria-sort=ascending]"), ["Doctor↑"]);
    act(&browser, &format!("{doctors} .finder input"), "focus()");
    browser.press("2042");
    assert_eq!(texts(&browser, "tbody th"), ["Dr Number 2042Cardiology"]);
}

#[test]
fn the_keyboard_goes_everywhere() {
    let browser = open(&board(), "");
    let opened = "return document.querySelector('[role=tab][aria-selected=true]').textContent;";
    act(&browser, "[role=tab]", "focus()");
    browser.press(RIGHT);
    assert_eq!(browser.ask(opened), "Visit analytics");
    browser.press(END);
    assert_eq!(browser.ask(opened), "Hospital comparison");
    browser.press(RIGHT);
    assert_eq!(browser.ask(opened), "Patient overview");
    browser.press(RIGHT);
    // The panel, its two filters, and the first chart's four series.
    let focus = "return document.activeElement.textContent;";
    browser.press(&TAB.repeat(4));
    assert_eq!(browser.ask(focus), "Table");
    browser.press(" ");
    assert_eq!(texts(&browser, "tbody").len(), 1, "a space turns the chart into its table");
    let unnamed = "return [...document.querySelectorAll('button, input, select')].filter((node) => node.checkVisibility()
        && !(node.textContent.trim() || node.ariaLabel || node.labels?.[0]?.textContent.trim())).length;";
    assert_eq!(browser.ask(unnamed), 0);
}

#[test]
fn the_pointer_is_told_the_numbers() {
    let browser = open(&board(), "#tab=hospital-comparison");
    let at =
        "const box = document.querySelector('#hospital-comparison-visits-by-hospital').closest('section')
        .querySelector('.canvas').getBoundingClientRect(); scrollTo(0, 0); return [box.x + 220, box.y + 12];";
    let at: [f64; 2] = serde_json::from_value(browser.ask(at)).unwrap();
    browser.resize(1440, 2000);
    browser.point(at[0], at[1]);
    let tip = browser.ask("return document.querySelector('.tip')?.innerText;");
    let lines: Vec<&str> = tip.as_str().unwrap().lines().filter(|line| !line.is_empty()).collect();
    assert!(lines.contains(&"Visits") && lines.contains(&"Patients"), "{lines:?}");
}
