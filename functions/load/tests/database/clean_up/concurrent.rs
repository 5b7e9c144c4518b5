//! Clean-ups at once with each other and with loads.

use super::*;
use crate::lake::{Rows, column, numbers, texts};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_at_once_archive_and_delete_each_row_once() {
    let clinic = with_old(1_000).await;
    let (one, other) = tokio::join!(clean(&clinic, 100), clean(&clinic, 100));
    assert_eq!(one.deleted + other.deleted, 1_000);
    assert_eq!(archived(&clinic), (1..=1_000).collect::<Vec<_>>());
    assert!(standing(&clinic).await.is_empty());
    assert_eq!(told(&clinic).await, ["(demo.appointments,2026-11-22,2025-11-22,10,1000,1000,0)"]);
}

/// A file that brings every second appointment as booked.
fn booked() -> Rows {
    let ids: Vec<i64> = (1..=1_000).filter(|id| id % 2 == 0).collect();
    let all = |word: &'static str| vec![word; ids.len()];
    let nothing = || vec![None::<i32>; ids.len()];
    let days = column("day", vec![19_000_i32; ids.len()]).cast(&polars::prelude::DataType::Date).unwrap();
    let cast = |name: &str, kind| column(name, nothing()).cast(&kind).unwrap();
    Rows(vec![
        numbers("id", &ids),
        texts("part", &all("a")),
        days,
        texts("status", &all("booked")),
        cast("at", polars::prelude::DataType::Time),
        crate::types::decimals("fee", &vec![None; ids.len()], 12, 2),
        cast("noted", polars::prelude::DataType::Datetime(polars::prelude::TimeUnit::Microseconds, None)),
        cast("paid", polars::prelude::DataType::Boolean),
        column("floor", nothing()),
        cast("_unknown", polars::prelude::DataType::String),
    ])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_load_at_the_same_time_comes_before_or_after_each_object() {
    let clinic = with_old(1_000).await;
    let rows = booked();
    let request = clinic.drop(1, &[("demo.appointments", &rows)]);
    tokio::join!(clean(&clinic, 50), clinic.load(&request));
    // What the load brought is there, whether or not it was archived before; what was left of the others goes now.
    clean(&clinic, 50).await;
    assert_eq!(standing(&clinic).await, (1..=1_000).filter(|id| id % 2 == 0).collect());
    assert_eq!(clinic.rows("SELECT DISTINCT status FROM demo.appointments").await, ["(booked)"]);
    let kept: BTreeSet<i64> = archived(&clinic).into_iter().collect();
    assert!((1..=1_000).filter(|id| id % 2 == 1).all(|id| kept.contains(&id)));
    clinic.assert_lake().await;
}
