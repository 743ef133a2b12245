//! Hello world by warp.

use std::any::Any;
use std::net::TcpListener;

use tokio::runtime::Runtime;
use warp::Filter;
use warp::filters::BoxedFilter;

use super::Framework;
use crate::Result;
use crate::subject::gomon;

/// It, and ways to watch it.
pub const WARP: Framework = Framework {
    name: "warp",
    most: 0.7,
    least: 0.97,
    servers: &[
        ("bare", |listener| {
            serve(listener, |listener| {
                warp::serve(routes()).incoming(listener).run()
            })
        }),
        (gomon::SUBJECT.name, |listener| {
            (gomon::SUBJECT.prepare)()?;
            serve(listener, |listener| {
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

fn serve<F>(
    listener: TcpListener,
    run: impl FnOnce(tokio::net::TcpListener) -> F,
) -> Result<Box<dyn Any>>
where
    F: Future<Output = ()> + Send + 'static,
{
    let runtime = Runtime::new()?;
    let entered = runtime.enter();
    let listener = tokio::net::TcpListener::from_std(listener)?;
    drop(entered);
    runtime.spawn(run(listener));
    Ok(Box::new(runtime))
}
