//! The near miss: what a refusal says of a table whose header is not whole.

use std::fmt;

use crate::catalog::normalise_header;

/// Names are alike from this Jaro-Winkler similarity on: `doctor` is like `doctor_id`, `patient_name` is not.
const ALIKE: f64 = 0.9;

/// The row, or the two rows, that come nearest to a header. Shown, it says what is missing and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nearest {
    /// Row numbers; none where there are no rows.
    pub rows: Vec<u64>,
    /// How many of the contract's columns are named.
    pub matched: usize,
    /// Columns of the contract that a whole header would name.
    pub missing: Vec<String>,
    /// Missing columns whose names are much like what heads the column at a position, from 1.
    pub likely: Vec<(String, usize)>,
}

impl Nearest {
    /// `strangers` are the normalised heads that name no column, with their positions from 0.
    pub(super) fn new(rows: Vec<u64>, matched: usize, missing: &[&str], strangers: &[(usize, &str)]) -> Self {
        // Of rows that name nothing, the nearest is a title or a row of values as likely as a header.
        let asked = if matched == 0 { &[] } else { missing };
        let likely = asked.iter().filter_map(|name| {
            let wanted = normalise_header(name);
            let alike =
                strangers.iter().map(|(place, head)| (strsim::jaro_winkler(&wanted, head), place + 1));
            let (likeness, position) = alike.max_by(|a, b| a.0.total_cmp(&b.0))?;
            (likeness >= ALIKE).then(|| ((*name).to_owned(), position))
        });
        let likely = likely.collect();
        Self { rows, matched, missing: missing.iter().map(ToString::to_string).collect(), likely }
    }
}

/// Tells of columns by the contract's names and by positions: what stands in the file may be a patient's.
impl fmt::Display for Nearest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rows.as_slice() {
            [above, row] => write!(formatter, "the nearest (rows {above} and {row})")?,
            rows => {
                let row = rows.first().copied().unwrap_or_default();
                write!(formatter, "the nearest (row {row})")?;
            }
        }
        write!(formatter, " lacks {}; ", self.missing.join(", "))?;
        for (index, (name, position)) in self.likely.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(formatter, "{separator}column {position} looks like `{name}`")?;
        }
        formatter.write_str(match self.likely.len() {
            0 => "add the column, or give its present name as an alias in the catalog",
            1 => ": add its present name as an alias in the catalog",
            _ => ": add their present names as aliases in the catalog",
        })
    }
}
