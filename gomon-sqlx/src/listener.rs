//! `LISTEN` of PostgreSQL.

use std::fmt;
use std::ops::{Deref, DerefMut};

use futures_core::Stream;
use futures_util::stream;
use sqlx_core::error::Error;
use sqlx_postgres::{PgConnectOptions, PgListener, PgNotification, Postgres};

use super::connection::Parts;
use super::database::MonitoredDatabase as _;
use super::failure::complete;
use super::pool::MonitoredPool;
use super::watch::Watch;
use gomon_sql::recording::{Database, StatementKind};
use gomon_sql::{Dialect, Setup};

/// A listener of PostgreSQL. `LISTEN` and `UNLISTEN` are statements, each notification is a `sql-notification`, and
/// their `sql-wconn` lasts as long as the listener. `&mut listener` is an executor, like sqlx's own listener.
///
/// It dereferences to that listener; statements there are not recorded.
///
/// # Examples
///
/// ```
/// use gomon_sqlx::{MonitoredListener, MonitoredPool};
/// use sqlx::Postgres;
///
/// async fn orders(pool: &MonitoredPool<Postgres>) -> Result<String, sqlx::Error> {
///     let mut listener = MonitoredListener::connect_with(pool).await?;
///     listener.listen("orders").await?;
///     let notification = listener.recv().await?;
///     Ok(notification.payload().to_owned())
/// }
/// ```
pub struct MonitoredListener {
    listener: PgListener,
    watch: Watch,
}

impl MonitoredListener {
    /// Opens a connection, as [`PgListener::connect`] does.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub async fn connect(url: &str) -> Result<Self, Error> {
        let address = url
            .parse::<PgConnectOptions>()
            .map_or_else(|_| String::new(), |options| Postgres::address(&options));
        let database = Database::new(Setup::new(), Dialect::PostgreSql, &address);
        Self::opened(Watch::begin(&database), PgListener::connect(url).await)
    }

    /// Takes a connection of a pool, as [`PgListener::connect_with`] does: of a `&PgPool` or a
    /// `&MonitoredPool<Postgres>`.
    ///
    /// # Errors
    ///
    /// Those of the pool and of the driver.
    pub async fn connect_with(pool: impl Into<MonitoredPool<Postgres>>) -> Result<Self, Error> {
        let pool = pool.into();
        Self::opened(pool.watch(), PgListener::connect_with(&pool).await)
    }

    fn opened(mut watch: Watch, listener: Result<PgListener, Error>) -> Result<Self, Error> {
        match listener {
            Ok(listener) => {
                watch.opened();
                Ok(Self { listener, watch })
            }
            Err(error) => {
                watch.fail(&error);
                Err(error)
            }
        }
    }

    /// Listens on a channel.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub async fn listen(&mut self, channel: &str) -> Result<(), Error> {
        let listening = self.listener.listen(channel);
        statement(&self.watch, &format!("LISTEN {channel}"), listening).await
    }

    /// Listens on several channels.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub async fn listen_all(
        &mut self,
        channels: impl IntoIterator<Item = &str>,
    ) -> Result<(), Error> {
        let channels: Vec<_> = channels.into_iter().collect();
        let sql = format!("LISTEN {}", channels.join(", "));
        let listening = self.listener.listen_all(channels);
        statement(&self.watch, &sql, listening).await
    }

    /// Stops listening on a channel.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub async fn unlisten(&mut self, channel: &str) -> Result<(), Error> {
        let unlistening = self.listener.unlisten(channel);
        statement(&self.watch, &format!("UNLISTEN {channel}"), unlistening).await
    }

    /// Stops listening on all channels.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub async fn unlisten_all(&mut self) -> Result<(), Error> {
        statement(&self.watch, "UNLISTEN *", self.listener.unlisten_all()).await
    }

    /// Waits for the next notification, and reconnects if the connection was lost.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub async fn recv(&mut self) -> Result<PgNotification, Error> {
        let received = self.listener.recv().await;
        if let Ok(notification) = &received {
            self.record(notification);
        }
        received
    }

    /// Waits for the next notification; `None` if the connection was lost.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub async fn try_recv(&mut self) -> Result<Option<PgNotification>, Error> {
        let received = self.listener.try_recv().await;
        if let Ok(Some(notification)) = &received {
            self.record(notification);
        }
        received
    }

    /// Returns the next buffered notification.
    pub fn next_buffered(&mut self) -> Option<PgNotification> {
        let received = self.listener.next_buffered();
        if let Some(notification) = &received {
            self.record(notification);
        }
        received
    }

    /// Returns the stream of all further notifications.
    pub fn into_stream(self) -> impl Stream<Item = Result<PgNotification, Error>> + Unpin {
        // Ends with an error, like sqlx's own stream.
        Box::pin(stream::unfold(Some(self), async |listener| {
            let mut listener = listener?;
            let received = listener.recv().await;
            let next = received.is_ok().then_some(listener);
            Some((received, next))
        }))
    }

    pub(super) fn parts(&mut self) -> Parts<'_, &mut PgListener> {
        Parts {
            raw: &mut self.listener,
            scope: self.watch.scope(),
        }
    }

    fn record(&self, notification: &PgNotification) {
        let size = notification.payload().len();
        let process = notification.process_id();
        self.watch
            .scope()
            .notification(notification.channel(), size, process);
    }
}

async fn statement(
    watch: &Watch,
    sql: &str,
    run: impl Future<Output = Result<(), Error>>,
) -> Result<(), Error> {
    let event = watch.scope().statement(StatementKind::Execute, sql);
    let done = run.await;
    complete(event, done.as_ref().err());
    done
}

impl Deref for MonitoredListener {
    type Target = PgListener;

    fn deref(&self) -> &PgListener {
        &self.listener
    }
}

impl DerefMut for MonitoredListener {
    fn deref_mut(&mut self) -> &mut PgListener {
        &mut self.listener
    }
}

impl fmt::Debug for MonitoredListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MonitoredListener").finish_non_exhaustive()
    }
}
