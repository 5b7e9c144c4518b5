//! The dashboard's numbers, read out of its page.

use std::collections::BTreeMap;
use std::io::Read as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use flate2::read::GzDecoder;
use rounds_testkit::records::rules::Line;
use rounds_testkit::stack::Stack;
use rounds_tests::assert_no_canary;
use serde::Deserialize;
use serde_json::Value;

const PAGE: &str = "dashboards/records/patient_records.html";

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

    /// The shown values of these measures in a chart without filters: under the texts of `x` and series, as text.
    pub(crate) fn shown(&self, tab: &str, chart: &str, measures: &[&str]) -> BTreeMap<Line, Line> {
        let tab = self.tabs.iter().find(|one| one.title == tab).unwrap();
        let chart = tab.charts.iter().find(|one| one.title == chart).unwrap();
        let filters = tab.filters.len();
        let dimensions: Vec<&Dimension> = [&chart.x].into_iter().chain(&chart.series).collect();
        let numbers: Vec<usize> = measures
            .iter()
            .map(|name| tab.measures.iter().position(|measure| measure.name == *name).unwrap())
            .collect();
        let mut shown = BTreeMap::new();
        for cell in chart.cells.iter().filter(|cell| cell[..filters].iter().all(|place| *place == -1)) {
            let (places, values) = cell[filters..].split_at(dimensions.len());
            let text = |(dimension, place): (&&Dimension, &Value)| {
                dimension.values[usize::try_from(place.as_u64().unwrap()).unwrap()].clone()
            };
            let texts: Line = dimensions.iter().zip(places).map(text).collect();
            if numbers.iter().all(|number| !values[*number].is_null()) {
                shown.insert(texts, numbers.iter().map(|number| Some(values[*number].to_string())).collect());
            }
        }
        shown
    }
}

/// What the dashboard shows of the analytics is what the engine says; how many groups it shows.
pub(crate) async fn assert_board(stack: &Stack, engine: &BTreeMap<String, Vec<Line>>) -> usize {
    let board = Board::read(stack).await;
    let mut groups = 0;
    for (analysis, tab, chart, measures) in [
        ("city_distribution", "Patient overview", "Patients by city", &["Patients"][..]),
        ("visit_reason_analysis", "Visit analytics", "Visits by reason", &["Visits", "Patients"]),
        ("lab_result_distribution", "Lab reports", "Results by test", &["Reports"]),
        ("hospital_visits", "Hospital comparison", "Hospitals", &["Visits", "Patients", "Doctors"]),
    ] {
        let wanted: BTreeMap<&[Option<String>], &[Option<String>]> =
            engine[analysis].iter().map(|line| line.split_at(line.len() - measures.len())).collect();
        // What is beyond the bounds, or too small to stand alone, is added up.
        let others = |texts: &Line| texts.contains(&Some("Others".to_owned()));
        let mut shown = board.shown(tab, chart, measures);
        shown.retain(|texts, _| !others(texts));
        for (texts, values) in &shown {
            assert_eq!(wanted.get(texts.as_slice()), Some(&values.as_slice()), "{chart}: {texts:?}");
        }
        groups += shown.len();
    }
    groups
}
