//! Asks a server as fast as it answers.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Builder;
use tokio::task::JoinSet;

use crate::Result;

const CONNECTIONS: usize = 16;
const REQUEST: &[u8] =
    b"GET /hello HTTP/1.1\r\nhost: localhost\r\nuser-agent: bench\r\naccept: */*\r\n\r\n";
const BODY: &[u8] = b"Hello, World!";

/// Requests that were answered, and the seconds it took.
///
/// # Errors
///
/// A connection broke, or an answer was not the one expected.
pub fn run(port: u16, stretch: Duration) -> Result<(u64, f64)> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let start = Instant::now();
        let mut connections = JoinSet::new();
        for _ in 0..CONNECTIONS {
            connections.spawn(connection(port, start + stretch));
        }
        let mut answered = 0;
        while let Some(done) = connections.join_next().await {
            answered += done??;
        }
        Ok((answered, start.elapsed().as_secs_f64()))
    })
}

async fn connection(port: u16, end: Instant) -> Result<u64> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    let mut buffer = [0; 1024];
    let mut answered = 0;
    while Instant::now() < end {
        stream.write_all(REQUEST).await?;
        let mut filled = 0;
        loop {
            let room = buffer.get_mut(filled..).ok_or("an answer too long")?;
            let length = stream.read(room).await?;
            if length == 0 {
                return Err("the server hung up".into());
            }
            filled += length;
            let answer = buffer.get(..filled).unwrap_or_default();
            if !answer.starts_with(b"HTTP/1.1 200 ") {
                return Err("not the answer expected".into());
            }
            if answer.ends_with(BODY) {
                break;
            }
        }
        answered += 1;
    }
    Ok(answered)
}
