//! The collect stage against a real PostgreSQL and a stand-in for the vendor.
// Helpers stand outside of the test functions that clippy.toml exempts.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod answers;
mod crash;
mod empty;
mod ending;
mod service;
mod stage;
mod turns;
