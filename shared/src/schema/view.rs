//! Views of the catalog. Pure: text out.

use super::sql::{identifier, literal, qualified};
use crate::catalog::View;

/// Views in an order in which each comes after those that it reads, by their names in its text. Views that read each
/// other in a circle keep their order, and PostgreSQL refuses the first.
#[must_use]
pub fn in_order(views: &[View]) -> Vec<&View> {
    let mut waiting: Vec<&View> = views.iter().collect();
    let mut ordered = Vec::with_capacity(views.len());
    while !waiting.is_empty() {
        let reads = |view: &View, other: &View| view.name != other.name && mentions(&view.query, &other.name);
        let ready = waiting.iter().position(|view| !waiting.iter().any(|other| reads(view, other)));
        ordered.push(waiting.remove(ready.unwrap_or(0)));
    }
    ordered
}

/// The view in its schema, which may have no tables, and what the file says of it and of its columns as comments.
#[must_use]
pub fn create(view: &View) -> Vec<String> {
    let name = qualified(&view.name);
    let mut statements = vec![
        format!("CREATE SCHEMA IF NOT EXISTS {}", identifier(view.domain())),
        format!("CREATE VIEW {name} AS\n{}", view.query),
        format!("COMMENT ON VIEW {name} IS {}", literal(&view.description)),
    ];
    statements.extend(view.columns.iter().map(|(column, about)| comment(view, column, about)));
    statements
}

/// What a column of the view means, as its comment.
pub(super) fn comment(view: &View, column: &str, about: &str) -> String {
    let (view, column) = (qualified(&view.name), identifier(column));
    format!("COMMENT ON COLUMN {view}.{column} IS {}", literal(about))
}

/// Whether `name` stands in the text of a query as a word of its own.
#[must_use]
pub fn mentions(text: &str, name: &str) -> bool {
    let part_of_word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(name).any(|(at, _)| {
        let (before, after) =
            (text.get(..at).unwrap_or_default(), text.get(at + name.len()..).unwrap_or_default());
        !before.ends_with(part_of_word) && !after.starts_with(part_of_word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_comes_after_those_that_it_reads() {
        let view = |name: &str, query: &str| View {
            name: name.to_owned(),
            description: String::new(),
            columns: Vec::new(),
            query: query.to_owned(),
        };
        let views = [
            view("d.a", "SELECT * FROM d.c JOIN d.b_more USING (x)"),
            view("d.b", "SELECT 1"),
            view("d.b_more", "SELECT * FROM d.b"),
            view("d.c", "SELECT * FROM d.b_more"),
        ];
        let names: Vec<&str> = in_order(&views).iter().map(|view| view.name.as_str()).collect();
        assert_eq!(names, ["d.b", "d.b_more", "d.c", "d.a"]);
    }
}
