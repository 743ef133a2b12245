//! Items that the crates on top of this one share; not for applications.

pub use crate::cell::Cell;
pub use crate::cell::debug_text::debug_text;
pub use crate::cell::postgres::binary as postgres_binary;
pub use crate::cell::quoted::quoted;
pub use crate::cell::step::{MOST_STEPS, step};
pub use crate::recording::asking::{Asking, Frame};
pub use crate::recording::isolation::isolation;
pub use crate::statement::Known;
