//! Server of the calls.

use std::io::{Read, Result, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

/// Length of the body of every response.
pub(super) const LENGTH: usize = 13;

const RESPONSE: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 13\r\n\r\nHello, World!";

/// Starts a server with a thread per connection, which answers every request head with the same response.
pub(super) fn serve() -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::Builder::new().spawn(move || {
        for stream in listener.incoming().flatten() {
            // If no thread starts, the connection is closed.
            drop(thread::Builder::new().spawn(move || answer(stream)));
        }
    })?;
    Ok(address)
}

fn answer(mut stream: TcpStream) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut head = [0; 1024];
    let mut filled = 0;
    loop {
        let room = head.get_mut(filled..).unwrap_or_default();
        match stream.read(room)? {
            0 => return Ok(()),
            length => filled += length,
        }
        if head
            .get(..filled)
            .is_some_and(|head| head.ends_with(b"\r\n\r\n"))
        {
            stream.write_all(RESPONSE)?;
            filled = 0;
        }
    }
}
