//! Load generator, at full speed or at a fixed rate.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Builder;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval_at};

use crate::Result;
use crate::request::profile;

const CONNECTIONS: u32 = 16;
const BODY: &[u8] = b"Hello, World!";

/// Sends requests as fast as possible; returns the number of responses and the elapsed seconds.
///
/// # Errors
///
/// Fails if a connection breaks or a response is wrong.
pub fn run(port: u16, stretch: Duration) -> Result<(u64, f64)> {
    connect(port, profile("bench")?.bytes, None, stretch)
}

/// Like [`run`], with this request and at most `rate` requests per second.
///
/// # Errors
///
/// Fails if a connection breaks or a response is wrong.
pub fn run_at(
    port: u16,
    request: &'static [u8],
    rate: u32,
    stretch: Duration,
) -> Result<(u64, f64)> {
    connect(port, request, Some(Duration::from_secs(1) / rate), stretch)
}

fn connect(
    port: u16,
    request: &'static [u8],
    between: Option<Duration>,
    stretch: Duration,
) -> Result<(u64, f64)> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let start = Instant::now();
        let mut connections = JoinSet::new();
        for turn in 0..CONNECTIONS {
            // The turns of the connections are evenly distributed over each period.
            let pace = between.map(|pause| (start + pause * turn, pause * CONNECTIONS));
            connections.spawn(connection(port, request, pace, start + stretch));
        }
        let mut answered = 0;
        while let Some(done) = connections.join_next().await {
            answered += done??;
        }
        Ok((answered, start.elapsed().as_secs_f64()))
    })
}

async fn connection(
    port: u16,
    request: &[u8],
    pace: Option<(Instant, Duration)>,
    end: Instant,
) -> Result<u64> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    let mut turns = pace.map(|(first, period)| interval_at(first, period));
    let mut buffer = [0; 1024];
    let mut answered = 0;
    while Instant::now() < end {
        if let Some(turns) = &mut turns {
            turns.tick().await;
        }
        stream.write_all(request).await?;
        let mut filled = 0;
        loop {
            let room = buffer.get_mut(filled..).ok_or("an answer too long")?;
            let length = stream.read(room).await?;
            if length == 0 {
                return Err("the server closed the connection".into());
            }
            filled += length;
            let answer = buffer.get(..filled).unwrap_or_default();
            if !answer.starts_with(b"HTTP/1.1 200 ") {
                return Err("unexpected response".into());
            }
            if answer.ends_with(BODY) {
                break;
            }
        }
        answered += 1;
    }
    Ok(answered)
}
