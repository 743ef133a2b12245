//! The list of cases.

mod bodies;
mod connections;
mod context;
mod endings;
mod headers;
mod hostile;
mod losses;
mod routes;
mod sizes;
mod trace;

use crate::case::Case;
use crate::expect::Expect;

/// Returns all cases, in the order of the report.
pub(crate) fn all() -> Vec<Case> {
    [
        endings::cases(),
        losses::cases(),
        sizes::cases(),
        connections::cases(),
        routes::cases(),
        context::cases(),
        headers::cases(),
        bodies::cases(),
        trace::cases(),
        hostile::cases(),
    ]
    .concat()
}

/// Expects the event of a request to `route` that was answered with `status`.
fn answered(outcome: &'static str, status: u16, route: &'static str) -> Expect {
    Expect::outcome(outcome)
        .is("response_code", status)
        .is("route", route)
        .present("first-byte")
        .absent("aborted")
        .absent("upgrade")
}

fn ok(route: &'static str) -> Expect {
    answered("ok", 200, route)
        .absent("error")
        .absent("gomon:cut")
}
