//! `COPY` of PostgreSQL, which transfers rows in bulk.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_core::stream::BoxStream;
use sqlx_core::bytes::Bytes;
use sqlx_core::error::Error;
use sqlx_core::io::AsyncRead;
use sqlx_core::pool::PoolConnection;
use sqlx_postgres::{PgConnection, PgCopyIn, PgPoolCopyExt as _, Postgres};

use super::connection::MonitoredConnection;
use super::failure::{complete, with_failure};
use super::pool::MonitoredPool;
use super::watch::Watch;
use gomon_sql::recording::{StatementEvent, StatementKind};

impl MonitoredConnection<Postgres> {
    /// Begins a `COPY … FROM STDIN`, as [`PgConnection::copy_in_raw`] does.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub async fn copy_in_raw(
        &mut self,
        statement: &str,
    ) -> Result<MonitoredCopyIn<&mut PgConnection>, Error> {
        let parts = self.parts();
        let event = parts.scope.statement(StatementKind::Execute, statement);
        MonitoredCopyIn::begun(parts.raw.0.copy_in_raw(statement).await, event, None)
    }

    /// Begins a `COPY … TO STDOUT`, as [`PgConnection::copy_out_raw`] does.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub async fn copy_out_raw<'c>(
        &'c mut self,
        statement: &str,
    ) -> Result<BoxStream<'c, Result<Bytes, Error>>, Error> {
        let parts = self.parts();
        let event = parts.scope.statement(StatementKind::Query, statement);
        CopyOut::begun(parts.raw.0.copy_out_raw(statement).await, event, None)
    }
}

impl MonitoredPool<Postgres> {
    /// Begins a `COPY … FROM STDIN` on a connection of the pool.
    ///
    /// # Errors
    ///
    /// Those of the pool and of the driver.
    pub async fn copy_in_raw(
        &self,
        statement: &str,
    ) -> Result<MonitoredCopyIn<PoolConnection<Postgres>>, Error> {
        let mut watch = self.watch();
        let event = watch.scope().statement(StatementKind::Execute, statement);
        let begun = (**self).copy_in_raw(statement).await;
        given(&mut watch, begun.as_ref().err());
        MonitoredCopyIn::begun(begun, event, Some(watch))
    }

    /// Begins a `COPY … TO STDOUT` on a connection of the pool, and returns the data as a stream.
    ///
    /// # Errors
    ///
    /// Those of the pool and of the driver.
    pub async fn copy_out_raw(
        &self,
        statement: &str,
    ) -> Result<BoxStream<'static, Result<Bytes, Error>>, Error> {
        let mut watch = self.watch();
        let event = watch.scope().statement(StatementKind::Query, statement);
        let begun = (**self).copy_out_raw(statement).await;
        given(&mut watch, begun.as_ref().err());
        CopyOut::begun(begun, event, Some(watch))
    }
}

/// A `COPY … FROM STDIN`. Its event ends when it is finished or aborted, and is cancelled without either.
///
/// It dereferences to the driver's own, for methods that describe the expected data.
///
/// # Examples
///
/// ```
/// use gomon_sqlx::MonitoredPool;
/// use sqlx::Postgres;
///
/// async fn load(pool: &MonitoredPool<Postgres>, csv: &[u8]) -> Result<u64, sqlx::Error> {
///     let mut copy = pool.copy_in_raw("COPY goods FROM STDIN WITH (FORMAT csv)").await?;
///     copy.send(csv).await?;
///     copy.finish().await
/// }
/// ```
#[must_use = "the connection fails with its next use if neither `finish` nor `abort` is called"]
pub struct MonitoredCopyIn<C: DerefMut<Target = PgConnection>> {
    copy: PgCopyIn<C>,
    event: StatementEvent,
    // Dropped last: the connection is returned before its event ends.
    watch: Option<Watch>,
}

impl<C: DerefMut<Target = PgConnection>> MonitoredCopyIn<C> {
    fn begun(
        begun: Result<PgCopyIn<C>, Error>,
        event: StatementEvent,
        watch: Option<Watch>,
    ) -> Result<Self, Error> {
        match begun {
            Ok(copy) => Ok(Self { copy, event, watch }),
            Err(error) => {
                complete(event, Some(&error));
                Err(error)
            }
        }
    }

    /// Sends data.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub async fn send(&mut self, data: impl Deref<Target = [u8]>) -> Result<&mut Self, Error> {
        match self.copy.send(data).await {
            Ok(_) => Ok(self),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// Sends everything from `source`.
    ///
    /// # Errors
    ///
    /// Those of the driver and of `source`.
    pub async fn read_from(&mut self, source: impl AsyncRead + Unpin) -> Result<&mut Self, Error> {
        match self.copy.read_from(source).await {
            Ok(_) => Ok(self),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// Aborts the copy, for the given reason.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub async fn abort(self, reason: impl Into<String>) -> Result<(), Error> {
        let Self { copy, event, watch } = self;
        let aborted = copy.abort(reason).await;
        // Aborted on purpose, it stays cancelled.
        match &aborted {
            Ok(()) => drop(event),
            Err(error) => complete(event, Some(error)),
        }
        drop(watch);
        aborted
    }

    /// Ends the data, and returns how many rows the server stored.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub async fn finish(self) -> Result<u64, Error> {
        let Self {
            copy,
            mut event,
            watch,
        } = self;
        let finished = copy.finish().await;
        if let Ok(rows) = &finished {
            event.set_affected(*rows);
        }
        complete(event, finished.as_ref().err());
        drop(watch);
        finished
    }

    fn failed(&mut self, error: Error) -> Error {
        with_failure(&error, |failure| self.event.fail(failure));
        error
    }
}

impl<C: DerefMut<Target = PgConnection>> Deref for MonitoredCopyIn<C> {
    type Target = PgCopyIn<C>;

    fn deref(&self) -> &PgCopyIn<C> {
        &self.copy
    }
}

impl<C: DerefMut<Target = PgConnection>> fmt::Debug for MonitoredCopyIn<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MonitoredCopyIn").finish_non_exhaustive()
    }
}

/// The data of a `COPY … TO STDOUT`. Each message is counted as a row.
struct CopyOut<'c> {
    data: BoxStream<'c, Result<Bytes, Error>>,
    event: Option<StatementEvent>,
    _watch: Option<Watch>,
}

impl<'c> CopyOut<'c> {
    fn begun(
        begun: Result<BoxStream<'c, Result<Bytes, Error>>, Error>,
        event: StatementEvent,
        watch: Option<Watch>,
    ) -> Result<BoxStream<'c, Result<Bytes, Error>>, Error> {
        match begun {
            Ok(data) => Ok(Box::pin(Self {
                data,
                event: Some(event),
                _watch: watch,
            })),
            Err(error) => {
                complete(event, Some(&error));
                Err(error)
            }
        }
    }
}

impl Stream for CopyOut<'_> {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let item = ready!(self.data.as_mut().poll_next(cx));
        match (&item, &mut self.event) {
            (Some(Ok(_)), Some(event)) => {
                let _ = event.row();
                // A part of a copy is not what the program wanted.
                event.awaited();
            }
            (Some(Err(error)), event) => {
                if let Some(event) = event.take() {
                    complete(event, Some(error));
                }
            }
            (None, event) => {
                if let Some(event) = event.take() {
                    complete(event, None);
                }
            }
            (Some(Ok(_)), None) => {}
        }
        Poll::Ready(item)
    }
}

/// The driver acquires the connection and sends the statement in one call, so the wait for the pool is unknown. A
/// database error shows that there was a connection.
fn given(watch: &mut Watch, error: Option<&Error>) {
    match error {
        None | Some(Error::Database(_)) => watch.opened(),
        Some(error) => watch.fail(error),
    }
}
