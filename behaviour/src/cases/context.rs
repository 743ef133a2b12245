//! Cases of trackers opened and fields set in a handler.

use super::ok;
use crate::case::{Case, Reaction, Seen};
use crate::script::get;

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::request("children of a request", get("/child"))
            .answers(Reaction::status(200).body("chunk\nchunk\n"))
            .records(ok("/child"))
            .check(family),
        Case::pipeline(
            "children of concurrent requests",
            vec![get("/child"), get("/child?b"), get("/child?c")],
        )
        .records(ok("/child"))
        .records(ok("/child"))
        .records(ok("/child"))
        .check(families),
        Case::request("fields set by the handler", get("/set"))
            .answers(Reaction::status(200).body("set"))
            .records(
                ok("/set")
                    .is("cart", 17)
                    .is("user:url", "mine")
                    .is("url.path", "/set"),
            ),
    ]
}

/// Trackers opened by `/child` with their counts; `inside` is a child of `outside`.
const CHILDREN: &[(&str, usize)] = &[
    ("before", 1),
    ("join-a", 1),
    ("join-b", 1),
    ("outside", 1),
    ("spawned", 1),
    ("after", 1),
    ("in-body", 3),
];

fn family(seen: &Seen) -> Result<(), String> {
    of_one(seen, 0)
}

fn families(seen: &Seen) -> Result<(), String> {
    let expected = seen.requests.len() * CHILDREN.iter().map(|(_, count)| count).sum::<usize>();
    let inside = seen
        .others
        .iter()
        .filter(|event| event.text("gomon:fp") == "inside")
        .count();
    if seen.others.len() - inside != expected {
        return Err(format!(
            "expected {expected} children, got {}",
            seen.others.len() - inside
        ));
    }
    (0..seen.requests.len()).try_for_each(|at| of_one(seen, at))
}

fn of_one(seen: &Seen, at: usize) -> Result<(), String> {
    let request = &seen.requests[at];
    let children_of = |parent: &str, fingerprint: &str| {
        let own = |event: &&crate::json::EventJson| {
            event.text("parent") == parent && event.text("gomon:fp") == fingerprint
        };
        seen.others.iter().filter(own).collect::<Vec<_>>()
    };
    for (fingerprint, expected) in CHILDREN {
        let children = children_of(request.text("id"), fingerprint);
        if children.len() != *expected {
            return Err(format!(
                "expected {expected} `{fingerprint}` under the request, got {}",
                children.len()
            ));
        }
        if children
            .iter()
            .any(|child| child.text("trace") != request.text("trace"))
        {
            return Err(format!("`{fingerprint}` belongs to another trace"));
        }
        if *fingerprint == "outside" && children_of(children[0].text("id"), "inside").len() != 1 {
            return Err("`inside` is not a child of `outside`".to_owned());
        }
    }
    Ok(())
}
