//! Load generator, at full speed or at a fixed rate.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;
use tokio::time::{Instant, interval_at};

use crate::Result;
use crate::request::{BODY, Profile};
use crate::rounds::Burst;

const CONNECTIONS: u32 = 16;

/// Sends requests of a profile as fast as possible, or at most `rate` per second.
///
/// # Errors
///
/// Fails if a connection breaks or a response is wrong.
pub fn run(
    port: u16,
    profile: &'static Profile,
    rate: Option<u32>,
    stretch: Duration,
) -> Result<Burst> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let start = Instant::now();
    let connections = (0..CONNECTIONS).map(|turn| {
        // The turns of the connections are evenly distributed over each period.
        let pace = rate.map(|rate| {
            let pause = Duration::from_secs(1) / rate;
            (start + pause * turn, pause * CONNECTIONS)
        });
        connection(port, profile.bytes, pace, start + stretch)
    });
    run_all(&runtime, connections)
}

/// Runs tasks at the same time and measures this thread; an operation is a response that a task counts.
///
/// # Errors
///
/// Fails if a task fails.
pub fn run_all<F>(runtime: &Runtime, tasks: impl IntoIterator<Item = F>) -> Result<Burst>
where
    F: Future<Output = Result<u64>> + Send + 'static,
{
    let mut answered = Ok(0);
    let burst = Burst::of(0, || {
        answered = runtime.block_on(async {
            let mut tasks: JoinSet<_> = tasks.into_iter().collect();
            let mut answered = 0;
            while let Some(done) = tasks.join_next().await {
                answered += done??;
            }
            Result::Ok(answered)
        });
    });
    Ok(Burst {
        operations: answered? as f64,
        ..burst
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
            if answer.ends_with(BODY.as_bytes()) {
                break;
            }
        }
        answered += 1;
    }
    Ok(answered)
}
