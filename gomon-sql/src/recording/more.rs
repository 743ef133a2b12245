//! What a statement keeps where its configuration asks for more than its event.

use super::Database;
use super::kept::KeptRows;
use crate::SqlConfig;

/// What is kept where rows, columns, parameters or plans are asked for, which by default are not.
#[derive(Debug)]
pub(super) struct More {
    pub(super) database: Database,
    pub(super) config: SqlConfig,
    pub(super) rows: KeptRows,
}

impl More {
    #[inline]
    pub(super) fn wanted(database: &Database, config: &SqlConfig) -> Option<Box<Self>> {
        let is_wanted = config.rows() > 0
            || config.columns()
            || config.params()
            || config.slow_query().is_some();
        is_wanted.then(|| {
            Box::new(Self {
                database: database.clone(),
                config: config.clone(),
                rows: KeptRows::default(),
            })
        })
    }
}
