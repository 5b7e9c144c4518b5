//! The rows that a contract's clean-up is about. Pure: text out.

use super::sql::qualified;
use crate::catalog::{CleanUp, Dataset};

/// SELECT of the whole rows that the clean-up's condition holds for, of whatever age. Placeholders, which no file has
/// brought, are none of them.
#[must_use]
pub fn rows(dataset: &Dataset, clean_up: &CleanUp) -> String {
    // On lines of its own, so that a comment in the condition ends with it.
    format!("SELECT * FROM {} WHERE _batch IS NOT NULL AND (\n{}\n)", qualified(&dataset.name), clean_up.rows)
}
