//! The statement of a query, found by its type where the type alone says what the text is.
//!
//! Diesel keeps a prepared statement by the type of its query and so does not build the text of a query again; neither
//! is it built here. Types are known when a program is compiled, so there are no more of them than it has queries.

use std::any::TypeId;
use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use diesel::query_builder::{QueryFragment, QueryId};

use super::connection::Monitorable;
use super::text;
use gomon_sql::adapter::Known;
use gomon_sql::{Dialect, Statement};

/// How many types of queries a thread remembers.
const MOST_TYPES: usize = 1024;

thread_local! {
    static BY_TYPE: RefCell<ByType> = RefCell::new(ByType::default());
}

/// Those that are kept for the process alone, so that no thread has a text of its own.
type ByType = HashMap<(TypeId, Dialect), &'static Arc<Statement>, BuildHasherDefault<TypeHasher>>;

/// The statement that `source` is on connections of `C`; `None` where diesel cannot build its text, and will say so.
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
    // A thread that ends has no memory left, and needs none.
    let _ = BY_TYPE.try_with(|by_type| {
        if let Ok(mut by_type) = by_type.try_borrow_mut()
            && by_type.len() < MOST_TYPES
        {
            by_type.insert(key, statement);
        }
    });
}

/// A type's id is a hash already.
#[derive(Default)]
struct TypeHasher(u64);

impl Hasher for TypeHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(u64::from(byte));
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = self.0.rotate_left(7) ^ value;
    }

    fn write_isize(&mut self, value: isize) {
        self.write_u64(value as u64);
    }
}
