//! The rows of a part, read on a thread of their own while those before them are checked.

use std::fs::File;
use std::ops::ControlFlow;
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::thread;

use rounds_shared::tabular::{self, Row};

use crate::batch::Batch;
use crate::curate::Order;
use crate::error::Error;

/// Batches that wait to be checked. Each may be a row of as much text as a row may have.
const AHEAD: usize = 1;

/// Calls `each` for every row of the part with a value, in their order, until it breaks off or fails.
///
/// # Errors
/// Those of `each`; where it went through all rows that could be read, [`Error::Unreadable`].
pub(crate) fn each_row(
    file: &mut File,
    order: &Order<'_>,
    each: impl FnMut(&Row<'_>) -> Result<ControlFlow<()>, Error>,
) -> Result<(), Error> {
    let (filled, waiting) = mpsc::sync_channel(AHEAD);
    let (done, spare) = mpsc::channel();
    thread::scope(|scope| {
        let reading = thread::Builder::new().spawn_scoped(scope, move || read(file, order, filled, spare))?;
        let checked = check(waiting, done, each);
        let read = reading.join().map_err(|_| Error::Interrupted)?;
        if checked?.is_break() { Ok(()) } else { read }
    })
}

/// Fills batches until the end, or until nobody waits for them any more.
fn read(
    file: &mut File,
    order: &Order<'_>,
    filled: SyncSender<Batch>,
    spare: Receiver<Batch>,
) -> Result<(), Error> {
    let mut batch = Batch::default();
    let rows = tabular::part(file, order.part, order.limits, &mut |row| {
        batch.push(&row);
        if batch.is_full() {
            let next = spare.try_recv().unwrap_or_default();
            if filled.send(std::mem::replace(&mut batch, next)).is_err() {
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    });
    // Rows before a fault count; whether anybody waits for them does not matter any more.
    let _ = filled.send(batch);
    order.readable(rows)
}

/// Goes through batches as they come, and hands them back empty.
fn check(
    waiting: Receiver<Batch>,
    done: Sender<Batch>,
    mut each: impl FnMut(&Row<'_>) -> Result<ControlFlow<()>, Error>,
) -> Result<ControlFlow<()>, Error> {
    for mut batch in waiting {
        if batch.each(&mut each)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
        batch.clear();
        // At the end nobody fills them again.
        let _ = done.send(batch);
    }
    Ok(ControlFlow::Continue(()))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use jiff::civil::date;
    use rounds_shared::catalog::Catalog;
    use rounds_shared::payload::{Format, Part};
    use rounds_shared::tabular::Limits;

    use super::*;

    /// Rows in several batches.
    const ROWS: u64 = 50_000;

    /// Reads numbered records and, behind them, a cell that is too long to be read; answers the error, and the numbers of
    /// the rows before it as they came.
    fn read(
        mut each: impl FnMut(&Row<'_>) -> Result<ControlFlow<()>, Error>,
    ) -> (Result<(), Error>, Vec<u64>) {
        let (catalog, limits) = (Catalog::open(None).unwrap(), Limits::default());
        let part = Part {
            batch: "0".repeat(32),
            dataset: "healthtech.doctors".to_owned(),
            index: 0,
            format: Format::Csv,
            member: None,
            sheet: None,
            cut: None,
        };
        let as_of = date(2026, 11, 21);
        let order = Order {
            part: &part,
            dataset: catalog.dataset(&part.dataset).unwrap(),
            key: "dropped.csv",
            dropped_at: as_of.at(7, 0, 0, 0),
            as_of,
            limits: &limits,
        };
        let mut text: String = (1..=ROWS).map(|row| format!("{row},x\n")).collect();
        text += &"x".repeat(limits.text_bytes + 1);
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let mut numbers = Vec::new();
        let ended = each_row(&mut file, &order, |row| {
            assert_eq!(row.cells[0].as_text(row.epoch), row.number.to_string());
            numbers.push(row.number);
            each(row)
        });
        (ended, numbers)
    }

    #[test]
    fn all_rows_come_in_their_order_before_the_fault_behind_them() {
        let (ended, numbers) = read(|_| Ok(ControlFlow::Continue(())));
        assert!(matches!(ended, Err(Error::Unreadable { .. })));
        assert!(numbers.into_iter().eq(1..=ROWS));
    }

    #[test]
    fn nothing_behind_the_row_that_breaks_off_counts() {
        for last in [9_000, ROWS] {
            let (ended, numbers) = read(|row| {
                Ok(if row.number == last { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
            });
            ended.unwrap();
            assert_eq!(numbers.last(), Some(&last));
        }
    }

    #[test]
    fn a_row_that_fails_ends_the_reading_and_counts_for_more_than_a_fault_behind_it() {
        for last in [9_000, ROWS] {
            let (ended, numbers) =
                read(|row| if row.number == last { Err(Error::Json) } else { Ok(ControlFlow::Continue(())) });
            assert!(matches!(ended, Err(Error::Json)));
            assert_eq!(numbers.last(), Some(&last));
        }
    }
}
