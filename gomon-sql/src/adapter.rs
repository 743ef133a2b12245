//! Items that the crates on top of this one share; not for applications.

pub use crate::state::lock;
pub use crate::statement::{Known, Rehasher};
