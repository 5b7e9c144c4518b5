use proptest::prelude::*;
use rounds_shared::catalog::{Catalog, ColumnType};

use super::*;

/// Columns of every type.
fn contract() -> Vec<Column> {
    let catalog = Catalog::open(None).unwrap();
    let column = catalog.dataset("healthtech.doctors").unwrap().column("specialty").unwrap();
    let kinds = [ColumnType::Integer, ColumnType::Bigint, ColumnType::Boolean, ColumnType::Text];
    let decimal = ColumnType::Decimal { precision: 38, scale: 2 };
    kinds.into_iter().chain([decimal]).map(|kind| Column { kind, ..column.clone() }).collect()
}

fn values() -> impl Strategy<Value = Vec<Value<'static>>> {
    let some = (any::<i32>(), any::<i64>(), any::<bool>(), ".{0,9}", -9_i128..9);
    (some, any::<[bool; 5]>()).prop_map(|((small, large, truth, text, units), present)| {
        let all = [
            Value::Integer(small),
            Value::Bigint(large),
            Value::Boolean(truth),
            Value::Text(text.into()),
            Value::Decimal(units),
        ];
        let or_null = |(value, is_present)| if is_present { value } else { Value::Null };
        all.into_iter().zip(present).map(or_null).collect()
    })
}

fn month() -> impl Strategy<Value = Month> {
    prop_oneof![Just(None), (2025_i16..2027, 1_i8..3).prop_map(Some)]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_rows_of_a_month_come_back_in_their_order_but_for_those_that_are_gone(
        rows in prop::collection::vec((month(), values(), any::<bool>(), prop::bool::weighted(0.1)), 0..40)
    ) {
        let contract = contract();
        let mut partitions = Partitions::new(&contract).unwrap();
        let mut gone = RowSet::default();
        let mut expected: BTreeMap<Month, Columns> = BTreeMap::new();
        for (row, (month, values, is_gone, ends_block)) in rows.iter().enumerate() {
            partitions.push(*month, row as u64 + 2, values).unwrap();
            let columns = expected.entry(*month).or_insert_with(|| Columns::new(&contract));
            if *is_gone {
                gone.insert(row);
            } else {
                columns.push(row as u64 + 2, values);
            }
            if *ends_block {
                partitions.end_block().unwrap();
            }
        }
        let spilled = partitions.finish().unwrap();
        let mut buffer = Buffer::new(&contract);
        for (month, pieces) in spilled.months() {
            let mut columns = Columns::new(&contract);
            for piece in pieces {
                spilled.read(piece, &gone, &mut columns, &mut buffer).unwrap();
            }
            let (series, numbers) = columns.finish().unwrap();
            let (same, same_numbers) = expected.remove(&month).unwrap().finish().unwrap();
            prop_assert_eq!(numbers, same_numbers);
            prop_assert!(series.iter().zip(&same).all(|(one, other)| one.equals_missing(other)));
        }
        prop_assert!(expected.is_empty());
    }
}

#[test]
fn the_wider_the_rows_the_fewer_are_held_in_memory() {
    let contract: Vec<Column> = contract().into_iter().cycle().take(1_000).collect();
    let mut partitions = Partitions::new(&contract).unwrap();
    let nothing = vec![Value::Null; contract.len()];
    (2..3_000).for_each(|number| partitions.push(None, number, &nothing).unwrap());
    let spilled = partitions.finish().unwrap();
    let pieces = &spilled.pieces[&None];
    let rows: Vec<usize> = pieces.iter().map(Piece::rows).collect();
    assert!(rows.iter().all(|rows| *rows < 1_000), "{rows:?}");
    assert_eq!(rows.iter().sum::<usize>(), 2_998);
    let are_small = pieces.iter().all(|piece| piece.bytes < piece.rows() * 1_100);
    assert!(are_small, "what is not there takes a byte");
}

#[test]
fn many_columns_of_many_months_make_no_pieces_of_single_rows() {
    let contract: Vec<Column> = contract().into_iter().cycle().take(200).collect();
    let mut partitions = Partitions::new(&contract).unwrap();
    let nothing = vec![Value::Null; contract.len()];
    for _ in 0..10 {
        for month in (1990..2020).flat_map(|year| (1..=12).map(move |month| Some((year, month)))) {
            partitions.push(month, 2, &nothing).unwrap();
        }
    }
    let spilled = partitions.finish().unwrap();
    let rows: Vec<usize> = spilled.pieces.values().flatten().map(Piece::rows).collect();
    assert_eq!(rows, [10; 360]);
}

#[test]
fn the_more_columns_the_fewer_months_are_held_in_memory() {
    let contract: Vec<Column> = contract().into_iter().cycle().take(1_000).collect();
    let mut partitions = Partitions::new(&contract).unwrap();
    let nothing = vec![Value::Null; contract.len()];
    (1000..1400).for_each(|year| partitions.push(Some((year, 1)), 2, &nothing).unwrap());
    let spilled = partitions.finish().unwrap();
    let mut blocks: BTreeMap<usize, usize> = BTreeMap::new();
    spilled.pieces.values().flatten().for_each(|piece| *blocks.entry(piece.first).or_default() += 1);
    let columns_bytes = |months: &usize| months * contract.len() * COLUMN;
    assert!(blocks.values().all(|months| columns_bytes(months) < 2 * COLUMNS_BYTES), "{blocks:?}");
}

#[test]
fn the_memory_of_a_large_text_is_not_kept_for_small_ones() {
    let contract = [contract().swap_remove(3)];
    let mut partitions = Partitions::new(&contract).unwrap();
    partitions.push(None, 2, &[Value::Text("small".into())]).unwrap();
    partitions.end_block().unwrap();
    assert_eq!(partitions.spare.len(), 1);
    partitions.push(None, 3, &[Value::Text("x".repeat(SPARE_BYTES).into())]).unwrap();
    assert!(partitions.block.is_empty(), "it is a block of its own");
    assert!(partitions.spare.is_empty());
}
