//! Cache of parsed statements.
//!
//! A program sends the same few hundred texts again and again. The key of a text is its length and a hash, seeded for
//! the process; the text itself, which may hold secrets, is not stored. A statement that comes a second time is kept
//! for the life of the process, so that it is found without reading memory that other threads write. Programs whose
//! texts all differ fill only the slots for recent statements. At most 1,024 statements of each kind are kept, of 2 MiB
//! together.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, LazyLock, OnceLock};

use arc_swap::ArcSwapOption;

use super::hash::Hash;
use super::known::Known;
use super::room::Room;
use crate::{Dialect, Statement};

const SLOTS: usize = 1024;
/// Number of slots in which a kept statement may be.
const PLACES: usize = 4;
/// Longer texts are not cached: sending them costs more than parsing.
const MAX_TEXT_BYTES: usize = 4096;
/// Maximum bytes of the kept statements, which are never freed.
const MAX_KEPT_BYTES: usize = 1536 * 1024;
/// Maximum bytes of the recent statements.
const MAX_RECENT_BYTES: usize = 512 * 1024;

struct Cache {
    seed: Hash,
    kept: Box<[OnceLock<Entry>]>,
    room_to_keep: Room,
    recent: Box<[ArcSwapOption<Entry>]>,
    room_for_recent: Room,
    /// The recent slot that is emptied next when there is no room.
    next: AtomicUsize,
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

static CACHE: LazyLock<Cache> = LazyLock::new(Cache::new);

/// Returns the statement of a text.
pub(super) fn known(dialect: Dialect, sql: &str) -> Known {
    CACHE.known(dialect, sql)
}

/// Returns the statement of a text that will come again, whatever its length; it is kept if there is room.
pub(super) fn kept(dialect: Dialect, sql: &str) -> Known {
    let cache = &*CACHE;
    let key = cache.key(dialect, sql);
    match cache.find(key) {
        Some(kept) => Known::Kept(kept),
        None => cache.keep(key, known(dialect, sql).into_arc()),
    }
}

impl Cache {
    fn new() -> Self {
        Self {
            seed: Hash::new(RandomState::new().hash_one(0)),
            kept: (0..SLOTS).map(|_| OnceLock::new()).collect(),
            room_to_keep: Room::new(MAX_KEPT_BYTES),
            recent: (0..SLOTS).map(|_| ArcSwapOption::empty()).collect(),
            room_for_recent: Room::new(MAX_RECENT_BYTES),
            next: AtomicUsize::new(0),
        }
    }

    fn known(&'static self, dialect: Dialect, sql: &str) -> Known {
        if sql.len() > MAX_TEXT_BYTES {
            return Known::Shared(Arc::new(Statement::new(dialect, sql)));
        }
        let key = self.key(dialect, sql);
        match self.find(key) {
            Some(kept) => Known::Kept(kept),
            None => self.find_recent(key, sql),
        }
    }

    #[inline]
    fn key(&self, dialect: Dialect, sql: &str) -> Key {
        Key {
            hash: self.seed.add_bytes(sql.as_bytes()).finish(),
            length: sql.len(),
            dialect,
        }
    }

    /// Returns the slots of a kept statement; the first are filled first.
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
        if self.make_room(statement.footprint()) {
            let entry = Arc::new(Entry {
                key,
                statement: Arc::clone(&statement),
            });
            self.empty(slot.swap(Some(entry)));
        }
        Known::Shared(statement)
    }

    /// Reserves bytes for a recent statement, and empties older slots if necessary.
    fn make_room(&self, bytes: usize) -> bool {
        let is_enough = || self.room_for_recent.take(bytes);
        if is_enough() {
            return true;
        }
        for _ in 0..SLOTS {
            let at = self.next.fetch_add(1, Relaxed) % SLOTS;
            let emptied = self.recent.get(at).and_then(|slot| slot.swap(None));
            if emptied.is_some() {
                self.empty(emptied);
                if is_enough() {
                    return true;
                }
            }
        }
        false
    }

    /// Releases the bytes of an entry that left its slot.
    fn empty(&self, entry: Option<Arc<Entry>>) {
        if let Some(entry) = entry {
            self.room_for_recent.give(entry.statement.footprint());
        }
    }

    fn keep(&'static self, key: Key, statement: Arc<Statement>) -> Known {
        for place in self.places(key) {
            let Some(entry) = place.get().or_else(|| self.fill(place, key, &statement)) else {
                break;
            };
            if entry.key == key {
                return Known::Kept(&entry.statement);
            }
        }
        Known::Shared(statement)
    }

    /// Fills an empty slot and returns its entry, which may be that of another thread; `None` if there is no room.
    fn fill<'a>(
        &self,
        place: &'a OnceLock<Entry>,
        key: Key,
        statement: &Arc<Statement>,
    ) -> Option<&'a Entry> {
        let bytes = statement.footprint();
        if !self.room_to_keep.take(bytes) {
            return None;
        }
        let mut is_ours = false;
        let entry = place.get_or_init(|| {
            is_ours = true;
            Entry {
                key,
                statement: Arc::clone(statement),
            }
        });
        if !is_ours {
            self.room_to_keep.give(bytes);
        }
        Some(entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_statement_is_kept_and_is_the_same() {
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
    fn number_of_kept_statements_is_bounded_and_others_are_parsed() {
        let cache: &'static Cache = Box::leak(Box::new(Cache::new()));
        let all = || (0..3 * SLOTS).map(|at| format!("SELECT c{at} FROM many"));
        for round in 0..3 {
            let kept = all().filter(|sql| {
                let known = cache.known(Dialect::PostgreSql, sql);
                assert_eq!(known.text(), sql);
                matches!(known, Known::Kept(_))
            });
            assert!(kept.count() <= SLOTS, "{round}");
        }
    }

    /// Returns the bytes of the texts in a cache.
    fn bytes(cache: &Cache) -> usize {
        let kept = cache.kept.iter().filter_map(OnceLock::get);
        let recent = cache.recent.iter().filter_map(ArcSwapOption::load_full);
        let size = |statement: &Statement| statement.text().len() + statement.tables().len();
        kept.map(|entry| size(&entry.statement)).sum::<usize>()
            + recent.map(|entry| size(&entry.statement)).sum::<usize>()
    }

    #[test]
    fn bytes_of_kept_statements_are_bounded() {
        let cache: &'static Cache = Box::leak(Box::new(Cache::new()));
        let columns = "a_column, ".repeat(MAX_TEXT_BYTES / 10 - 10);
        let mut kept = 0;
        for at in 0..4 * SLOTS {
            let sql = format!("SELECT {columns} c{at} FROM long");
            let known = [(); 2].map(|()| cache.known(Dialect::PostgreSql, &sql));
            assert_eq!(known[1].text().len(), sql.len() - 1);
            kept += usize::from(matches!(known[1], Known::Kept(_)));
        }
        assert!(kept > 100, "{kept}");
        let bytes = bytes(cache);
        assert!(
            bytes > MAX_KEPT_BYTES / 2 && bytes < MAX_KEPT_BYTES + MAX_RECENT_BYTES,
            "{bytes}"
        );
    }

    #[test]
    fn long_text_is_kept_on_request() {
        let sql = format!("SELECT {} FROM typed", "a, ".repeat(MAX_TEXT_BYTES / 3 + 1));
        assert!(matches!(kept(Dialect::Sqlite, &sql), Known::Kept(_)));
    }

    #[test]
    fn long_texts_are_not_kept() {
        let sql = format!("SELECT {} FROM long", "a, ".repeat(MAX_TEXT_BYTES / 3 + 1));
        for _ in 0..3 {
            assert!(matches!(known(Dialect::Sqlite, &sql), Known::Shared(_)));
        }
    }
}
