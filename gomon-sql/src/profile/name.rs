//! The names of callers.
//!
//! A program has some dozen routes, and one of them at each statement: a name that was met before is found without a copy
//! or a count of references. Bound: 1,024 names are kept for good; whatever is beyond them is copied.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use crate::statement::Hash;

const SLOTS: usize = 1024;
/// The slots in which a name may be, and the longest name in bytes.
const PLACES: usize = 4;
const LONGEST: usize = 200;

static NAMES: [OnceLock<Box<str>>; SLOTS] = [const { OnceLock::new() }; SLOTS];

/// The name of a caller.
#[derive(Clone, Debug)]
pub(crate) enum Name {
    Kept(&'static str),
    Own(Arc<str>),
}

impl Name {
    pub(crate) fn of(name: &str) -> Self {
        let name = cut(name);
        let hash = Hash::new(0).add_bytes(name.as_bytes()).finish();
        let places = (0..PLACES).filter_map(|place| NAMES.get((hash as usize + place) % SLOTS));
        for place in places {
            let kept = place.get_or_init(|| name.into());
            if **kept == *name {
                return Self::Kept(kept);
            }
        }
        Self::Own(name.into())
    }

    pub(crate) fn of_static(name: &'static str) -> Self {
        Self::Kept(cut(name))
    }
}

impl Deref for Name {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        match self {
            Self::Kept(name) => name,
            Self::Own(name) => name,
        }
    }
}

impl PartialEq for Name {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq::<str>(&**self, &**other) || **self == **other
    }
}

fn cut(name: &str) -> &str {
    if name.len() <= LONGEST {
        return name;
    }
    name.get(..name.floor_char_boundary(LONGEST))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_is_kept_once() {
        let [one, two] = ["/goods/{id}"; 2]
            .map(str::to_owned)
            .map(|name| Name::of(&name));
        assert!(std::ptr::eq::<str>(&*one, &*two));
        assert_eq!(one, Name::of_static("/goods/{id}"));
        assert_ne!(one, Name::of("/goods"));
    }

    #[test]
    fn names_for_which_there_is_no_room_are_themselves() {
        let names: Vec<_> = (0..2 * SLOTS).map(|at| format!("/many/{at}")).collect();
        for name in &names {
            assert_eq!(*Name::of(name), **name);
        }
        let own = names
            .iter()
            .filter(|name| matches!(Name::of(name), Name::Own(_)))
            .count();
        assert!(own >= SLOTS, "{own}");
    }

    #[test]
    fn long_names_are_cut() {
        assert_eq!(Name::of(&"\u{e9}".repeat(500)).len(), LONGEST);
    }
}
