//! What a dataset's file says of indexes.

use std::ops::Range;

use toml::Spanned;

use super::Examined;
use super::dataset_file::check_known;
use crate::catalog::Column;

pub(super) fn read_indexes(
    file: &mut Examined<'_>,
    written: Vec<Spanned<Vec<Spanned<String>>>>,
    key: &[String],
    columns: &[Column],
) -> Vec<Vec<String>> {
    let mut indexes: Vec<(Range<usize>, Vec<String>)> = Vec::new();
    for index in written {
        let at = index.span();
        let mut names: Vec<String> = Vec::new();
        for name in index.into_inner() {
            check_known(file, &name, columns);
            if names.contains(name.get_ref()) {
                file.mistake(name.span(), format!("the index has `{}` already", name.get_ref()));
            }
            names.push(name.into_inner());
        }
        indexes.push((at, names));
    }
    for (place, (at, names)) in indexes.iter().enumerate() {
        // Of equal ones the first is the one to keep.
        let mut others = indexes.iter().enumerate().filter(|(other, (_, columns))| {
            *other != place && columns.starts_with(names) && (columns != names || *other < place)
        });
        if names.is_empty() {
            file.mistake(
                at.clone(),
                "an index is a list of columns, such as `[\"doctor_id\", \"visit_date\"]`",
            );
        } else if key.starts_with(names) || others.next().is_some() {
            file.mistake(
                at.clone(),
                "the key or another index begins with these columns, and serves as well",
            );
        }
    }
    indexes.into_iter().map(|(_, names)| names).collect()
}
