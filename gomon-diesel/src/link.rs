//! What the wrapper around a connection and the instrumentation inside of it know together.
//!
//! Diesel tells the instrumentation of a connection about each query, and the wrapper sees the queries that go through
//! it, with their rows. So that none is told twice, the instrumentation is silent while the wrapper is at work; what it
//! hears otherwise went past the wrapper. Both belong to one connection, which one thread uses at a time: the lock is
//! never waited for.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::session::Session;
use gomon_sql::recording::{ConnectionEvent, Database};

/// The sessions of one connection.
#[derive(Default)]
pub(super) struct Link {
    silent: AtomicBool,
    /// How often the sessions were lent, by whoever has the connection.
    lent: AtomicU64,
    sessions: Mutex<Sessions>,
}

/// Where statements may be recorded.
#[derive(Default)]
pub(super) struct Sessions {
    /// As long as a wrapper is around the connection.
    pub(super) wrapper: Option<Place>,
    /// As long as the connection lives, where its instrumentation records that.
    pub(super) life: Option<Place>,
}

/// A session, which begins with its first use unless the opening of the connection was seen.
pub(super) struct Place {
    pub(super) database: Database,
    pub(super) session: Option<Session>,
    /// Whether the session of the connection's life will do.
    pub(super) defers: bool,
}

impl Sessions {
    /// Where statements are recorded now.
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
        }
    }

    pub(super) fn is_recording(&self) -> bool {
        let monitor = match &self.session {
            Some(session) => session.scope().monitor(),
            None => self.database.monitor(),
        };
        monitor.is_enabled()
    }

    /// Is recorded as of this database from now on.
    pub(super) fn describe(&mut self, database: &Database) {
        self.database = database.clone();
        if let Some(session) = &mut self.session {
            session.connection().describe(database);
        }
    }

    /// Begins the session with a connection that is asked for, or was.
    pub(super) fn enter(&mut self, connection: ConnectionEvent) -> &mut Session {
        let dialect = self.database.dialect();
        self.session.insert(Session::new(connection, dialect))
    }

    pub(super) fn session(&mut self) -> &mut Session {
        let Self {
            database, session, ..
        } = self;
        session.get_or_insert_with(|| {
            let mut connection = ConnectionEvent::begin(database);
            connection.opened();
            Session::new(connection, database.dialect())
        })
    }
}

impl Link {
    pub(super) fn sessions(&self) -> MutexGuard<'_, Sessions> {
        self.lent.store(self.lent() + 1, Relaxed);
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Another number whenever the sessions may have changed.
    #[inline]
    pub(super) fn lent(&self) -> u64 {
        self.lent.load(Relaxed)
    }

    /// Runs what the wrapper does with its connection, which is not the instrumentation's to tell.
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

/// Ends with its drop, also by panic.
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
