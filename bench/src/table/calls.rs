//! Cost of monitoring an HTTP client.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::pin::Pin;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use gomon_http::client::{MonitoredClient, MonitoringMiddleware};
use http::Uri;
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy;
use hyper_util::rt::TokioExecutor;
use reqwest::{Client, Method, Request, Url};
use reqwest_middleware::ClientBuilder;
use tokio::runtime::Builder;

use crate::Result;
use crate::beside::{self, Bound, Meter};
use crate::request::BODY;
use crate::rounds::{Alternative, Effort};
use crate::row::Row;
use crate::subject::gomon;
use crate::web::load;

/// Minimum rate of monitored calls relative to bare ones.
const MIN_RATE: f64 = 0.97;
const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 13\r\n\r\n";

/// Makes calls until an end; returns the number of responses.
type Caller = Box<dyn Fn(Instant) -> Pin<Box<dyn Future<Output = Result<u64>> + Send>>>;

/// Returns the caller by a client: the types of clients have no common trait.
macro_rules! caller {
    ($target:ident, $client:expr, |$http:ident| $body:expr) => {{
        let (client, target) = ($client, Arc::clone($target));
        let caller: Caller = Box::new(move |end| {
            let ($http, $target) = (client.clone(), Arc::clone(&target));
            Box::pin(async move {
                let mut answered = 0;
                while Instant::now() < end {
                    let body: Bytes = $body;
                    if body != BODY {
                        return Err("unexpected response".into());
                    }
                    answered += 1;
                }
                Ok(answered)
            })
        });
        caller
    }};
}

pub(super) fn measure(effort: Effort) -> Result<Vec<Row>> {
    gomon::prepare()?;
    let target = &Arc::new(Target::new(serve()?)?);
    let runtime = &Builder::new_current_thread().enable_all().build()?;
    let stretch = effort.pick(Duration::from_millis(200), Duration::from_millis(600));
    let mut rows = Vec::new();
    for at_a_time in [1, 16] {
        for (name, bare, monitored) in clients(target) {
            let callers = [("bare", bare), (gomon::SUBJECT.name, monitored)];
            let alternatives = callers.map(|(name, caller)| {
                Alternative::new(name, move || {
                    let end = Instant::now() + stretch;
                    let callers = (0..at_a_time).map(|_| caller(end));
                    gomon::SUBJECT.count(|| load::run_all(runtime, callers))
                })
            });
            let part = format!("{name}, {at_a_time} at a time");
            let rounds = effort.pick(1, 15);
            let bounds = |name: &str| match name {
                "bare" => Vec::new(),
                _ => vec![Bound::Rate(MIN_RATE)],
            };
            let measured = beside::rows(&part, Meter::Thread, rounds, alternatives, bounds);
            rows.extend(measured?);
        }
    }
    Ok(rows)
}

/// Returns the bare and the monitored caller of each library, each with a separate pool.
fn clients(target: &Arc<Target>) -> [(&'static str, Caller, Caller); 3] {
    type Body = Empty<Bytes>;
    let hyper_util = legacy::Client::builder(TokioExecutor::new()).build_http::<Body>();
    let plain = || ClientBuilder::new(Client::new());
    [
        (
            "hyper-util",
            caller!(target, hyper_util, |http| {
                let response = http.get(target.uri.clone()).await?;
                response.collect().await?.to_bytes()
            }),
            caller!(target, gomon_http::client::<Body>(), |http| {
                let response = http.get(target.uri.clone()).await?;
                response.collect().await?.to_bytes()
            }),
        ),
        (
            "reqwest",
            caller!(target, Client::new(), |http| {
                http.execute(target.request()).await?.bytes().await?
            }),
            caller!(target, MonitoredClient::new(Client::new()), |http| {
                http.execute(target.request()).await?.bytes().await?
            }),
        ),
        (
            "reqwest-middleware",
            caller!(target, plain().build(), |http| {
                http.execute(target.request()).await?.bytes().await?
            }),
            caller!(
                target,
                plain().with(MonitoringMiddleware::new()).build(),
                |http| { http.execute(target.request()).await?.bytes().await? }
            ),
        ),
    ]
}

/// The target of calls, in the type of each client.
struct Target {
    uri: Uri,
    url: Url,
}

impl Target {
    fn new(address: SocketAddr) -> Result<Self> {
        let url = format!("http://{address}/hello");
        Ok(Self {
            uri: url.parse()?,
            url: url.parse()?,
        })
    }

    fn request(&self) -> Request {
        Request::new(Method::GET, self.url.clone())
    }
}

/// Starts a server with a thread per connection, which answers every request head with the same response.
fn serve() -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::Builder::new().spawn(move || {
        for stream in listener.incoming().flatten() {
            // If no thread starts, the connection is closed.
            drop(thread::Builder::new().spawn(move || answer(&stream)));
        }
    })?;
    Ok(address)
}

fn answer(mut stream: &TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let response = [HEAD, BODY.as_bytes()].concat();
    for line in BufReader::new(stream).lines() {
        // An empty line ends a request.
        if line?.is_empty() {
            stream.write_all(&response)?;
        }
    }
    Ok(())
}
