//! The clients that call, bare and watched.

use bytes::Bytes;
use gomon_http::client::{Client, HttpConnector, MonitoredClient, MonitoringMiddleware};
use http::Uri;
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy;
use hyper_util::rt::TokioExecutor;
use reqwest::Url;
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};

use crate::Result;

type HyperUtil = legacy::Client<legacy::connect::HttpConnector, Empty<Bytes>>;

/// A client.
#[derive(Clone)]
pub(super) enum Http {
    HyperUtil(HyperUtil),
    WatchedHyperUtil(Client<HttpConnector, Empty<Bytes>>),
    Reqwest(reqwest::Client),
    WatchedReqwest(MonitoredClient<reqwest::Client>),
    /// Of reqwest-middleware, with our middleware or without any.
    Middleware(ClientWithMiddleware),
}

/// A client and the same client watched, which are compared.
pub(super) struct Pair {
    pub(super) name: &'static str,
    pub(super) bare: Http,
    pub(super) watched: Http,
}

impl Pair {
    /// All of them, with pools of their own.
    pub(super) fn all() -> [Self; 3] {
        let bare = legacy::Client::builder(TokioExecutor::new()).build_http();
        [
            Self {
                name: "hyper-util",
                bare: Http::HyperUtil(bare),
                watched: Http::WatchedHyperUtil(gomon_http::client()),
            },
            Self {
                name: "reqwest",
                bare: Http::Reqwest(reqwest::Client::new()),
                watched: Http::WatchedReqwest(MonitoredClient::new(reqwest::Client::new())),
            },
            Self {
                name: "reqwest-middleware",
                bare: Http::Middleware(ClientBuilder::new(reqwest::Client::new()).build()),
                watched: Http::Middleware(
                    ClientBuilder::new(reqwest::Client::new())
                        .with(MonitoringMiddleware::new())
                        .build(),
                ),
            },
        ]
    }
}

impl Http {
    /// Calls, and reads the answer to its end: its length.
    pub(super) async fn get(&self, target: &Target) -> Result<usize> {
        let body = match self {
            Self::HyperUtil(http) => {
                let answer = http.get(target.uri.clone()).await?;
                answer.collect().await?.to_bytes()
            }
            Self::WatchedHyperUtil(http) => {
                let answer = http.get(target.uri.clone()).await?;
                answer.collect().await?.to_bytes()
            }
            Self::Reqwest(http) => {
                let answer = http.execute(target.request()).await?;
                answer.bytes().await?
            }
            Self::WatchedReqwest(http) => {
                let answer = http.execute(target.request()).await?;
                answer.bytes().await?
            }
            Self::Middleware(http) => {
                let answer = http.execute(target.request()).await?;
                answer.bytes().await?
            }
        };
        Ok(body.len())
    }
}

/// What is called, as each client has it.
pub(super) struct Target {
    uri: Uri,
    url: Url,
}

impl Target {
    pub(super) fn new(url: &str) -> Result<Self> {
        Ok(Self {
            uri: url.parse()?,
            url: url.parse()?,
        })
    }

    fn request(&self) -> reqwest::Request {
        reqwest::Request::new(reqwest::Method::GET, self.url.clone())
    }
}
