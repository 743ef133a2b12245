//! Server of requests in this process.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::runtime::Builder;
use tokio::task::yield_now;

use super::variants::Variant;
use super::{BODY, Profile};
use crate::Result;
use crate::subject::gomon;

/// Number of requests per batch, after which the monitor delivers. It is small, so that the dispatcher rarely runs.
pub const BATCH: usize = 10;
/// Number of batches until pools and buffers have their final sizes.
const WARM_UP: usize = 40;
/// Number of batches that [`serve_one`] serves.
const COUNTED: usize = 100;

type Connection<'a> = Pin<&'a mut dyn Future<Output = hyper::Result<()>>>;

/// Serves the batches of a warm-up, then the counted ones.
///
/// # Errors
///
/// Fails if a response is wrong, or if the monitor did not deliver the events of all requests.
pub fn drive(variant: &Variant, profile: &Profile) -> Result<()> {
    gomon::prepare_for(variant.name)?;
    // Converted once per connection, like in `axum::serve`.
    let router = (variant.router)()?.with_state(());
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let (mut client, server) = duplex(64 * 1024);
        let service = TowerToHyperService::new(router);
        let mut connection =
            pin!(http1::Builder::new().serve_connection(TokioIo::new(server), service));
        let mut before = 0;
        for _ in 0..WARM_UP {
            before = batch(&mut client, connection.as_mut(), profile, warm_up).await?;
        }
        let mut after = before;
        for _ in 0..COUNTED {
            after = batch(&mut client, connection.as_mut(), profile, serve_one).await?;
        }
        let delivered = after - before;
        let requests = COUNTED * BATCH;
        if variant.is_recorded && delivered != requests as u64 {
            return Err(format!("{delivered} events of {requests} requests").into());
        }
        Ok(())
    })
}

/// Like [`serve_one`], without being counted.
fn warm_up(connection: Connection<'_>, cx: &mut Context<'_>) -> Poll<hyper::Result<()>> {
    connection.poll(cx)
}

/// Serves one request, by one poll of the connection. Callgrind counts this function.
#[inline(never)]
pub fn serve_one(connection: Connection<'_>, cx: &mut Context<'_>) -> Poll<hyper::Result<()>> {
    connection.poll(cx)
}

async fn batch(
    client: &mut DuplexStream,
    mut connection: Connection<'_>,
    profile: &Profile,
    serve: fn(Connection<'_>, &mut Context<'_>) -> Poll<hyper::Result<()>>,
) -> Result<u64> {
    let mut response = [0; 1024];
    for _ in 0..BATCH {
        // Otherwise tokio's cooperative budget would end in the middle of a request.
        yield_now().await;
        client.write_all(profile.bytes).await?;
        if let Poll::Ready(end) = poll_fn(|cx| Poll::Ready(serve(connection.as_mut(), cx))).await {
            end?;
            return Err("the connection ended".into());
        }
        let length = client.read(&mut response).await?;
        let response = response.get(..length).unwrap_or_default();
        if !response.starts_with(b"HTTP/1.1 200 ") || !response.ends_with(BODY.as_bytes()) {
            return Err("unexpected response".into());
        }
    }
    Ok(end_batch())
}

/// Delivers the events of a batch and returns their number so far. Callgrind writes its counts after it.
#[inline(never)]
pub fn end_batch() -> u64 {
    gomon::settle();
    gomon::delivered()
}
