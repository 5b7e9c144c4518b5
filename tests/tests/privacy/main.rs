//! Marked values of patients go every way that Rounds has, good and bad; then they are looked for wherever people without
//! a need to know can look.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that cannot ask has failed")]

mod asked;
mod faults;
mod files;
mod proof;
mod refusals;
mod sweep;

use rounds_testkit::stack::Stack;
use rounds_testkit::{hospital, records};
use rounds_tests::{drop_files, today};

/// Drops the hospital system's exports of a night, and of the next.
async fn drop_hospital(stack: &Stack) {
    let files = hospital::Files::synthesize(&hospital::Options::small(today())).csvs().unwrap();
    drop_files(stack, "hospital", files).await;
}

/// Drops the central patient record, and what comes later.
async fn drop_records(stack: &Stack) {
    let files = records::Files::synthesize(&records::Options::small(today())).csvs().unwrap();
    drop_files(stack, "records", files).await;
}
