//! Collect: has a vendor run its reports and drops them into the landing bucket, each once.
//!
//! The vendor runs one report at a time. A request is written down before the vendor is asked, so that whoever is killed
//! anywhere leaves behind what the next one needs to know; waiting is the state machine's work.
//!
//! - [`plan`]: what has not been collected.
//! - [`task`]: a request, with all that this deployment knows of it.
//! - [`ask`] and [`fetch`]: the two halves of a conversation with the vendor.
//! - [`vendor`], [`answer`]: its Web API, and what its answers mean.
//! - [`mod@file`], [`landing`]: what is dropped, and how a request ends.
//! - [`ledger`]: the table `ops.collection`.

pub mod answer;
pub mod ask;
pub mod context;
pub mod error;
pub mod fetch;
pub mod file;
pub mod handler;
pub mod landing;
pub mod ledger;
pub mod plan;
pub mod task;
pub mod vendor;
