//! Tables that fit the terminal.

use console::{Term, measure_text_width, style};

use crate::terminal::say;

const GAP: usize = 2;
/// Letters that an elastic column keeps at the least.
const LEAST: usize = 12;

/// How rows are shown.
pub(crate) struct Table<'a> {
    /// Names of the columns.
    pub(crate) header: &'a [&'a str],
    /// Columns of numbers, aligned right.
    pub(crate) numbers: &'a [usize],
    /// Columns that are left out where there is no room, the first of them first.
    pub(crate) spare: &'a [usize],
    /// Columns whose cells are cut in their middle where there still is none, the first of them first, each down to twelve
    /// letters. What is neither spare nor elastic, such as the id of a delivery, is never cut: where that alone is wider
    /// than the terminal, so is the table.
    pub(crate) elastic: &'a [usize],
    /// The column with a word about how things stand, which has a colour where there is a terminal.
    pub(crate) standing: Option<usize>,
}

impl Table<'_> {
    /// Writes the rows as [`Table::told`] has them. Answers how many lines that were.
    pub(crate) fn say(&self, rows: &[Vec<String>]) -> usize {
        let text = self.told(rows);
        say(&text);
        text.lines().count()
    }

    /// The rows under the header, as wide as the terminal; as wide as they are where there is none.
    pub(crate) fn told(&self, rows: &[Vec<String>]) -> String {
        let width = Term::stdout().size_checked().map_or(usize::MAX, |(_, columns)| usize::from(columns));
        self.fitted(rows, width)
    }

    /// The same in lines of `width` letters, as far as its columns can be narrower.
    pub(crate) fn fitted(&self, rows: &[Vec<String>], width: usize) -> String {
        let widest = |column: usize| {
            let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| measure_text_width(cell));
            cells.chain(self.header.get(column).map(|name| measure_text_width(name))).max().unwrap_or(0)
        };
        let mut columns: Vec<(usize, usize)> =
            (0..self.header.len()).map(|column| (column, widest(column))).collect();
        let taken = |columns: &[(usize, usize)]| -> usize {
            columns.iter().map(|(_, wide)| wide + GAP).sum::<usize>().saturating_sub(GAP)
        };
        for spare in self.spare {
            if taken(&columns) > width {
                columns.retain(|(column, _)| column != spare);
            }
        }
        for elastic in self.elastic {
            let excess = taken(&columns).saturating_sub(width);
            if let Some((_, wide)) = columns.iter_mut().find(|(column, _)| column == elastic) {
                *wide = (*wide).min(wide.saturating_sub(excess).max(LEAST));
            }
        }
        let header: Vec<String> = self.header.iter().map(|name| (*name).to_owned()).collect();
        let lines = std::iter::once((&header, false)).chain(rows.iter().map(|row| (row, true)));
        lines.map(|(row, is_coloured)| self.line(row, &columns, is_coloured)).collect::<Vec<_>>().join("\n")
    }

    fn line(&self, row: &[String], columns: &[(usize, usize)], is_coloured: bool) -> String {
        let cells = columns.iter().map(|&(column, width)| {
            let cell = shortened(row.get(column).map_or("", String::as_str), width);
            let room = " ".repeat(width.saturating_sub(measure_text_width(&cell)));
            let told = if is_coloured && self.standing == Some(column) { coloured(&cell) } else { cell };
            if self.numbers.contains(&column) { room + &told } else { told + &room }
        });
        cells.collect::<Vec<_>>().join(&" ".repeat(GAP)).trim_end().to_owned()
    }
}

/// A text of at most `width` letters: what is in its middle gives way, as names differ at their ends.
fn shortened(text: &str, width: usize) -> String {
    let letters: Vec<char> = text.chars().collect();
    if measure_text_width(text) <= width || letters.len() <= width {
        return text.to_owned();
    }
    let left = width.saturating_sub(1);
    let (first, last) = (left / 3, left - left / 3);
    let end = letters.iter().skip(letters.len() - last);
    letters.iter().take(first).chain(&['…']).chain(end).collect()
}

/// A word about how things stand in its colour: red for what failed, yellow for what waits for a person, green for the rest.
pub(crate) fn coloured(told: &str) -> String {
    let word = told.split_once(':').map_or(told, |(word, _)| word).trim().to_lowercase();
    let styled = match word.as_str() {
        "failed" | "down" | "bounced" | "complained" => style(told).red(),
        "quarantined" | "held back" | "data missing" | "uncertain" | "overtaken" => style(told).yellow(),
        "running" | "-" | "requested" | "ready" => style(told),
        _ => style(told).green(),
    };
    styled.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUNS: Table<'_> = Table {
        header: &["RUN", "WHAT", "OUTCOME", "READ"],
        numbers: &[3],
        spare: &[0],
        elastic: &[1],
        standing: Some(2),
    };

    fn rows() -> Vec<Vec<String>> {
        let rows = [
            ["0b5f", "é.xlsx", "failed", "7"],
            ["77aa", "healthtech/October appointments.xlsx", "loaded", "1,200"],
        ];
        rows.map(|row| row.map(str::to_owned).to_vec()).to_vec()
    }

    #[test]
    fn a_table_aligns_words_left_and_numbers_right() {
        insta::assert_snapshot!(RUNS.fitted(&rows(), usize::MAX), @r"
        RUN   WHAT                                  OUTCOME   READ
        0b5f  é.xlsx                                failed       7
        77aa  healthtech/October appointments.xlsx  loaded   1,200
        ");
    }

    #[test]
    fn where_there_is_no_room_spare_columns_go_first_and_then_the_middle_of_names() {
        let fitted = RUNS.fitted(&rows(), 52);
        assert!(
            !fitted.contains("RUN ") && fitted.contains("healthtech/October appointments.xlsx"),
            "{fitted}"
        );
        insta::assert_snapshot!(RUNS.fitted(&rows(), 40), @r"
        WHAT                      OUTCOME   READ
        é.xlsx                    failed       7
        healtht…ppointments.xlsx  loaded   1,200
        ");
        assert!(RUNS.fitted(&rows(), 1).lines().all(|line| line.chars().count() <= LEAST + 2 + 7 + 2 + 5));
    }

    #[test]
    fn what_failed_is_red_and_what_waits_for_a_person_is_yellow_where_there_are_colours() {
        assert_eq!(coloured("failed: x"), "failed: x", "there is no terminal");
        console::set_colors_enabled(true);
        assert!(coloured("failed: Defect.Mail").contains("\u{1b}[31m"));
        assert!(coloured("complained: its recipient").contains("\u{1b}[31m"));
        assert!(coloured("held back").contains("\u{1b}[33m") && coloured("loaded").contains("\u{1b}[32m"));
    }
}
