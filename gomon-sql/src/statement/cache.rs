//! Statements that were read before.
//!
//! A program sends the same few hundred texts again and again. Each is known by a hash of its text, seeded for the
//! process, and by its length; the text itself, which may hold secrets, is not kept. What comes a second time is kept for
//! good, so that it is found without an access to what other threads write; a program whose texts are all different fills
//! only the places of those that come and go. Bound: 1,024 statements of each kind.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::sync::{Arc, LazyLock, OnceLock};

use arc_swap::ArcSwapOption;

use super::hash::Hash;
use super::known::Known;
use crate::{Dialect, Statement};

const SLOTS: usize = 1024;
/// The slots in which a statement may be that is kept.
const PLACES: usize = 4;
/// Texts that are longer are read anew: who sends them spends more on that.
const LONGEST: usize = 4096;

struct Cache {
    seed: Hash,
    kept: Box<[OnceLock<Entry>]>,
    recent: Box<[ArcSwapOption<Entry>]>,
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
    kept: (0..SLOTS).map(|_| OnceLock::new()).collect(),
    recent: (0..SLOTS).map(|_| ArcSwapOption::empty()).collect(),
});

/// The statement of a text.
pub(super) fn known(dialect: Dialect, sql: &str) -> Known {
    let cache = &*CACHE;
    let Some(key) = cache.key(dialect, sql) else {
        return Known::Shared(Arc::new(Statement::new(dialect, sql)));
    };
    match cache.find(key) {
        Some(kept) => Known::Kept(kept),
        None => cache.find_recent(key, sql),
    }
}

/// The statement of a text that will come again, which is kept where there is room.
#[cfg(feature = "diesel")]
pub(super) fn kept(dialect: Dialect, sql: &str) -> Known {
    let cache = &*CACHE;
    match (known(dialect, sql), cache.key(dialect, sql)) {
        (Known::Shared(statement), Some(key)) => cache.keep(key, statement),
        (known, _) => known,
    }
}

impl Cache {
    /// `None` of a text that is too long.
    #[inline]
    fn key(&self, dialect: Dialect, sql: &str) -> Option<Key> {
        let length = sql.len();
        (length <= LONGEST).then(|| Key {
            hash: self.seed.add_bytes(sql.as_bytes()).finish(),
            length,
            dialect,
        })
    }

    /// Where a statement may be that is kept; the first places are filled first.
    #[inline]
    fn places(&self, key: Key) -> impl Iterator<Item = &OnceLock<Entry>> {
        let first = key.hash as usize;
        (first..first.saturating_add(PLACES)).filter_map(|at| self.kept.get(at % SLOTS))
    }

    #[inline]
    fn find(&'static self, key: Key) -> Option<&'static Arc<Statement>> {
        self.places(key)
            .map_while(OnceLock::get)
            .find(|entry| entry.key == key)
            .map(|entry| &entry.statement)
    }

    #[inline(never)]
    fn find_recent(&'static self, key: Key, sql: &str) -> Known {
        let read = || Arc::new(Statement::new(key.dialect, sql));
        let Some(slot) = self.recent.get(key.hash as usize % SLOTS) else {
            return Known::Shared(read());
        };
        let recent = slot.load_full().filter(|entry| entry.key == key);
        if let Some(entry) = recent {
            return self.keep(key, Arc::clone(&entry.statement));
        }
        let statement = read();
        slot.store(Some(Arc::new(Entry {
            key,
            statement: Arc::clone(&statement),
        })));
        Known::Shared(statement)
    }

    fn keep(&'static self, key: Key, statement: Arc<Statement>) -> Known {
        for place in self.places(key) {
            let entry = place.get_or_init(|| Entry {
                key,
                statement: Arc::clone(&statement),
            });
            if entry.key == key {
                return Known::Kept(&entry.statement);
            }
        }
        Known::Shared(statement)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_again_is_kept_and_is_the_same() {
        let sql = "SELECT name FROM a_table_of_this_test WHERE id = 7";
        let came = [(); 3].map(|()| known(Dialect::Sqlite, sql));
        let [first, second, third] = &came;
        assert!(matches!(first, Known::Shared(_)) && matches!(second, Known::Kept(_)));
        assert!(Arc::ptr_eq(first, second) && Arc::ptr_eq(second, third));
        assert_eq!(
            first.text(),
            "SELECT name FROM a_table_of_this_test WHERE id = ?"
        );
        assert!(!Arc::ptr_eq(first, &known(Dialect::MySql, sql)));
    }

    #[test]
    fn there_is_room_for_so_many_and_the_others_are_read_all_the_same() {
        let all = || (0..3 * SLOTS).map(|at| format!("SELECT c{at} FROM many"));
        for round in 0..3 {
            let kept = all().filter(|sql| {
                let known = known(Dialect::PostgreSql, sql);
                assert_eq!(known.text(), sql);
                matches!(known, Known::Kept(_))
            });
            assert!(kept.count() <= SLOTS, "{round}");
        }
    }

    #[test]
    fn long_texts_are_not_kept() {
        let sql = format!("SELECT {} FROM long", "a, ".repeat(LONGEST / 3 + 1));
        for _ in 0..3 {
            assert!(matches!(known(Dialect::Sqlite, &sql), Known::Shared(_)));
        }
    }
}
