//! Where a server's connections come from.

use std::future::Future;
use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;

/// A source of connections: TCP and Unix sockets, or one of your own, such as a listener that speaks TLS.
///
/// # Examples
///
/// ```
/// use std::io;
/// use std::net::SocketAddr;
/// use gomon_http::server::Accept;
/// use tokio::net::{TcpListener, TcpStream};
///
/// /// Has small answers sent at once.
/// struct NoDelay(TcpListener);
///
/// impl Accept for NoDelay {
///     type Stream = TcpStream;
///
///     async fn accept(&mut self) -> io::Result<(TcpStream, Option<SocketAddr>)> {
///         let (stream, peer) = self.0.accept().await?;
///         stream.set_nodelay(true)?;
///         Ok((stream, Some(peer)))
///     }
/// }
/// ```
pub trait Accept: Send + 'static {
    /// A connection.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// The next connection, and the address it came from, if it has one.
    ///
    /// # Errors
    ///
    /// There is none to be had now. The server asks again: at once where the kind of the error is one that a client
    /// brings about, such as `ConnectionReset`, else after a moment.
    fn accept(
        &mut self,
    ) -> impl Future<Output = io::Result<(Self::Stream, Option<SocketAddr>)>> + Send;
}

impl Accept for TcpListener {
    type Stream = tokio::net::TcpStream;

    async fn accept(&mut self) -> io::Result<(Self::Stream, Option<SocketAddr>)> {
        let (stream, peer) = Self::accept(self).await?;
        Ok((stream, Some(peer)))
    }
}

#[cfg(unix)]
impl Accept for tokio::net::UnixListener {
    type Stream = tokio::net::UnixStream;

    async fn accept(&mut self) -> io::Result<(Self::Stream, Option<SocketAddr>)> {
        let (stream, _unnamed) = Self::accept(self).await?;
        Ok((stream, None))
    }
}
