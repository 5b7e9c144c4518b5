//! Load: checked rows into PostgreSQL, whole or not at all.
//!
//! One transaction takes the locks of the datasets concerned, decides whether this drop's turn has passed or an operator
//! has to see it first, streams the curated Parquet into temporary tables, merges these into the tables that people read
//! (or streams it straight into them), moves rows that need not wait any longer, puts what it loaded to the lake, and
//! writes the ledger. Before it, tables, views and comments are brought in step with the catalog.
//!
//! - [`load`], `decision`, `settle`, [`order`], [`hold_back`]: what becomes of a drop, and of each batch of it.
//! - `fill`, `staging`, [`left_out`], [`merge`], `straight`, `indexes`, [`placeholder`]: from Parquet to the table.
//! - `copy`, `binary`, `numeric`: rows by COPY.
//! - `release`, [`held`]: rows that wait for others.
//! - [`curated`], [`lake`]: the objects that are read and written.
//! - [`clean_up`]: rows that need not stay go to the archive, and then from the table.
//! - [`account`]: the ledger.

pub mod account;
mod binary;
pub mod clean_up;
pub mod context;
mod copy;
pub mod curated;
mod decision;
pub mod error;
mod fill;
pub mod handler;
pub mod held;
pub mod hold_back;
mod indexes;
pub mod lake;
pub mod left_out;
pub mod load;
pub mod merge;
mod numeric;
pub mod order;
pub mod placeholder;
mod release;
mod settle;
mod staging;
mod straight;
