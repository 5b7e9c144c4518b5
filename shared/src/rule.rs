//! The names of what can be noticed, as they stand in findings, rejects and the ledger.

use std::fmt;
use std::str::FromStr;

/// One line for each rule: variant, name, and what is said to people of the cell, row, column or sheet that met it.
macro_rules! rules {
    ($($rule:ident $name:literal $description:literal)+) => {
        /// A rule that a cell, a row, a column or a sheet met. The order is that of findings that are equally frequent.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Rule {
            $(#[doc = concat!("The cell, row, column or sheet ", $description, ".")] $rule,)+
        }

        impl Rule {
            /// Every rule.
            pub const ALL: &[Self] = &[$(Self::$rule),+];

            /// The name, in snake_case.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$rule => $name,)+
                }
            }

            /// What is said of the cell, row, column or sheet, as the rest of a sentence.
            #[must_use]
            pub const fn describe(self) -> &'static str {
                match self {
                    $(Self::$rule => $description,)+
                }
            }
        }
    };
}

rules! {
    Missing "missing" "has no value, and the contract requires one"
    NotAnInteger "not_an_integer" "is not a whole number"
    NotADecimal "not_a_decimal" "is not a decimal number (a point, not a comma, stands before its decimals)"
    NotADate "not_a_date" "is not a date in any of the contract's formats"
    NotATime "not_a_time" "is not a time of day in any of the contract's formats"
    NotATimestamp "not_a_timestamp" "is not a date and time in any of the contract's formats"
    NotABoolean "not_a_boolean" "is neither yes nor no in one of the usual spellings"
    OutOfRange "out_of_range" "is a number too large for the column's type"
    TooManyDigits "too_many_digits" "has more digits behind the point than the column"
    DamagedIdentifier "damaged_identifier" "is a number that a spreadsheet may have robbed of digits, as in 2.98725E+13"
    ImplausibleDate "implausible_date" "is a date outside the window in which the contract believes it"
    OutsideRange "outside_range" "is a number outside the contract's range"
    Pattern "pattern" "does not look as the contract's pattern has it"
    UnknownWord "unknown_word" "is not one of the contract's words"
    NotUnique "not_unique" "is a value that an earlier row has, in a column without repetitions"
    ExcelError "excel_error" "is a formula that failed, such as #N/A"
    FormulaWithoutValue "formula_without_value" "is a formula that was never calculated; a spreadsheet program does so when it saves the workbook"
    NulCharacter "nul_character" "has a NUL character, which no database keeps"
    OtherThanKey "other_than_key" "is not what the drop's key says"
    RaggedRow "ragged_row" "has fewer or more fields than the header"
    UnknownReference "unknown_reference" "refers to a row that is not there"
    OffsetIgnored "offset_ignored" "has an offset from UTC behind its time; the time stands as it is written"
    AmbiguousDayMonth "ambiguous_day_month" "may be read day first or month first, and the column has dates of both orders"
    Superseded "superseded" "lost to another row with the same key"
    SmallerThanLast "smaller_than_last" "is one of far fewer rows than the file before had"
    TooManyRejects "too_many_rejects" "is one of more rejected rows than the contract bears"
    Discarded "discarded" "was discarded by an operator"
    Header "header" "is the header"
    MatchedByName "matched_by_name" "is a column of the contract by its name"
    MatchedByAlias "matched_by_alias" "is a column of the contract by another name"
    AbsentColumn "absent_column" "is a column of the contract that the file does not have"
    UnknownColumn "unknown_column" "is a column that the contract does not name"
    TitleRow "title_row" "stands above the header"
    RepeatedHeader "repeated_header" "is the header again"
    NoteRow "note_row" "stands below the table"
    UnknownMend "unknown_mend" "is in a mended workbook, and no row of the file is mended by it"
    RejectsNotListed "rejects_not_listed" "is rejected, and does not fit into the workbook of rejects"
    HiddenSheet "hidden_sheet" "is hidden in the workbook, and the contract does not ask for such"
    LaterSheet "later_sheet" "is not the first of its workbook, and the contract reads that one alone"
    UnknownSheet "unknown_sheet" "has no known dataset's header"
    EmptySheet "empty_sheet" "has no row below its header"
    UnreadMember "unread_member" "is of a kind that is not read"
}

impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The name is not that of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no rule has this name")]
pub struct UnknownRule;

/// By name, as the ledger keeps it.
impl FromStr for Rule {
    type Err = UnknownRule;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().copied().find(|rule| rule.as_str() == name).ok_or(UnknownRule)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_one_name_that_leads_back_to_it() {
        for rule in Rule::ALL {
            assert_eq!(rule.as_str().parse(), Ok(*rule));
            let is_snake_case = rule.as_str().bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            assert!(is_snake_case, "{rule}");
        }
        assert_eq!("no_such_rule".parse::<Rule>(), Err(UnknownRule));
    }

    #[test]
    fn a_description_is_the_rest_of_a_sentence() {
        for rule in Rule::ALL {
            let first = rule.describe().split(' ').next();
            let verbs = ["is", "has", "does", "may", "refers", "lost", "was", "stands"];
            assert!(first.is_some_and(|word| verbs.contains(&word)), "{rule}");
            assert!(!rule.describe().ends_with('.'), "{rule}");
        }
    }
}
