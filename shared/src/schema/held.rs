//! The table of a dataset's held rows, which wait for a row of another table.

use crate::catalog::{Column, ColumnType, Dataset, LoadMode, Missing};

/// What the name of a table of held rows ends with.
const SUFFIX: &str = "__held";

/// The name of a dataset's table of held rows.
pub(super) fn name(dataset: &Dataset) -> String {
    format!("{}{SUFFIX}", dataset.name)
}

/// The contract of a dataset's table of held rows: its columns without their rules, and `_part`. None where no reference
/// makes rows wait.
#[must_use]
pub fn contract(dataset: &Dataset) -> Option<Dataset> {
    let waits = |column: &&Column| {
        column.references.as_ref().is_some_and(|reference| reference.missing == Missing::Hold)
    };
    let waiting = dataset.columns.iter().find(waits)?;
    let bare = |column: &Column| Column {
        required: false,
        expected: false,
        values: Vec::new(),
        references: None,
        placeholder: None,
        ..column.clone()
    };
    let part = Column {
        name: "_part".to_owned(),
        kind: ColumnType::Bigint,
        phi: false,
        description: "Part of the batch in which the row stands".to_owned(),
        ..bare(waiting)
    };
    Some(Dataset {
        name: name(dataset),
        title: format!("Rows of {} that wait for a row which they refer to", dataset.name),
        key: Vec::new(),
        load: LoadMode::Replace,
        columns: dataset.columns.iter().map(bare).chain([part]).collect(),
        ..dataset.clone()
    })
}
