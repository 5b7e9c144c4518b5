//! Which dataset a dropped file may be of: by key prefix, then by file name. The header decides last.

use super::{Catalog, Dataset};

impl Catalog {
    /// The datasets that a key leaves possible, the likeliest group first.
    ///
    /// The datasets whose prefix the key has, or all where none has it; before them, as a group of their own, those
    /// among them whose file-name pattern the name meets.
    #[must_use]
    pub fn candidates(&self, key: &str) -> Vec<Vec<&Dataset>> {
        let file_name = key.rsplit('/').next().unwrap_or(key);
        let of_prefix: Vec<&Dataset> =
            self.datasets.iter().filter(|dataset| key.starts_with(&dataset.prefix)).collect();
        let possible = if of_prefix.is_empty() { self.datasets.iter().collect() } else { of_prefix };
        let named: Vec<&Dataset> = possible
            .iter()
            .copied()
            .filter(|dataset| dataset.file_name.as_ref().is_some_and(|glob| glob_matches(glob, file_name)))
            .collect();
        [named, possible].into_iter().filter(|group| !group.is_empty()).collect()
    }
}

/// Whether `text` matches a glob of `*` (any run of characters) and `?` (one character), ignoring case.
#[must_use]
pub fn glob_matches(glob: &str, text: &str) -> bool {
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
