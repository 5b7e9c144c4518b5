//! Queries that take long, told by name and duration, never by what they read.

use std::time::{Duration, Instant};

/// Awaits a query, and logs the name of its file where it took `slow` or longer, whatever came of it.
pub(crate) async fn timed<T>(file: &str, slow: Duration, query: impl Future<Output = T>) -> T {
    let started = Instant::now();
    let answer = query.await;
    let took = started.elapsed();
    if took >= slow {
        let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        tracing::warn!(query = file, milliseconds, "a slow query");
    }
    answer
}
