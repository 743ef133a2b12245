//! Instructions of a request. Only the binary that runs under callgrind counts them.

use crate::Result;
use crate::rounds::Effort;
use crate::row::Row;

pub(super) fn measure(_: Effort) -> Result<Vec<Row>> {
    Err("this binary does not run under callgrind: `cargo xtask bench --only request`".into())
}
