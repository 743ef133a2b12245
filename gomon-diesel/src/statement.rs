//! Statement of a query, found by the type of the query where the type determines the text.
//!
//! Diesel caches a prepared statement by the type of its query and does not build the text again; neither does this
//! module. Types are known at compile time, so their number is bounded.

use std::any::TypeId;
use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::Arc;

use diesel::query_builder::{QueryFragment, QueryId};

use super::connection::Monitorable;
use super::text;
use gomon_sql::adapter::{Known, Rehasher};
use gomon_sql::{Dialect, Statement};

/// Maximum number of types of queries that a thread caches.
const MAX_TYPES: usize = 1024;

thread_local! {
    static BY_TYPE: RefCell<ByType> = RefCell::new(ByType::default());
}

/// Only statements that the process keeps, so that no thread stores a text.
type ByType = HashMap<(TypeId, Dialect), &'static Arc<Statement>, BuildHasherDefault<Rehasher>>;

/// Returns the statement of `source` on connections of `C`; `None` if diesel cannot build its text, which the query
/// then reports.
pub(super) fn of<C, T>(source: &T, dialect: Dialect) -> Option<Known>
where
    C: Monitorable,
    T: QueryFragment<C::Backend> + QueryId,
{
    let is_settled = |_: &_| {
        let settled = source.is_safe_to_cache_prepared(&C::Backend::default());
        settled.is_ok_and(|settled| settled)
    };
    let key = T::query_id()
        .filter(|_| dialect != Dialect::Unknown)
        .filter(is_settled)
        .map(|id| (id, dialect));
    if let Some(known) = key.and_then(|key| remembered(&key)) {
        return Some(Known::Kept(known));
    }
    let sql = text::of_fragment::<C::Backend, T>(source)?;
    let Some(key) = key else {
        return Some(Statement::known(dialect, &sql));
    };
    let statement = Statement::kept(dialect, &sql);
    if let Known::Kept(statement) = statement {
        remember(key, statement);
    }
    Some(statement)
}

fn remembered(key: &(TypeId, Dialect)) -> Option<&'static Arc<Statement>> {
    BY_TYPE
        .try_with(|by_type| by_type.try_borrow().ok()?.get(key).copied())
        .ok()
        .flatten()
}

fn remember(key: (TypeId, Dialect), statement: &'static Arc<Statement>) {
    // Nothing is cached while a thread ends.
    let _ = BY_TYPE.try_with(|by_type| {
        if let Ok(mut by_type) = by_type.try_borrow_mut()
            && by_type.len() < MAX_TYPES
        {
            by_type.insert(key, statement);
        }
    });
}
