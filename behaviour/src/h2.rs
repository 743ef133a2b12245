//! HTTP/2 client over cleartext with prior knowledge (RFC 9113, section 3.3).

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future;
use h2::client::{ResponseFuture, SendRequest};
use h2::{Reason, RecvStream, SendStream};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use crate::answer::{Answer, End};
use crate::script::{CloseMode, Leave, Request, RequestBody, Script, Watch};

const TIMEOUT: Duration = Duration::from_secs(10);

/// Plays `script` and returns the answers.
pub(crate) fn play(address: SocketAddr, script: &Script, watch: &Watch<'_>) -> Vec<Answer> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        match tokio::time::timeout(TIMEOUT, run(address, script, watch)).await {
            Ok(answers) => answers.unwrap_or_else(|error| vec![Answer::none(ended(&error))]),
            Err(_) => vec![Answer::none(End::Reset("timeout".to_owned()))],
        }
    })
}

async fn run(
    address: SocketAddr,
    script: &Script,
    watch: &Watch<'_>,
) -> Result<Vec<Answer>, h2::Error> {
    let mut client = Client::open(address).await?;
    match script {
        Script::Sequential(requests) => {
            let mut answers = Vec::new();
            for request in requests {
                let (answer, _upload) = client.send(request).await?;
                answers.push(read(answer).await);
            }
            Ok(answers)
        }
        Script::Pipeline(requests) => {
            let mut answers = Vec::new();
            for request in requests {
                answers.push(client.send(request).await?);
            }
            Ok(future::join_all(answers.into_iter().map(|(answer, _upload)| read(answer))).await)
        }
        Script::Leave(request, when, mode) => {
            let (answer, mut upload) = client.send(request).await?;
            tokio::task::block_in_place(watch.at_work);
            let (seen, body) = match when {
                Leave::BeforeHead => (Answer::none(End::Left), None),
                Leave::InBody => {
                    let (head, mut body) = answer.await?.into_parts();
                    let mut seen = of(&head);
                    seen.body = body.data().await.transpose()?.unwrap_or_default().to_vec();
                    seen.end = End::Left;
                    (seen, Some(body))
                }
            };
            match mode {
                CloseMode::Reset => {
                    upload.send_reset(Reason::CANCEL);
                    // The connection stays open until the server has noticed the reset.
                    tokio::task::block_in_place(watch.gone);
                }
                CloseMode::Close => client.close().await,
            }
            drop(body);
            Ok(vec![seen])
        }
        Script::Raw(_) | Script::Upgrade { .. } => unreachable!("HTTP/1.1 only"),
    }
}

struct Client {
    requests: SendRequest<Bytes>,
    connection: JoinHandle<()>,
}

impl Client {
    async fn open(address: SocketAddr) -> Result<Self, h2::Error> {
        let stream = TcpStream::connect(address).await.expect("a connection");
        stream.set_nodelay(true).expect("a socket");
        let (requests, connection) = h2::client::handshake(stream).await?;
        // The streams report how the connection ended.
        let connection = tokio::spawn(async move { drop(connection.await) });
        Ok(Self {
            requests,
            connection,
        })
    }

    async fn send(
        &mut self,
        request: &Request,
    ) -> Result<(ResponseFuture, SendStream<Bytes>), h2::Error> {
        let mut head = http::Request::builder()
            .method(request.method)
            .uri(format!("http://site{}", request.target));
        for (name, value) in &request.headers {
            head = head.header(*name, value.as_slice());
        }
        let RequestBody {
            declared,
            pieces,
            is_cut,
        } = request.body.clone();
        if let Some(length) = declared {
            head = head.header("content-length", length);
        }
        let head = head
            .version(http::Version::HTTP_2)
            .body(())
            .expect("a valid request");
        let mut requests = self.requests.clone().ready().await?;
        let bodiless = !is_cut && pieces.iter().all(Vec::is_empty);
        let (answer, mut upload) = requests.send_request(head, bodiless)?;
        let last = pieces.len().saturating_sub(1);
        for (at, piece) in pieces.into_iter().enumerate().filter(|_| !bodiless) {
            // Fails if the server has answered and reset the stream.
            let _ = upload.send_data(piece.into(), !is_cut && at == last);
        }
        Ok((answer, upload))
    }

    async fn close(self) {
        self.connection.abort();
        let _ = self.connection.await;
    }
}

async fn read(answer: ResponseFuture) -> Answer {
    let (head, body) = match answer.await {
        Ok(answer) => answer.into_parts(),
        Err(error) => return Answer::none(ended(&error)),
    };
    let mut seen = of(&head);
    if let Err(error) = read_body(body, &mut seen).await {
        seen.end = ended(&error);
    }
    seen
}

async fn read_body(mut body: RecvStream, seen: &mut Answer) -> Result<(), h2::Error> {
    while let Some(data) = body.data().await.transpose()? {
        body.flow_control().release_capacity(data.len())?;
        seen.body.extend_from_slice(&data);
    }
    if let Some(trailers) = body.trailers().await? {
        seen.trailers = pairs(&trailers);
    }
    Ok(())
}

fn of(head: &http::response::Parts) -> Answer {
    Answer::new(head.status.as_u16(), pairs(&head.headers))
}

fn pairs(headers: &http::HeaderMap) -> Vec<(String, Vec<u8>)> {
    headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()))
        .collect()
}

fn ended(error: &h2::Error) -> End {
    error
        .reason()
        .map_or(End::Closed, |reason| End::Reset(format!("{reason:?}")))
}
