//! Statements that were read before.
//!
//! A program sends the same few hundred texts again and again. Each is known by a hash of its text, seeded for the
//! process, and by its length; the text itself, which may hold secrets, is not kept. Bound: 1,024 statements.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::sync::{Arc, LazyLock};

use arc_swap::ArcSwapOption;

use super::hash::Hash;
use crate::{Dialect, Statement};

const SLOTS: usize = 1024;
/// Texts that are longer are read anew: who sends them spends more on that.
const LONGEST: usize = 4096;

struct Cache {
    seed: Hash,
    slots: Box<[ArcSwapOption<Entry>]>,
}

struct Entry {
    key: Key,
    statement: Arc<Statement>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Key {
    hash: u64,
    length: usize,
    dialect: Dialect,
}

static CACHE: LazyLock<Cache> = LazyLock::new(|| Cache {
    seed: Hash::new(RandomState::new().hash_one(0)),
    slots: (0..SLOTS).map(|_| ArcSwapOption::empty()).collect(),
});

pub(super) fn statement(dialect: Dialect, sql: &str) -> Arc<Statement> {
    if sql.len() > LONGEST {
        return Arc::new(Statement::new(dialect, sql));
    }
    let cache = &*CACHE;
    let key = Key {
        hash: cache.seed.add_bytes(sql.as_bytes()).finish(),
        length: sql.len(),
        dialect,
    };
    let Some(slot) = cache.slots.get(key.hash as usize % SLOTS) else {
        return Arc::new(Statement::new(dialect, sql));
    };
    if let Some(entry) = &*slot.load()
        && entry.key == key
    {
        return Arc::clone(&entry.statement);
    }
    let statement = Arc::new(Statement::new(dialect, sql));
    slot.store(Some(Arc::new(Entry {
        key,
        statement: Arc::clone(&statement),
    })));
    statement
}
