//! The load against a real PostgreSQL, one for each test, with a lake in memory.

#[cfg(test)]
mod behaviour;
#[cfg(test)]
mod clean_up;
#[cfg(test)]
mod clinic;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod first;
#[cfg(test)]
mod functions;
#[cfg(test)]
mod indexes;
#[cfg(test)]
mod killed;
#[cfg(test)]
mod lake;
#[cfg(test)]
mod ledger;
#[cfg(test)]
mod modes;
#[cfg(test)]
mod readers;
#[cfg(test)]
mod references;
#[cfg(test)]
mod scopes;
#[cfg(test)]
mod straight;
#[cfg(test)]
mod types;
#[cfg(test)]
mod views;
#[cfg(test)]
mod waiting;
