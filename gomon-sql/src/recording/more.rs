//! What a statement keeps where its configuration asks for more than its event.

use super::kept::KeptRows;
use crate::SqlConfig;

/// What is kept where rows, columns or parameters are asked for, which by default are not.
#[derive(Debug)]
pub(super) struct More {
    pub(super) config: SqlConfig,
    pub(super) rows: KeptRows,
}

impl More {
    #[inline]
    pub(super) fn wanted(config: &SqlConfig) -> Option<Box<Self>> {
        let is_wanted = config.rows() > 0 || config.columns() || config.params();
        is_wanted.then(|| {
            Box::new(Self {
                config: config.clone(),
                rows: KeptRows::default(),
            })
        })
    }
}
