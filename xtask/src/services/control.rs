//! A loopback port on which tests ask for trouble: one line in, one line out, `ok` or what failed.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::Duration;

use super::fleet::Fleet;
use crate::failure::{Context as _, Result};

/// The variable in which tests find the port.
pub(crate) const VARIABLE: &str = "GOMON_TEST_CONTROL";
/// Longer than any request.
const LONGEST: u64 = 128;

/// The port, served whenever somebody calls [`serve`](Self::serve).
///
/// Servers die with the thread that started them, so it has to be the main thread that starts
/// them again: there is no thread here.
#[derive(Debug)]
pub(crate) struct Control {
    listener: TcpListener,
    address: String,
}

impl Control {
    /// Opens a free port.
    pub(crate) fn new() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("a free port")?;
        listener.set_nonblocking(true).context("a free port")?;
        let address = listener.local_addr().context("a free port")?.to_string();
        Ok(Self { listener, address })
    }

    /// Where tests connect.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Does what tests have asked for meanwhile.
    pub(crate) fn serve(&self, fleet: &mut Fleet) {
        while let Ok((stream, _)) = self.listener.accept() {
            // A test that left again misses its answer, nothing else.
            let _ = answer(&stream, |request| fleet.obey(request));
        }
    }
}

fn answer(mut stream: &TcpStream, obey: impl FnOnce(&str) -> Result<()>) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    let mut request = String::new();
    BufReader::new(stream.take(LONGEST)).read_line(&mut request)?;
    let told = match obey(request.trim_end()) {
        Ok(()) => "ok".to_owned(),
        Err(failure) => failure.to_string().replace('\n', " "),
    };
    stream.write_all(format!("{told}\n").as_bytes())
}
