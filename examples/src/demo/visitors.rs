//! Clients of the shop: requests of every kind over TCP connections.

use std::fmt;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

/// A request and its timeout.
struct Visit {
    request: &'static str,
    body: &'static str,
    timeout: Duration,
}

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

const VISITS: [Visit; 13] = [
    Visit::to("GET /goods"),
    Visit::to("GET /goods/3?token=secret"),
    Visit::to("GET /goods/77"),
    Visit::to("POST /cart").with_body("tea"),
    Visit::to("GET /stock/1"),
    Visit::to("GET /stock/77"),
    Visit::to("GET /checkout"),
    Visit::to("GET /checkout").within(Duration::from_millis(50)),
    Visit::to("GET /ticker"),
    Visit::to("GET /ticker").within(Duration::from_millis(350)),
    Visit::to("GET /report"),
    Visit::to("GET /vault"),
    Visit::to("GET /nowhere"),
];

/// Results of the visits.
#[derive(Default)]
pub(crate) struct Seen {
    answered: u64,
    unanswered: u64,
    cancelled: u64,
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} requests answered, {} unanswered, {} cancelled by the client.",
            self.answered, self.unanswered, self.cancelled
        )
    }
}

/// Sends requests one after the other for `duration`.
pub(crate) async fn send(port: u16, duration: Duration) -> Seen {
    let end = Instant::now() + duration;
    let mut seen = Seen::default();
    for visit in VISITS.iter().cycle() {
        if Instant::now() >= end {
            break;
        }
        match timeout(visit.timeout, visit.make(port)).await {
            Ok(Ok(true)) => seen.answered += 1,
            // A panic in the handler closed the connection.
            Ok(Ok(false) | Err(_)) => seen.unanswered += 1,
            Err(_) => seen.cancelled += 1,
        }
        sleep(Duration::from_millis(150)).await;
    }
    seen
}

impl Visit {
    const fn to(request: &'static str) -> Self {
        Self {
            request,
            body: "",
            timeout: DEFAULT_TIMEOUT,
        }
    }

    const fn with_body(self, body: &'static str) -> Self {
        Self { body, ..self }
    }

    const fn within(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Sends the request and returns whether there was a response.
    async fn make(&self, port: u16) -> std::io::Result<bool> {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
        let head = format!(
            "{} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nuser-agent: visitor/1\r\naccept: */*\r\n\
             authorization: Bearer secret\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{}",
            self.request,
            self.body.len(),
            self.body,
        );
        stream.write_all(head.as_bytes()).await?;
        let mut response = Vec::new();
        stream.read_to_end(&mut response).await?;
        Ok(!response.is_empty())
    }
}
