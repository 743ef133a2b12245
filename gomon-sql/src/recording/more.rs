//! What a statement keeps where its configuration asks for more than its event.

use std::sync::Arc;

use gomon_core::{EventTracker, Tracker as _, TrackerContext};

use super::kept::KeptRows;
use super::{Database, SlowQuery};
use crate::{Dialect, SqlConfig, Statement};

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

    /// Whether its plan may be asked now, were it slow.
    pub(super) fn wants_plan(&self, statement: &Statement) -> bool {
        self.config.slow_query().is_some()
            // Another connection locks a file of SQLite's while it reads the schema, and the program's own writes fail for it.
            && self.database.dialect() != Dialect::Sqlite
            && statement.is_single_select()
            && (self.database.slow()).has_room(statement.fingerprint(), self.config.slow_queries_per_minute())
    }

    /// The query, if it was slow and its plan may be asked.
    pub(super) fn slow(
        &self,
        tracker: &EventTracker,
        statement: &Arc<Statement>,
    ) -> Option<SlowQuery> {
        let threshold = self.config.slow_query()?;
        if tracker.lapsed() < threshold || !self.wants_plan(statement) {
            return None;
        }
        let query = tracker.context().filter(TrackerContext::is_recording)?;
        let most = self.config.slow_queries_per_minute();
        let admitted = (self.database.slow()).admits(statement.fingerprint(), most);
        admitted.then(|| SlowQuery::new(query, self.database.clone(), Arc::clone(statement)))
    }
}
