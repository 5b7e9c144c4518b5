//! The dashboard's numbers, read out of its page.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use flate2::read::GzDecoder;
use rounds_testkit::reading::Line;
use rounds_testkit::records::rules::Records;
use rounds_testkit::stack::Stack;
use rounds_tests::assert_no_canary;
use serde::Deserialize;
use serde_json::Value;

const PAGE: &str = "dashboards/records/patient_records.html";
/// Of fewer people nothing is shown.
const MINIMUM: usize = 5;

/// What the page draws, as far as it is held against the analytics.
#[derive(Deserialize)]
pub(crate) struct Board {
    tabs: Vec<Tab>,
}

#[derive(Deserialize)]
struct Tab {
    title: String,
    measures: Vec<Measure>,
    filters: Vec<Value>,
    charts: Vec<Chart>,
}

#[derive(Deserialize)]
struct Measure {
    name: String,
}

#[derive(Deserialize)]
struct Chart {
    title: String,
    x: Dimension,
    series: Option<Dimension>,
    cells: Vec<Vec<Value>>,
    withheld: Vec<Vec<i64>>,
}

#[derive(Deserialize)]
struct Dimension {
    values: Vec<Option<String>>,
}

impl Board {
    pub(crate) async fn read(stack: &Stack) -> Self {
        let page = String::from_utf8(stack.lake_object(PAGE).await).unwrap();
        let packed = page.split("id=\"board\">").nth(1).unwrap().split('<').next().unwrap();
        let mut json = String::new();
        GzDecoder::new(BASE64_STANDARD.decode(packed).unwrap().as_slice()).read_to_string(&mut json).unwrap();
        assert_no_canary(PAGE, &json);
        assert!(!json.contains("P100"), "no patient is named by number");
        serde_json::from_str(&json).unwrap()
    }

    fn tab(&self, title: &str) -> &Tab {
        self.tabs.iter().find(|tab| tab.title == title).unwrap()
    }
}

impl Tab {
    fn chart(&self, title: &str) -> &Chart {
        self.charts.iter().find(|chart| chart.title == title).unwrap()
    }

    /// The values of these measures in a chart without filters: under the texts of `x` and series, as text. What is beyond
    /// the bounds, or too small to stand alone, is added up, and left out here.
    fn shown(&self, chart: &Chart, measures: &[&str]) -> BTreeMap<Line, Line> {
        let place = |name: &&str| self.measures.iter().position(|measure| measure.name == *name).unwrap();
        let numbers: Vec<usize> = measures.iter().map(place).collect();
        let mut shown = BTreeMap::new();
        for cell in &chart.cells {
            let (filters, cell) = cell.split_at(self.filters.len());
            let (places, values) = cell.split_at(chart.dimensions().count());
            let texts: Option<Line> = chart.dimensions().zip(places).map(text).collect();
            if let Some(texts) = texts.filter(|_| filters.iter().all(|place| *place == -1)) {
                shown.insert(texts, numbers.iter().map(|number| Some(values[*number].to_string())).collect());
            }
        }
        shown.retain(|texts, _| !texts.contains(&Some("Others".to_owned())));
        shown
    }
}

impl Chart {
    fn dimensions(&self) -> impl Iterator<Item = &Dimension> {
        [&self.x].into_iter().chain(&self.series)
    }

    /// Whether a group has its place in the chart without filters, which tells that something is withheld there.
    fn withholds(&self, texts: &[Option<String>]) -> bool {
        let is_marked = self.withheld.iter().any(|choice| choice.iter().all(|place| *place == -1));
        is_marked && self.dimensions().zip(texts).all(|(dimension, text)| dimension.values.contains(text))
    }
}

/// The value at a place; nothing for all values together.
fn text((dimension, place): (&Dimension, &Value)) -> Option<Option<String>> {
    dimension.values.get(usize::try_from(place.as_i64()?).ok()?).cloned()
}

/// What the dashboard shows of the analytics is what the engine says: each group of enough people has its place and is shown
/// or withheld, and no smaller one is shown. The analytics have fewer values than a chart may show.
pub(crate) async fn assert_board(stack: &Stack, engine: &BTreeMap<String, Vec<Line>>, records: &Records) {
    let board = Board::read(stack).await;
    for (analysis, tab, chart, measures) in [
        ("city_distribution", "Patient overview", "Patients by city", &["Patients"][..]),
        ("visit_reason_analysis", "Visit analytics", "Visits by reason", &["Visits", "Patients"]),
        ("lab_result_distribution", "Lab reports", "Results by test", &["Reports"]),
        ("hospital_visits", "Hospital comparison", "Hospitals", &["Visits", "Patients", "Doctors"]),
    ] {
        let wanted: BTreeMap<&[Option<String>], &[Option<String>]> =
            engine[analysis].iter().map(|line| line.split_at(line.len() - measures.len())).collect();
        let patients = measures.iter().position(|measure| *measure == "Patients");
        let people = |texts: &[Option<String>]| match patients {
            Some(place) => wanted[texts][place].as_ref().unwrap().parse().unwrap(),
            None => tested(records, texts),
        };
        let is_large = |texts: &&[Option<String>]| people(texts) >= MINIMUM;
        let (large, small): (Vec<_>, Vec<_>) = wanted.keys().copied().partition(is_large);
        let tab = board.tab(tab);
        let drawn = tab.chart(chart);
        let shown = tab.shown(drawn, measures);
        for (texts, values) in &shown {
            assert_eq!(wanted.get(texts.as_slice()), Some(&values.as_slice()), "{chart}: {texts:?}");
        }
        for texts in &large {
            let is_there = shown.contains_key(*texts) || drawn.withholds(texts);
            assert!(is_there, "{chart}: {texts:?} is neither shown nor withheld");
        }
        assert!(!small.into_iter().any(|texts| shown.contains_key(texts)), "{chart} shows a small group");
        assert!(2 * shown.len() >= large.len(), "{chart} shows {} groups of {}", shown.len(), large.len());
    }
}

/// How many patients have a lab report of this test with this result.
fn tested(records: &Records, texts: &[Option<String>]) -> usize {
    let visits = records.visits();
    let reports = records.lab_reports();
    let of_group =
        reports.values().filter(|report| [&report.test_type, &report.result].into_iter().eq(texts));
    of_group.map(|report| &visits[report.visit_id.as_str()].patient_id).collect::<BTreeSet<_>>().len()
}
