//! What a letter says in words: the report's message, filled in from its first row, and what a chat room is shown of the
//! others.

use askama::Template;
use rounds_shared::catalog::{Message, Wording};

use crate::error::Reason;
use crate::query::table::{Table, Value};
use crate::rendering::content::Content;
use crate::rendering::page::Page;
use crate::rendering::wording::{NO_BREAK, grouped, shortened, written};

/// Letters of a value within a text.
const VALUE: usize = 200;
/// Letters that SNS takes in a short message.
const TELEPHONE: usize = 1_600;
/// Letters of a message to a chat room, which every service takes.
const ROOM: usize = 4_000;

/// Pixels of a letter about one row: a few short lines.
const WIDTH: u16 = 520;

/// A message, filled in.
pub(super) struct Told {
    /// The paragraph, and the short message.
    pub text: String,
    /// The subject, where the message has its own.
    pub subject: Option<String>,
    /// What a chat room is told.
    pub chat: String,
}

/// The report's message; none where it has none, or no row to take its values from.
pub(super) fn told(content: &Content<'_>) -> Option<Told> {
    let Message { text, subject, lines } = content.report.message.as_ref()?;
    let rows = content.tables.first().filter(|table| !table.rows.is_empty())?;
    let text = shortened(&filled(text, rows, 0), TELEPHONE);
    let lines = lines.as_ref().map(|lines| below(&text, lines, rows));
    Some(Told {
        subject: subject.as_ref().map(|subject| shortened(&filled(subject, rows, 0), VALUE)),
        chat: harmless(&format!("{text}{}", lines.unwrap_or_default())),
        text,
    })
}

/// A line for each row, as many as a room takes below the text, and how many there are more.
fn below(text: &str, lines: &Wording, rows: &Table) -> String {
    let number = rows.rows.len();
    let more = |left: usize| format!("\nand {} more", grouped(&left.to_string()));
    let room = ROOM.saturating_sub(text.chars().count() + more(number).chars().count());
    let mut below = String::new();
    let mut letters = 0;
    for place in 0..number {
        let line = filled(lines, rows, place);
        letters += line.chars().count() + 1;
        if letters > room {
            return below + &more(number - place);
        }
        below = below + "\n" + &line;
    }
    below
}

/// A text with a row's values, in one line each; no space of them is one that telephones count as a foreign letter.
fn filled(wording: &Wording, table: &Table, row: usize) -> String {
    wording.filled(|column| {
        let place = table.place(column);
        let kind = place.and_then(|place| table.columns.get(place)).map(|column| column.kind);
        let value = place.and_then(|place| table.rows.get(row)?.get(place));
        let written = kind.zip(value).map(|(kind, value)| written(kind, value)).unwrap_or_default();
        shortened(&written.replace(NO_BREAK, " "), VALUE)
    })
}

/// Chat services read `<…>` as a link or as a call for everybody; a value may hold anything.
fn harmless(text: &str) -> String {
    text.replace('<', "‹").replace('>', "›")
}

/// The page of a letter about one row: the message, and what it is about below.
///
/// # Errors
/// Only if memory cannot be written to.
pub(super) fn page(content: &Content<'_>, told: Told) -> Result<Page, Reason> {
    let Told { text: short, subject, chat } = told;
    let subject = subject.unwrap_or_else(|| content.report.title.clone());
    let facts = facts(content);
    let html = Html { width: WIDTH, title: &subject, text: &short, facts: &facts }.render()?;
    let text = Text { title: &subject, text: &short, facts: &facts }.render()?;
    Ok(Page { subject, html, text, short, chat })
}

#[derive(Template)]
#[template(path = "message.html")]
struct Html<'a> {
    /// Pixels.
    width: u16,
    title: &'a str,
    text: &'a str,
    facts: &'a [(String, String)],
}

#[derive(Template)]
#[template(path = "message.txt")]
struct Text<'a> {
    title: &'a str,
    text: &'a str,
    facts: &'a [(String, String)],
}

/// What a letter about one row lists below its message: the columns for the mail, as far as they have a value.
fn facts(content: &Content<'_>) -> Vec<(String, String)> {
    let (Some(section), Some(table)) = (content.report.sections.first(), content.tables.first()) else {
        return Vec::new();
    };
    let Some(row) = table.rows.first() else { return Vec::new() };
    let is_shown = |name: &str| {
        let named = &section.columns_in_mail;
        named.is_empty() || named.iter().any(|column| column == name)
    };
    let columns = table.columns.iter().zip(row.iter());
    let facts = columns.filter(|(column, value)| is_shown(&column.name) && **value != Value::Null);
    facts.map(|(column, value)| (column.title(), written(column.kind, value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::table::{Column, Kind};

    fn rows(number: usize) -> Table {
        let column = |name: &str| Column { name: name.to_owned(), kind: Kind::Text };
        let row = |place: usize| {
            vec![Value::Text(format!("{place:04}").into()), Value::Text("Dr. <users/all>\nLi".into())].into()
        };
        Table { columns: vec![column("starts_at"), column("doctor")], rows: (0..number).map(row).collect() }
    }

    #[test]
    fn a_room_is_shown_as_many_rows_as_it_takes_and_told_of_the_others() {
        let lines = Wording::parse("{starts_at}  {doctor}").unwrap();
        assert_eq!(
            below("Two today", &lines, &rows(2)),
            "\n0000  Dr. <users/all> Li\n0001  Dr. <users/all> Li"
        );
        for number in [100, 180, 10_000] {
            let told = below("Many today", &lines, &rows(number));
            let whole = told.chars().count() + "Many today".len();
            assert!(whole <= ROOM, "{whole}");
            let shown = told.lines().filter(|line| line.contains("Dr.")).count();
            match told.lines().last().unwrap().strip_prefix("and ") {
                None => assert_eq!(shown, number),
                Some(more) => assert_eq!(more, format!("{} more", grouped(&(number - shown).to_string()))),
            }
        }
    }

    #[test]
    fn a_value_calls_nobody_in_a_chat_room() {
        assert_eq!(harmless("<!channel> <users/all>"), "‹!channel› ‹users/all›");
    }
}
