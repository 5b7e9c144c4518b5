//! Content block by block, which a thread of its own may fill while those before are read.

use std::io::{self, BufRead, ErrorKind, Read};
use std::sync::mpsc::{Receiver, Sender, channel};

use super::Unreadable;

/// Bytes of a block.
const BLOCK: usize = 128 * 1024;

/// Bytes in front of a block, for what is not yet consumed of the one before.
const ROOM: usize = 64 * 1024;

/// Blocks of one content that is read beside: the one that is read, and those that are filled meanwhile.
const BLOCKS: usize = 4;

/// Content of which more can be seen without consuming any.
pub(crate) trait Window: BufRead {
    /// Adds to what [`BufRead::fill_buf`] shows; whether it could. It cannot where the content ends or breaks off, nor
    /// where as much is shown as is kept of it.
    fn more(&mut self) -> io::Result<bool>;
}

/// Bytes behind some room, and what is behind them.
#[derive(Default)]
struct Block {
    bytes: Vec<u8>,
    end: usize,
    is_last: bool,
    fault: Option<io::Error>,
}

impl Block {
    fn fill(&mut self, content: &mut impl Read) {
        if self.bytes.is_empty() {
            self.bytes = vec![0; ROOM + BLOCK];
        }
        self.end = ROOM;
        while let Some(free) = self.bytes.get_mut(self.end..)
            && !free.is_empty()
            && !self.is_last
        {
            match content.read(free) {
                Ok(0) => self.is_last = true,
                Ok(count) => self.end += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => self.break_off(error),
            }
        }
    }

    fn break_off(&mut self, fault: io::Error) {
        self.is_last = true;
        self.fault = Some(fault);
    }
}

/// Where blocks are filled.
enum Source<'c> {
    /// Here, when they are wanted.
    Here { content: Box<dyn Read + 'c>, spare: Block },
    /// By a [`Filler`], which gets back those that were read.
    Beside { filled: Receiver<Block>, free: Sender<Block> },
}

/// Content, block by block.
pub(crate) struct Blocks<'c> {
    source: Source<'c>,
    block: Block,
    /// Where in the block is what is not yet consumed.
    start: usize,
}

impl<'c> Blocks<'c> {
    /// Content that is read when it is wanted.
    pub(crate) fn here(content: impl Read + 'c) -> Self {
        Self::of(Source::Here { content: Box::new(content), spare: Block::default() })
    }

    /// Content that [`Filler::fill`] reads on another thread.
    pub(crate) fn beside() -> (Self, Filler) {
        let ((filled_by, filled), (free, free_for)) = (channel(), channel());
        for _ in 1..BLOCKS {
            give(&free, Block::default());
        }
        (Self::of(Source::Beside { filled, free }), Filler { filled: filled_by, free: free_for })
    }

    fn of(source: Source<'c>) -> Self {
        Self { source, block: Block::default(), start: 0 }
    }

    /// Goes on to the next block, with what is left of this one before it; whether there is a next one.
    fn advance(&mut self) -> io::Result<bool> {
        if let Some(fault) = self.block.fault.take() {
            return Err(fault);
        }
        if self.block.is_last {
            return Ok(false);
        }
        let mut next = match &mut self.source {
            Source::Here { content, spare } => {
                let mut next = std::mem::take(spare);
                next.fill(content);
                next
            }
            // A thread that ends before its content does has panicked.
            Source::Beside { filled, .. } => filled.recv().map_err(|_| {
                io::Error::other(Unreadable::Corrupt { what: "it is not built as files of its kind are" })
            })?,
        };
        let left = self.left();
        let start = ROOM.saturating_sub(left.len());
        if let Some(room) = next.bytes.get_mut(start..ROOM) {
            room.copy_from_slice(left);
        }
        self.start = start;
        let read = std::mem::replace(&mut self.block, next);
        match &mut self.source {
            Source::Here { spare, .. } => *spare = read,
            Source::Beside { free, .. } => give(free, read),
        }
        Ok(true)
    }

    fn left(&self) -> &[u8] {
        self.block.bytes.get(self.start..self.block.end).unwrap_or_default()
    }
}

/// Gives a block to be filled, unless the other end has all that there is.
fn give(free: &Sender<Block>, block: Block) {
    let _ = free.send(block);
}

impl Read for Blocks<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Blocks<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.left().is_empty() && self.advance()? {}
        Ok(self.left())
    }

    fn consume(&mut self, count: usize) {
        self.start += count;
    }
}

impl Window for Blocks<'_> {
    fn more(&mut self) -> io::Result<bool> {
        Ok(self.left().len() <= ROOM && self.block.fault.is_none() && self.advance()?)
    }
}

/// What fills blocks for another thread.
pub(crate) struct Filler {
    filled: Sender<Block>,
    free: Receiver<Block>,
}

impl Filler {
    /// Reads content to its end, or until nobody reads the blocks any more.
    pub(crate) fn fill(self, content: io::Result<impl Read>) {
        let mut content = match content {
            Ok(content) => content,
            Err(fault) => {
                let mut block = Block::default();
                block.break_off(fault);
                // Nobody may want it any more.
                let _ = self.filled.send(block);
                return;
            }
        };
        for mut block in self.free {
            block.fill(&mut content);
            let is_last = block.is_last;
            if self.filled.send(block).is_err() || is_last {
                return;
            }
        }
    }
}

#[cfg(test)]
#[path = "blocks_tests.rs"]
mod tests;
