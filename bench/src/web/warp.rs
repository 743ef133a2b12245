//! Hello-world servers of warp.

use warp::Filter;
use warp::filters::BoxedFilter;

use super::{Framework, on_tokio};
use crate::request::BODY;
use crate::subject::gomon;

/// The server, bare and monitored.
pub const WARP: Framework = Framework {
    name: "warp",
    max_beyond_bare: 0.7,
    min_rate: 0.97,
    servers: &[
        ("bare", |listener| {
            on_tokio(listener, |listener| {
                warp::serve(routes()).incoming(listener).run()
            })
        }),
        (gomon::SUBJECT.name, |listener| {
            on_tokio(listener, |listener| {
                let routes = gomon_warp::route("/hello").and(routes());
                gomon_warp::serve(routes).incoming(listener).run()
            })
        }),
    ],
};

fn routes() -> BoxedFilter<(&'static str,)> {
    warp::path!("hello").and(warp::get()).map(|| BODY).boxed()
}
