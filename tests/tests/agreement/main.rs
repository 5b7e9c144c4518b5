//! State machines, templates, the functions' code, the names of failures and the documents say the same, and what runs
//! agrees with them; no file is too long. The tests of `running` alone need a stack.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot ask has failed"
)]

mod api;
mod cloudformation;
mod deployment;
mod errors;
mod events;
mod lengths;
mod machines;
mod permissions;
mod running;
mod schedules;
mod sources;
mod variables;
