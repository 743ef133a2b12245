//! Statements that were read before.
//!
//! A program sends the same few hundred texts again and again. Each is known by a hash of its text, seeded for the
//! process, and by its length; the text itself, which may hold secrets, is not kept. A thread finds those that it has sent
//! last without an access to what threads share. Bound: 1,024 statements, and 64 of each thread.

use std::cell::RefCell;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::sync::{Arc, LazyLock};

use arc_swap::ArcSwapOption;

use super::hash::Hash;
use crate::{Dialect, Statement};

const SLOTS: usize = 1024;
const SLOTS_OF_THREAD: usize = 64;
/// Texts that are longer are read anew: who sends them spends more on that.
const LONGEST: usize = 4096;

struct Cache {
    seed: Hash,
    slots: Box<[ArcSwapOption<Entry>]>,
}

#[derive(Clone)]
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

thread_local! {
    static OF_THREAD: RefCell<[Option<Entry>; SLOTS_OF_THREAD]> =
        const { RefCell::new([const { None }; SLOTS_OF_THREAD]) };
}

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
    let known = OF_THREAD.try_with(|slots| {
        let slots = slots.try_borrow().ok()?;
        let entry = slots.get(key.hash as usize % SLOTS_OF_THREAD)?.as_ref()?;
        (entry.key == key).then(|| Arc::clone(&entry.statement))
    });
    known
        .ok()
        .flatten()
        .unwrap_or_else(|| cache.statement(key, sql))
}

impl Cache {
    #[inline(never)]
    fn statement(&self, key: Key, sql: &str) -> Arc<Statement> {
        let read = || Arc::new(Statement::new(key.dialect, sql));
        let Some(slot) = self.slots.get(key.hash as usize % SLOTS) else {
            return read();
        };
        let known = slot.load_full().filter(|entry| entry.key == key);
        let entry = known.unwrap_or_else(|| {
            let entry = Arc::new(Entry {
                key,
                statement: read(),
            });
            slot.store(Some(Arc::clone(&entry)));
            entry
        });
        keep(&entry);
        Arc::clone(&entry.statement)
    }
}

fn keep(entry: &Entry) {
    // Without it, it is found where all threads find it. What it takes the place of is dropped after the borrow.
    let _before = OF_THREAD.try_with(|slots| {
        let mut slots = slots.try_borrow_mut().ok()?;
        let slot = slots.get_mut(entry.key.hash as usize % SLOTS_OF_THREAD)?;
        slot.replace(entry.clone())
    });
}
