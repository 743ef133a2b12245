//! The event of a statement, and of its rows.

use std::mem;
use std::task::Poll;
use std::time::Duration;

use gomon_core::{EventTracker, Monitor, Outcome, Tracker as _, TrackerContext, Value, keys};

use super::caller::current_caller;
use super::kept::record_params;
use super::more::More;
use super::{Failure, Scope, StatementKind, scope};
use crate::Dialect;
use crate::Statement;
use crate::profile::{Account, Ending, Name, Run};
use crate::statement::Known;

/// A statement, from when it is sent until its last row was read, and its rows.
///
/// It begins under what is current; see the [module](crate::recording) for its parent. It is `cancelled` until it is
/// [complete](Self::complete), and ends when it is dropped.
///
/// # Examples
///
/// ```
/// use gomon_sql::{Dialect, Setup, recording::{Database, Scope, StatementKind}};
///
/// let scope = Scope::without_connection(&Database::new(Setup::new(), Dialect::Sqlite, ""));
/// let mut query = scope.statement(StatementKind::Query, "SELECT name FROM goods");
/// for name in ["apple", "pear"] {
///     if query.row() {
///         query.keep_row(&["name"], &[name.into()]);
///     }
/// }
/// query.complete();
/// ```
#[derive(Debug)]
#[must_use = "a statement that is dropped at once is cancelled"]
pub struct StatementEvent {
    tracker: EventTracker,
    /// Kept while the tracker records.
    open: Option<Open>,
    row_count: u64,
    /// Whether the next row is to be kept.
    wants_row: bool,
    failed: bool,
    completed: bool,
}

#[derive(Debug)]
struct Open {
    statement: Known,
    account: Option<Account>,
    caller: Option<Name>,
    /// In ns.
    wait: u64,
    rows: EventTracker,
    more: Option<Box<More>>,
    /// From this duration on the statement is slow.
    slow: Option<Duration>,
    kind: StatementKind,
    in_transaction: bool,
    hides_rows: bool,
}

impl StatementEvent {
    #[inline]
    pub(super) fn begin(
        scope: &Scope,
        kind: StatementKind,
        statement: impl FnOnce(Dialect) -> Known,
    ) -> Self {
        let monitor = scope.monitor();
        if !monitor.is_enabled() {
            return Self::closed(EventTracker::noop());
        }
        Self::begin_enabled(monitor, scope, kind, statement)
    }

    fn begin_enabled(
        monitor: Monitor,
        scope: &Scope,
        kind: StatementKind,
        statement: impl FnOnce(Dialect) -> Known,
    ) -> Self {
        let database = scope.database();
        let request = TrackerContext::current();
        let mut tracker = scope::open_under(
            monitor,
            request.as_ref(),
            scope.parent(),
            kind.fingerprint(),
        );
        if tracker.is_noop() {
            return Self::closed(tracker);
        }
        let config = database.config_copy(monitor);
        let account = Account::open(monitor, &config, database.interval());
        // The profile is of all runs, whether their events are sampled or not.
        if !tracker.is_recording() && account.is_none() {
            return Self::closed(tracker);
        }
        let statement = statement(database.dialect());
        if kind != StatementKind::Prepare && config.repeats() > 0 {
            let request = request.as_ref().map(TrackerContext::id);
            scope.count(request, &statement, config.repeats().into());
        }
        tracker.set_outcome(Outcome::Cancelled);
        statement.record(&mut tracker);
        if let Some(transaction) = scope.transaction() {
            tracker.set(keys::TX, transaction);
        }
        Self {
            row_count: 0,
            failed: false,
            completed: false,
            wants_row: tracker.is_recording()
                && kind.has_rows()
                && (config.rows() > 0 || config.columns()),
            tracker,
            open: Some(Open {
                statement,
                caller: account.and_then(|_| current_caller()),
                account,
                wait: scope.take_wait(),
                rows: EventTracker::noop(),
                more: More::wanted(&config),
                slow: config.slow_query(),
                kind,
                in_transaction: scope.depth() > 0,
                hides_rows: false,
            }),
        }
    }

    const fn closed(tracker: EventTracker) -> Self {
        Self {
            tracker,
            open: None,
            row_count: 0,
            wants_row: false,
            failed: false,
            completed: false,
        }
    }

    fn more(&self) -> Option<&More> {
        self.open.as_ref()?.more.as_deref()
    }

    /// The statement, while it is recorded.
    pub fn statement(&self) -> Option<&Statement> {
        self.open.as_ref().map(|open| &**open.statement)
    }

    /// Whether parameters are to be recorded.
    ///
    /// # Examples
    ///
    /// See [`set_params`](Self::set_params).
    #[must_use]
    pub fn wants_params(&self) -> bool {
        self.more().is_some_and(|more| more.config.params())
    }

    /// Records the parameters, where that is wanted; values are cut to their limit.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_sql::{Dialect, Setup, recording::{Database, Scope, StatementKind}};
    /// # let scope = Scope::without_connection(&Database::new(Setup::new(), Dialect::Sqlite, ""));
    /// let mut query = scope.statement(StatementKind::Query, "SELECT name FROM goods WHERE id = ?");
    /// if query.wants_params() {
    ///     query.set_params(&[7.into()]);
    /// }
    /// query.complete();
    /// ```
    pub fn set_params(&mut self, params: &[Value<'_>]) {
        let more = self.open.as_ref().and_then(|open| open.more.as_ref());
        if let Some(more) = more.filter(|more| more.config.params()) {
            record_params(&more.config, params, &mut self.tracker);
        }
    }

    /// Counts a row. Whether it is to be [kept](Self::keep_row).
    ///
    /// # Examples
    ///
    /// See [`StatementEvent`].
    #[must_use = "whether the row is to be kept"]
    #[inline]
    pub fn row(&mut self) -> bool {
        self.row_count += 1;
        if self.row_count == 1 {
            self.open_rows();
        }
        self.wants_row
    }

    /// Keeps the row that was counted last; values are cut to their limit.
    ///
    /// # Examples
    ///
    /// See [`StatementEvent`].
    pub fn keep_row(&mut self, columns: &[&str], values: &[Value<'_>]) {
        let open = self.open.as_mut().filter(|_| self.wants_row);
        if let Some(more) = open.and_then(|open| open.more.as_mut()) {
            self.wants_row = more.rows.take(&more.config, columns, values);
        }
    }

    /// How many rows it touched; those of several statements in one text add up.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_sql::{Dialect, Setup, recording::{Database, Scope, StatementKind}};
    /// # let scope = Scope::without_connection(&Database::new(Setup::new(), Dialect::Sqlite, ""));
    /// let mut insert = scope.statement(StatementKind::Execute, "INSERT INTO goods DEFAULT VALUES");
    /// insert.set_affected(1);
    /// insert.set_last_id(7);
    /// insert.complete();
    /// ```
    pub fn set_affected(&mut self, rows: u64) {
        self.tracker.set(keys::ROWS_AFF, rows);
    }

    /// The id that the database gave to the last row that it made.
    ///
    /// # Examples
    ///
    /// See [`set_affected`](Self::set_affected).
    pub fn set_last_id(&mut self, id: i64) {
        self.tracker.set(keys::LAST_ID, id);
    }

    /// The library returned an error, which ends it; "no rows" is none.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_sql::{Dialect, Setup, recording::{Database, Failure, Scope, StatementKind}};
    /// # let scope = Scope::without_connection(&Database::new(Setup::new(), Dialect::Sqlite, ""));
    /// let mut query = scope.statement(StatementKind::Query, "SELEC 1");
    /// query.fail(&Failure::new(&"syntax error", "sqlx::Error").with_code("42601"));
    /// query.complete();
    /// ```
    pub fn fail(&mut self, failure: &Failure<'_>) {
        self.failed = true;
        failure.record(&mut self.tracker);
        self.tracker.complete();
    }

    /// Runs one poll of what the statement waits for, and measures it, for `gomon:busy` and `gomon:polls`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::task::Poll;
    /// # use gomon_sql::{Dialect, Setup, recording::{Database, Scope, StatementKind}};
    /// # let scope = Scope::without_connection(&Database::new(Setup::new(), Dialect::Sqlite, ""));
    /// let mut query = scope.statement(StatementKind::Query, "SELECT 1");
    /// assert_eq!(query.poll_in(|| Poll::Ready(7)), Poll::Ready(7));
    /// query.complete();
    /// ```
    #[inline]
    pub fn poll_in<T>(&mut self, poll: impl FnOnce() -> Poll<T>) -> Poll<T> {
        self.tracker.poll_in(poll)
    }

    /// It was sent this long before it was begun here: for libraries that tell of a statement when it is over.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_sql::{Dialect, Setup, recording::{Database, Scope, StatementKind}};
    /// # let scope = Scope::without_connection(&Database::new(Setup::new(), Dialect::Sqlite, ""));
    /// let mut query = scope.statement(StatementKind::Query, "SELECT name FROM goods");
    /// query.began_before(std::time::Duration::from_millis(3));
    /// query.complete();
    /// ```
    pub fn began_before(&mut self, lapsed: Duration) {
        self.tracker.began_before(lapsed);
    }

    /// Its rows go where they are not seen, so that nothing is said of them.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_sql::{Dialect, Setup, recording::{Database, Scope, StatementKind}};
    /// # let scope = Scope::without_connection(&Database::new(Setup::new(), Dialect::Sqlite, ""));
    /// let mut query = scope.statement(StatementKind::Query, "SELECT name FROM goods");
    /// query.hide_rows();
    /// query.complete();
    /// ```
    pub fn hide_rows(&mut self) {
        if let Some(open) = &mut self.open {
            open.hides_rows = true;
        }
    }

    /// Ends it: all rows were read, or as many as were wanted, or it failed.
    pub fn complete(mut self) {
        self.settle();
    }

    /// Completes it in place; it ends when it is dropped, which must be next.
    #[doc(hidden)]
    #[inline]
    pub fn settle(&mut self) {
        if self.row_count == 0 && !self.failed {
            self.open_rows();
        }
        if let Some(open) = &mut self.open {
            open.rows.set_outcome(match self.failed {
                true => Outcome::Error,
                false => Outcome::Ok,
            });
            open.rows.complete();
        }
        self.completed = true;
        self.tracker.complete();
    }

    fn open_rows(&mut self) {
        let Some(open) = &mut self.open else { return };
        if open.kind.has_rows() && !open.hides_rows && open.rows.is_noop() {
            open.rows = self.tracker.child("sql-wrows");
            open.rows.set_outcome(Outcome::Cancelled);
        }
    }

    const fn ending(&self) -> Ending {
        match (self.failed, self.completed) {
            (true, _) => Ending::Error,
            (false, true) => Ending::Ok,
            (false, false) => Ending::Cancelled,
        }
    }
}

impl Drop for StatementEvent {
    fn drop(&mut self) {
        let ending = self.ending();
        let Some(open) = &mut self.open else { return };
        open.rows.set(keys::ROW_COUNT, self.row_count);
        if let Some(more) = &open.more {
            more.rows.record(&more.config, &mut open.rows);
        }
        if open.slow.is_some_and(|slow| self.tracker.lapsed() >= slow) {
            self.tracker.set(keys::SLOW, true);
        }
        let (tracker, rows) = (mem::take(&mut self.tracker), mem::take(&mut open.rows));
        let lapsed = tracker.finish_with(rows);
        if open.kind == StatementKind::Prepare {
            return;
        }
        if let Some(account) = &open.account {
            let run = Run {
                lapsed,
                wait: open.wait,
                rows: self.row_count,
                ending,
                caller: open.caller.take(),
                in_transaction: open.in_transaction,
            };
            account.add(&open.statement, &run);
        }
    }
}
