//! Ctrl-C: one sentence about what was under way, and an end that leaves nothing half-made.

use std::cell::RefCell;

use tokio::signal::unix::{SignalKind, signal};

use crate::error::{Error, Result};

tokio::task_local! {
    /// What is said of the work that is under way.
    static TOLD: RefCell<String>;
}

/// Does some work unless Ctrl-C comes first, of which `told` is said then. Of work within work the outermost alone listens,
/// as nobody knows which of two listeners would hear first; the sentence is that of the innermost.
pub(crate) async fn unless_interrupted<T>(
    told: impl Into<String>,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    let told = told.into();
    match TOLD.try_with(|known| known.replace(told.clone())) {
        Ok(outer) => {
            let done = work.await;
            TOLD.with(|known| known.replace(outer));
            done
        }
        Err(_) => TOLD.scope(RefCell::new(told), listening(work)).await,
    }
}

async fn listening<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    // Listens before the work begins: from then on the signal does not end the process where it stands.
    let Ok(mut interrupt) = signal(SignalKind::interrupt()) else { return work.await };
    tokio::select! {
        biased;
        done = work => done,
        _ = interrupt.recv() => Err(Error::Interrupted(TOLD.with(RefCell::take))),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rustix::process::{Signal, getpid, kill_process};

    use super::*;

    struct Made<'a>(&'a std::cell::Cell<bool>);

    impl Drop for Made<'_> {
        fn drop(&mut self) {
            self.0.set(true);
        }
    }

    async fn interrupted() -> Result<()> {
        // The handler is there when the signal comes.
        tokio::time::sleep(Duration::from_millis(1)).await;
        kill_process(getpid(), Signal::INT).unwrap();
        std::future::pending().await
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn ctrl_c_is_answered_by_the_innermost_work_and_what_that_made_is_dropped() {
        // Often, as threads are woken in any order.
        for _ in 0..200 {
            let is_dropped = std::cell::Cell::new(false);
            let endless = async {
                let _made = Made(&is_dropped);
                interrupted().await
            };
            let outer = unless_interrupted("the outer", unless_interrupted("the inner", endless)).await;
            assert_eq!(outer.unwrap_err().to_string(), "the inner");
            assert!(is_dropped.get());
        }
    }

    #[tokio::test]
    async fn work_that_has_ended_has_no_say_in_what_comes_after_it() {
        let work = async {
            unless_interrupted("the inner", async { Ok(()) }).await?;
            interrupted().await
        };
        let told = unless_interrupted("the outer", work).await.unwrap_err().to_string();
        assert_eq!(told, "the outer");
    }
}
