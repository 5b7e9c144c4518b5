//! What stands on the screen.

use rounds_report::dashboard::{PAGE_BYTES, page};

use crate::sample::{HOSTILE, board};
use crate::{act, by, open, show, strings, texts};

const TABS: &str = "[...document.querySelectorAll('[role=tab]')]";

#[test]
fn each_tab_draws_its_charts_and_the_page_asks_nobody_and_logs_nothing() {
    let board = board();
    let html = page::render(&board).unwrap();
    assert!(html.len() < PAGE_BYTES, "{} bytes", html.len());
    let browser = open(&board, "");
    for (place, tab) in board.tabs.iter().enumerate() {
        assert_eq!(
            browser.ask(&format!("{TABS}[{place}].click(); return {TABS}[{place}].textContent;")),
            *tab.title
        );
        let charts = tab.charts.iter().filter(|chart| chart.y.is_some()).count();
        assert_eq!(texts(&browser, ".plot svg").len(), charts, "{}", tab.title);
        assert_eq!(texts(&browser, ".figures > div").len(), tab.measures.len());
        assert_eq!(texts(&browser, "tbody").len(), tab.charts.len() - charts);
    }
    assert_eq!(browser.console(), [""; 0]);
    let requests = browser.requests();
    let of_the_network = requests.iter().filter(|address| !address.starts_with("data:"));
    assert_eq!(of_the_network.filter(|address| !address.starts_with("file:")).count(), 0);
    assert_eq!(requests.iter().filter(|address| address.starts_with("file:")).count(), 1);
}

#[test]
fn a_page_of_ten_thousand_patients_is_open_soon() {
    let browser = open(&board(), "#tab=visit-analytics");
    let taken = browser.ask("return performance.getEntriesByName('open')[0].duration;").as_f64().unwrap();
    assert!(taken < 5_000.0, "{taken} ms");
}

#[test]
fn a_telephone_scrolls_down_and_never_sideways() {
    let board = board();
    let browser = open(&board, "");
    browser.resize(360, 740);
    for place in 0..board.tabs.len() {
        let width = format!("{TABS}[{place}].click(); return document.documentElement.scrollWidth;");
        assert_eq!(browser.ask(&width), 360, "{}", board.tabs[place].title);
        let heads = texts(&browser, "thead button").len();
        let high = "return [...document.querySelectorAll('[role=tabpanel]:not([hidden]) thead button')]
            .filter((head) => head.getBoundingClientRect().height >= 24).length;";
        assert_eq!(browser.ask(high), heads, "a finger finds the heads of {}", board.tabs[place].title);
    }
    act(&browser, "[role=tabpanel]:not([hidden]) .switch", "click()");
    assert_eq!(browser.ask("return document.documentElement.scrollWidth;"), 360);
}

#[test]
fn headings_leave_no_level_out_and_landmarks_have_names_of_their_own() {
    let browser = open(&board(), "#tab=doctor-performance");
    let levels =
        "return [...document.querySelectorAll('h1, h2, h3')].filter((head) => head.checkVisibility())
        .map((head) => head.tagName).join(' ');";
    assert_eq!(browser.ask(levels), "H1 H2 H3 H3 H2 H2");
    let twice = "const label = (node) => node.ariaLabel ?? document.getElementById(node.getAttribute('aria-labelledby')).textContent;
        const names = [...document.querySelectorAll('[role=region], section[aria-labelledby]')]
            .filter((node) => node.checkVisibility()).map(label);
        return names.filter((name, place) => names.indexOf(name) !== place);";
    assert_eq!(strings(browser.ask(twice)), [""; 0]);
}

#[test]
fn names_are_text_and_never_markup() {
    let browser = open(&board(), "#tab=patient-overview");
    act(
        &browser,
        "#patient-overview-patients-by-city",
        "closest('section').querySelector('.card > .button').click()",
    );
    act(
        &browser,
        "#patient-overview-patients-by-city",
        "closest('section').querySelector('.switch').click()",
    );
    assert!(texts(&browser, "tbody th").iter().any(|name| name == HOSTILE));
    assert_eq!(browser.ask("return document.querySelectorAll('#panels img').length;"), 0);
    let mut titled = board();
    titled.title = format!("Records {HOSTILE}");
    show(&browser, &titled, "");
    assert_eq!(browser.ask("return document.title;"), titled.title);
    assert_eq!(browser.console(), [""; 0]);
}

#[test]
fn nothing_runs_but_its_own_scripts_and_nothing_is_sent() {
    let browser = open(&board(), "");
    let run = "const script = document.createElement('script');
        script.textContent = 'window.ran = true';
        document.head.append(script);
        return window.ran ?? false;";
    assert_eq!(browser.ask(run), false);
    let send = "const refused = new Promise((done) => addEventListener('securitypolicyviolation', (event) =>
            event.effectiveDirective === 'connect-src' && done(event.blockedURI)));
        fetch('https://example.com/').catch(() => {});
        return refused;";
    assert_eq!(browser.ask(send), "https://example.com/");
}

#[test]
fn a_page_past_its_end_says_so() {
    let mut board = board();
    let banner = "return document.getElementById('expired').checkVisibility();";
    let browser = open(&board, "");
    assert_eq!(browser.ask(banner), false);
    board.expires_at = "2024-11-23T08:15:03Z".parse().unwrap();
    show(&browser, &board, "#tab=lab-reports");
    assert_eq!(browser.ask(banner), true);
    let said = browser.ask("return document.getElementById('expired').textContent;");
    insta::assert_snapshot!(said.as_str().unwrap(), @"Out of date. These figures stood until 23 November 2024, 08:15, and no newer ones have taken their place. Reload the page; if this stays, no data have been loaded since.");
}

#[test]
fn the_foot_says_of_when_the_data_are_in_the_clinics_time() {
    let mut board = board();
    board.time_zone = "Asia/Kolkata".to_owned();
    board.sources[1].dropped_at = None;
    let browser = open(&board, "");
    let lines = "return [...document.querySelectorAll('footer li')].map((line) => line.innerText.replace(/\\s+/g, ' '));";
    insta::assert_snapshot!(strings(browser.ask(lines)).join("\n"), @r"
    Patients 21 November 2026, 13:41
    Doctors not loaded yet
    Visits 21 November 2026, 13:41
    Lab reports 21 November 2026, 13:41
    ");
}

#[test]
fn a_page_with_nobody_says_so() {
    let mut board = board();
    for tab in &mut board.tabs {
        tab.figures.clear();
        tab.withheld = false;
        for chart in &mut tab.charts {
            chart.cells.clear();
            chart.withheld.clear();
        }
    }
    let browser = open(&board, "#tab=visit-analytics");
    assert_eq!(texts(&browser, ".empty"), ["Nobody is in this selection."; 3]);
    assert_eq!(texts(&browser, ".figures dd"), ["0", "0", "Nobody"]);
    by(&browser, "dark");
    assert_eq!(browser.console(), [""; 0]);
}
