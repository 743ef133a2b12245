//! The middleware for reqwest's client.

use gomon_http::client::MonitoringMiddleware;
use reqwest_middleware::ClientBuilder;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), reqwest_middleware::Error> {
    let client = ClientBuilder::new(reqwest::Client::new())
        .with(MonitoringMiddleware::new())
        .build();
    let response = client.get("http://localhost:3000/goods").send().await?;
    response.text().await?;
    Ok(())
}
