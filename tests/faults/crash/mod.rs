//! A stage dies: at a point of its own, at a write, at its deadline, for lack of memory; and what comes after.

pub(crate) mod bench;
mod collect;
mod killed;
mod memory;
mod points;
mod redeploy;
mod time;
mod warm;
mod writes;
