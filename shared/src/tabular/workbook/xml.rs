//! XML out of foreign files, event by event, bounded.

use std::io::{self, BufRead, Read};

use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Error, Reader, XmlVersion};

use crate::tabular::Unreadable;
use crate::tabular::container::zip_error;
use crate::tabular::limits::size;

pub(crate) const BROKEN: Unreadable =
    Unreadable::Corrupt { what: "its XML breaks off or is not well-formed" };

/// Elements within elements; workbooks reach a dozen.
const DEPTH: usize = 256;

/// Bytes of one tag, comment or stretch of text.
const EVENT: usize = 8 << 20;

/// Bytes of a name, an identifier, a path or a format's code, which are held for a whole workbook.
const ATTRIBUTE: usize = 4096;

/// A stream of events in which every element has a start and an end.
pub(crate) struct Xml<R> {
    reader: Reader<Paced<R>>,
    buffer: Vec<u8>,
    depth: usize,
    /// Whether the last event was the end of an element.
    has_ended: bool,
    text_bytes: usize,
}

impl<R: BufRead> Xml<R> {
    /// Texts of more bytes than `text_bytes` are refused.
    pub(crate) fn new(content: R, text_bytes: usize) -> Self {
        let mut reader = Reader::from_reader(Paced { content, left: EVENT });
        reader.config_mut().expand_empty_elements = true;
        Self { reader, buffer: Vec::new(), depth: 0, has_ended: false, text_bytes }
    }

    /// The next event; [`Event::Eof`] only where all elements have ended.
    pub(crate) fn next(&mut self) -> Result<Event<'_>, Unreadable> {
        self.buffer.clear();
        self.reader.get_mut().left = EVENT;
        let event = self.reader.read_event_into(&mut self.buffer).map_err(unreadable)?;
        self.has_ended = matches!(event, Event::End(_));
        match event {
            Event::Start(_) => self.depth += 1,
            Event::End(_) => self.depth = self.depth.saturating_sub(1),
            Event::Eof if self.depth > 0 => return Err(BROKEN),
            _ => {}
        }
        if self.depth > DEPTH {
            return Err(Unreadable::TooLarge { what: "XML elements within each other", limit: size(DEPTH) });
        }
        Ok(event)
    }

    /// The content behind the element whose end was the last event, if elements may be nested there to this depth. What
    /// is consumed of it, whole elements and the space between them, need not be read as events.
    pub(crate) fn behind(&mut self, depth: usize) -> Option<&mut R> {
        let is_behind = self.has_ended && self.depth + depth <= DEPTH;
        is_behind.then(|| &mut self.reader.get_mut().content)
    }

    /// How many elements are open.
    pub(crate) fn depth(&self) -> usize {
        self.depth
    }

    pub(crate) fn text_bytes(&self) -> usize {
        self.text_bytes
    }

    /// Passes over the rest of the element whose start was the last event.
    pub(crate) fn skip(&mut self) -> Result<(), Unreadable> {
        let depth = self.depth;
        while self.depth >= depth {
            self.next()?;
        }
        Ok(())
    }

    /// Appends the text of the element whose start was the last event, without that of elements in it.
    pub(crate) fn text(&mut self, into: &mut String) -> Result<(), Unreadable> {
        let (depth, most) = (self.depth, self.text_bytes);
        loop {
            match self.next()? {
                Event::End(_) => return Ok(()),
                event => append(&event, into)?,
            }
            if into.len() > most {
                return Err(text_too_large(most));
            }
            if self.depth > depth {
                self.skip()?;
            }
        }
    }
}

/// A text that is too long.
pub(crate) fn text_too_large(most: usize) -> Unreadable {
    Unreadable::TooLarge { what: "bytes of text in one cell", limit: size(most) }
}

/// Appends the characters that an event stands for, if any.
pub(crate) fn append(event: &Event<'_>, into: &mut String) -> Result<(), Unreadable> {
    match event {
        Event::Text(text) => into.push_str(&text.xml10_content()),
        Event::CData(text) => into.push_str(&text.xml10_content()),
        Event::GeneralRef(reference) => into.push(character(reference)?),
        _ => {}
    }
    Ok(())
}

fn character(reference: &BytesRef<'_>) -> Result<char, Unreadable> {
    match &**reference {
        "amp" => Ok('&'),
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        _ => reference.resolve_char_ref().ok().flatten().ok_or(BROKEN),
    }
}

/// The value of the attribute of this name, under any prefix; none where it is longer than [`ATTRIBUTE`].
pub(crate) fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = element.attributes();
    let found = attributes
        .with_checks(false)
        .flatten()
        .find(|attribute| attribute.key.local_name().as_ref() == name)?;
    let value = found.normalized_value(XmlVersion::Implicit1_0).ok()?;
    (value.len() <= ATTRIBUTE).then(|| value.into_owned())
}

/// Whether an attribute says yes.
pub(crate) fn flag(element: &BytesStart<'_>, name: &str) -> bool {
    attribute(element, name).is_some_and(|value| matches!(value.as_str(), "1" | "true" | "on"))
}

fn unreadable(error: Error) -> Unreadable {
    match error {
        Error::Io(error) => std::sync::Arc::try_unwrap(error).map_or(BROKEN, |error| zip_error(error.into())),
        _ => BROKEN,
    }
}

/// Content of which only so much may be read at a time.
struct Paced<R> {
    content: R,
    left: usize,
}

impl<R: BufRead> Read for Paced<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Paced<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            let fault = Unreadable::TooLarge { what: "bytes in one piece of its XML", limit: size(EVENT) };
            return Err(io::Error::other(fault));
        }
        self.content.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.left = self.left.saturating_sub(count);
        self.content.consume(count);
    }
}
