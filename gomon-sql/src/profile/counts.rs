//! Entries by the fingerprint of their statement.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::Arc;

use super::entry::{Entry, Run};
use crate::Statement;
use crate::statement::Rehasher;

/// Maximum number of separate entries; all other statements share one.
pub(super) const MAX_STATEMENTS: usize = 256;

/// Entries by the fingerprint of their statement.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    entries: HashMap<u64, Entry, BuildHasherDefault<Rehasher>>,
    other: Option<Entry>,
}

impl Counts {
    pub(super) fn add(&mut self, statement: &Arc<Statement>, run: &Run) {
        self.entry(statement.fingerprint(), Some(statement))
            .add(run);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (fingerprint, entry) in &other.entries {
            self.entry(*fingerprint, entry.statement.as_ref())
                .merge(entry);
        }
        if let Some(entry) = &other.other {
            self.other
                .get_or_insert_with(|| Entry::new(None))
                .merge(entry);
        }
    }

    pub(super) fn into_entries(self) -> impl Iterator<Item = Entry> {
        self.entries.into_values().chain(self.other)
    }

    fn entry(&mut self, fingerprint: u64, statement: Option<&Arc<Statement>>) -> &mut Entry {
        if self.entries.len() >= MAX_STATEMENTS && !self.entries.contains_key(&fingerprint) {
            return self.other.get_or_insert_with(|| Entry::new(None));
        }
        self.entries
            .entry(fingerprint)
            .or_insert_with(|| Entry::new(statement))
    }
}
