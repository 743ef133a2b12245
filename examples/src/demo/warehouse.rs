//! The warehouse: a second server, queried by the shop over HTTP.

use std::error::Error;
use std::net::SocketAddr;

use axum::Router;
use axum::extract::Path;
use axum::http::{Response, StatusCode, Uri};
use axum::routing::get;
use bytes::Bytes;
use gomon_http::client::{Client, HttpConnector, MonitoredBody};
use http_body_util::Empty;
use hyper::body::Incoming;
use tokio::net::TcpListener;

/// Stock of each item.
const SHELVES: [u32; 5] = [12, 0, 7, 48, 3];

/// A client of the warehouse.
#[derive(Clone)]
pub(crate) struct Warehouse {
    address: SocketAddr,
    http: Client<HttpConnector, Empty<Bytes>>,
}

impl Warehouse {
    /// Starts a warehouse on a free port.
    pub(crate) async fn open() -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let routes = Router::new().route("/shelves/{id}", get(shelf));
        tokio::spawn(gomon_axum::serve(listener, routes).into_future());
        Ok(Self {
            address,
            http: gomon_http::client(),
        })
    }

    /// Queries the stock of an item.
    pub(crate) async fn count(
        &self,
        id: usize,
    ) -> Result<Response<MonitoredBody<Incoming>>, Box<dyn Error>> {
        let uri: Uri = format!("http://{}/shelves/{id}", self.address).parse()?;
        Ok(self.http.get(uri).await?)
    }
}

async fn shelf(Path(id): Path<usize>) -> Result<String, StatusCode> {
    let count = SHELVES.get(id.wrapping_sub(1));
    let count = count.ok_or(StatusCode::NOT_FOUND)?;
    Ok(format!("{count} in the warehouse\n"))
}
