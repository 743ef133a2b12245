//! warp filters under test.

use behaviour::{Deviation, Page, Reply, Server, Setup, Site, Subject};
use bytes::Bytes;
use gomon_warp::route;
use http::{Method, Response};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::path::FullPath;

/// Filters with route templates, served by warp or by `gomon_warp::serve`.
pub(crate) struct Warp;

impl Subject for Warp {
    fn name(&self) -> &'static str {
        "warp"
    }

    fn fingerprint(&self) -> &'static str {
        "warp-handle"
    }

    fn deviations(&self) -> &'static [Deviation] {
        &[Deviation::NoTrailers]
    }

    fn start(&self, setup: Setup) -> Server {
        let routes = routes(&setup.site);
        Server::on_tokio(move |listener| async move {
            match setup.monitoring {
                None => warp::serve(routes).incoming(listener).run().await,
                Some(monitoring) => {
                    gomon_warp::serve(routes)
                        .with_monitor(monitoring.monitor)
                        .with_config(monitoring.config)
                        .incoming(listener)
                        .run()
                        .await;
                }
            }
        })
    }
}

type Answer = warp::reply::Response;

/// Returns a filter of all pages.
fn routes(site: &Site) -> BoxedFilter<(Answer,)> {
    let mut pages = Page::all().map(|page| filter(page, site));
    let first = pages.next().expect("there are pages");
    pages.fold(first, |all, page| all.or(page).unify().boxed())
}

fn filter(page: Page, site: &Site) -> BoxedFilter<(Answer,)> {
    let path = path(page.path()).and(route(page.path()));
    match page {
        Page::Echo => path
            .and(warp::post())
            .and(warp::body::bytes())
            .then(async |body| answer(Reply::echo(body)))
            .boxed(),
        Page::Upgrade => path
            .and(warp::get())
            .and(warp::ext::get())
            .map(|connection| warp::Reply::into_response(upgrade(connection)))
            .boxed(),
        page => {
            let site = site.clone();
            path.and(method(page))
                .and(warp::path::full())
                .then(move |method: Method, path: FullPath| {
                    let site = site.clone();
                    async move {
                        let reply = site.answer(page, path.as_str().to_owned()).await;
                        answer(if method == Method::HEAD {
                            reply.without_body()
                        } else {
                            reply
                        })
                    }
                })
                .boxed()
        }
    }
}

fn path(template: &'static str) -> BoxedFilter<()> {
    let segments = template.split('/').filter(|segment| !segment.is_empty());
    let all = segments.fold(warp::any().boxed(), |all, segment| {
        if segment.starts_with('{') {
            let any = warp::path::param().map(|_: String| ()).untuple_one();
            all.and(any).boxed()
        } else {
            all.and(warp::path(segment)).boxed()
        }
    });
    all.and(warp::path::end()).boxed()
}

fn method(page: Page) -> BoxedFilter<(Method,)> {
    if page.method() == "GET" {
        let either = warp::get().or(warp::head()).unify();
        either.and(warp::method()).boxed()
    } else {
        warp::post().and(warp::method()).boxed()
    }
}

fn answer(reply: Reply) -> Answer {
    use warp::Reply as _;
    let fixed = reply.body.exact();
    let mut answer = match fixed {
        Some(bytes) => bytes_response(bytes),
        None => warp::reply::stream(reply.body.into_data()).into_response(),
    };
    *answer.status_mut() = reply.status.try_into().expect("a status");
    for (name, value) in reply.headers {
        let value = value.parse().expect("a header's value");
        answer.headers_mut().append(name, value);
    }
    answer
}

fn bytes_response(bytes: Bytes) -> Answer {
    use warp::Reply as _;
    Response::new(bytes).into_response()
}

fn upgrade(upgrade: OnUpgrade) -> Response<&'static str> {
    tokio::spawn(async move {
        let Ok(stream) = upgrade.await else { return };
        let (mut input, mut output) = tokio::io::split(TokioIo::new(stream));
        // Connection errors concern the client only.
        let _ = tokio::io::copy(&mut input, &mut output).await;
    });
    let response = Response::builder()
        .status(101)
        .header("connection", "upgrade")
        .header("upgrade", "echo");
    response.body("").expect("a response")
}
