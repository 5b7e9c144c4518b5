//! The views of billing on hand-made rows: each bucket's edges, what is missing, what lies before or behind, and the names
//! and units that people read.
#![expect(clippy::unwrap_used, reason = "a test that cannot ask has failed")]

mod aging;
mod billed;
mod billing;
mod monitoring;
mod paid;
mod shape;
mod staff;
mod summaries;
