//! Items that the crates on top of this one share; not for applications.

pub use crate::cell::Cell;
pub use crate::cell::postgres::binary as postgres_binary;
pub use crate::recording::isolation::isolation;
pub use crate::statement::Known;
