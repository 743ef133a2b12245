//! Whether a server answers, asked in the first words of its own protocol.
//!
//! An open port is not enough: servers accept connections before they can serve them.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::service::{SECRET, Service};

const PATIENCE: Duration = Duration::from_millis(300);

/// Whether the server at `address` answers a client.
pub(crate) fn answers(service: Service, address: SocketAddr) -> bool {
    ask(service, address).unwrap_or(false)
}

fn ask(service: Service, address: SocketAddr) -> io::Result<bool> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    match service {
        // A request for authentication; while it starts up, it sends an error instead.
        Service::Postgres => {
            stream.write_all(&postgres_startup())?;
            Ok(first(&mut stream)? == [b'R'])
        }
        // The greeting comes unasked: three bytes of length, a zero, protocol version 10.
        Service::Mariadb => Ok(first::<5>(&mut stream)?.ends_with(&[0, 10])),
        Service::Redis => {
            stream.write_all(b"PING\r\n")?;
            let answer = first::<5>(&mut stream)?;
            Ok(&answer == b"+PONG" || &answer == b"-NOAU")
        }
        // The same correlation id and error code 0.
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

/// `StartupMessage` of protocol 3.0.
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

/// `ApiVersionsRequest` (key 18) version 0 with correlation id 7 and no client id.
fn kafka_api_versions() -> Vec<u8> {
    let request = [0, 18, 0, 0, 0, 0, 0, 7, 0xff, 0xff];
    [&[0, 0, 0, 10], request.as_slice()].concat()
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// A server that says one thing to whoever connects.
    fn server_that_says(words: &'static [u8]) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::Builder::new()
            .spawn(move || {
                let (mut stream, _) = listener.accept().unwrap();
                // A close with bytes unread would reset the connection under the answer.
                let _ = stream.set_read_timeout(Some(Duration::from_millis(100)));
                let _ = stream.read(&mut [0; 256]);
                stream.write_all(words).unwrap();
            })
            .unwrap();
        address
    }

    #[test]
    fn each_protocol_knows_its_answer() {
        assert!(answers(Service::Postgres, server_that_says(b"R\0\0\0\x08")));
        assert!(answers(
            Service::Mariadb,
            server_that_says(b"\x4a\0\0\0\x0a5.5.5-10.11")
        ));
        assert!(answers(Service::Redis, server_that_says(b"+PONG\r\n")));
        assert!(answers(
            Service::Kafka,
            server_that_says(b"\0\0\0\x0c\0\0\0\x07\0\0\0\0\0\0")
        ));
    }

    #[test]
    fn server_that_is_starting_is_not_ready() {
        assert!(!answers(
            Service::Postgres,
            server_that_says(b"E\0\0\0\x08")
        ));
        assert!(!answers(Service::Redis, server_that_says(b"-LOADING\r\n")));
    }

    #[test]
    fn nobody_listening_is_no_answer() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        assert!(!answers(Service::Redis, address));
    }
}
