//! reqwest's client with recorded connections, name lookups and calls.

use gomon_http::client::{
    MonitoredClient, MonitoredResolver, MonitoringConnectorLayer, SystemResolver,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), reqwest::Error> {
    let client = reqwest::Client::builder()
        .connector_layer(MonitoringConnectorLayer::new())
        .dns_resolver(MonitoredResolver::new(SystemResolver::new()))
        .build()?;
    let client = MonitoredClient::new(client);
    let request = client.inner().get("http://localhost:3000/goods").build()?;
    client.execute(request).await?.text().await?;
    Ok(())
}
