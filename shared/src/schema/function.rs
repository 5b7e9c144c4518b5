//! Functions of the catalog. Pure: text out.

use super::sql::{identifier, literal, qualified};
use crate::catalog::Function;

/// Makes the function, or makes it anew where arguments and result are as before. What it is allowed to do stands behind
/// the file's text: one that says otherwise is refused. As the first line of the file stays the first of the statement,
/// PostgreSQL's positions lead to the line.
#[must_use]
pub fn create(function: &Function) -> String {
    let Function { name, definition, .. } = function;
    let name = qualified(name);
    format!(
        "CREATE OR REPLACE FUNCTION {name} {definition}\nLANGUAGE sql STABLE PARALLEL SAFE SECURITY INVOKER"
    )
}

/// Its schema, which may have no tables.
#[must_use]
pub fn schema(function: &Function) -> String {
    format!("CREATE SCHEMA IF NOT EXISTS {}", identifier(function.domain()))
}

/// What the file says of it, as its comment.
#[must_use]
pub fn comment(function: &Function) -> String {
    format!("COMMENT ON FUNCTION {} IS {}", qualified(&function.name), literal(&function.description))
}
