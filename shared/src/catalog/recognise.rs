//! Which dataset a dropped file may be of: by key prefix, then by file name. The header decides last.

use super::{Catalog, Dataset};
use crate::payload::file_name;

impl Catalog {
    /// The datasets that a key leaves possible and a header decides between, the likeliest group first.
    ///
    /// The datasets whose prefix the key has, or all where none has it; before them, as a group of their own, those
    /// among them whose file-name pattern the name meets. Datasets that accept anything are not among them.
    #[must_use]
    pub fn candidates(&self, key: &str) -> Vec<Vec<&Dataset>> {
        let of_prefix: Vec<&Dataset> =
            self.datasets.iter().filter(|dataset| key.starts_with(&dataset.prefix)).collect();
        let mut possible = if of_prefix.is_empty() { self.datasets.iter().collect() } else { of_prefix };
        possible.retain(|dataset| !dataset.accepts_anything());
        let named: Vec<&Dataset> =
            possible.iter().copied().filter(|dataset| dataset.is_meant_by(key)).collect();
        [named, possible].into_iter().filter(|group| !group.is_empty()).collect()
    }

    /// The dataset that accepts anything under a key: that of the longest prefix the key has, and of those one whose
    /// file-name pattern the name meets. One with a pattern that the name does not meet is none.
    #[must_use]
    pub fn accepting_anything(&self, key: &str) -> Option<&Dataset> {
        let of_key = self.datasets.iter().filter(|dataset| {
            dataset.accepts_anything()
                && key.starts_with(&dataset.prefix)
                && is_named(dataset, key) != Some(false)
        });
        of_key.max_by_key(|dataset| (dataset.prefix.len(), dataset.file_name.is_some()))
    }
}

impl Dataset {
    /// Whether a file, or a member of an archive, has a name that the dataset's files have.
    #[must_use]
    pub fn is_meant_by(&self, key: &str) -> bool {
        is_named(self, key) == Some(true)
    }
}

/// Whether a key's file name meets a dataset's pattern; none where it has no pattern.
fn is_named(dataset: &Dataset, key: &str) -> Option<bool> {
    dataset.file_name.as_ref().map(|glob| glob_matches(glob, file_name(key)))
}

/// Whether `text` matches a glob of `*` (any run of characters) and `?` (one character), ignoring case.
fn glob_matches(glob: &str, text: &str) -> bool {
    let glob: Vec<char> = glob.to_lowercase().chars().collect();
    let text: Vec<char> = text.to_lowercase().chars().collect();
    // Row by row of the classic table: `reachable[j]` says whether the pattern so far can end before text[j].
    let mut reachable = vec![false; text.len() + 1];
    if let Some(start) = reachable.first_mut() {
        *start = true;
    }
    for symbol in glob {
        let mut next = vec![false; text.len() + 1];
        let mut seen = false;
        for (index, target) in next.iter_mut().enumerate() {
            let here = reachable.get(index).copied().unwrap_or(false);
            seen |= here;
            let before = index.checked_sub(1);
            let stepped = before.and_then(|i| reachable.get(i)).copied().unwrap_or(false);
            *target = match symbol {
                '*' => seen,
                '?' => stepped,
                letter => stepped && before.and_then(|i| text.get(i)) == Some(&letter),
            };
        }
        reachable = next;
    }
    reachable.last().copied().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::glob_matches;

    #[test]
    fn a_glob_matches_whole_names_whatever_their_case() {
        assert!(glob_matches("*doctor*", "Data Enginner's Doctors Excel - VIP (1).xlsx"));
        assert!(glob_matches("report_??.csv", "REPORT_07.csv"));
        assert!(!glob_matches("report_??.csv", "report_7.csv"));
        assert!(!glob_matches("doctor", "doctors"));
        assert!(glob_matches("*", ""));
        assert!(!glob_matches("?", ""));
    }
}
