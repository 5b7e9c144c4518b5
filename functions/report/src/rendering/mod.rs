//! What people see of a letter's [`content`]: the mail's [`page`] with its pictures ([`chart`]), the [`workbook`], the CSV
//! ([`delimited`]), the Parquet file ([`columnar`]) and the JSON ([`json`]). Pure: the same content makes the same bytes.

mod block;
pub mod chart;
pub mod columnar;
pub mod content;
mod days;
pub mod delimited;
mod drawing;
pub mod json;
mod message;
pub mod page;
mod points;
mod remarks;
mod wording;
pub mod workbook;
