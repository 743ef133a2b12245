//! Clients that vanish at random points.

use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future;
use h2::Reason;
use h2::client::SendRequest;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use crate::mix::mix;

/// Maximum number of connections being opened at once; a listener's backlog holds at least 128.
const MAX_OPENING: usize = 100;
/// Streams per HTTP/2 connection.
const STREAMS: u64 = 50;
/// Maximum time to wait for an answer.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The point at which a client vanishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Point {
    /// Never: it reads to the end.
    Never,
    /// Within the head of its request.
    InRequest,
    /// This many milliseconds after its request.
    After(u64),
    /// At the head of the answer.
    AtHead,
    /// At the first bytes of the body.
    InBody,
}

fn point(number: u64) -> Point {
    let dice = mix(number ^ 0x5eed);
    match dice % 8 {
        0..=2 => Point::Never,
        3 => Point::InRequest,
        4 | 5 => Point::After((dice >> 8) % 120),
        6 => Point::AtHead,
        _ => Point::InBody,
    }
}

/// Sends all requests at once, half over HTTP/1.1 and half over HTTP/2, and returns those with complete answers.
pub(super) fn run(address: SocketAddr, requests: u64) -> BTreeSet<u64> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let opening = Arc::new(Semaphore::new(MAX_OPENING));
        let half = requests / 2;
        let singles = (0..half).map(|number| {
            let opening = Arc::clone(&opening);
            tokio::spawn(async move {
                let answer = timeout(TIMEOUT, over_h1(address, &opening, number)).await;
                vec![(number, matches!(answer, Ok(Ok(true))))]
            })
        });
        let shared = (half..requests).step_by(STREAMS as usize).map(|first| {
            let opening = Arc::clone(&opening);
            let numbers = first..requests.min(first + STREAMS);
            tokio::spawn(async move {
                timeout(TIMEOUT, over_h2(address, &opening, numbers))
                    .await
                    .ok()
                    .and_then(Result::ok)
                    .unwrap_or_default()
            })
        });
        let all = future::join_all(singles.chain(shared)).await;
        all.into_iter()
            .flat_map(|seen| seen.expect("no client panics"))
            .filter(|(_, whole)| *whole)
            .map(|(number, _)| number)
            .collect()
    })
}

async fn connect(address: SocketAddr, opening: &Semaphore) -> io::Result<TcpStream> {
    let _permit = opening.acquire().await.map_err(io::Error::other)?;
    TcpStream::connect(address).await
}

/// Sends a request and returns whether the answer was complete.
async fn over_h1(address: SocketAddr, opening: &Semaphore, number: u64) -> io::Result<bool> {
    let mut stream = connect(address, opening).await?;
    let request =
        format!("GET /vanish/{number} HTTP/1.1\r\nhost: site\r\nconnection: close\r\n\r\n");
    let point = point(number);
    if point == Point::InRequest {
        stream.write_all(&request.as_bytes()[..20]).await?;
        return Ok(false);
    }
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    match point {
        Point::Never => {
            stream.read_to_end(&mut answer).await?;
            return Ok(answer.ends_with(b"\r\n0\r\n\r\n"));
        }
        Point::After(milliseconds) => sleep(Duration::from_millis(milliseconds)).await,
        Point::AtHead | Point::InRequest => drop(stream.read_u8().await?),
        Point::InBody => {
            while !answer.ends_with(b"chunk\n") && stream.read_buf(&mut answer).await? > 0 {}
        }
    }
    if number.is_multiple_of(2) {
        // Reset the connection instead of closing it gracefully.
        stream.set_zero_linger()?;
    }
    Ok(false)
}

/// Sends requests on one connection, and closes it abruptly after the last.
async fn over_h2(
    address: SocketAddr,
    opening: &Semaphore,
    numbers: std::ops::Range<u64>,
) -> Result<Vec<(u64, bool)>, h2::Error> {
    let stream = connect(address, opening).await.expect("a connection");
    let (requests, connection) = h2::client::handshake(stream).await?;
    let connection = tokio::spawn(async move { drop(connection.await) });
    let streams = numbers.map(|number| {
        let requests = requests.clone();
        async move { (number, over_stream(requests, number).await.unwrap_or(false)) }
    });
    let seen = future::join_all(streams).await;
    connection.abort();
    Ok(seen)
}

async fn over_stream(requests: SendRequest<Bytes>, number: u64) -> Result<bool, h2::Error> {
    let point = point(number);
    if point == Point::InRequest {
        return Ok(false);
    }
    let request = http::Request::get(format!("http://site/vanish/{number}"))
        .version(http::Version::HTTP_2)
        .body(())
        .expect("a valid request");
    let (answer, mut upload) = requests.ready().await?.send_request(request, true)?;
    match point {
        Point::Never => {
            let mut body = answer.await?.into_body();
            while let Some(data) = body.data().await.transpose()? {
                body.flow_control().release_capacity(data.len())?;
            }
            return Ok(body.is_end_stream());
        }
        Point::After(milliseconds) => sleep(Duration::from_millis(milliseconds)).await,
        Point::AtHead | Point::InRequest => drop(answer.await?),
        Point::InBody => drop(answer.await?.into_body().data().await),
    }
    upload.send_reset(Reason::CANCEL);
    Ok(false)
}
