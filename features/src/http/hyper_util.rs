//! hyper-util's client: ours, and one that the program builds.

use std::error::Error;

use gomon_http::client::{Client, MonitoredConnector};
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Bytes;
use hyper_util::client::legacy::{self, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let ours = gomon_http::client::<Empty<Bytes>>();
    let response = ours.get("http://localhost:3000/goods".parse()?).await?;
    response.into_body().collect().await?;

    let connector = MonitoredConnector::new(HttpConnector::new());
    let inner = legacy::Client::builder(TokioExecutor::new()).build(connector);
    let built: Client<_, Empty<Bytes>> = Client::new(inner);
    drop(built.get("http://localhost:3000/goods".parse()?).await?);
    Ok(())
}
