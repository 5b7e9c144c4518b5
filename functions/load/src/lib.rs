//! Load: checked rows into PostgreSQL, whole or not at all.
//!
//! One transaction takes the locks of the datasets concerned, decides whether this drop's turn has passed, streams the
//! curated Parquet into temporary tables, merges these into the tables that people read, and writes the ledger. Tables,
//! views and comments are derived from the catalog and kept in step with it.

pub mod account;
pub mod context;
pub mod curated;
pub mod ddl;
pub mod error;
pub mod handler;
pub mod load;
pub mod merge;
pub mod order;
pub mod placeholder;
pub mod schema;
pub mod sql;
pub mod staging;
