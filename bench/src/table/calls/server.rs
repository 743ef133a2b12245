//! What is called.

use std::io::{Read, Result, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

/// The bytes of the body of every answer.
pub(super) const LENGTH: usize = 13;

const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 13\r\n\r\nHello, World!";

/// A server that reads to the end of a head and answers the same to all, a thread for each connection.
pub(super) fn serve() -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::Builder::new().spawn(move || {
        for stream in listener.incoming().flatten() {
            // A connection without a thread is closed, which its client sees.
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
            .is_some_and(|it| it.ends_with(b"\r\n\r\n"))
        {
            stream.write_all(ANSWER)?;
            filled = 0;
        }
    }
}
