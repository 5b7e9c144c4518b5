//! Synthetic files with the dirt that real exports have and with the answers to them, and a stack to drop them on.
//!
//! - [`billing`]: the books of a billing service's accounts, report by report.
//! - [`browser`]: a headless Chromium to look at pages with.
//! - [`faults`]: proxies before a stage's services, which go wrong where a test says.
//! - [`canary`]: patients' values that are marked, and where one turns up.
//! - [`fuzz`]: what must hold for any bytes.
//! - [`healthtech`]: a clinic's doctors and appointments, with the fate of every row.
//! - [`hospital`]: the hospital system's nightly exports, and its rules read apart from the product.
//! - [`hostile`]: files that no pipeline can load.
//! - [`http`]: servers that stand in for services.
//! - [`mis`]: a booking workbook, morning by morning.
//! - [`mis_rules`]: the rules of the reports on it, read apart from the product.
//! - [`papers`]: the papers that people read, and the examples in them.
//! - [`polled`]: futures that are killed on the way.
//! - [`postgres`]: a database of a test's own.
//! - [`reading`]: rows read apart from the product.
//! - [`records`]: a central patient record in four files, and its rules read apart from the product.
//! - [`sheet`]: cells as people type them, written as a workbook or as CSV.
//! - [`stack`]: the one-machine stack, with all that a test asks it.
//! - [`stage`]: a stage's own program, called and killed as Lambda does.
//! - [`vendor`]: a stand-in for the billing vendor's Web API.

pub mod billing;
pub mod browser;
pub mod canary;
pub mod faults;
pub mod fuzz;
pub mod healthtech;
pub mod hospital;
pub mod hostile;
pub mod http;
mod made_up;
pub mod mis;
pub mod mis_rules;
pub mod papers;
pub mod polled;
pub mod postgres;
pub mod reading;
pub mod records;
pub mod sheet;
pub mod stack;
pub mod stage;
pub mod vendor;
