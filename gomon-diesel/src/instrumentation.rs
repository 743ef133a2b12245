//! Recording of the events of a connection's instrumentation.
//!
//! Diesel reports the start and the finish of each query. It reports a transaction before it sends the statement that
//! begins or ends it. The finish of that statement is the outcome of the transaction; it is not a query event.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;

use diesel::connection::{DebugQuery, DynInstrumentation, Instrumentation, InstrumentationEvent};
use diesel::result::{ConnectionError, Error};
use gomon_core::Monitor;

use super::link::{Link, Place};
use super::pending::{Pending, hash};
use super::session::Session;
use super::text;
use gomon_sql::recording::TransactionEnd;
use gomon_sql::{Dialect, Setup, SqlConfig};

/// Records what diesel reports about a connection: its life, queries and transactions, but not rows.
///
/// [`auto_register`](super::auto_register) sets one on each new connection of the process. On single connections, such
/// as those of `diesel-async`, it is set by hand with the connection string.
///
/// # Examples
///
/// ```
/// use diesel::prelude::*;
/// use diesel::sqlite::SqliteConnection;
/// use gomon_diesel::MonitoringInstrumentation;
///
/// let mut conn = SqliteConnection::establish("shop.db")?;
/// conn.set_instrumentation(MonitoringInstrumentation::new().with_dsn("shop.db"));
/// # drop(conn);
/// # std::fs::remove_file("shop.db").unwrap();
/// # Ok::<(), diesel::ConnectionError>(())
/// ```
pub struct MonitoringInstrumentation {
    link: Arc<Link>,
    setup: Setup,
    /// Whether the connection is recorded only while it is wrapped.
    is_linked: bool,
    control: Option<Control>,
    // Dropped before the link: open queries end before the connection does.
    pending: Pending,
    next: DynInstrumentation,
    has_next: bool,
}

/// Effect of the current statement on a transaction.
#[derive(Clone, Copy)]
enum Control {
    Begin,
    Commit(NonZeroU32),
    Rollback(NonZeroU32),
}

impl MonitoringInstrumentation {
    /// Creates an instrumentation that records to the process's monitor.
    #[must_use]
    pub fn new() -> Self {
        let mut unnamed = Self::linked(&Arc::default());
        unnamed.is_linked = false;
        unnamed.live("");
        unnamed
    }

    /// Sets the connection string, which decides the dialect; user, password and options are not recorded.
    #[must_use]
    pub fn with_dsn(mut self, dsn: &str) -> Self {
        self.live(dsn);
        self
    }

    /// Pins the monitor.
    #[must_use]
    pub fn with_monitor(self, monitor: Monitor) -> Self {
        self.with_setup(|setup| setup.with_monitor(monitor))
    }

    /// Pins the configuration.
    #[must_use]
    pub fn with_config(self, config: SqlConfig) -> Self {
        self.with_setup(|setup| setup.with_config(config))
    }

    fn with_setup(mut self, pin: impl FnOnce(Setup) -> Setup) -> Self {
        self.setup = pin(std::mem::take(&mut self.setup));
        let dsn = (self.link.sessions().life.take()).map(|life| life.database.dsn().to_owned());
        if let Some(dsn) = dsn {
            self.live(&dsn);
        }
        self
    }

    /// Creates the instrumentation of a wrapped connection.
    pub(super) fn linked(link: &Arc<Link>) -> Self {
        Self {
            link: Arc::clone(link),
            setup: Setup::new(),
            is_linked: true,
            control: None,
            pending: Pending::default(),
            next: DynInstrumentation::none(),
            has_next: false,
        }
    }

    pub(super) const fn link(&self) -> &Arc<Link> {
        &self.link
    }

    /// Returns the next instrumentation, which does nothing if none was set.
    pub(super) fn next(&mut self) -> &mut dyn Instrumentation {
        &mut *self.next
    }

    /// Sets an instrumentation that receives the same events.
    pub(super) fn set_next(&mut self, next: impl Instrumentation) {
        self.next = next.into();
        self.has_next = true;
    }

    /// Describes the connection; its session begins with its first query.
    fn live(&mut self, dsn: &str) {
        let dialect = if dsn.is_empty() {
            Dialect::Unknown
        } else {
            text::dialect_of_url(dsn)
        };
        let database = text::database(self.setup.clone(), dialect, dsn);
        self.link.sessions().life = Some(Place::of_life(database));
    }

    fn record(&mut self, event: &InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartEstablishConnection { url, .. } => self.opening(url),
            InstrumentationEvent::FinishEstablishConnection { error, .. } => self.opened(*error),
            _ if self.link.is_silent() => self.overhear(event),
            InstrumentationEvent::StartQuery { query, .. } => self.started(*query),
            InstrumentationEvent::FinishQuery { query, error, .. } => self.finished(*query, *error),
            InstrumentationEvent::BeginTransaction { depth, .. } => {
                self.control = Some(Control::Begin);
                self.with(|session| session.begin(depth.get()));
            }
            InstrumentationEvent::CommitTransaction { depth, .. } => {
                self.control = Some(Control::Commit(*depth));
            }
            InstrumentationEvent::RollbackTransaction { depth, .. } => {
                self.control = Some(Control::Rollback(*depth));
            }
            _ => {}
        }
    }

    /// Handles the start of a query of the wrapper: open queries will not finish. The finish of this query, which comes
    /// when its rows are dropped, then ends nothing.
    fn overhear(&mut self, event: &InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { .. } = event {
            self.control = None;
            self.pending.end_unfinished();
        }
    }

    fn opening(&mut self, url: &str) {
        if self.is_linked {
            return;
        }
        self.live(url);
        if let Some(life) = &mut self.link.sessions().life {
            let connection = life.begin();
            life.enter(connection);
        }
    }

    fn opened(&mut self, error: Option<&ConnectionError>) {
        let mut sessions = self.link.sessions();
        let Some(life) = &mut sessions.life else {
            return;
        };
        let dialect = life.database.dialect();
        let connection = life.session().connection();
        match error {
            None => connection.opened(),
            Some(error) => connection.fail(&text::connection_failure(error, dialect)),
        }
    }

    fn started(&mut self, query: &dyn DebugQuery) {
        match self.control {
            Some(Control::Begin) => {
                text::of_debug(query, |begin| {
                    self.with(|session| session.isolation(begin));
                });
            }
            Some(Control::Commit(_) | Control::Rollback(_)) => {}
            None => self.started_query(query),
        }
    }

    fn started_query(&mut self, query: &dyn DebugQuery) {
        let opened = self.with(|session| {
            let scope = session.scope();
            text::of_debug(query, |sql| {
                let event = scope.statement_without_rows(sql);
                (hash(sql), scope.database().dialect(), event)
            })
        });
        match opened.flatten() {
            Some((sql, dialect, event)) => self.pending.push(sql, dialect, event),
            None => self.pending.pass(),
        }
    }

    fn finished(&mut self, query: &dyn DebugQuery, error: Option<&Error>) {
        if let Some(control) = self.control.take() {
            return self.controlled(control, error.map_or(Ok(()), Err));
        }
        let Some(mut event) = self.pending.take(query) else {
            return;
        };
        if let Some(error) = error {
            let dialect = self.dialect();
            event.fail(&text::failure(error, dialect));
        }
        event.complete();
    }

    fn dialect(&self) -> Dialect {
        let mut sessions = self.link.sessions();
        let place = sessions.current();
        place.map_or(Dialect::Unknown, |place| place.database.dialect())
    }

    fn controlled(&mut self, control: Control, answer: Result<(), &Error>) {
        let outer = |depth: NonZeroU32| depth.get().saturating_sub(1);
        self.with(|session| match (control, answer) {
            (Control::Begin, begun) => session.begun(begun),
            // Diesel or its user rolls it back next, which is reported.
            (Control::Commit(depth), Err(_)) => {
                session.end(TransactionEnd::Commit, answer, Some(depth.get()));
            }
            (Control::Commit(depth), Ok(())) => {
                session.end(TransactionEnd::Commit, answer, Some(outer(depth)));
            }
            (Control::Rollback(depth), _) => {
                session.end(TransactionEnd::Rollback, answer, Some(outer(depth)));
            }
        });
    }

    /// Calls `f` with the current session, if it is recorded.
    fn with<R>(&self, f: impl FnOnce(&mut Session) -> R) -> Option<R> {
        let mut sessions = self.link.sessions();
        let place = sessions.current().filter(|place| place.is_recording())?;
        Some(f(place.session()))
    }
}

impl Instrumentation for MonitoringInstrumentation {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        self.record(&event);
        if self.has_next {
            self.next.on_connection_event(event);
        }
    }
}

impl Default for MonitoringInstrumentation {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for MonitoringInstrumentation {
    fn drop(&mut self) {
        self.pending.end_unfinished();
        let ended = self.link.sessions().life.take();
        drop(ended);
    }
}

impl fmt::Debug for MonitoringInstrumentation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MonitoringInstrumentation")
            .field("setup", &self.setup)
            .finish_non_exhaustive()
    }
}
