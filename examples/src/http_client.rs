//! A shop that calls its warehouse. Each call is a child of its request, and the warehouse joins the trace.
//!
//! Run `cargo run -p examples --features http_client --bin http_client`; it starts both servers and sends the requests
//! itself. With reqwest the client would be
//! `reqwest_middleware::ClientBuilder::new(client).with(gomon_http::client::MonitoringMiddleware::new()).build()`.

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use gomon_core::{LogListener, Monitor};
use gomon_http::client::{Client, HttpConnector};
use gomon_http::{HttpConfig, TracePolicy};
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use tokio::net::TcpListener;
use tokio::time::timeout;

type Failure = Box<dyn Error + Send + Sync>;
type Http = Client<HttpConnector, Empty<Bytes>>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let gomon = Monitor::builder()
        .app_id("shop")
        .health_interval(None)
        // Safe here, because only our own services call each other.
        .config(HttpConfig::default().with_trace_policy(TracePolicy::Trust))
        .listener(LogListener::stdout())
        .start()?;

    let http = gomon_http::client();
    let warehouse = serve(stock).await?;
    let client: Http = http.clone();
    let shop = serve(move |_| goods(client.clone(), warehouse)).await?;

    // The second call reuses the connection to the warehouse.
    for _ in 0..2 {
        let response = http.get(format!("http://{shop}/goods").parse()?).await?;
        response.into_body().collect().await?;
    }
    // A refused connection, and a call that times out.
    drop(http.get("http://127.0.0.1:1/".parse()?).await);
    let slow = http.get(format!("http://{warehouse}/slow").parse()?);
    drop(timeout(Duration::from_millis(50), slow).await);

    gomon.shutdown(Duration::from_secs(5));
    Ok(())
}

/// Starts a server for `handler` and returns its address.
async fn serve<H, F>(handler: H) -> Result<SocketAddr, Failure>
where
    H: Fn(Request<Incoming>) -> F + Clone + Send + 'static,
    F: Future<Output = Result<Response<Full<Bytes>>, Failure>> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(gomon_http::serve(listener, service_fn(handler)).into_future());
    Ok(address)
}

async fn goods(http: Http, warehouse: SocketAddr) -> Result<Response<Full<Bytes>>, Failure> {
    let response = http
        .get(format!("http://{warehouse}/stock").parse()?)
        .await?;
    let stock = response.into_body().collect().await?.to_bytes();
    Ok(Response::new(Full::new(stock)))
}

async fn stock(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Failure> {
    if request.uri().path() == "/slow" {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    Ok(Response::new(Full::from("3 teas\n")))
}
