use std::thread;

use super::*;

/// Content that comes in pieces of this size, and breaks off behind its end if it is to.
struct Pieces<'c> {
    content: &'c [u8],
    size: usize,
    breaks_off: bool,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.content.is_empty() && self.breaks_off {
            return Err(io::Error::other("broken off"));
        }
        let most = self.size.min(buffer.len());
        (&mut self.content).take(most as u64).read(buffer)
    }
}

fn content(length: usize) -> Vec<u8> {
    (0..length).map(|at| u8::try_from(at * 31 % 251).unwrap()).collect()
}

/// Reads with both kinds of blocks.
fn both(pieces: impl Fn() -> Pieces<'static> + Sync, read: impl Fn(Blocks<'_>)) {
    read(Blocks::here(pieces()));
    thread::scope(|scope| {
        let (blocks, filler) = Blocks::beside();
        scope.spawn(|| filler.fill(Ok(pieces())));
        read(blocks);
    });
}

#[test]
fn blocks_are_the_content_whatever_is_seen_before_it_is_consumed() {
    for length in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 7 * BLOCK, 7 * BLOCK + 99] {
        let whole: &'static [u8] = content(length).leak();
        both(
            || Pieces { content: whole, size: 50_000, breaks_off: false },
            |mut blocks| {
                let (mut read, mut step) = (Vec::new(), 1);
                loop {
                    let before = blocks.fill_buf().unwrap().to_vec();
                    let is_more = blocks.more().unwrap();
                    let shown = blocks.fill_buf().unwrap();
                    assert!(shown.starts_with(&before) && (is_more || shown.len() == before.len()));
                    if shown.is_empty() {
                        break;
                    }
                    step = (step * 7 + 13) % 90_000;
                    let count = step.min(shown.len());
                    read.extend_from_slice(&shown[..count]);
                    blocks.consume(count);
                }
                assert!(read == whole, "{length}");
            },
        );
    }
}

#[test]
fn no_more_is_shown_than_fits() {
    both(
        || Pieces { content: content(5 * BLOCK).leak(), size: BLOCK, breaks_off: false },
        |mut blocks| {
            while blocks.more().unwrap() {}
            assert!((ROOM..=ROOM + BLOCK).contains(&blocks.fill_buf().unwrap().len()));
        },
    );
}

#[test]
fn a_fault_comes_behind_what_was_read_before_it() {
    both(
        || Pieces { content: content(BLOCK + 5).leak(), size: 1000, breaks_off: true },
        |mut blocks| {
            let mut read = Vec::new();
            let fault = blocks.read_to_end(&mut read).unwrap_err();
            assert_eq!((read.len(), fault.to_string().as_str()), (BLOCK + 5, "broken off"));
        },
    );
}

#[test]
fn content_that_cannot_be_opened_is_a_fault() {
    let (mut blocks, filler) = Blocks::beside();
    filler.fill(Err::<&[u8], _>(io::Error::other("closed")));
    assert_eq!(blocks.fill_buf().unwrap_err().to_string(), "closed");
}

#[test]
fn a_filler_ends_when_nobody_reads_any_more() {
    thread::scope(|scope| {
        let (mut blocks, filler) = Blocks::beside();
        scope.spawn(|| filler.fill(Ok(io::repeat(7))));
        assert_eq!(blocks.fill_buf().unwrap().first(), Some(&7));
    });
}

#[test]
fn a_filler_that_is_lost_is_no_end_of_the_content() {
    let (mut blocks, filler) = Blocks::beside();
    drop(filler);
    assert!(blocks.fill_buf().is_err());
}
