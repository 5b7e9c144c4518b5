//! What a dataset's file says of indexes.

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
    let mut indexes: Vec<Vec<String>> = Vec::new();
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
        if names.is_empty() {
            file.mistake(at, "an index is a list of columns, such as `[\"doctor_id\", \"visit_date\"]`");
        } else if key.starts_with(&names) || indexes.iter().any(|other| other.starts_with(&names)) {
            file.mistake(at, "the key or an index before begins with these columns, and serves as well");
        }
        indexes.push(names);
    }
    indexes
}
