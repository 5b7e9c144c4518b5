//! What a person is told in words: a text with the names of columns in braces.

/// A report's message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// A paragraph of the mail; the short message and the chat room's.
    pub text: Wording,
    /// The mail's subject; none for the usual one.
    pub subject: Option<Wording>,
    /// What a chat room is shown of each row, below the text.
    pub lines: Option<Wording>,
}

impl Message {
    /// Its texts, by the key of the report's file.
    pub fn wordings(&self) -> impl Iterator<Item = (&'static str, &Wording)> {
        let further = [("subject", self.subject.as_ref()), ("lines", self.lines.as_ref())];
        let further = further.into_iter().filter_map(|(key, wording)| Some((key, wording?)));
        std::iter::once(("message", &self.text)).chain(further)
    }
}

/// A text in which `{column}` stands for a value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wording(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Column(String),
}

impl Wording {
    /// Reads a text. None where a brace has no partner, or nothing between them.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, from)) = rest.split_once('{') {
            let (column, after) = from.split_once('}')?;
            if before.contains('}') || column.contains('{') || column.trim().is_empty() {
                return None;
            }
            pieces.push(Piece::Text(before.to_owned()));
            pieces.push(Piece::Column(column.trim().to_owned()));
            rest = after;
        }
        pieces.push(Piece::Text(rest.to_owned()));
        (!rest.contains('}')).then_some(Self(pieces))
    }

    /// The columns that it names.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::Column(column) => Some(column.as_str()),
        })
    }

    /// The text with a value in each column's place.
    #[must_use]
    pub fn filled(&self, value: impl Fn(&str) -> String) -> String {
        let pieces = self.0.iter().map(|piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Column(column) => value(column),
        });
        pieces.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_in_braces_and_values_take_their_place_as_they_are() {
        let wording = Wording::parse("At { starts_at }, {doctor}: {starts_at}.").unwrap();
        assert_eq!(wording.columns().collect::<Vec<_>>(), ["starts_at", "doctor", "starts_at"]);
        let told = wording.filled(|column| format!("<{column}> {{doctor}}"));
        assert_eq!(told, "At <starts_at> {doctor}, <doctor> {doctor}: <starts_at> {doctor}.");
    }

    #[test]
    fn a_brace_without_its_partner_is_no_text() {
        for wrong in ["{", "}", "{a", "a}", "{a{b}}", "{}", "{ }", "{a}}", "a} {b}"] {
            assert_eq!(Wording::parse(wrong), None, "{wrong}");
        }
        assert_eq!(Wording::parse("").unwrap().columns().count(), 0);
    }
}
