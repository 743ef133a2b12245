//! Readiness probe that starts each server's protocol.
//!
//! An open port is not enough, because servers accept connections before they can serve them.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::service::{SECRET, Service};

/// Maximum time of a connection attempt, a read or a write.
const TIMEOUT: Duration = Duration::from_millis(300);

/// Returns whether the server at `address` responds.
pub(crate) fn responds(service: Service, address: SocketAddr) -> bool {
    probe(service, address).unwrap_or(false)
}

fn probe(service: Service, address: SocketAddr) -> io::Result<bool> {
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    match service {
        // An authentication request; a starting server sends an error instead.
        Service::Postgres => {
            stream.write_all(&postgres_startup())?;
            Ok(first(&mut stream)? == [b'R'])
        }
        // The greeting: three bytes of length, sequence number 0, protocol version 10.
        Service::Mariadb => Ok(first::<5>(&mut stream)?.ends_with(&[0, 10])),
        Service::Redis => {
            stream.write_all(b"PING\r\n")?;
            let response = first::<5>(&mut stream)?;
            Ok(&response == b"+PONG" || &response == b"-NOAU")
        }
        // Correlation id 7 and error code 0.
        Service::Kafka => {
            stream.write_all(&kafka_api_versions())?;
            Ok(first::<10>(&mut stream)?.ends_with(&[0, 0, 0, 7, 0, 0]))
        }
    }
}

fn first<const N: usize>(stream: &mut TcpStream) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Encodes a `StartupMessage` of protocol 3.0.
fn postgres_startup() -> Vec<u8> {
    let parameters = format!("user\0{SECRET}\0database\0postgres\0\0");
    let length = u32::try_from(parameters.len()).unwrap_or(0) + 8;
    let version = 3_u32 << 16;
    [
        &length.to_be_bytes(),
        &version.to_be_bytes(),
        parameters.as_bytes(),
    ]
    .concat()
}

/// Encodes an `ApiVersionsRequest` (key 18) of version 0 with correlation id 7 and without a client id.
fn kafka_api_versions() -> Vec<u8> {
    let request = [0, 18, 0, 0, 0, 0, 0, 7, 0xff, 0xff];
    [&[0, 0, 0, 10], request.as_slice()].concat()
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// Starts a server that sends `words` to its first client.
    fn server_sending(words: &'static [u8]) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::Builder::new()
            .spawn(move || {
                let (mut stream, _) = listener.accept().unwrap();
                // Closing with unread bytes would reset the connection before the response is read.
                let _ = stream.set_read_timeout(Some(Duration::from_millis(100)));
                let _ = stream.read(&mut [0; 256]);
                stream.write_all(words).unwrap();
            })
            .unwrap();
        address
    }

    #[test]
    fn response_of_each_protocol_is_recognised() {
        assert!(responds(Service::Postgres, server_sending(b"R\0\0\0\x08")));
        assert!(responds(
            Service::Mariadb,
            server_sending(b"\x4a\0\0\0\x0a5.5.5-10.11")
        ));
        assert!(responds(Service::Redis, server_sending(b"+PONG\r\n")));
        assert!(responds(
            Service::Kafka,
            server_sending(b"\0\0\0\x0c\0\0\0\x07\0\0\0\0\0\0")
        ));
    }

    #[test]
    fn starting_server_is_not_ready() {
        assert!(!responds(Service::Postgres, server_sending(b"E\0\0\0\x08")));
        assert!(!responds(Service::Redis, server_sending(b"-LOADING\r\n")));
    }

    #[test]
    fn closed_port_does_not_respond() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        assert!(!responds(Service::Redis, address));
    }
}
