//! The transform stage: reads one part of a file by its dataset's contract.
//!
//! Rows that keep the contract become typed Parquet in the lake, partitioned as the contract says; of several with the
//! same key one stands. Rows that break it are kept whole among the rejects, with every reason. The stage is a function
//! of file and contract: run twice, it puts the same bytes at the same keys.
//!
//! - [`coerce`] and [`dates`]: from a cell to a value, or to the [`rule`] that it breaks.
//! - [`table`], [`heading`], [`columns`], [`dedupe`]: from rows to typed columns.
//! - [`rejects`], [`findings`], [`parquet`]: what is written beside and how.
//! - [`curate`]: all of it, pure; [`handler`] puts what it makes.

pub mod coerce;
pub mod columns;
pub mod context;
pub mod curate;
pub mod dates;
pub mod dedupe;
pub mod error;
pub mod findings;
pub mod handler;
pub mod heading;
pub mod parquet;
pub mod rejects;
pub mod rule;
pub mod table;
