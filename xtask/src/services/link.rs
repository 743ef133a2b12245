//! TCP proxy between clients and a server that can be cut.
//!
//! Clients connect to the link's port, which stays the same if the server returns on another one. While the link is
//! cut, no byte passes and no connection is closed, as with an unplugged network cable.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;

use crate::failure::{Context as _, Result};

/// A loopback port that forwards to a server.
#[derive(Debug)]
pub(crate) struct Link {
    port: u16,
    wire: Arc<Wire>,
}

impl Link {
    /// Creates a link on a free port, without a server yet.
    pub(crate) fn new() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("a free port")?;
        let port = listener.local_addr().context("a free port")?.port();
        let wire = Arc::<Wire>::default();
        let shared = Arc::clone(&wire);
        spawn(move || accept(&listener, &shared)).context("a thread for a link")?;
        Ok(Self { port, wire })
    }

    /// Returns the port for clients.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Sets the port of the server.
    pub(crate) fn connect_to(&self, port: u16) {
        self.wire.server.store(port, Ordering::Relaxed);
    }

    /// Stops forwarding.
    pub(crate) fn cut(&self) {
        self.wire.set_cut(true);
    }

    /// Resumes forwarding, including delayed bytes.
    pub(crate) fn mend(&self) {
        self.wire.set_cut(false);
    }
}

#[derive(Debug, Default)]
struct Wire {
    server: AtomicU16,
    cut: Mutex<bool>,
    mended: Condvar,
}

impl Wire {
    fn set_cut(&self, cut: bool) {
        *self.cut.lock().unwrap_or_else(PoisonError::into_inner) = cut;
        self.mended.notify_all();
    }

    fn wait_until_whole(&self) {
        let cut = self.cut.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.mended.wait_while(cut, |cut| *cut));
    }

    fn connect(&self) -> io::Result<TcpStream> {
        self.wait_until_whole();
        TcpStream::connect((Ipv4Addr::LOCALHOST, self.server.load(Ordering::Relaxed)))
    }
}

fn accept(listener: &TcpListener, wire: &Arc<Wire>) {
    for client in listener.incoming().flatten() {
        let wire = Arc::clone(wire);
        // If no thread can be started, the connection is closed, as by a full server.
        let _ = spawn(move || {
            let _ = join(&client, &wire);
        });
    }
}

/// Forwards bytes in both directions until both sides have closed.
fn join(client: &TcpStream, wire: &Arc<Wire>) -> io::Result<()> {
    let server = wire.connect()?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from, to, shared) = (client.try_clone()?, server.try_clone()?, Arc::clone(wire));
    spawn(move || pump(from, to, &shared))?;
    pump(server, client.try_clone()?, wire);
    Ok(())
}

fn pump(mut from: TcpStream, mut to: TcpStream, wire: &Wire) {
    let mut buffer = [0; 16 * 1024];
    loop {
        let read = from.read(&mut buffer);
        wire.wait_until_whole();
        let passed = match read {
            Ok(0) => {
                let _ = to.shutdown(Shutdown::Write);
                return;
            }
            Ok(length) => to.write_all(buffer.get(..length).unwrap_or_default()),
            Err(error) => Err(error),
        };
        if passed.is_err() {
            let _ = from.shutdown(Shutdown::Both);
            let _ = to.shutdown(Shutdown::Both);
            return;
        }
    }
}

fn spawn(work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new()
        .name("link".to_owned())
        .stack_size(128 * 1024)
        .spawn(work)
        .map(drop)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn echo_server() -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        spawn(move || {
            for stream in listener.incoming().flatten() {
                let back = stream.try_clone().unwrap();
                spawn(move || {
                    let _ = io::copy(&mut &stream, &mut &back);
                    let _ = back.shutdown(Shutdown::Write);
                })
                .unwrap();
            }
        })
        .unwrap();
        port
    }

    fn client(link: &Link) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", link.port())).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_millis(200)))
            .unwrap();
        stream
    }

    #[test]
    fn bytes_and_eof_are_forwarded() {
        let link = Link::new().unwrap();
        link.connect_to(echo_server());
        let mut stream = client(&link);
        stream.write_all(b"hello").unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut back = Vec::new();
        stream.read_to_end(&mut back).unwrap();
        assert_eq!(back, b"hello");
    }

    #[test]
    fn cut_link_delays_bytes_until_mended() {
        let link = Link::new().unwrap();
        link.connect_to(echo_server());
        let mut stream = client(&link);
        link.cut();
        stream.write_all(b"late").unwrap();
        let mut back = [0; 4];
        let waited = stream.read_exact(&mut back).unwrap_err();
        assert!(matches!(
            waited.kind(),
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
        ));
        link.mend();
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        stream.read_exact(&mut back).unwrap();
        assert_eq!(&back, b"late");
    }

    #[test]
    fn absent_server_closes_the_connection() {
        let link = Link::new().unwrap();
        let gone = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        link.connect_to(gone);
        let mut stream = client(&link);
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        assert!(matches!(stream.read(&mut [0; 1]), Ok(0) | Err(_)));
    }
}
