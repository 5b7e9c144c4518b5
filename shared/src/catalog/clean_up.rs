//! Which rows of a table go to the archive when they are old enough.

use std::ops::Range;

use jiff::civil::Date;
use toml::de::DeTable;

use super::bound::Bound;
use super::check::{Mistake, line_of};
use super::dataset::Dataset;
use super::files::Files;

/// The table `[clean_up]` of a dataset's file: rows that are archived, and then deleted from the table.
#[derive(Debug, Clone, PartialEq)]
pub struct CleanUp {
    /// An SQL condition over the table's columns: which rows need not stay for ever.
    pub rows: String,
    /// The column of dates or timestamps that tells how old a row is.
    pub by: String,
    /// How old a row grows in the table, as the day before which it is archived.
    pub age: Age,
}

/// How old a row grows.
#[derive(Debug, Clone, PartialEq)]
pub struct Age(Bound);

impl Age {
    /// Reads `365 days`, `18 months` or `2 years`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Bound::parse(&format!("as_of - {text}")).map(Self)
    }

    /// The day that is so long before `as_of`: rows of earlier days are older than that.
    #[must_use]
    pub fn before(&self, as_of: Date) -> Date {
        self.0.on(as_of)
    }
}

impl Dataset {
    /// A mistake in the condition of its clean-up, in its file.
    #[must_use]
    pub fn wrong_clean_up(&self, files: &Files, reason: &str) -> Mistake {
        let file = format!("{}.toml", self.name.replacen('.', "/", 1));
        let text = files.0.get(&file).map_or("", String::as_str);
        let line = condition(text).map_or(1, |span| line_of(text, span.start));
        Mistake { file, line, message: format!("`rows`: {reason}") }
    }
}

/// Where the key `rows` stands.
fn condition(text: &str) -> Option<Range<usize>> {
    let file = DeTable::parse(text).ok()?.into_inner();
    let rule = file.get("clean_up")?.get_ref().as_table()?;
    rule.get_key_value("rows").map(|(key, _)| key.span())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn an_age_is_counted_back_from_the_day() {
        let before = |text: &str| Age::parse(text).map(|age| age.before(date(2024, 2, 29)));
        assert_eq!(before("365 days"), Some(date(2023, 3, 1)));
        assert_eq!(before("1 year"), Some(date(2023, 2, 28)));
        assert_eq!(before("0 days"), Some(date(2024, 2, 29)));
        assert_eq!(before("-1 days"), None);
        assert_eq!(before("a year"), None);
        assert_eq!(before(""), None);
    }
}
