use proptest::prelude::*;

use super::*;
use crate::catalog::{Catalog, Files};

/// A dataset with the columns of a contract's text.
fn contract(columns: &str) -> Dataset {
    let text = format!(
        "title = \"Visits\"\ntable = \"clinic.visits\"\nmatch = {{ prefix = \"clinic/\" }}\nkey = []\n\
         load = \"replace\"\n{columns}"
    );
    let files = Files([("clinic/visits.toml".to_owned(), text)].into());
    Catalog::from_files(&files).unwrap().dataset("clinic.visits").unwrap().clone()
}

fn visits() -> Dataset {
    contract(
        "unknown_columns = \"evolve\"\n[columns]\nbooking_id = { type = \"bigint\", required = true }\n\
         patient_name = { type = \"text\", required = true, aliases = [\"who\"] }\n\
         day = { type = \"date\", required = true, aliases = [\"2025\", \"booking date\"] }\n\
         fee_net = { type = \"integer\" }\nfee_gross = { type = \"integer\" }\n",
    )
}

fn numbered(rows: impl IntoIterator<Item = Vec<String>>) -> Vec<Line> {
    (1..).zip(rows).map(|(number, texts)| Line::new(number, texts)).collect()
}

/// Rows of cells between `|`.
fn rows(lines: &[&str]) -> Vec<Line> {
    numbered(lines.iter().map(|line| line.split('|').map(|cell| cell.trim().to_owned()).collect()))
}

fn visits_in(lines: &[&str]) -> Result<Found, Nearest> {
    find(&visits(), &rows(lines))
}

/// Rows of the header, and positions of the contract's columns but for the last, `_unknown`.
fn place(lines: &[&str]) -> Option<(Vec<u64>, Vec<Option<usize>>)> {
    let found = visits_in(lines).ok()?;
    let (unknown, columns) = found.positions.split_last()?;
    assert_eq!(*unknown, None, "no header cell is the column of unknown ones");
    Some((found.rows, columns.to_vec()))
}

/// Whether a row of texts between `|` is the header again.
fn repeats(found: &Found, line: &str) -> bool {
    let cells: Vec<Cell<'_>> = line.split('|').map(|text| Cell::Text(text.into())).collect();
    found.is_repeated_by(&Row { number: 9, cells: &cells, fields: None, epoch: Epoch::Y1900 })
}

fn three(positions: [usize; 3]) -> Vec<Option<usize>> {
    positions.map(Some).into_iter().chain([None, None]).collect()
}

#[test]
fn a_header_is_found_below_titles_and_letterheads() {
    let wide = "Visits|of|all|sites|in|October|2025";
    for above in [vec![], vec!["Visits"], vec![wide], vec!["Clinic|Ashoka Road 1", "|||printed 45992", wide]]
    {
        let mut lines = above.clone();
        lines.extend(["Day|Booking-ID *|Patient name:", "2025-10-05|1|Ada"]);
        assert_eq!(place(&lines), Some((vec![above.len() as u64 + 1], three([1, 2, 0]))));
    }
}

#[test]
fn a_header_below_the_first_rows_is_not_looked_for() {
    let mut lines = vec!["title"; ROWS_SEARCHED - 1];
    lines.push("booking_id|patient_name|day");
    assert!(visits_in(&lines).is_ok());
    lines.insert(0, "title");
    assert!(visits_in(&lines).is_err());
}

#[test]
fn a_name_may_be_spelt_otherwise_and_may_be_a_number() {
    assert_eq!(place(&["BOOKING ID|Patient\nName (₹)|2025"]), Some((vec![1], three([0, 1, 2]))));
}

#[test]
fn a_name_outweighs_an_alias_and_the_first_of_equals_counts() {
    let found = visits_in(&["who|Booking ID|day|patient_name|2025|Booking ID|patient name"]).ok().unwrap();
    assert_eq!(found.positions, [Some(1), Some(3), Some(2), None, None, None]);
    assert_eq!(found.named_by[..3], [Some(NamedBy::Name); 3]);
    assert_eq!(found.unknown, [0, 4, 5, 6]);
    assert_eq!(found.names.get(5), Some("Booking ID (2)"));
    let found = visits_in(&["who|Booking ID|booking date|2025"]).ok().unwrap();
    assert_eq!(found.positions[..3], [Some(1), Some(0), Some(2)]);
    assert_eq!(found.named_by[..3], [Some(NamedBy::Name), Some(NamedBy::Alias), Some(NamedBy::Alias)]);
}

#[test]
fn names_below_names_of_groups_are_one_header() {
    for (lines, expected) in [
        (["Booking||Patient|", "ID|Date|Name|Phone"], [0, 2, 1]),
        (["Visit|Patient||", "Booking ID|Phone|Name|Day"], [0, 2, 3]),
        (["Booking ID|Patient||Day", "|Phone|Name|"], [0, 2, 3]),
        (["|Patient||", "Booking ID|Name||Day"], [0, 1, 3]),
    ] {
        let lines = ["Visits of October", lines[0], lines[1], "7|Ada|Bo|2025-10-05"];
        assert_eq!(place(&lines), Some((vec![2, 3], three(expected))), "{lines:?}");
    }
}

#[test]
fn positions_under_groups_are_called_by_both() {
    let found = visits_in(&["Booking ID|Patient|||Day", "|Name|Phone|Phone|", "1"]).ok().unwrap();
    let names: Vec<_> = (0..5).filter_map(|place| found.names.get(place)).collect();
    assert_eq!(names, ["Booking ID", "Patient Name", "Patient Phone", "Patient Phone (2)", "Day"]);
    assert_eq!(found.unknown, [2, 3]);
}

#[test]
fn a_row_that_is_a_whole_header_takes_none_of_its_neighbours() {
    let names = "booking_id|patient_name|day";
    assert_eq!(
        place(&["Booking|Patient|Booking", names, "7|Ada|2025-10-05"]),
        Some((vec![2], three([0, 1, 2])))
    );
    for below in ["7|Ada|2025-10-05", "|Ada|", names, "|||net", "7|||fee_net"] {
        assert_eq!(place(&[names, below]), Some((vec![1], three([0, 1, 2]))), "{below}");
    }
}

#[test]
fn optional_columns_named_below_a_whole_row_are_part_of_the_header() {
    let found = visits_in(&["booking_id|who|day|Fee|", "|||Net|Gross", "7|Ada|2025-10-05|1|2"]).ok().unwrap();
    assert_eq!(found.rows, [1, 2]);
    assert_eq!(found.positions[3..5], [Some(3), Some(4)]);
}

#[test]
fn names_below_a_group_of_unknown_columns_are_part_of_the_header() {
    let found =
        visits_in(&["booking_id|who|day|Contact", "|||Phone|Mail", "7|Ada|2025-10-05|1|2"]).ok().unwrap();
    assert_eq!(found.rows, [1, 2]);
    assert_eq!(found.names.get(4), Some("Contact Mail"));
    assert_eq!(found.unknown, [3, 4]);
}

#[test]
fn a_row_of_values_is_no_header_however_much_stands_above_it() {
    assert_eq!(place(&["Booking ID|Patient Name|When", "7|Ada|Day"]), None);
    assert_eq!(place(&["Booking ID|Patient Name|When", "7|Ada|2025-10-05", "8|Bo|2025-10-06"]), None);
}

#[test]
fn of_a_contract_that_requires_nothing_two_names_are_a_header() {
    let lenient = contract("[columns]\nname = { type = \"text\" }\nfee = { type = \"integer\" }\n");
    let found = find(&lenient, &rows(&["Name|Ada Clinic", "fee|name", "1|Ada"])).ok().unwrap();
    assert_eq!(found.rows, [2]);
    let single = contract("[columns]\nname = { type = \"text\" }\n");
    assert_eq!(find(&single, &rows(&["Report", "Name", "Ada"])).ok().unwrap().rows, [2]);
    assert_eq!(find(&lenient, &rows(&["Name|Ada Clinic"])).err().unwrap().missing, ["fee"]);
}

#[test]
fn without_columns_in_the_contract_the_first_row_is_the_header() {
    let anything = contract("unknown_columns = \"evolve\"\n");
    let found = find(&anything, &rows(&["a||a", "a||a"])).ok().unwrap();
    assert_eq!((found.rows.as_slice(), found.positions.as_slice()), ([1].as_slice(), [None].as_slice()));
    assert_eq!(found.unknown, [0, 2]);
    assert!(!repeats(&found, "a||a"), "a row like it is a row");
}

#[test]
fn a_header_is_known_again_as_a_whole_and_by_each_of_its_rows() {
    let single = visits_in(&["booking_id|who|day|notes"]).ok().unwrap();
    assert!(repeats(&single, "Booking Id|WHO |day"));
    assert!(!repeats(&single, "booking_id|who"));
    assert!(!repeats(&single, "7|who|day|notes"));
    let double = visits_in(&["Booking||Patient|", "ID|Date|Name|Phone"]).ok().unwrap();
    assert!(repeats(&double, "BOOKING||Patient"));
    assert!(repeats(&double, "id|date|name"));
    assert!(!repeats(&double, "||"));
    assert!(!repeats(&double, "ID||Patient"));
}

#[test]
fn the_nearest_row_says_what_is_missing_and_where_it_may_be() {
    for (lines, expected) in [
        (
            vec!["Report", "booking_id|title|day", "other|day"],
            "the nearest (row 2) lacks patient_name; add the column, or give its present name as an alias in the \
             catalog",
        ),
        (
            vec!["Report", "booking_id||day|Patients Name", "1|x|2025"],
            "the nearest (row 2) lacks patient_name; column 4 looks like `patient_name`: add its present name as an \
             alias in the catalog",
        ),
        (
            vec!["booking_idd|patients name|day"],
            "the nearest (row 1) lacks booking_id, patient_name; column 1 looks like `booking_id`, column 2 looks \
             like `patient_name`: add their present names as aliases in the catalog",
        ),
        (
            vec!["Booking|Patient|", "ID|Name|When"],
            "the nearest (rows 1 and 2) lacks day; add the column, or give its present name as an alias in the \
             catalog",
        ),
    ] {
        assert_eq!(visits_in(&lines).err().unwrap().to_string(), expected);
    }
}

#[test]
fn a_near_miss_shows_no_cell() {
    let nearest = visits_in(&["booking_id|CANARY", "patient_namee CANARY|day"]).err().unwrap();
    assert!(!format!("{nearest:?} {nearest}").to_uppercase().contains("CANARY"));
    assert!(!format!("{:?}", rows(&["CANARY"])).contains("CANARY"));
}

#[test]
fn a_column_that_the_drop_tells_is_none_that_a_header_has_to_name() {
    let dataset = contract(
        "[columns]\naccount = { type = \"text\", from = \"key\", required = true }\n\
         created_at = { type = \"timestamp\", from = \"drop\", required = true }\n\
         id = { type = \"text\", expected = true }\nfee = { type = \"integer\" }\n",
    );
    let found = find(&dataset, &rows(&["id|fee"])).ok().unwrap();
    assert_eq!((found.positions, found.matched), (vec![None, None, Some(0), Some(1)], 2));
    let found = find(&dataset, &rows(&["Account|Created at|id"])).ok().unwrap();
    assert_eq!((found.positions, found.matched), (vec![Some(0), None, Some(2), None], 1));
    assert_eq!(found.unknown, [1], "the time of the drop is not the file's to tell");
    let nearest = find(&dataset, &rows(&["Account|fee"])).err().unwrap();
    assert_eq!((nearest.matched, nearest.missing), (1, vec!["id".to_owned()]));
}

#[test]
fn where_no_column_is_required_those_that_the_drop_tells_make_no_header() {
    let dataset = contract(
        "[columns]\naccount = { type = \"text\", from = \"key\" }\nid = { type = \"text\" }\n\
         fee = { type = \"integer\" }\n",
    );
    assert!(find(&dataset, &rows(&["account|id", "1|2"])).is_err());
    assert_eq!(find(&dataset, &rows(&["account|id", "fee|id"])).ok().unwrap().rows, [2]);
}

#[test]
fn the_widest_sheet_is_searched_at_once() {
    let columns: String =
        (0..60).map(|index| format!("c{index} = {{ type = \"text\", required = true }}\n")).collect();
    let dataset = contract(&format!("[columns]\n{columns}"));
    let line: Vec<String> = (0..16_384).map(|place| format!("Some cell {place}")).collect();
    let rows = numbered(vec![line; ROWS_SEARCHED]);
    let begun = std::time::Instant::now();
    assert!(find(&dataset, &rows).is_err());
    assert!(begun.elapsed() < std::time::Duration::from_secs(10), "{:?}", begun.elapsed());
}

/// Where the cells of a table's columns stand: for each position a column of the contract, or one that is not in it.
fn layout() -> impl Strategy<Value = (usize, Vec<Option<usize>>)> {
    (1..9_usize, 0..5_usize).prop_flat_map(|(columns, others)| {
        let places = (0..columns).map(Some).chain(std::iter::repeat_n(None, others)).collect::<Vec<_>>();
        (Just(columns), Just(places).prop_shuffle())
    })
}

fn wide(columns: usize) -> Dataset {
    let lines: String = (0..columns)
        .map(|index| format!("group_c{index} = {{ type = \"text\", required = true }}\n"))
        .collect();
    contract(&format!("[columns]\n{lines}"))
}

fn inverse(columns: usize, places: &[Option<usize>]) -> Vec<Option<usize>> {
    (0..columns).map(|column| places.iter().position(|place| *place == Some(column))).collect()
}

proptest! {
    #[test]
    fn any_order_of_columns_below_any_titles_is_found(
        (columns, places) in layout(),
        titles in prop::collection::vec(prop::collection::vec("[a-fA-F0-9 _.]{0,8}", 1..12), 0..20),
        spelling in prop::sample::select(vec!["group_c", "GROUP C", " Group-C", "group\nc"]),
    ) {
        let cell = |place: &Option<usize>| place.map_or("other".to_owned(), |column| format!("{spelling}{column}"));
        let mut lines = titles.clone();
        lines.push(places.iter().map(cell).collect());
        lines.push(places.iter().map(|_| "value".to_owned()).collect());
        let found = find(&wide(columns), &numbered(lines));
        let found = found.map_err(|nearest| TestCaseError::fail(nearest.to_string()))?;
        prop_assert_eq!(found.rows, vec![titles.len() as u64 + 1]);
        prop_assert_eq!(found.positions, inverse(columns, &places));
        prop_assert_eq!(found.unknown.len(), places.len() - columns);
    }

    #[test]
    fn any_order_of_columns_in_two_rows_is_found(
        (columns, places) in layout(),
        merged in prop::collection::vec(any::<bool>(), 13),
        titles in 0..10_u64,
    ) {
        // The group's name stands in the first of its cells, and again behind a cell that is merged downwards.
        let is_merged = |place: usize| merged[place] || places[place].is_none();
        let over = |place: usize| match (is_merged(place), places[place]) {
            (true, Some(column)) => format!("group c{column}"),
            (true, None) => "other".to_owned(),
            (false, _) if place > 0 && !is_merged(place - 1) => String::new(),
            (false, _) => "Group".to_owned(),
        };
        let under = |place: usize| match places[place] {
            Some(column) if !is_merged(place) => format!("C{column}"),
            _ => String::new(),
        };
        let mut lines = vec![vec!["A title".to_owned()]; usize::try_from(titles).unwrap()];
        lines.push((0..places.len()).map(over).collect());
        lines.push((0..places.len()).map(under).collect());
        let is_single = (0..places.len()).all(is_merged);
        let found = find(&wide(columns), &numbered(lines));
        let found = found.map_err(|nearest| TestCaseError::fail(nearest.to_string()))?;
        let expected = if is_single { vec![titles + 1] } else { vec![titles + 1, titles + 2] };
        prop_assert_eq!(found.rows, expected);
        prop_assert_eq!(found.positions, inverse(columns, &places));
    }

    #[test]
    fn names_are_all_different(spelled in prop::collection::vec("(a|b|column 2|a \\(2\\))?", 0..12), more in 0..20_usize) {
        let mut names = Names::as_written(&spelled);
        names.widen(more);
        let all: Vec<&str> = (0..spelled.len().max(more)).filter_map(|place| names.get(place)).collect();
        let distinct: std::collections::BTreeSet<&str> = all.iter().copied().collect();
        prop_assert_eq!((all.len(), distinct.len()), (spelled.len().max(more), all.len()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_cell_is_a_head_if_its_text_is_normalised_to_it(
        text in "[ \u{200b}._-]{0,2}[a-cA-CÄäſİ1２]{0,3}[ .]{0,2}[a1]{0,2}",
        number in prop_oneof![-3..13_i32, Just(45_935)],
        share in prop::sample::select(vec![0.0, 0.5, f64::NAN, f64::INFINITY]),
        other in "[a1n]{1,2}",
    ) {
        let number = f64::from(number) + share;
        let cells =
            [Cell::Empty, Cell::Text(text.into()), Cell::Number(number), Cell::Date(number), Cell::Bool(true), Cell::Error("#N/A")];
        let heads: Vec<String> =
            cells.iter().map(|cell| normalise_header(&cell.as_text(Epoch::Y1900))).chain([other]).collect();
        for cell in &cells {
            for head in &heads {
                let is_head = normalise_header(&cell.as_text(Epoch::Y1900)) == *head;
                prop_assert_eq!(reads(cell, Epoch::Y1900, head), is_head, "{:?} as {:?}", cell, head);
            }
        }
    }
}
