//! The load against a real PostgreSQL, one for each test, with a lake in memory.

#[cfg(test)]
mod behaviour;
#[cfg(test)]
mod clinic;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod lake;
