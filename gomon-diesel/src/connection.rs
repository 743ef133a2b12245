//! Recorded connections.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use diesel::backend::Backend;
use diesel::connection::{
    CacheSize, Connection, ConnectionSealed, DynInstrumentation, Instrumentation, LoadConnection,
    SimpleConnection, TransactionManager,
};
use diesel::expression::QueryMetadata;
use diesel::query_builder::{Query, QueryFragment, QueryId};
use diesel::{ConnectionResult, QueryResult};
use gomon_core::Monitor;

use super::cursor::MonitoredCursor;
use super::instrumentation::MonitoringInstrumentation;
use super::link::Link;
use super::register::without_registered;
use super::text;
use super::transaction_manager::MonitoredTransactionManager;
use super::values;
use super::watch::Watch;
use gomon_sql::recording::{ConnectionEvent, Database, StatementKind};
use gomon_sql::{Setup, SqlConfig};

/// A connection of any backend whose queries, rows and transactions are recorded.
///
/// It implements the traits of the connection in it. It dereferences to that connection, for methods such as
/// `conn.build_transaction()`. What is done there is recorded by the instrumentation of the connection, without rows.
///
/// # Examples
///
/// ```
/// use diesel::prelude::*;
/// use diesel::sqlite::SqliteConnection;
/// use gomon_diesel::MonitoredConnection;
///
/// let mut conn = MonitoredConnection::<SqliteConnection>::establish(":memory:")?;
/// diesel::sql_query("CREATE TABLE goods (id INTEGER PRIMARY KEY)").execute(&mut conn)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct MonitoredConnection<C> {
    // Dropped before the connection, so that its event ends before a pool reuses the connection.
    watch: Watch,
    inner: C,
    /// An instrumentation that does nothing.
    idle: DynInstrumentation,
}

/// A connection that can be wrapped: it loads rows, and its backend can build the text of a query. All connections of
/// diesel qualify.
///
/// # Examples
///
/// ```
/// fn monitorable<C: gomon_diesel::Monitorable>() {}
///
/// monitorable::<diesel::pg::PgConnection>();
/// ```
pub trait Monitorable:
    LoadConnection<Backend: Backend<QueryBuilder: Default> + Default + 'static>
{
}

impl<C> Monitorable for C where
    C: LoadConnection<Backend: Backend<QueryBuilder: Default> + Default + 'static>
{
}

impl<C: Monitorable> MonitoredConnection<C> {
    /// Wraps a connection.
    pub fn new(inner: C) -> Self {
        let database = text::database(Setup::new(), text::dialect::<C::Backend>(), "");
        Self::watched(inner, database)
    }

    /// Sets the connection string for `dsn`; user, password and options are not recorded.
    #[must_use]
    pub fn with_dsn(mut self, dsn: &str) -> Self {
        self.watch.set_dsn(dsn);
        self
    }

    /// Pins the monitor.
    #[must_use]
    pub fn with_monitor(mut self, monitor: Monitor) -> Self {
        self.watch.pin(|database| database.with_monitor(monitor));
        self
    }

    /// Pins the configuration.
    #[must_use]
    pub fn with_config(mut self, config: SqlConfig) -> Self {
        self.watch.pin(|database| database.with_config(config));
        self
    }

    /// Returns the connection, which is no longer recorded by this wrapper.
    #[must_use]
    pub fn into_inner(self) -> C {
        self.inner
    }

    /// Wraps a connection of `database`.
    pub(super) fn watched(mut inner: C, database: Database) -> Self {
        let link = link_with(&mut inner);
        let watch = Watch::new(link, database);
        Self {
            watch,
            inner,
            idle: DynInstrumentation::none(),
        }
    }

    /// Begins the session with the event of a connection that was opened before.
    pub(super) fn enter(&mut self, connection: ConnectionEvent) {
        self.watch.enter(connection);
    }

    pub(super) const fn parts(&mut self) -> (&Watch, &mut C) {
        (&self.watch, &mut self.inner)
    }
}

/// Returns the link that the wrapper shares with the connection's instrumentation, and sets one if there is none.
///
/// An instrumentation of the user stays. The link is then not shared.
fn link_with<C: Connection>(inner: &mut C) -> Arc<Link> {
    let instrumentation = inner.instrumentation();
    if let Some(ours) = instrumentation.downcast_mut::<MonitoringInstrumentation>() {
        return Arc::clone(ours.link());
    }
    let is_none =
        instrumentation.as_any().type_id() == DynInstrumentation::none().as_any().type_id();
    let link = Arc::default();
    if is_none {
        inner.set_instrumentation(MonitoringInstrumentation::linked(&link));
    }
    link
}

impl<C: SimpleConnection> SimpleConnection for MonitoredConnection<C> {
    fn batch_execute(&mut self, query: &str) -> QueryResult<()> {
        let event = self.watch.batch(query);
        let answer = self.watch.silently(|| self.inner.batch_execute(query));
        self.watch.answered(event, &answer);
        answer
    }
}

impl<C> ConnectionSealed for MonitoredConnection<C> {}

impl<C: Monitorable> Connection for MonitoredConnection<C> {
    type Backend = C::Backend;
    type TransactionManager = MonitoredTransactionManager<C>;

    fn establish(database_url: &str) -> ConnectionResult<Self> {
        let dialect = text::dialect::<C::Backend>();
        let database = text::database(Setup::new(), dialect, database_url);
        let mut event = ConnectionEvent::begin(&database);
        match without_registered(|| C::establish(database_url)) {
            Ok(inner) => {
                event.opened();
                let mut conn = Self::watched(inner, database);
                conn.enter(event);
                Ok(conn)
            }
            Err(error) => {
                event.fail(&text::connection_failure(&error, dialect));
                Err(error)
            }
        }
    }

    fn execute_returning_count<T>(&mut self, source: &T) -> QueryResult<usize>
    where
        T: QueryFragment<Self::Backend> + QueryId,
    {
        let event = self.watch.query::<C, T>(StatementKind::Execute, source);
        let answer = self
            .watch
            .silently(|| self.inner.execute_returning_count(source));
        self.watch.executed(event, &answer);
        answer
    }

    fn transaction_state(
        &mut self,
    ) -> &mut <Self::TransactionManager as TransactionManager<Self>>::TransactionStateData {
        self.inner.transaction_state()
    }

    /// Returns the user's instrumentation.
    fn instrumentation(&mut self) -> &mut dyn Instrumentation {
        if !(self.inner.instrumentation()).is::<MonitoringInstrumentation>() {
            return self.inner.instrumentation();
        }
        let ours = self.inner.instrumentation();
        match ours.downcast_mut::<MonitoringInstrumentation>() {
            Some(ours) => ours.next(),
            None => &mut *self.idle,
        }
    }

    /// The instrumentation receives all events that the connection inside would send.
    fn set_instrumentation(&mut self, instrumentation: impl Instrumentation) {
        let present = self.inner.instrumentation();
        match present.downcast_mut::<MonitoringInstrumentation>() {
            Some(ours) => ours.set_next(instrumentation),
            None => {
                let mut ours = MonitoringInstrumentation::linked(self.watch.link());
                ours.set_next(instrumentation);
                self.inner.set_instrumentation(ours);
            }
        }
    }

    fn set_prepared_statement_cache_size(&mut self, size: CacheSize) {
        self.inner.set_prepared_statement_cache_size(size);
    }
}

impl<B, C> LoadConnection<B> for MonitoredConnection<C>
where
    C: Monitorable + LoadConnection<B>,
{
    type Cursor<'conn, 'query>
        = MonitoredCursor<<C as LoadConnection<B>>::Cursor<'conn, 'query>>
    where
        Self: 'conn;
    type Row<'conn, 'query>
        = <C as LoadConnection<B>>::Row<'conn, 'query>
    where
        Self: 'conn;

    fn load<'conn, 'query, T>(
        &'conn mut self,
        source: T,
    ) -> QueryResult<Self::Cursor<'conn, 'query>>
    where
        T: Query + QueryFragment<Self::Backend> + QueryId + 'query,
        Self::Backend: QueryMetadata<T::SqlType>,
    {
        let Self { watch, inner, .. } = self;
        let event = watch.query::<C, T>(StatementKind::Query, &source);
        match watch.silently(|| LoadConnection::<B>::load(inner, source)) {
            Ok(rows) => {
                let keep = values::keep::<C::Backend, <C as LoadConnection<B>>::Row<'conn, 'query>>;
                Ok(MonitoredCursor::new(rows, keep, event, watch.dialect()))
            }
            Err(error) => {
                watch.failed(event, &error);
                Err(error)
            }
        }
    }
}

impl<C> Deref for MonitoredConnection<C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.inner
    }
}

impl<C> DerefMut for MonitoredConnection<C> {
    fn deref_mut(&mut self) -> &mut C {
        &mut self.inner
    }
}

impl<C> fmt::Debug for MonitoredConnection<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MonitoredConnection")
            .field("database", self.watch.database())
            .finish_non_exhaustive()
    }
}
