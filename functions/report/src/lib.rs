//! Report: from the tables to the people who act on them, once.
//!
//! A report that is [`due`] goes through [`publish`]:
//!
//! 1. [`query`] asks everything in one snapshot; pseudonyms take the place of names there.
//! 2. [`letters`] divides it into what each letter is about, sets its figures beside those of the run before, and keeps
//!    in the lake bucket what [`rendering`] makes of it; files are attached or linked.
//! 3. [`delivery`] sees to it that each recipient gets it once, whatever is retried, re-run or killed in between, and
//!    [`post`] hands it to the channel's service.
//!
//! [`plan`] tells a round what can go out. [`export`] makes what a person asks for.

pub mod context;
pub mod course;
pub mod dashboard;
pub mod delivery;
pub mod due;
pub mod error;
pub mod export;
pub mod handler;
pub mod letters;
pub mod plan;
pub mod post;
pub mod publish;
pub mod query;
pub mod rendering;
