//! Delimited text watched for a quotation mark that is opened and never closed.

use std::io::{self, Read};

/// Text on its way to the CSV reader. Where it ends within quotes, reading ends with
/// [`io::ErrorKind::UnexpectedEof`]: all rows behind the mark would otherwise be one cell, and lost in silence.
pub(super) struct Watched<R> {
    text: R,
    delimiter: u8,
    state: State,
}

/// Where in a record the text is, as the CSV reader sees it: only a mark at the beginning of a field opens quotes.
#[derive(Clone, Copy, PartialEq)]
enum State {
    FieldStart,
    Bare,
    Quoted,
    /// Behind a mark within quotes: another one stands for a mark, anything else ends the quotes.
    MarkInQuotes,
}

impl<R> Watched<R> {
    pub(super) fn new(text: R, delimiter: u8) -> Self {
        Self { text, delimiter, state: State::FieldStart }
    }

    fn step(&self, byte: u8) -> State {
        match (self.state, byte) {
            (State::Quoted, b'"') => State::MarkInQuotes,
            (State::Quoted, _) | (State::FieldStart | State::MarkInQuotes, b'"') => State::Quoted,
            (_, b'\n' | b'\r') => State::FieldStart,
            (_, byte) if byte == self.delimiter => State::FieldStart,
            _ => State::Bare,
        }
    }
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let length = self.text.read(into)?;
        if length == 0 && !into.is_empty() && self.state == State::Quoted {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        for byte in into.iter().take(length) {
            self.state = self.step(*byte);
        }
        Ok(length)
    }
}
