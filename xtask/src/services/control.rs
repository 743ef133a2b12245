//! Loopback port on which tests request disturbances.
//!
//! The protocol is one line per direction: a request such as `stop redis`, answered by `ok` or an error.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::Duration;

use super::fleet::Fleet;
use crate::failure::{Context as _, Result};

/// Environment variable with the address, set for tests.
pub(crate) const VARIABLE: &str = "GOMON_TEST_CONTROL";
/// Maximum length of a request in bytes.
const MAX_REQUEST: u64 = 128;

/// The control port, served by calls of [`serve`](Self::serve).
///
/// A server ends with the thread that started it. The main thread must therefore restart servers, so the port has no
/// thread.
#[derive(Debug)]
pub(crate) struct Control {
    listener: TcpListener,
    address: String,
}

impl Control {
    /// Binds a free port.
    pub(crate) fn new() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("a free port")?;
        listener.set_nonblocking(true).context("a free port")?;
        let address = listener.local_addr().context("a free port")?.to_string();
        Ok(Self { listener, address })
    }

    /// Returns the address for tests.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Handles pending requests.
    pub(crate) fn serve(&self, fleet: &mut Fleet) {
        while let Ok((stream, _)) = self.listener.accept() {
            // Best effort: a test that has disconnected needs no answer.
            let _ = answer(&stream, |request| fleet.handle(request));
        }
    }
}

fn answer(mut stream: &TcpStream, handle: impl FnOnce(&str) -> Result<()>) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    let mut request = String::new();
    BufReader::new(stream.take(MAX_REQUEST)).read_line(&mut request)?;
    let response = match handle(request.trim_end()) {
        Ok(()) => "ok".to_owned(),
        Err(failure) => failure.to_string().replace('\n', " "),
    };
    stream.write_all(format!("{response}\n").as_bytes())
}
