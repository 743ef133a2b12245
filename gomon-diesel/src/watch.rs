//! Recording of a wrapped connection.

use std::sync::Arc;

use diesel::QueryResult;
use diesel::query_builder::{QueryFragment, QueryId};
use diesel::result::Error;

use super::connection::Monitorable;
use super::link::{Link, Place};
use super::session::Session;
use super::{statement, text};
use gomon_sql::Dialect;
use gomon_sql::recording::{
    ConnectionEvent, Database, Scope, StatementEvent, StatementKind, TransactionEnd,
};

/// The wrapper's part of a [`Link`]. Dropping it ends the wrapper's session.
pub(super) struct Watch {
    link: Arc<Link>,
    database: Database,
    scope: Option<KnownScope>,
}

/// The scope of statements when the sessions were last locked.
struct KnownScope {
    lent: u64,
    scope: Scope,
}

impl Watch {
    /// Takes its place in the link.
    pub(super) fn new(link: Arc<Link>, database: Database) -> Self {
        link.sessions().wrapper = Some(Place::new(database.clone()));
        Self {
            link,
            database,
            scope: None,
        }
    }

    /// Sets the connection string.
    pub(super) fn set_dsn(&mut self, dsn: &str) {
        let dsn = text::dsn(self.dialect(), dsn);
        self.describe(self.database.clone().with_dsn(&dsn), |_| {});
    }

    /// Pins the monitor or the configuration; later events belong to the wrapper's own session.
    pub(super) fn pin(&mut self, pin: impl FnOnce(Database) -> Database) {
        self.describe(pin(self.database.clone()), |place| place.defers = false);
    }

    fn describe(&mut self, database: Database, change: impl FnOnce(&mut Place)) {
        self.database = database;
        self.scope = None;
        if let Some(place) = &mut self.link.sessions().wrapper {
            place.describe(&self.database);
            change(place);
        }
    }

    pub(super) const fn database(&self) -> &Database {
        &self.database
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.database.dialect()
    }

    pub(super) const fn link(&self) -> &Arc<Link> {
        &self.link
    }

    /// Begins the wrapper's session with the event of a connection.
    pub(super) fn enter(&mut self, connection: ConnectionEvent) {
        let scope = connection.scope().clone();
        if let Some(wrapper) = &mut self.link.sessions().wrapper {
            wrapper.enter(connection);
        }
        let lent = self.link.lent();
        self.scope = Some(KnownScope { lent, scope });
    }

    #[inline]
    pub(super) fn is_recording(&self) -> bool {
        // The scope may be over already, which matters only without a current event, for the monitor of the connection.
        let monitor = match &self.scope {
            Some(known) => known.scope.monitor(),
            None => self.database.monitor(),
        };
        monitor.is_enabled()
    }

    fn with<R>(&self, f: impl FnOnce(&mut Session) -> R) -> Option<R> {
        let mut sessions = self.link.sessions();
        sessions.current().map(|place| f(place.session()))
    }

    /// Returns the scope of statements, from the session if it may have changed.
    #[inline]
    fn scope(&mut self) -> Option<&Scope> {
        if (self.scope.as_ref()).is_none_or(|known| known.lent != self.link.lent()) {
            let scope = self.with(|session| session.scope().clone());
            let lent = self.link.lent();
            self.scope = scope.map(|scope| KnownScope { lent, scope });
        }
        self.scope.as_ref().map(|known| &known.scope)
    }

    /// Begins the event of a query; `None` if nothing is recorded or diesel cannot build the query.
    #[inline]
    pub(super) fn query<C, T>(&mut self, kind: StatementKind, source: &T) -> Option<StatementEvent>
    where
        C: Monitorable,
        T: QueryFragment<C::Backend> + QueryId,
    {
        if !self.is_recording() {
            return None;
        }
        let statement = statement::of::<C, T>(source, self.dialect())?;
        Some(self.scope()?.known_statement(kind, statement))
    }

    /// Begins the event of a text that is sent unchanged.
    pub(super) fn batch(&self, sql: &str) -> Option<StatementEvent> {
        if !self.is_recording() {
            return None;
        }
        self.with(|session| session.scope().statement(StatementKind::Execute, sql))
    }

    /// Runs an operation of the connection for the wrapper; see [`Link`].
    #[inline]
    pub(super) fn silently<R>(&self, f: impl FnOnce() -> R) -> R {
        self.link.silently(f)
    }

    /// Ends a statement without rows.
    pub(super) fn answered<R>(&self, event: Option<StatementEvent>, answer: &QueryResult<R>) {
        match answer {
            Ok(_) => {
                if let Some(event) = event {
                    event.complete();
                }
            }
            Err(error) => self.failed(event, error),
        }
    }

    /// Ends a statement with its number of changed rows.
    pub(super) fn executed(&self, mut event: Option<StatementEvent>, answer: &QueryResult<usize>) {
        if let (Some(event), Ok(count)) = (&mut event, answer) {
            event.set_affected(*count as u64);
        }
        self.answered(event, answer);
    }

    pub(super) fn failed(&self, event: Option<StatementEvent>, error: &Error) {
        if let Some(mut event) = event {
            event.fail(&text::failure(error, self.dialect()));
            event.complete();
        }
    }

    pub(super) fn begin(&self, depth: u32) {
        self.with(|session| session.begin(depth));
    }

    pub(super) fn begun(&self, begun: &QueryResult<()>) {
        self.with(|session| session.begun(begun.as_ref().copied()));
    }

    pub(super) fn ended(&self, how: TransactionEnd, ended: &QueryResult<()>, depth: Option<u32>) {
        let mut sessions = self.link.sessions();
        if let Some(session) = sessions.current().and_then(|place| place.session.as_mut()) {
            session.end(how, ended.as_ref().copied(), depth);
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let ended = self.link.sessions().wrapper.take();
        drop(ended);
    }
}
