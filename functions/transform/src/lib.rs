//! The transform stage: reads one part of a file by its dataset's contract.
//!
//! Rows that keep the contract become typed Parquet in the lake, partitioned as the contract says; of several with the
//! same key one stands. Rows that break it are kept whole among the rejects, with every reason. The stage is a function
//! of file and contract: run twice, it puts the same bytes at the same keys.
//!
//! - [`coerce`], [`numbers`], [`dates`], [`times`]: from a cell to a value, or to the [rule](rounds_shared::rule) that it
//!   breaks; [`day_order`]: whether the dates of a column can be trusted.
//! - [`table`], [`heading`], [`mends`]: from rows to those that keep the contract and those that break it.
//! - [`kept`], [`dedupe`]: which rows stand; [`lake`], [`columns`], [`parquet`]: those, as Parquet.
//! - [`rejects`], [`rejects_workbook`]: the others; [`findings`]: what was noticed.
//! - [`spill`], [`record`], [`rowset`]: rows on disk, and what memory holds of them; [`cells`]: cells as JSON.
//! - [`curate`]: all of it, pure; [`handler`] puts what it makes.

pub mod cells;
pub mod coerce;
pub mod columns;
pub mod context;
pub mod curate;
pub mod dates;
pub mod day_order;
pub mod dedupe;
pub mod error;
pub mod findings;
pub mod handler;
pub mod heading;
pub mod kept;
pub mod lake;
pub mod mends;
pub mod numbers;
pub mod parquet;
pub mod record;
pub mod rejects;
pub mod rejects_workbook;
pub mod rowset;
pub mod spill;
pub mod table;
pub mod times;
