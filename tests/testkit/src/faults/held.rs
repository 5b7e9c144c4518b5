//! Something that is stopped on its way by a proxy, until a test says how it goes on.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long it is waited for; far longer than it takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is, or will be, stopped on its way. Whoever lets go of it without a word cuts it.
#[must_use]
pub struct Held(Arc<Gate>);

/// The place where it is stopped.
#[derive(Default)]
pub(super) struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    Open,
    Reached,
    Released,
    Cut,
}

impl Held {
    pub(super) fn at(gate: &Arc<Gate>) -> Self {
        Self(Arc::clone(gate))
    }

    /// Waits until it is stopped.
    ///
    /// # Panics
    /// Nothing comes by within a minute.
    pub fn reached(&self) {
        let is_open = |state: &mut State| *state == State::Open;
        let waited = self.0.changed.wait_timeout_while(lock(&self.0.state), PATIENCE, is_open);
        let is_in_vain = waited.unwrap_or_else(PoisonError::into_inner).1.timed_out();
        assert!(!is_in_vain, "waited {} s in vain for what was to be held", PATIENCE.as_secs());
    }

    /// Lets it go on.
    pub fn release(self) {
        self.0.set(State::Released);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if *lock(&self.0.state) != State::Released {
            self.0.set(State::Cut);
        }
    }
}

impl Gate {
    fn set(&self, state: State) {
        *lock(&self.state) = state;
        self.changed.notify_all();
    }

    /// Stops here; whether it goes on.
    pub(super) fn pass(&self) -> bool {
        let mut state = lock(&self.state);
        if *state == State::Open {
            *state = State::Reached;
            self.changed.notify_all();
        }
        let state = self.changed.wait_while(state, |state| *state == State::Reached);
        *state.unwrap_or_else(PoisonError::into_inner) == State::Released
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
