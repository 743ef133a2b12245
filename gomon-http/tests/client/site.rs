//! A hand-written server, which can also break the protocol.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;

pub(crate) struct Site {
    pub(crate) address: SocketAddr,
    /// Each permit lets one `/slow` continue.
    pub(crate) gate: Arc<Semaphore>,
    pub(crate) connections: Arc<AtomicUsize>,
}

impl Site {
    pub(crate) async fn open() -> Self {
        Self::with(None).await
    }

    pub(crate) async fn with(tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let site = Self {
            address: listener.local_addr().unwrap(),
            gate: Arc::new(Semaphore::new(0)),
            connections: Arc::default(),
        };
        let (gate, connections) = (Arc::clone(&site.gate), Arc::clone(&site.connections));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                connections.fetch_add(1, Relaxed);
                let (gate, tls) = (Arc::clone(&gate), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => drop(answer(stream, &gate).await),
                        Some(tls) => {
                            let Ok(stream) = tls.accept(stream).await else {
                                return;
                            };
                            drop(answer(stream, &gate).await);
                        }
                    }
                });
            }
        });
        site
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn uri(&self, path: &str) -> http::Uri {
        self.url(path).parse().unwrap()
    }

    /// A URL whose host must be looked up.
    pub(crate) fn named(&self, scheme: &str, host: &str, path: &str) -> String {
        format!("{scheme}://{host}:{}{path}", self.address.port())
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Relaxed)
    }
}

async fn answer<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    gate: &Semaphore,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let head = read_head(&mut stream).await?;
        let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
        let length = field(&head, "content-length").map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await?;
        let is_head = head.starts_with("HEAD ");
        let fixed = |status: &str, headers: &str, body: &str| {
            let length = body.len();
            let body = if is_head { "" } else { body };
            format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n{headers}\r\n{body}")
        };
        let text = match path.split('?').next().unwrap_or_default() {
            "/fix" => fixed("200 OK", "content-type: text/plain\r\n", "hello"),
            "/slow" => {
                gate.acquire().await.unwrap().forget();
                fixed("200 OK", "", "hello")
            }
            "/redirect" => fixed("302 Found", "location: /fix?token=abc\r\n", "there"),
            "/again" => fixed("307 Temporary Redirect", "location: /echo\r\n", ""),
            "/echo" => fixed("200 OK", "", &String::from_utf8_lossy(&body)),
            "/secret" => fixed("200 OK", "set-cookie: id=hunter2\r\nauthorization: Bearer hunter2\r\n", ""),
            "/no-content" => "HTTP/1.1 204 No Content\r\n\r\n".to_owned(),
            "/upgrade" => {
                "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n".to_owned()
            }
            "/headers" => fixed("200 OK", "", &head),
            "/chunks" => {
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n3\r\nyou\r\n0\r\n\r\n".to_owned()
            }
            "/drip" => "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n".to_owned(),
            "/cut" => "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello".to_owned(),
            "/garbage" => "NONSENSE\r\n\r\n".to_owned(),
            "/huge" => fixed("200 OK", &format!("x-huge: {}\r\n", "a".repeat(64 * 1024)), "hello"),
            "/many" => fixed("200 OK", &"x-many: a\r\n".repeat(90), "hello"),
            "/hostile" => fixed("200 OK", "content-type: a\u{9}b\u{e9}\u{202e}\r\nx-request-id: \r\n", "hello"),
            "/lying" => "HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999999\r\n\r\nhello".to_owned(),
            "/hang" => {
                // Until the client disconnects.
                drop(stream.read_u8().await);
                return Ok(());
            }
            status => {
                let status = status.strip_prefix("/status/").unwrap_or("404");
                fixed(&format!("{status} Told"), "", "so it is")
            }
        };
        stream.write_all(text.as_bytes()).await?;
        stream.flush().await?;
        match &*path {
            "/cut" | "/garbage" | "/lying" => return Ok(()),
            "/drip" => {
                drop(stream.read_u8().await);
                return Ok(());
            }
            _ => {}
        }
    }
}

async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> std::io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// Returns the value of a header.
pub(crate) fn field<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    head.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then_some(value.trim())
    })
}
