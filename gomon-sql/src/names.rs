//! Interned names of callers.
//!
//! A program has a few dozen routes, and one of them belongs to each statement. A name that is in the table is known by its
//! slot, which is copied without counting references. At most 1,024 names are interned; others are copied.

use std::sync::{Arc, OnceLock};

use gomon_core::adapter::{current_field, current_origin};
use gomon_redact::floor_char;

use crate::statement::Hash;

const SLOTS: usize = 1024;
/// Number of slots in which a name may be.
const PLACES: usize = 4;
const MAX_NAME_BYTES: usize = 200;

/// The name of a caller. Equal names are equal values, because slots are never emptied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    Slot(u16),
    Own(Arc<str>),
}

/// The names that one monitor has seen.
#[derive(Debug)]
pub(crate) struct Names(Box<[OnceLock<Box<str>>]>);

impl Default for Names {
    fn default() -> Self {
        Self((0..SLOTS).map(|_| OnceLock::new()).collect())
    }
}

impl Names {
    /// Returns the route of the current request, else the fingerprint of the outermost tracker.
    pub(crate) fn current_caller(&self) -> Option<Name> {
        let route = current_field("route", |route| route.as_str().map(|text| self.name(text)));
        route
            .flatten()
            .or_else(|| current_origin().map(|origin| self.name(origin)))
    }

    fn name(&self, name: &str) -> Name {
        let name = floor_char(name, MAX_NAME_BYTES);
        let hash = Hash::new(0).add_bytes(name.as_bytes()).finish() as usize;
        let slots = (0..PLACES).map(|place| hash.wrapping_add(place) % SLOTS);
        for slot in slots {
            let Some(place) = self.0.get(slot) else { break };
            if **place.get_or_init(|| name.into()) == *name {
                return Name::Slot(slot as u16);
            }
        }
        Name::Own(name.into())
    }

    /// Returns the text of a name of this table.
    pub(crate) fn text<'a>(&'a self, name: &'a Name) -> &'a str {
        match name {
            Name::Slot(slot) => {
                let name = self.0.get(usize::from(*slot)).and_then(OnceLock::get);
                name.map_or("", |name| name)
            }
            Name::Own(name) => name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_names_have_one_slot() {
        let names = Names::default();
        let one = names.name("/goods/{id}");
        assert!(matches!(one, Name::Slot(_)));
        let other_address = String::from("/goods/{id}");
        assert_eq!(one, names.name(&other_address));
        assert_ne!(one, names.name("/goods"));
        assert_eq!(names.text(&one), "/goods/{id}");
    }

    #[test]
    fn names_without_a_slot_are_copied_and_equal() {
        let names = Names::default();
        let all: Vec<_> = (0..2 * SLOTS).map(|at| format!("/many/{at}")).collect();
        for text in &all {
            let name = names.name(text);
            assert_eq!(names.text(&name), text);
            assert_eq!(name, names.name(text));
        }
        let own = all
            .iter()
            .filter(|text| matches!(names.name(text), Name::Own(_)));
        assert!(own.count() >= SLOTS);
    }

    #[test]
    fn long_names_are_cut() {
        let names = Names::default();
        let name = names.name(&"\u{e9}".repeat(500));
        assert_eq!(names.text(&name).len(), MAX_NAME_BYTES);
    }
}
