//! Synthetic files with the dirt that real exports have and with the answers to them, and a stack to drop them on.
//!
//! - [`fuzz`]: what must hold for any bytes.
//! - [`healthtech`]: a clinic's doctors and appointments, with the fate of every row.
//! - [`hostile`]: files that no pipeline can load.
//! - [`mis`]: a booking workbook, morning by morning.
//! - [`mis_rules`]: the rules of the reports on it, read apart from the product.
//! - [`postgres`]: a database of a test's own.
//! - [`sheet`]: cells as people type them, written as a workbook or as CSV.
//! - [`stack`]: the one-machine stack, with all that a test asks it.

pub mod fuzz;
pub mod healthtech;
pub mod hostile;
pub mod mis;
pub mod mis_rules;
pub mod postgres;
pub mod sheet;
pub mod stack;
