use rounds_shared::catalog::Catalog;
use rounds_shared::tabular::Epoch;

use super::*;

fn doctors() -> Dataset {
    Catalog::open(None).unwrap().dataset("healthtech.doctors").unwrap().clone()
}

fn cells(texts: &'static str) -> Vec<Cell<'static>> {
    texts.split(',').map(|text| if text.is_empty() { Cell::Empty } else { Cell::Text(text.into()) }).collect()
}

fn row<'c>(number: u64, cells: &'c [Cell<'c>]) -> Row<'c> {
    Row { number, cells, fields: None, epoch: Epoch::Y1900 }
}

/// The heading after all rows; those below it are seen.
fn heading(rows: &[&'static str]) -> Option<Heading> {
    let dataset = doctors();
    let mut search = Search::new(&dataset);
    let mut heading: Option<Heading> = None;
    for (number, texts) in (1..).zip(rows) {
        let cells = cells(texts);
        match (search.look(&row(number, &cells)), &mut heading) {
            (Some(found), _) => heading = Some(found),
            (None, Some(heading)) => heading.see(&row(number, &cells)),
            (None, None) => {}
        }
    }
    heading
}

#[test]
fn the_story_of_a_header_is_told_by_rows_and_positions() {
    let heading =
        heading(&["Doctors", ",,as of October", "Speciality,CANARY,Doctor ID,,NAME", "Heart,,1,,Ada,,x"])
            .unwrap();
    assert_eq!(heading.header.rows, [3]);
    assert_eq!(
        heading.findings(&doctors()),
        [
            (Rule::TitleRow, None, Some(1)),
            (Rule::TitleRow, None, Some(2)),
            (Rule::Header, None, Some(3)),
            (Rule::MatchedByName, Some(0), Some(3)),
            (Rule::MatchedByName, Some(1), Some(5)),
            (Rule::MatchedByAlias, Some(2), Some(1)),
            (Rule::UnknownColumn, None, Some(2)),
            (Rule::UnknownColumn, None, Some(7)),
        ]
    );
}

#[test]
fn a_header_of_two_rows_has_both_and_neither_is_a_title() {
    let heading = heading(&["Doctors", "Doctor,,Main", "ID,Name,specialty", "1,Ada,Heart"]).unwrap();
    let told: Vec<_> =
        heading.findings(&doctors()).into_iter().filter(|finding| finding.1.is_none()).collect();
    assert_eq!(
        told,
        [(Rule::TitleRow, None, Some(1)), (Rule::Header, None, Some(2)), (Rule::Header, None, Some(3))]
    );
}

#[test]
fn a_column_of_the_contract_may_be_absent_and_that_of_unknown_ones_never_is() {
    let evolving = "title = \"T\"\ntable = \"d.t\"\nmatch = { prefix = \"d/\" }\nkey = []\nload = \"replace\"\n\
                    unknown_columns = \"evolve\"\n[columns]\nid = { type = \"integer\", required = true }\n\
                    fee = { type = \"integer\" }\n";
    let files = rounds_shared::catalog::Files([("d/t.toml".to_owned(), evolving.to_owned())].into());
    let catalog = Catalog::from_files(&files).unwrap();
    let dataset = catalog.dataset("d.t").unwrap();
    let header = cells("id,note");
    let heading = Search::new(dataset).look(&row(1, &header)).unwrap();
    assert_eq!(
        heading.findings(dataset),
        [
            (Rule::Header, None, Some(1)),
            (Rule::MatchedByName, Some(0), Some(1)),
            (Rule::AbsentColumn, Some(1), None),
            (Rule::UnknownColumn, None, Some(2)),
        ]
    );
}

#[test]
fn cells_of_unknown_columns_are_known_by_names_of_their_own() {
    let mut heading = heading(&["doctor_id,name,,column 6,note", "1,Ada,x,,y, ,z"]).unwrap();
    let cells = cells("2,Bo,p,q,,r, ,s");
    let row = row(3, &cells);
    heading.see(&row);
    let named: Vec<_> =
        heading.strangers(&row).map(|(place, _)| (place, heading.header.names.get(place))).collect();
    let expected = [(2, "column 3"), (3, "column 6"), (5, "column 6 (2)"), (7, "column 8")];
    assert_eq!(named, expected.map(|(place, name)| (place, Some(name))));
}

#[test]
fn a_date_heads_a_column_as_a_day() {
    let dataset = doctors();
    let cells = [
        Cell::Text("doctor_id".into()),
        Cell::Text("name".into()),
        Cell::Date(45_962.0),
        Cell::Number(2025.0),
    ];
    let heading = Search::new(&dataset).look(&row(1, &cells)).unwrap();
    let names = &heading.header.names;
    assert_eq!((names.get(2), names.get(3)), (Some("2025-11-01"), Some("2025")));
}
