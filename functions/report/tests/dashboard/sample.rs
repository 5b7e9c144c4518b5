//! A board such as a clinic's records make: 10,000 patients, 1,000 doctors, and groups too small to be shown.

use std::collections::{HashMap, HashSet};

use fastrand::Rng;
use rounds_report::dashboard::board::{Board, Cell, Chart, Dimension, Measure, Source, Tab, Unit, Value};
use rounds_shared::catalog::dashboard::Kind;

/// A city's name that is markup, for a page that must not read it as such.
pub(crate) const HOSTILE: &str = "<img src=x onerror=alert(1)></script>";
/// Visits of the sample, as its figures must tell.
pub(crate) const VISITS: u32 = 20_000;

/// Facts of people: columns, each with its title and values, and per fact the person, the value of each column by its
/// place, and whether the fact is one of those whose share is told.
struct Facts {
    columns: Vec<(&'static str, Vec<Option<String>>)>,
    rows: Vec<(usize, Vec<u16>, bool)>,
}

/// What a chart shows: title, kind, the measure's place, and the columns of x and of the series.
type Picture = (&'static str, Kind, usize, usize, Option<usize>);

/// The whole board.
pub(crate) fn board() -> Board {
    let mut rng = Rng::with_seed(7);
    let facts = [patients(&mut rng), visits(&mut rng), tests(&mut rng)];
    let source = |title: &str| Source {
        title: title.to_owned(),
        dropped_at: Some("2026-11-21T08:11:00Z".parse().unwrap()),
    };
    Board {
        title: "Patient records".to_owned(),
        as_of: "2026-11-21".parse().unwrap(),
        published_at: "2026-11-21T08:15:03Z".parse().unwrap(),
        expires_at: "2126-11-23T08:15:03Z".parse().unwrap(),
        time_zone: "Europe/Lisbon".to_owned(),
        minimum: 5,
        sources: ["Patients", "Doctors", "Visits", "Lab reports"].map(source).into(),
        tabs: tabs(facts),
    }
}

fn tabs([patients, visits, tests]: [Facts; 3]) -> Vec<Tab> {
    vec![
        patients.tab(
            "Patient overview",
            ["Patients", "Patients with a visit", "Seen this year"],
            &[1, 2],
            &[
                ("Patients by age", Kind::Column, 0, 0, Some(1)),
                ("Patients by city", Kind::Bar, 0, 2, None),
                ("Blood groups", Kind::Bar, 0, 3, None),
                ("Blood groups by age", Kind::Share, 0, 0, Some(3)),
            ],
        ),
        visits.tab(
            "Visit analytics",
            ["Visits", "Patients", "Emergencies"],
            &[0, 2],
            &[
                ("Visits by month", Kind::Line, 0, 1, Some(3)),
                ("Reasons", Kind::Bar, 0, 4, None),
                ("Visit types", Kind::Share, 0, 0, Some(3)),
            ],
        ),
        visits.tab(
            "Doctor performance",
            ["Visits", "Patients", "Emergencies"],
            &[0],
            &[("Visits by reason", Kind::Bar, 1, 4, None), ("Doctors", Kind::Table, 0, 5, None)],
        ),
        tests.tab(
            "Lab reports",
            ["Reports", "Patients", "Abnormal"],
            &[0],
            &[
                ("Abnormal results by month", Kind::Line, 2, 1, None),
                ("Results by test", Kind::Share, 0, 2, Some(3)),
                ("Reports by test", Kind::Bar, 0, 2, None),
            ],
        ),
        visits.tab(
            "Hospital comparison",
            ["Visits", "Patients", "Emergencies"],
            &[2],
            &[
                ("Hospitals", Kind::Table, 0, 0, None),
                ("Visits by hospital", Kind::Bar, 0, 0, None),
                ("By month", Kind::Line, 0, 1, Some(0)),
            ],
        ),
    ]
}

fn named(names: &[&str]) -> Vec<Option<String>> {
    names.iter().map(|name| Some((*name).to_owned())).collect()
}

/// A place of a list of this length; the first are the likelier, and the last is rare.
fn skewed(rng: &mut Rng, length: usize) -> u16 {
    let length = u16::try_from(length).unwrap();
    let place = rng.u16(..length).min(rng.u16(..length));
    if place + 1 == length && rng.u8(..16) > 0 { 0 } else { place }
}

fn patients(rng: &mut Rng) -> Facts {
    let cities =
        ["Lisbon", "Porto", "Braga", "Coimbra", "Faro", "Évora", "Aveiro", "Setúbal", "Viseu", "Leiria"];
    let more = ["Guarda", "Beja", "Santarém", "Funchal", HOSTILE];
    let mut groups = named(&["O+", "A+", "B+", "O-", "A-", "AB+", "B-"]);
    groups.push(None);
    let columns = vec![
        ("Age", named(&["0–17", "18–29", "30–44", "45–59", "60–74", "75 and over"])),
        ("Gender", named(&["Female", "Male", "Other"])),
        ("City", named(&[cities.as_slice(), &more].concat())),
        ("Blood group", groups),
    ];
    Facts::of(columns, (0..10_000).collect(), rng)
}

fn visits(rng: &mut Rng) -> Facts {
    let doctors = (2000..3000).map(|number| Some(format!("Dr Number {number}")));
    let columns = vec![
        ("Hospital", named(&["North General", "Riverside", "St. Anne", "Harbour Clinic", "Field Post"])),
        ("Month", months()),
        ("Year", named(&["2026", "2025", "2024"])),
        ("Visit type", named(&["Outpatient", "Follow-up", "Emergency", "Telehealth"])),
        (
            "Reason",
            named(&["Check-up", "Fever", "Back pain", "Headache", "Injury", "Cough", "Allergy", "Rash"]),
        ),
        ("Doctor", doctors.collect()),
    ];
    let people = (0..VISITS).map(|_| rng.usize(..9_000)).collect();
    Facts::of(columns, people, rng)
}

fn tests(rng: &mut Rng) -> Facts {
    let columns = vec![
        ("Hospital", named(&["North General", "Riverside", "St. Anne", "Harbour Clinic", "Field Post"])),
        ("Month", months()),
        ("Test", named(&["Blood count", "Glucose", "Lipid panel", "Liver function", "Thyroid", "MRI"])),
        ("Result", named(&["Normal", "Abnormal", "Borderline", "Inconclusive"])),
    ];
    let people = (0..10_000).map(|_| rng.usize(..9_000)).collect();
    Facts::of(columns, people, rng)
}

fn months() -> Vec<Option<String>> {
    (2024..2027)
        .flat_map(|year| (1..13).map(move |month| Some(format!("{year}-{month:02}"))))
        .take(35)
        .collect()
}

impl Facts {
    fn of(columns: Vec<(&'static str, Vec<Option<String>>)>, people: Vec<usize>, rng: &mut Rng) -> Self {
        let mut row = |person| {
            let places = columns.iter().map(|(title, values)| match *title {
                "Month" => rng.u16(..35),
                _ => skewed(rng, values.len()),
            });
            (person, places.collect(), rng.u8(..5) == 0)
        };
        let rows = people.into_iter().map(&mut row).collect();
        Self { columns, rows }
    }

    fn dimension(&self, column: usize) -> Dimension {
        let (title, values) = &self.columns[column];
        Dimension { title: (*title).to_owned(), values: values.clone(), details: Vec::new() }
    }

    /// A tab that measures facts, people, and the share of the facts that are marked.
    fn tab(&self, title: &str, names: [&str; 3], filters: &[usize], pictures: &[Picture]) -> Tab {
        let units = [Unit::Count, Unit::Count, Unit::Share];
        let measures = names.iter().zip(units).map(|(name, unit)| Measure { name: (*name).to_owned(), unit });
        let chart = |&(title, kind, y, x, series): &Picture| {
            let columns: Vec<usize> = [x].into_iter().chain(series).collect();
            let (mut cells, withheld) = self.cells(filters, &columns);
            if kind == Kind::Share {
                let (mut totals, _) = self.cells(filters, &[x]);
                totals.iter_mut().for_each(|total| total.places.push(None));
                cells.append(&mut totals);
            }
            let mut shown = self.dimension(x);
            if kind == Kind::Table && x == 5 {
                let details = shown.values.iter().map(|_| Some("Cardiology".to_owned())).collect();
                shown.details =
                    vec![Dimension { title: "Specialty".to_owned(), values: details, details: Vec::new() }];
            }
            Chart {
                title: title.to_owned(),
                kind,
                y: (kind != Kind::Table).then_some(y),
                x: shown,
                series: series.map(|series| self.dimension(series)),
                cells,
                withheld,
            }
        };
        let (figures, withheld) = self.cells(filters, &[]);
        Tab {
            title: title.to_owned(),
            measures: measures.collect(),
            filters: filters.iter().map(|&filter| self.dimension(filter)).collect(),
            figures,
            withheld: !withheld.is_empty(),
            charts: pictures.iter().map(chart).collect(),
        }
    }

    /// A cell for each choice of the filters and each value of the columns that has five people; and the choices in which
    /// there are fewer.
    fn cells(&self, filters: &[usize], columns: &[usize]) -> (Vec<Cell>, Vec<Vec<Option<u16>>>) {
        let mut groups: HashMap<Vec<Option<u16>>, (HashSet<usize>, u32, u32)> = HashMap::new();
        for (person, places, is_marked) in &self.rows {
            for all in 0..1_usize << filters.len() {
                let chosen = filters.iter().enumerate();
                let chosen = chosen.map(|(at, &filter)| (all >> at & 1 == 0).then(|| places[filter]));
                let key = chosen.chain(columns.iter().map(|&column| Some(places[column]))).collect();
                let (people, facts, marked) = groups.entry(key).or_default();
                people.insert(*person);
                *facts += 1;
                *marked += u32::from(*is_marked);
            }
        }
        let (large, small): (Vec<_>, Vec<_>) =
            groups.into_iter().partition(|(_, (people, ..))| people.len() >= 5);
        let cell = |(places, (people, facts, marked)): (_, (HashSet<usize>, u32, u32))| {
            let count = u64::try_from(people.len()).unwrap();
            let share = (f64::from(marked) / f64::from(facts) * 1e4).round() / 1e4;
            let values = [Value::Count(facts.into()), Value::Count(count), Value::Share(share)];
            Cell { places, values: values.map(Some).into() }
        };
        let choices: HashSet<Vec<Option<u16>>> =
            small.into_iter().map(|(places, _)| places[..filters.len()].to_vec()).collect();
        (large.into_iter().map(cell).collect(), choices.into_iter().collect())
    }
}
