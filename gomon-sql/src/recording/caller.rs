//! On whose behalf a statement runs.

use std::sync::{Arc, LazyLock};

use arc_swap::ArcSwapOption;
use gomon_core::{current_field, current_origin};

use crate::statement::Hash;

/// The routes that are kept at a time, and the longest of them in bytes.
const SLOTS: usize = 256;
const LONGEST: usize = 200;

/// Names that were met before, so that none is copied again and again.
static NAMES: LazyLock<Box<[ArcSwapOption<Box<str>>]>> =
    LazyLock::new(|| (0..SLOTS).map(|_| ArcSwapOption::empty()).collect());

/// The route of the request that is current, else the fingerprint of the outermost tracker; `None` outside of any.
pub(super) fn current_caller() -> Option<Arc<Box<str>>> {
    let route = current_field("route", |route| route.as_str().map(shared));
    route.flatten().or_else(|| current_origin().map(shared))
}

fn shared(name: &str) -> Arc<Box<str>> {
    let name = name
        .get(..name.floor_char_boundary(LONGEST))
        .unwrap_or_default();
    let hash = Hash::new(0).add_bytes(name.as_bytes()).finish();
    let Some(slot) = NAMES.get(hash as usize % SLOTS) else {
        return Arc::new(name.into());
    };
    if let Some(known) = &*slot.load()
        && ***known == *name
    {
        return Arc::clone(known);
    }
    let new = Arc::new(Box::from(name));
    slot.store(Some(Arc::clone(&new)));
    new
}
