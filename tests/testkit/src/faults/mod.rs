//! What goes wrong on the way to a service, at a moment of the test's choosing.

mod held;
pub mod http;
pub mod postgres;
pub mod tls;

pub use held::Held;
