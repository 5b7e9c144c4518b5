//! What references between datasets need, and the order that they give.

use super::{Examined, Mistake, dataset_file, suggestion};
use crate::catalog::{Dataset, Files, Missing};

/// A reference must lead to a dataset with a single-column key of the same type, whose other required columns can be
/// filled by a placeholder.
pub(super) fn resolve(
    read: &dataset_file::Read,
    all: &[dataset_file::Read],
    names: &[String],
    files: &Files,
    mistakes: &mut Vec<Mistake>,
) {
    let text = files.0.get(&read.path).map_or("", String::as_str);
    let mut file = Examined { path: &read.path, text, mistakes };
    for (column_name, target) in &read.references {
        let Some(parent) = all.iter().find(|other| other.dataset.name == *target.get_ref()) else {
            if !names.contains(target.get_ref()) {
                let known = suggestion(target.get_ref(), names.iter().map(String::as_str));
                file.mistake(target.span(), format!("no dataset is named `{}`{known}", target.get_ref()));
            }
            continue;
        };
        let parent = &parent.dataset;
        let same_type = match parent.key.as_slice() {
            [key] => parent.column(key).map(|c| c.kind) == read.dataset.column(column_name).map(|c| c.kind),
            _ => false,
        };
        if !same_type {
            file.mistake(
                target.span(),
                format!(
                    "`{column_name}` can refer to `{}` only if that has one key column of the same type",
                    parent.name
                ),
            );
        }
        let reference = read.dataset.column(column_name).and_then(|column| column.references.as_ref());
        if reference.is_none_or(|reference| reference.missing != Missing::Placeholder) {
            continue;
        }
        for needed in &parent.columns {
            if needed.required && needed.placeholder.is_none() && !parent.key.contains(&needed.name) {
                file.mistake(
                    target.span(),
                    format!(
                        "a placeholder row of `{}` needs a value for `{}`: give that column `placeholder = \"…\"`",
                        parent.name, needed.name
                    ),
                );
            }
        }
    }
}

/// Parents before children, so that tables can be created in this order. A circle keeps the order of names.
pub(super) fn in_order_of_reference(mut waiting: Vec<Dataset>) -> Vec<Dataset> {
    let mut ordered: Vec<Dataset> = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let ready = waiting.iter().position(|dataset| {
            dataset.columns.iter().filter_map(|column| column.references.as_ref()).all(|reference| {
                reference.dataset == dataset.name || ordered.iter().any(|done| done.name == reference.dataset)
            })
        });
        ordered.push(waiting.remove(ready.unwrap_or(0)));
    }
    ordered
}
