//! The shop's own customers: requests of every kind, over real connections.

use std::fmt;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

/// A request, and how long its sender waits for the answer.
struct Visit {
    request: &'static str,
    body: &'static str,
    patience: Duration,
}

const LONG: Duration = Duration::from_secs(10);

const VISITS: [Visit; 13] = [
    Visit {
        request: "GET /goods",
        body: "",
        patience: LONG,
    },
    Visit {
        request: "GET /goods/3?token=secret",
        body: "",
        patience: LONG,
    },
    Visit {
        request: "GET /goods/77",
        body: "",
        patience: LONG,
    },
    Visit {
        request: "POST /cart",
        body: "tea",
        patience: LONG,
    },
    Visit {
        request: "GET /stock/1",
        body: "",
        patience: LONG,
    },
    Visit {
        request: "GET /stock/77",
        body: "",
        patience: LONG,
    },
    Visit {
        request: "GET /checkout",
        body: "",
        patience: LONG,
    },
    Visit {
        request: "GET /checkout",
        body: "",
        patience: Duration::from_millis(50),
    },
    Visit {
        request: "GET /ticker",
        body: "",
        patience: LONG,
    },
    Visit {
        request: "GET /ticker",
        body: "",
        patience: Duration::from_millis(350),
    },
    Visit {
        request: "GET /report",
        body: "",
        patience: LONG,
    },
    Visit {
        request: "GET /vault",
        body: "",
        patience: LONG,
    },
    Visit {
        request: "GET /nowhere",
        body: "",
        patience: LONG,
    },
];

/// What came of the visits.
#[derive(Default)]
pub(crate) struct Seen {
    answered: u64,
    unanswered: u64,
    left: u64,
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} requests were answered, {} were not, and {} customers left early.",
            self.answered, self.unanswered, self.left
        )
    }
}

/// Sends requests for so long, one after the other.
pub(crate) async fn send(port: u16, how_long: Duration) -> Seen {
    let end = Instant::now() + how_long;
    let mut seen = Seen::default();
    for visit in VISITS.iter().cycle() {
        if Instant::now() >= end {
            break;
        }
        match timeout(visit.patience, visit.make(port)).await {
            Ok(Ok(true)) => seen.answered += 1,
            // A handler panicked, and the connection was closed: one of the things to be shown.
            Ok(Ok(false) | Err(_)) => seen.unanswered += 1,
            Err(_) => seen.left += 1,
        }
        sleep(Duration::from_millis(150)).await;
    }
    seen
}

impl Visit {
    /// Whether there was an answer.
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
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        Ok(!answer.is_empty())
    }
}
