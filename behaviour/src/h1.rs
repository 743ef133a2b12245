//! HTTP/1.1 client on a plain socket, so that no library corrects what is sent or read.

use std::io::{self, BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use crate::answer::{Answer, End};
use crate::script::{CloseMode, Leave, Request, RequestBody, Script, Watch};

/// Maximum time to wait for an answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Silence after which the server is assumed to wait for more bytes.
const SILENCE: Duration = Duration::from_secs(1);

/// Plays `script` and returns the answers.
pub(crate) fn play(address: SocketAddr, script: &Script, watch: &Watch<'_>) -> Vec<Answer> {
    let mut connection = Connection::open(address).expect("a connection");
    match script {
        Script::Sequential(requests) => requests
            .iter()
            .map(|request| {
                connection.send(&encoded(request));
                connection.read(request.method)
            })
            .collect(),
        Script::Pipeline(requests) => {
            connection.send(&requests.iter().flat_map(encoded).collect::<Vec<_>>());
            requests
                .iter()
                .map(|request| connection.read(request.method))
                .collect()
        }
        Script::Leave(request, when, CloseMode::Close | CloseMode::Reset) => {
            connection.send(&encoded(request));
            (watch.at_work)();
            match when {
                Leave::BeforeHead => vec![Answer::none(End::Left)],
                Leave::InBody => vec![connection.begin().expect("the first bytes of the body")],
            }
        }
        Script::Raw(bytes) => {
            connection.send(bytes);
            connection.read_all()
        }
        Script::Upgrade { path, protocol } => {
            let request = format!(
                "GET {path} HTTP/1.1\r\nhost: site\r\nconnection: upgrade\r\nupgrade: {protocol}\r\n\r\n"
            );
            connection.send(request.as_bytes());
            let mut answer = connection.read("GET");
            connection.send(b"ping\n");
            let mut line = Vec::new();
            if connection.input.read_until(b'\n', &mut line).is_ok() {
                answer.body = line;
            }
            vec![answer]
        }
    }
}

/// Encodes a request.
fn encoded(request: &Request) -> Vec<u8> {
    let mut bytes = format!(
        "{} {} HTTP/1.1\r\nhost: site\r\n",
        request.method, request.target
    )
    .into_bytes();
    for (name, value) in &request.headers {
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value);
        bytes.extend_from_slice(b"\r\n");
    }
    let RequestBody {
        declared, pieces, ..
    } = &request.body;
    if let Some(length) = declared {
        bytes.extend(format!("content-length: {length}\r\n\r\n").bytes());
        bytes.extend(pieces.concat());
    } else if pieces.is_empty() {
        bytes.extend_from_slice(b"\r\n");
    } else {
        bytes.extend_from_slice(b"transfer-encoding: chunked\r\n\r\n");
        for piece in pieces {
            bytes.extend(format!("{:x}\r\n", piece.len()).bytes());
            bytes.extend_from_slice(piece);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"0\r\n\r\n");
    }
    bytes
}

struct Connection {
    input: BufReader<TcpStream>,
}

impl Connection {
    fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        stream.set_write_timeout(Some(TIMEOUT))?;
        stream.set_nodelay(true)?;
        Ok(Self {
            input: BufReader::new(stream),
        })
    }

    /// Sends bytes and ignores errors: after an early close, the answer can still be read.
    fn send(&mut self, bytes: &[u8]) {
        let _ = self.input.get_mut().write_all(bytes);
    }

    /// Reads one answer to its end.
    fn read(&mut self, method: &str) -> Answer {
        self.try_read(method)
            .unwrap_or_else(|_| Answer::none(End::Closed))
    }

    /// Reads all answers until the server closes, or is silent after a half-close.
    fn read_all(&mut self) -> Vec<Answer> {
        let mut answers = Vec::new();
        if self.is_silent() {
            // Only after a silence: a server may cancel its work when the client closes.
            let _ = self.input.get_ref().shutdown(Shutdown::Write);
        }
        while let Ok(answer) = self.try_read("GET") {
            answers.push(answer);
            if self.is_silent() {
                let _ = self.input.get_ref().shutdown(Shutdown::Write);
            }
        }
        answers
    }

    fn is_silent(&mut self) -> bool {
        let _ = self.input.get_ref().set_read_timeout(Some(SILENCE));
        let heard = self.input.fill_buf().map(<[u8]>::len);
        let _ = self.input.get_ref().set_read_timeout(Some(TIMEOUT));
        heard
            .is_err_and(|error| matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut))
    }

    fn try_read(&mut self, method: &str) -> io::Result<Answer> {
        let mut answer = self.head()?;
        while answer.status == 100 {
            answer = self.head()?;
        }
        let bodiless = method == "HEAD" || matches!(answer.status, 101 | 204 | 304);
        if bodiless {
            return Ok(answer);
        }
        if answer.header("transfer-encoding") == Some(b"chunked") {
            if self.chunks(&mut answer).is_err() {
                answer.end = End::Closed;
            }
            return Ok(answer);
        }
        let length = answer
            .header("content-length")
            .and_then(|length| std::str::from_utf8(length).ok()?.parse().ok());
        let limit = length.unwrap_or(u64::MAX);
        let read = (&mut self.input).take(limit).read_to_end(&mut answer.body);
        if read.is_err() || length.is_some_and(|length| answer.body.len() as u64 != length) {
            answer.end = End::Closed;
        }
        Ok(answer)
    }

    /// Reads the head and the first chunk of the body.
    fn begin(&mut self) -> io::Result<Answer> {
        let mut answer = self.head()?;
        let size = self.chunk_size()?;
        answer.body = vec![0; size];
        self.input.read_exact(&mut answer.body)?;
        answer.end = End::Left;
        Ok(answer)
    }

    fn head(&mut self) -> io::Result<Answer> {
        let status = self.line()?;
        let status = status
            .split(|byte| *byte == b' ')
            .nth(1)
            .and_then(|code| std::str::from_utf8(code).ok()?.parse().ok());
        let status = status.ok_or_else(|| io::Error::other("no status line"))?;
        Ok(Answer::new(status, self.fields()?))
    }

    fn fields(&mut self) -> io::Result<Vec<(String, Vec<u8>)>> {
        let mut fields = Vec::new();
        loop {
            let line = self.line()?;
            let Some(colon) = line.iter().position(|byte| *byte == b':') else {
                return Ok(fields);
            };
            let name = String::from_utf8_lossy(&line[..colon]).to_lowercase();
            fields.push((name, line[colon + 1..].trim_ascii().to_vec()));
        }
    }

    fn chunks(&mut self, answer: &mut Answer) -> io::Result<()> {
        loop {
            let size = self.chunk_size()?;
            if size == 0 {
                answer.trailers = self.fields()?;
                return Ok(());
            }
            let start = answer.body.len();
            answer.body.resize(start + size, 0);
            self.input.read_exact(&mut answer.body[start..])?;
            self.line()?;
        }
    }

    fn chunk_size(&mut self) -> io::Result<usize> {
        let line = self.line()?;
        let size = std::str::from_utf8(&line)
            .ok()
            .and_then(|size| usize::from_str_radix(size, 16).ok());
        size.ok_or_else(|| io::Error::other("no chunk size"))
    }

    fn line(&mut self) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        self.input.read_until(b'\n', &mut line)?;
        if line.pop() != Some(b'\n') {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        line.pop_if(|byte| *byte == b'\r');
        Ok(line)
    }
}
