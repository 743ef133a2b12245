//! Hello-world servers of warp.

use warp::Filter;
use warp::filters::BoxedFilter;

use super::{Framework, on_tokio};
use crate::subject::gomon;

/// The server, bare and monitored.
pub const WARP: Framework = Framework {
    name: "warp",
    most: 0.7,
    least: 0.97,
    servers: &[
        ("bare", |listener| {
            on_tokio(listener, |listener| {
                warp::serve(routes()).incoming(listener).run()
            })
        }),
        (gomon::SUBJECT.name, |listener| {
            (gomon::SUBJECT.prepare)()?;
            on_tokio(listener, |listener| {
                let routes = gomon_warp::route("/hello").and(routes());
                gomon_warp::serve(routes).incoming(listener).run()
            })
        }),
    ],
};

fn routes() -> BoxedFilter<(&'static str,)> {
    warp::path!("hello")
        .and(warp::get())
        .map(|| "Hello, World!")
        .boxed()
}
