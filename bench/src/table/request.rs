//! Instructions of a request, which only the binary that serves under callgrind can count.

use crate::Result;
use crate::rounds::Effort;
use crate::row::Row;

pub(super) fn measure(_: Effort) -> Result<Vec<Row>> {
    Err("this binary does not run under callgrind: `cargo xtask bench --only request`".into())
}
