//! Report: from the tables to the people who act on them, once.
//!
//! Finds the reports that are due after a load, asks all queries of one in a single snapshot, renders the mail's page,
//! the workbook and the CSV, stores them in the lake bucket and mails them. The delivery ledger sees to it that a
//! recipient gets one mail per report and period, whatever is retried, re-run or killed in between.
//!
//! - [`due`], [`table`], [`wording`], [`page`], [`workbook`], [`delimited`], [`mail`]: pure.
//! - [`query`], [`delivery`], [`ses`], [`publish`]: where PostgreSQL, SES and S3 are spoken to.

pub mod context;
pub mod delimited;
pub mod delivery;
pub mod due;
pub mod error;
pub mod handler;
pub mod mail;
pub mod page;
pub mod publish;
pub mod query;
pub mod ses;
pub mod table;
pub mod wording;
pub mod workbook;
