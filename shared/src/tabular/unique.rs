//! Names that are told apart.

use std::collections::HashMap;

/// Names in use, with the last count that was put behind each.
#[derive(Clone, PartialEq, Eq, Default)]
pub(crate) struct Unique(HashMap<String, u64>);

impl Unique {
    /// The name itself if it is free, else `name (2)` and so on.
    pub(crate) fn claim(&mut self, name: String) -> String {
        self.claim_as(name, |name, count| format!("{name} ({count})"))
    }

    /// The name itself if it is free, else what `again` makes of it and the count, from 2, of those that wanted it.
    pub(crate) fn claim_as(&mut self, name: String, again: impl Fn(&str, u64) -> String) -> String {
        let mut unique = name.clone();
        while self.0.contains_key(&unique) {
            let count = self.0.entry(name.clone()).or_insert(1);
            *count += 1;
            unique = again(&name, *count);
        }
        self.0.insert(unique.clone(), 1);
        unique
    }
}
