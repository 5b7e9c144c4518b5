//! Too much at once, and days and clocks that are not like others.

mod clocks;
mod days;
mod payloads;
