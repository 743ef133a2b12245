//! Helpers of the tests of sqlx.

pub(crate) mod program;
pub(crate) mod server;
