//! What the tests of the whole pipeline do and ask again and again.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot ask has failed"
)]

mod attachments;
mod commands;
mod drops;
mod engine;
mod privacy;
mod tables;

pub use attachments::{Sheet, attached, day, listed, paise, parts};
pub use commands::{copy_folder, folder, mend, rounds, rounds_json};
pub use drops::{
    APPOINTMENTS, DOCTORS, appointment, clinic, drop_appointments, drop_bookings, drop_doctors, drop_files,
    drop_hospital, drop_quiet_night, today, under_header, with_version,
};
pub use engine::{ask_engine, ask_gateway};
pub use privacy::{assert_no_canary, assert_nothing_leaked};
pub use tables::{
    appointments, assert_hospital, assert_same, assert_tables, assert_whole_until_end, doctors, everything,
    findings,
};
