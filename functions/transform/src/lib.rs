//! The transform stage: reads one part of a file by its dataset's contract.
//!
//! Rows that keep the contract become typed Parquet in the lake, partitioned as the contract says; of several with the
//! same key one stands. Rows that break it are kept whole among the rejects, with every reason. The stage is a function
//! of file and contract: run twice, it puts the same bytes at the same keys.
//!
//! - `value`, `coerce`, `words`, `numbers`, `amount`, `dates`, `layout`, `times`: from a cell to a value, or to the
//!   [rule](rounds_shared::rule) that it breaks; `day_order`: whether the dates of a column can be trusted.
//! - `given`: the columns that the drop tells.
//! - `table`, `heading`, `mends`: from rows to those that keep the contract and those that break it.
//! - `rows`, `batch`: rows from the thread that reads them to the one that checks them.
//! - `kept`, `dedupe`: which rows stand; `lake`, `parquet`: those, as Parquet.
//! - `rejects`, `rejects_workbook`: the others; `findings`: what was noticed.
//! - `partitions`, `columns`, `values`, and `spill`, `record`: rows on disk, kept and rejected; `rowset`, `row_numbers`:
//!   what memory holds of them; `cells`: cells as JSON.
//! - [`curate`]: all of it, pure; [`handler`] puts what it makes.

mod amount;
mod batch;
mod cells;
mod coerce;
mod columns;
pub mod context;
pub mod curate;
mod dates;
mod day_order;
mod dedupe;
pub mod error;
mod findings;
mod given;
pub mod handler;
mod heading;
mod kept;
mod lake;
mod layout;
mod mends;
mod numbers;
mod parquet;
mod partitions;
mod record;
mod rejects;
mod rejects_workbook;
mod row_numbers;
mod rows;
mod rowset;
mod spill;
mod table;
mod times;
mod value;
mod values;
mod words;
