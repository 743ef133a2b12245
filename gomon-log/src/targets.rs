//! Filter of records by their target.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Level;

/// Maximum number of targets that a program sets.
const MAX_TARGETS: usize = 256;

/// Levels by target.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Targets(BTreeMap<String, Level>);

impl Targets {
    pub(crate) fn insert(&mut self, target: &str, level: Level) {
        if self.0.len() < MAX_TARGETS || self.0.contains_key(target) {
            self.0.insert(target.to_owned(), level);
        }
    }

    /// Returns the highest level of all targets.
    #[cfg(any(feature = "log", feature = "slog", feature = "tracing"))]
    pub(crate) fn max_level(&self) -> Level {
        self.0.values().copied().max().unwrap_or(Level::Off)
    }

    /// Returns the level of the longest target that is `target` or one of its ancestors.
    pub(crate) fn level(&self, target: &str) -> Option<Level> {
        if self.0.is_empty() {
            return None;
        }
        let mut path = target;
        loop {
            if let Some(level) = self.0.get(path) {
                return Some(*level);
            }
            path = parent(path)?;
        }
    }
}

/// Returns what stands before the last `::`. A search for one byte is faster than for two.
fn parent(mut path: &str) -> Option<&str> {
    loop {
        (path, _) = path.rsplit_once(':')?;
        if let Some(parent) = path.strip_suffix(':') {
            return Some(parent);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_ancestor_decides() {
        let mut targets = Targets::default();
        targets.insert("hyper", Level::Warn);
        targets.insert("hyper::proto", Level::Trace);
        assert_eq!(targets.level("hyper"), Some(Level::Warn));
        assert_eq!(targets.level("hyper::client::conn"), Some(Level::Warn));
        assert_eq!(targets.level("hyper::proto::h1"), Some(Level::Trace));
        assert_eq!(targets.level("hyper_util"), None);
        assert_eq!(targets.level("hyper:proto"), None);
        assert_eq!(targets.level("hyper::a:b:"), Some(Level::Warn));
        assert_eq!(targets.level(""), None);
    }

    #[test]
    fn table_is_bounded() {
        let mut targets = Targets::default();
        (0..2 * MAX_TARGETS).for_each(|n| targets.insert(&n.to_string(), Level::Off));
        assert_eq!(targets.0.len(), MAX_TARGETS);
        targets.insert("0", Level::Info);
        assert_eq!(targets.level("0"), Some(Level::Info));
    }
}
