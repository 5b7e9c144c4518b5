//! What a number stands for, by the format in which it is shown (ECMA-376, part 1, 18.8.30 and 18.8.31).

/// What a number stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Shown {
    /// A number, or a length of time (`[h]:mm`) as a number of days.
    #[default]
    Number,
    /// A date, a time of day, or both.
    Date,
}

impl Shown {
    /// By the number of a format that spreadsheets know without its code.
    pub(super) fn by_number(number: u32) -> Self {
        match number {
            14..=22 | 27..=36 | 45 | 47 | 50..=58 => Self::Date,
            _ => Self::Number,
        }
    }

    /// By a format's code. The section for positive numbers decides.
    pub(super) fn by_code(code: &str) -> Self {
        if code.eq_ignore_ascii_case("standard") || code.to_ascii_lowercase().starts_with("general") {
            return Self::Number;
        }
        let mut characters = code.chars();
        while let Some(character) = characters.next() {
            match character {
                ';' => break,
                '"' => _ = characters.by_ref().find(|closing| *closing == '"'),
                '\\' | '_' | '*' => _ = characters.next(),
                '[' => {
                    let bracket: String = characters.by_ref().take_while(|closing| *closing != ']').collect();
                    let is_elapsed = |letter: char| matches!(letter, 'h' | 'H' | 'm' | 'M' | 's' | 'S');
                    if !bracket.is_empty() && bracket.chars().all(is_elapsed) {
                        return Self::Number;
                    }
                }
                'd' | 'D' | 'm' | 'M' | 'y' | 'Y' | 'h' | 'H' | 's' | 'S' => return Self::Date,
                _ => {}
            }
        }
        Self::Number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times_are_told_from_numbers_by_their_format() {
        for code in ["dd/mm/yyyy", "h:mm AM/PM", "[$-409]d\\-mmm;@", "yyyy\"年\"m\"月\"", "*-yyyy", "mm:ss.0"]
        {
            assert_eq!(Shown::by_code(code), Shown::Date, "{code}");
        }
        for code in
            ["General", "0.00%", "#,##0\" days\"", "[Red]0", "_-* #,##0_m", "[h]:mm:ss", "0;dd", "Standard"]
        {
            assert_eq!(Shown::by_code(code), Shown::Number, "{code}");
        }
        assert_eq!((Shown::by_number(14), Shown::by_number(46)), (Shown::Date, Shown::Number));
    }
}
