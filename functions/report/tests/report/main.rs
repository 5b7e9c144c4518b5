//! The report stage against a real PostgreSQL, and what people see of it.
// Helpers stand outside of the test functions that clippy.toml exempts.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod delivery;
mod postgres;
mod rendered;
mod sample;
mod ses;
mod snapshot;
