//! What the charts draw.

use rounds_report::dashboard::board::{Board, Cell, Chart, Value};
use rounds_shared::catalog::dashboard::Kind;
use rounds_testkit::browser::Browser;

use crate::sample::board;
use crate::{act, open, texts};

/// The texts of a drawing in the open tab.
fn drawn(browser: &Browser, chart: &str) -> Vec<String> {
    texts(browser, &format!("section[aria-labelledby={chart}] svg text"))
}

/// Withholds a group of a chart without filters.
fn withhold(chart: &mut Chart, group: &[Option<u16>]) {
    let before = chart.cells.len();
    chart.cells.retain(|cell| cell.places[..2] != [None, None] || cell.places[2..] != *group);
    assert_eq!(chart.cells.len(), before - 1);
    chart.withheld.push(vec![None, None]);
}

/// The cells of a chart without filters.
fn cells(chart: &Chart) -> impl Iterator<Item = &Cell> {
    chart.cells.iter().filter(|cell| cell.places[..2] == [None, None])
}

/// The board with cities in columns, not bars.
fn cities_in_columns() -> Board {
    let mut board = board();
    board.tabs[0].charts[1].kind = Kind::Column;
    board
}

/// Gives a chart shares to draw, all of them this one.
fn tell_shares(chart: &mut Chart, share: f64) {
    chart.y = Some(2);
    chart.cells.iter_mut().for_each(|cell| cell.values[2] = Some(Value::Share(share)));
}

#[test]
fn a_withheld_column_has_a_dash() {
    let mut board = cities_in_columns();
    let charts = &mut board.tabs[0].charts;
    withhold(&mut charts[0], &[Some(0), Some(1)]);
    withhold(&mut charts[1], &[Some(3)]);
    let groups = charts[0].x.values.len() * charts[0].series.as_ref().unwrap().values.len();
    let wanted = [groups - cells(&charts[0]).count(), charts[1].x.values.len() - cells(&charts[1]).count()];
    let browser = open(&board, "#tab=patient-overview");
    let dashes = |chart| drawn(&browser, chart).iter().filter(|text| *text == "–").count();
    let charts = ["patient-overview-patients-by-age", "patient-overview-patients-by-city"];
    assert_eq!(charts.map(dashes), wanted, "one chart has series, the other many columns");
}

#[test]
fn a_bar_of_shares_is_grey_where_a_part_is_withheld_and_all_of_it_without_its_whole() {
    let mut board = board();
    let shares = &mut board.tabs[1].charts[2];
    let count = |places: [Option<u16>; 4]| {
        let cell = shares.cells.iter().find(|cell| cell.places == places).unwrap();
        match cell.values[0] {
            Some(Value::Count(visits)) => f64::from(u32::try_from(visits).unwrap()),
            _ => panic!("no count"),
        }
    };
    let share = count([None, None, Some(0), Some(1)]) / count([None, None, Some(0), None]);
    withhold(shares, &[Some(0), Some(0)]);
    withhold(shares, &[Some(1), None]);
    let browser = open(&board, "#tab=visit-analytics");
    let drawn = drawn(&browser, "visit-analytics-visit-types");
    assert_eq!(drawn.iter().filter(|text| *text == "withheld").count(), 2, "{drawn:?}");
    assert!(drawn.contains(&format!("{:.0}%", share * 100.0)), "what stands is of the whole: {drawn:?}");
}

#[test]
fn shares_end_at_a_hundred_percent() {
    let mut board = cities_in_columns();
    tell_shares(&mut board.tabs[0].charts[1], 1.0);
    tell_shares(&mut board.tabs[0].charts[2], 0.5);
    let browser = open(&board, "#tab=patient-overview");
    let texts = drawn(&browser, "patient-overview-patients-by-city");
    let ticks: Vec<String> = texts.into_iter().filter(|text| text.ends_with('%')).collect();
    assert_eq!(ticks, ["0%", "20%", "40%", "60%", "80%", "100%"]);
    let widths = "const bars = document.querySelectorAll('section[aria-labelledby=patient-overview-blood-groups] svg path');
        return [...bars].map((bar) => Math.round(bar.getBBox().width)).filter((width) => width > 20);";
    let widths: Vec<u32> = serde_json::from_value(browser.ask(widths)).unwrap();
    let (ground, half) = (widths.iter().max().unwrap(), widths.iter().min().unwrap());
    assert!(half.abs_diff(ground / 2) < 3, "a half of {ground} is {half}");
}

#[test]
fn only_months_and_days_are_written_as_such() {
    let mut board = board();
    let charts = &mut board.tabs[1].charts;
    charts[1].x.values[0] = Some("2026-10".to_owned());
    let values = ["2025-26", "2025-02-31", "2023-11", "2025-11-21"];
    let months = charts[0].x.values.iter_mut().zip(values);
    months.for_each(|(month, value)| *month = Some(value.to_owned()));
    let browser = open(&board, "#tab=visit-analytics");
    for chart in ["reasons", "visits-by-month"] {
        let switch = "closest('section').querySelector('.switch').click()";
        act(&browser, &format!("#visit-analytics-{chart}"), switch);
    }
    let names = |chart: &str| texts(&browser, &format!("section[aria-labelledby={chart}] tbody th"));
    assert_eq!(names("visit-analytics-reasons")[0], "2026-10", "a reason is no month");
    act(&browser, "section[aria-labelledby=visit-analytics-visits-by-month] thead button", "click()");
    let months = names("visit-analytics-visits-by-month");
    for name in ["2025-26", "2025-02-31", "Nov 2023", "21 Nov 2025"] {
        assert!(months.contains(&name.to_owned()), "{name}: {months:?}");
    }
}

#[test]
fn what_has_no_month_is_in_the_table_and_not_in_the_line() {
    let mut board = board();
    let line = &mut board.tabs[1].charts[0];
    line.x.values.push(None);
    let values = line.cells[0].values.clone();
    line.cells.push(Cell { places: vec![None, None, Some(35), Some(0)], values });
    let browser = open(&board, "#tab=visit-analytics");
    let chart = "visit-analytics-visits-by-month";
    let told = texts(&browser, &format!("section[aria-labelledby={chart}] .note")).swap_remove(0);
    assert!(told.contains("What has no month stands in the table only."), "{told}");
    assert!(!drawn(&browser, chart).contains(&"Not stated".to_owned()));
    act(&browser, &format!("#{chart}"), "closest('section').querySelector('.switch').click()");
    act(&browser, &format!("section[aria-labelledby={chart}] thead button"), "click()");
    act(&browser, &format!("section[aria-labelledby={chart}] .foot .button"), "click()");
    assert_eq!(texts(&browser, "tbody th").last().unwrap(), "Not stated");
}
