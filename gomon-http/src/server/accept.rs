//! Sources of connections.

use std::future::Future;
use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;

/// A source of connections, such as a TCP or Unix listener. Implement it for a listener that speaks TLS.
///
/// # Examples
///
/// ```
/// use std::io;
/// use std::net::SocketAddr;
/// use gomon_http::server::Accept;
/// use tokio::net::{TcpListener, TcpStream};
///
/// /// Sends small responses at once.
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
    /// The type of a connection.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// Returns the next connection and the address of its peer, if it has one.
    ///
    /// # Errors
    ///
    /// No connection could be accepted. The server tries again: at once if the client caused the error, as with
    /// `ConnectionReset`, otherwise after a short pause.
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
