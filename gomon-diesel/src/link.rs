//! State that a wrapped connection shares with its instrumentation.
//!
//! Diesel reports each query to the instrumentation of a connection. The wrapper sees the queries that go through it,
//! with their rows. So that no query is recorded twice, the instrumentation is silent while the wrapper works. Its
//! other events bypassed the wrapper. Both belong to one connection, which one thread uses at a time, so the lock is
//! never contended.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard};

use super::session::Session;
use gomon_sql::adapter::lock;
use gomon_sql::recording::{ConnectionEvent, Database};

/// The sessions of one connection.
#[derive(Default)]
pub(super) struct Link {
    silent: AtomicBool,
    /// Number of times that the sessions were locked.
    lent: AtomicU64,
    sessions: Mutex<Sessions>,
}

/// Sessions in which statements may be recorded.
#[derive(Default)]
pub(super) struct Sessions {
    /// `Some` while the connection is wrapped.
    pub(super) wrapper: Option<Place>,
    /// `Some` if the instrumentation records the life of the connection.
    pub(super) life: Option<Place>,
}

/// A session that begins with its first use, unless the opening of the connection was observed.
pub(super) struct Place {
    pub(super) database: Database,
    pub(super) session: Option<Session>,
    /// Whether the session of the connection's life may be used instead.
    pub(super) defers: bool,
    /// Whether the session is the connection's life, which a pool may lend to many requests.
    is_life: bool,
}

impl Sessions {
    /// Returns the place where statements are recorded now.
    pub(super) fn current(&mut self) -> Option<&mut Place> {
        let defers = |wrapper: &Place| wrapper.defers && wrapper.session.is_none();
        if self.life.is_some() && self.wrapper.as_ref().is_none_or(defers) {
            return self.life.as_mut();
        }
        self.wrapper.as_mut()
    }
}

impl Place {
    pub(super) const fn new(database: Database) -> Self {
        Self {
            database,
            session: None,
            defers: true,
            is_life: false,
        }
    }

    /// Creates the place of the connection's life.
    pub(super) fn of_life(database: Database) -> Self {
        Self {
            is_life: true,
            ..Self::new(database)
        }
    }

    /// Begins the event of the connection.
    pub(super) fn begin(&self) -> ConnectionEvent {
        begin(&self.database, self.is_life)
    }

    pub(super) fn is_recording(&self) -> bool {
        let monitor = match &self.session {
            Some(session) => session.scope().monitor(),
            None => self.database.monitor(),
        };
        monitor.is_enabled()
    }

    /// Attributes later events to this database.
    pub(super) fn describe(&mut self, database: &Database) {
        self.database = database.clone();
        if let Some(session) = &mut self.session {
            session.connection().describe(database);
        }
    }

    /// Begins the session with the event of a connection.
    pub(super) fn enter(&mut self, connection: ConnectionEvent) -> &mut Session {
        let dialect = self.database.dialect();
        self.session.insert(Session::new(connection, dialect))
    }

    pub(super) fn session(&mut self) -> &mut Session {
        let Self {
            database,
            session,
            is_life,
            ..
        } = self;
        session.get_or_insert_with(|| {
            let mut connection = begin(database, *is_life);
            connection.opened();
            Session::new(connection, database.dialect())
        })
    }
}

fn begin(database: &Database, is_life: bool) -> ConnectionEvent {
    match is_life {
        true => ConnectionEvent::begin_shared(database),
        false => ConnectionEvent::begin(database),
    }
}

impl Link {
    pub(super) fn sessions(&self) -> MutexGuard<'_, Sessions> {
        self.lent.store(self.lent() + 1, Relaxed);
        lock(&self.sessions)
    }

    /// Returns a number that changes whenever the sessions may have changed.
    #[inline]
    pub(super) fn lent(&self) -> u64 {
        self.lent.load(Relaxed)
    }

    /// Runs an operation of the wrapper, during which the instrumentation is silent.
    #[inline]
    pub(super) fn silently<R>(&self, f: impl FnOnce() -> R) -> R {
        let _silence = Silence::over(&self.silent);
        f()
    }

    #[inline]
    pub(super) fn is_silent(&self) -> bool {
        self.silent.load(Relaxed)
    }
}

/// Silence that ends when this is dropped, also by a panic.
struct Silence<'a> {
    silent: &'a AtomicBool,
    before: bool,
}

impl<'a> Silence<'a> {
    fn over(silent: &'a AtomicBool) -> Self {
        let before = silent.load(Relaxed);
        silent.store(true, Relaxed);
        Self { silent, before }
    }
}

impl Drop for Silence<'_> {
    fn drop(&mut self) {
        self.silent.store(self.before, Relaxed);
    }
}
