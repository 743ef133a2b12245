//! On whose behalf a statement runs.

use gomon_core::{current_field, current_origin};

use crate::profile::Name;

/// The route of the request that is current, else the fingerprint of the outermost tracker; `None` outside of any.
pub(super) fn current_caller() -> Option<Name> {
    let route = current_field("route", |route| route.as_str().map(Name::of));
    route
        .flatten()
        .or_else(|| current_origin().map(Name::of_static))
}
