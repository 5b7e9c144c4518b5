//! What the stages of Rounds share.
//!
//! - [`catalog`]: the datasets, views and reports that a clinic owns, parsed and checked.
//! - [`tabular`] and [`header`]: rows out of workbooks and CSV files, and where the table in them begins.
//! - [`payload`] and [`manifest`]: what one stage tells the next.
//! - [`day`]: the day that a call is about.
//! - [`rule`]: the names of what can be noticed in a file.
//! - [`ledger`]: the schema `ops`, which knows what was dropped, loaded and sent.
//! - [`schema`]: tables and views from the catalog.
//! - [`failure`]: the names of errors that the state machine matches.
//! - [`fail_point`](fail_point()): where tests have a stage die.
//! - [`configuration`], [`storage`], [`link`], [`database`], [`secret`], [`http`], [`aws`], [`lambda`]: the edge, where I/O happens.

pub mod aws;
pub mod catalog;
pub mod configuration;
pub mod database;
pub mod day;
pub mod digest;
mod fail_point;
pub mod failure;
pub mod header;
pub mod http;
pub mod lambda;
pub mod ledger;
pub mod link;
pub mod manifest;
pub mod payload;
pub mod rule;
pub mod schema;
pub mod secret;
pub mod storage;
pub mod stretch;
pub mod tabular;

pub use fail_point::fail_point;
