//! Allocations, which only the binary whose allocator counts can tell.

use crate::Result;
use crate::row::Row;
use crate::rounds::Effort;

pub(super) fn measure(_: Effort) -> Result<Vec<Row>> {
    Err("this binary's allocator does not count: `cargo xtask bench --only allocations`".into())
}
