//! Ctrl-C: one sentence about what was under way, and an end that leaves nothing half-made.

use tokio::signal::unix::{SignalKind, signal};

use crate::error::{Error, Result};

/// Does some work unless Ctrl-C comes first, of which `told` is said then. Work within work is asked first, so that the
/// sentence nearest to what was under way is the one that is said.
pub(crate) async fn unless_interrupted<T>(
    told: impl Into<String>,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    // Listens before the work begins: from then on the signal does not end the process where it stands.
    let Ok(mut interrupt) = signal(SignalKind::interrupt()) else { return work.await };
    tokio::select! {
        biased;
        done = work => done,
        _ = interrupt.recv() => Err(Error::Interrupted(told.into())),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rustix::process::{Signal, getpid, kill_process};

    use super::*;

    #[tokio::test]
    async fn ctrl_c_is_answered_by_the_innermost_work_and_what_that_made_is_dropped() {
        struct Made<'a>(&'a std::cell::Cell<bool>);
        impl Drop for Made<'_> {
            fn drop(&mut self) {
                self.0.set(true);
            }
        }
        let is_dropped = std::cell::Cell::new(false);
        let endless = async {
            let _made = Made(&is_dropped);
            // The handlers of both are there when the signal comes.
            tokio::time::sleep(Duration::from_millis(1)).await;
            kill_process(getpid(), Signal::INT).unwrap();
            std::future::pending::<Result<()>>().await
        };
        let outer = unless_interrupted("the outer", unless_interrupted("the inner", endless)).await;
        assert_eq!(outer.unwrap_err().to_string(), "the inner");
        assert!(is_dropped.get());
    }
}
