//! How another connection to the same database can be had.

use std::sync::Arc;

use sqlx_core::connection::Connection;
use sqlx_core::database::Database;
use sqlx_core::pool::Pool;

/// What connections of a database are opened by.
pub(super) type Options<DB> = <<DB as Database>::Connection as Connection>::Options;

/// How another connection to the same database can be had, beside the pool.
pub(super) enum Origin<DB: Database> {
    Pool(Pool<DB>),
    Options(Arc<Options<DB>>),
    /// It cannot, or would see other data.
    Unknown,
}

impl<DB: Database> Origin<DB> {
    pub(super) fn options(&self) -> Option<Arc<Options<DB>>> {
        match self {
            Self::Pool(pool) => Some(pool.connect_options()),
            Self::Options(options) => Some(Arc::clone(options)),
            Self::Unknown => None,
        }
    }
}
