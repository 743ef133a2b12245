//! Events of a statement and of its rows.

use std::mem;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use gomon_core::adapter::{TrackerExt, keys};
use gomon_core::{EventTracker, Monitor, Outcome, TrackerContext};

use super::kept::Kept;
use super::scope::Place;
use super::{Cell, Failure, Scope, StatementKind, scope};
use crate::Dialect;
use crate::Statement;
use crate::names::Name;
use crate::profile::{Account, Ending, Run};
use crate::state::with_state;
use crate::statement::Known;

/// A statement, from its sending until its last row was read, and its rows.
///
/// See the [module](crate::recording) for its parent. It is `cancelled` until it is [complete](Self::complete), and
/// ends when it is dropped. If it is dropped after a row, and the database is not awaited, it is complete: the program
/// took the rows that it wanted, or could not decode the last one.
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
///         query.keep_row(&["name"], [name]);
///     }
/// }
/// query.complete();
/// ```
#[derive(Debug)]
#[must_use = "a statement that is dropped at once is cancelled"]
pub struct StatementEvent {
    tracker: EventTracker,
    /// `None` if nothing is recorded.
    open: Option<Open>,
    row_count: u64,
    /// Whether the next row is to be kept.
    wants_row: bool,
    /// Whether the program waits for the database.
    is_awaited: bool,
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
    kept: Option<Box<Kept>>,
    /// From this duration on the statement is slow.
    slow: Option<Duration>,
    kind: StatementKind,
    transaction: Option<Arc<Place>>,
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
        let mut tracker =
            scope::open_under(monitor, request.as_ref(), scope.place(), kind.fingerprint());
        if tracker.is_noop() {
            return Self::closed(tracker);
        }
        let config = database.config_of(monitor);
        let account = Account::open(monitor, &config, database.interval());
        // The profile counts all runs, whether their events are sampled or not.
        if !tracker.is_recording() && account.is_none() {
            return Self::closed(tracker);
        }
        let statement = statement(database.dialect());
        let caller = with_state(monitor, |state| {
            if kind != StatementKind::Prepare && config.repeats() > 0 {
                let request = request.as_ref().map(TrackerContext::id);
                let threshold = config.repeats().into();
                scope.count(&state.repeats, request, &statement, threshold);
            }
            account.and_then(|_| state.names.current_caller())
        });
        tracker.set_outcome(Outcome::Cancelled);
        statement.record(&mut tracker);
        if let Some(transaction) = scope.transaction() {
            tracker.set(keys::TX, transaction);
        }
        Self {
            row_count: 0,
            is_awaited: true,
            failed: false,
            completed: false,
            wants_row: tracker.is_recording()
                && kind.has_rows()
                && (config.rows() > 0 || config.columns()),
            tracker,
            open: Some(Open {
                statement,
                caller: caller.flatten(),
                account,
                wait: scope.take_wait(),
                rows: EventTracker::noop(),
                kept: Kept::wanted(&config),
                slow: config.slow_query(),
                kind,
                transaction: scope.transaction_place().cloned(),
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
            is_awaited: true,
            failed: false,
            completed: false,
        }
    }

    /// Returns the statement, if it is recorded.
    pub fn statement(&self) -> Option<&Statement> {
        self.open.as_ref().map(|open| &**open.statement)
    }

    /// Returns whether parameters are to be recorded.
    #[must_use]
    pub fn wants_params(&self) -> bool {
        let kept = self.open.as_ref().and_then(|open| open.kept.as_ref());
        kept.is_some_and(|kept| kept.wants_params())
    }

    /// Records the parameters if [requested](Self::wants_params); values are cut to their limit.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_sql::{Dialect, Setup, recording::{Database, Scope, StatementKind}};
    /// # let scope = Scope::without_connection(&Database::new(Setup::new(), Dialect::Sqlite, ""));
    /// let mut query = scope.statement(StatementKind::Query, "SELECT name FROM goods WHERE id = ?");
    /// if query.wants_params() {
    ///     query.set_params([7]);
    /// }
    /// query.complete();
    /// ```
    pub fn set_params<V: Into<Cell>>(&mut self, params: impl IntoIterator<Item = V>) {
        let kept = self.open.as_ref().and_then(|open| open.kept.as_ref());
        if let Some(kept) = kept.filter(|kept| kept.wants_params()) {
            kept.record_params(params.into_iter().map(Into::into), &mut self.tracker);
        }
    }

    /// Counts a row, and returns whether it is to be [kept](Self::keep_row).
    #[must_use = "whether the row is to be kept"]
    #[inline]
    pub fn row(&mut self) -> bool {
        self.row_count += 1;
        self.is_awaited = false;
        if self.row_count == 1 {
            self.open_rows();
        }
        self.wants_row
    }

    /// Keeps the row that was counted last; values are cut to their limit.
    pub fn keep_row<V: Into<Cell>>(
        &mut self,
        columns: &[&str],
        values: impl IntoIterator<Item = V>,
    ) {
        let open = self.open.as_mut().filter(|_| self.wants_row);
        if let Some(kept) = open.and_then(|open| open.kept.as_mut()) {
            self.wants_row = kept.push_row(columns, values.into_iter().map(Into::into));
        }
    }

    /// Records the number of changed rows, summed over all statements of the text.
    pub fn set_affected(&mut self, rows: u64) {
        self.tracker.set(keys::ROWS_AFF, rows);
    }

    /// Records the id that the database generated for the last row.
    pub fn set_last_id(&mut self, id: i64) {
        self.tracker.set(keys::LAST_ID, id);
    }

    /// Records an error of the library, which ends the statement; "no rows" is not an error.
    pub fn fail(&mut self, failure: &Failure<'_>) {
        self.failed = true;
        if let Some(open) = &self.open
            && let Some(transaction) = &open.transaction
        {
            transaction.standing().fail(&open.statement, failure);
        }
        failure.record(&mut self.tracker);
        self.tracker.complete();
    }

    /// Runs one poll of the statement and measures it, for `gomon:busy` and `gomon:polls`.
    #[inline]
    pub fn poll_in<T>(&mut self, poll: impl FnOnce() -> Poll<T>) -> Poll<T> {
        let polled = self.tracker.poll_in(poll);
        self.is_awaited |= polled.is_pending();
        polled
    }

    /// Records that the database is awaited again after a row, for libraries whose polls are not
    /// [measured](Self::poll_in).
    #[inline]
    pub fn awaited(&mut self) {
        self.is_awaited = true;
    }

    /// Records that the database answered without a row, so that the program has what it wanted.
    #[inline]
    pub fn answered(&mut self) {
        self.is_awaited = false;
    }

    /// Moves the start back by this duration, for libraries that report a statement after its end.
    pub fn began_before(&mut self, elapsed: Duration) {
        self.tracker.began_before(elapsed);
    }

    /// Records no `sql-wrows`.
    pub(super) fn hide_rows(&mut self) {
        if let Some(open) = &mut self.open {
            open.hides_rows = true;
        }
    }

    /// Ends it as its library reported it: without rows and without an outcome.
    pub(super) fn reported(mut self, source: &'static str, rows: u64, affected: u64, slow: bool) {
        self.row_count = rows;
        self.tracker.set(keys::SOURCE, source);
        match &self.open {
            Some(open) if open.kind.has_rows() => self.tracker.set(keys::ROW_COUNT, rows),
            _ => self.set_affected(affected),
        }
        if slow {
            self.tracker.set(keys::SLOW, true);
        }
        self.settle();
        self.tracker.set_outcome(Outcome::Unknown);
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
        if !(self.completed || self.is_awaited || self.tracker.is_unwound()) {
            self.settle();
        }
        let ending = self.ending();
        let Some(open) = &mut self.open else { return };
        if let Some(transaction) = &open.transaction
            && open.kind != StatementKind::Prepare
        {
            let standing = transaction.standing();
            standing.end_statement(&open.statement, ending);
        }
        open.rows.set(keys::ROW_COUNT, self.row_count);
        if let Some(kept) = &open.kept {
            kept.record(&mut open.rows);
        }
        if open.slow.is_some_and(|slow| self.tracker.elapsed() >= slow) {
            self.tracker.set(keys::SLOW, true);
        }
        let (tracker, rows) = (mem::take(&mut self.tracker), mem::take(&mut open.rows));
        let elapsed = tracker.finish_with(rows);
        if open.kind == StatementKind::Prepare {
            return;
        }
        if let Some(account) = &open.account {
            let run = Run {
                elapsed,
                wait: open.wait,
                rows: self.row_count,
                ending,
                caller: open.caller.take(),
                in_transaction: open.transaction.is_some(),
            };
            account.add(&open.statement, &run);
        }
    }
}
