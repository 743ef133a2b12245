//! Allocations. Only the binary with the counting allocator measures them.

use crate::Result;
use crate::rounds::Effort;
use crate::row::Row;

pub(super) fn measure(_: Effort) -> Result<Vec<Row>> {
    Err("this binary's allocator does not count: `cargo xtask bench --only allocations`".into())
}
