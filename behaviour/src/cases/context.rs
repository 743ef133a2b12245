//! Cases of trackers opened and fields set in a handler.

use super::ok;
use crate::case::{Case, Reaction, Seen};
use crate::json::EventJson;
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

fn family(seen: &Seen) -> Option<String> {
    of_one(seen, &seen.requests[0])
}

fn families(seen: &Seen) -> Option<String> {
    let expected = seen.requests.len() * CHILDREN.iter().map(|(_, count)| count).sum::<usize>();
    let is_inside = |event: &&EventJson| event.text("gomon:fp") == "inside";
    let children = seen.others.len() - seen.others.iter().filter(is_inside).count();
    if children != expected {
        return Some(format!("expected {expected} children, got {children}"));
    }
    seen.requests
        .iter()
        .find_map(|request| of_one(seen, request))
}

fn of_one(seen: &Seen, request: &EventJson) -> Option<String> {
    let children_of = |parent: &str, fingerprint: &str| {
        let own = |event: &&EventJson| {
            event.text("parent") == parent && event.text("gomon:fp") == fingerprint
        };
        seen.others.iter().filter(own).collect::<Vec<_>>()
    };
    CHILDREN.iter().find_map(|(fingerprint, expected)| {
        let children = children_of(request.text("id"), fingerprint);
        let is_stray = |child: &&EventJson| child.text("trace") != request.text("trace");
        if children.len() != *expected {
            Some(format!(
                "expected {expected} `{fingerprint}` under the request, got {}",
                children.len()
            ))
        } else if children.iter().any(is_stray) {
            Some(format!("`{fingerprint}` belongs to another trace"))
        } else if *fingerprint == "outside"
            && children_of(children[0].text("id"), "inside").len() != 1
        {
            Some("`inside` is not a child of `outside`".to_owned())
        } else {
            None
        }
    })
}
