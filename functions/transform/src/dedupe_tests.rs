use proptest::prelude::*;
use rounds_shared::catalog::Catalog;

use super::*;

fn doctors() -> Dataset {
    Catalog::open(None).unwrap().dataset("healthtech.doctors").unwrap().clone()
}

/// A doctor by number and specialty.
fn doctor(id: i32, specialty: &'static str) -> [Value<'static>; 3] {
    let specialty = if specialty.is_empty() { Value::Null } else { Value::Text(specialty.into()) };
    [Value::Integer(id), Value::Text("Ada".into()), specialty]
}

/// Which of some doctors stand.
fn standing(keep: Keep, rows: &[(i32, &'static str)]) -> Vec<usize> {
    let mut keys = Keys::new(&Dataset { keep, ..doctors() }).unwrap();
    for (id, specialty) in rows {
        keys.push(&doctor(*id, specialty));
    }
    let superseded = keys.superseded();
    (0..rows.len()).filter(|row| !superseded.contains(*row)).collect()
}

#[test]
fn without_a_column_the_first_or_the_last_row_stands() {
    let rows = [(1, "b"), (2, "b"), (1, "a"), (1, "c")];
    assert_eq!(standing(Keep::First(None), &rows), [0, 1]);
    assert_eq!(standing(Keep::Last(None), &rows), [1, 3]);
}

#[test]
fn by_a_column_the_smallest_or_largest_value_stands() {
    let rows = [(1, "b"), (1, "a"), (1, "a"), (1, "c"), (1, "c")];
    let by = || Some("specialty".to_owned());
    assert_eq!(standing(Keep::First(by()), &rows), [1], "of equals the first");
    assert_eq!(standing(Keep::Last(by()), &rows), [4], "of equals the last");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn numbers_are_compared_as_their_bytes_are(
        a in prop::option::of(any::<i64>()), b in prop::option::of(any::<i64>()), is_last in any::<bool>()
    ) {
        let order = |kind| {
            let mut compared = Compared::new(Some(kind));
            for number in [a, b] {
                compared.push(&number.map_or(Value::Null, Value::Bigint));
            }
            compared.order(0, 1, is_last)
        };
        prop_assert_eq!(order(ColumnType::Bigint), order(ColumnType::Text));
    }

    #[test]
    fn one_row_of_each_key_stands_whatever_their_order(keys in prop::collection::vec(0..9_i32, 0..40)) {
        let rows: Vec<(i32, &str)> = keys.iter().map(|key| (*key, "")).collect();
        let last = |row: &usize| !keys.iter().skip(row + 1).any(|key| *key == keys[*row]);
        prop_assert_eq!(standing(Keep::Last(None), &rows), (0..keys.len()).filter(last).collect::<Vec<_>>());
    }
}

#[test]
fn a_row_without_a_value_to_compare_loses() {
    let rows = [(1, ""), (1, "b"), (1, "")];
    let by = || Some("specialty".to_owned());
    assert_eq!(standing(Keep::First(by()), &rows), [1]);
    assert_eq!(standing(Keep::Last(by()), &rows), [1]);
}

#[test]
fn without_a_key_nothing_is_remembered() {
    assert!(Keys::new(&Dataset { key: Vec::new(), ..doctors() }).is_none());
}

#[test]
fn values_are_told_apart_however_many_they_are() {
    let day = Value::Date;
    let all: Vec<Vec<Value<'_>>> = vec![
        vec![Value::Integer(0)],
        vec![Value::Integer(-1)],
        vec![Value::Bigint(i64::MIN)],
        vec![Value::Bigint(i64::MAX)],
        vec![day(3)],
        vec![Value::Null],
        vec![Value::Text("0".into())],
        vec![Value::Integer(7), Value::Integer(8)],
        vec![Value::Integer(8), Value::Integer(7)],
        vec![Value::Integer(7), Value::Null],
        vec![day(3), Value::Text("a".into())],
        vec![day(3), Value::Text("b".into())],
    ];
    let identities: HashSet<u128> = all.iter().map(|values| identity(values.iter())).collect();
    assert_eq!(identities.len(), all.len());
    let keys: HashSet<u128> = identities.iter().map(|identity| identity >> ROW_BITS).collect();
    assert!(keys.len() == all.len() && !keys.contains(&0));
    let text = identity(std::iter::once(&Value::Text("0".into())));
    assert!(row_of(text) > 0, "a unique value is known by all of its hash");
    for values in &all {
        assert_eq!(identity(values.iter()), identity(values.clone().iter()));
    }
}

#[test]
fn the_first_row_keeps_a_unique_value_and_a_rejected_row_keeps_none() {
    let mut columns = doctors().columns;
    columns[0].unique = true;
    columns[2].unique = true;
    let mut uniques = Uniques::new(&columns);
    for (id, specialty) in [(1, "a"), (1, "b"), (2, "b"), (3, ""), (4, ""), (2, "a")] {
        uniques.push(&doctor(id, specialty));
    }
    let mut told = Vec::new();
    uniques.repeated(0..6, |row, columns| {
        told.push((row, columns.to_vec()));
        true
    });
    assert_eq!(told, [(1, vec![0]), (5, vec![0, 2])]);
}

#[test]
fn keys_in_no_order_are_decided_about_where_they_are() {
    let mut keys = Keys::new(&doctors()).unwrap();
    (0..1_000).for_each(|number| keys.push(&doctor(number * 7 % 1_000, "a")));
    let room = (keys.ascending.capacity(), keys.others.capacity());
    let superseded = keys.superseded();
    assert!(!(0..1_000).any(|row| superseded.contains(row)));
    assert_eq!((keys.ascending.capacity(), keys.others.capacity()), room);
}
