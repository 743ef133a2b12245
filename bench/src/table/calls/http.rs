//! HTTP clients, bare and monitored.

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
    /// The client of reqwest-middleware, with or without our middleware.
    Middleware(ClientWithMiddleware),
}

/// A bare client and the monitored one that is compared with it.
pub(super) struct Pair {
    pub(super) name: &'static str,
    pub(super) bare: Http,
    pub(super) watched: Http,
}

impl Pair {
    /// Returns all pairs, each client with a separate pool.
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
    /// Makes a call and reads the response to its end; returns the length of its body.
    pub(super) async fn get(&self, target: &Target) -> Result<usize> {
        let body = match self {
            Self::HyperUtil(http) => {
                let response = http.get(target.uri.clone()).await?;
                response.collect().await?.to_bytes()
            }
            Self::WatchedHyperUtil(http) => {
                let response = http.get(target.uri.clone()).await?;
                response.collect().await?.to_bytes()
            }
            Self::Reqwest(http) => {
                let response = http.execute(target.request()).await?;
                response.bytes().await?
            }
            Self::WatchedReqwest(http) => {
                let response = http.execute(target.request()).await?;
                response.bytes().await?
            }
            Self::Middleware(http) => {
                let response = http.execute(target.request()).await?;
                response.bytes().await?
            }
        };
        Ok(body.len())
    }
}

/// The target of calls, in the type of each client.
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
