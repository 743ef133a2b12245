//! Queries that started and have not finished.
//!
//! A connection mostly has one. On PostgreSQL there may be several: `diesel-async` pipelines queries, and diesel looks
//! up the id of a type while a query has started. Some queries never finish, because diesel does not report dropped
//! futures and values that cannot be bound. Where queries are sequential, the next query ends them. Elsewhere the next
//! query of another request does, which has the connection by then.

use std::collections::VecDeque;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};

use diesel::connection::DebugQuery;
use gomon_core::Id;
use gomon_core::adapter::current_id;

use super::text;
use gomon_sql::Dialect;
use gomon_sql::recording::{Failure, StatementEvent};

/// Maximum number of open queries; the oldest is cancelled beyond it.
const MAX_OPEN: usize = 32;
/// Error of a query of SQLite that never finished: diesel reports all other errors.
const UNBOUND: &str = "its values could not be bound";

#[derive(Default)]
pub(super) struct Pending {
    /// The oldest first.
    queries: VecDeque<Started>,
    /// Number of unrecorded queries that may still finish.
    strays: u32,
}

struct Started {
    request: Id,
    sql: u64,
    dialect: Dialect,
    event: StatementEvent,
}

impl Started {
    /// Returns whether it must have ended before the next query began.
    const fn is_alone(&self) -> bool {
        matches!(self.dialect, Dialect::Sqlite | Dialect::MySql)
    }

    /// Ends a query that did not finish. A dropped future is cancelled.
    fn end(mut self) {
        if self.dialect == Dialect::Sqlite {
            self.event.fail(&Failure::new(&UNBOUND, "diesel::Error"));
        }
    }
}

/// Returns the hash of a text, which distinguishes the open queries.
pub(super) fn hash(sql: &str) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(sql)
}

impl Pending {
    pub(super) fn push(&mut self, sql: u64, dialect: Dialect, event: StatementEvent) {
        let started = Started {
            request: current_id(),
            sql,
            dialect,
            event,
        };
        if started.is_alone() {
            self.end_unfinished();
        } else {
            self.give_up(started.request);
        }
        self.queries.push_back(started);
    }

    /// Counts a query that started and is not recorded.
    pub(super) fn pass(&mut self) {
        if self.queries.front().is_some_and(Started::is_alone) {
            self.end_unfinished();
        }
        self.strays = self.strays.saturating_add(1);
    }

    /// Ends all queries, because none will finish.
    pub(super) fn end_unfinished(&mut self) {
        self.strays = 0;
        self.queries.drain(..).for_each(Started::end);
    }

    /// Makes room for a query of `request`.
    fn give_up(&mut self, request: Id) {
        let before = self.queries.len();
        self.queries.retain(|started| started.request == request);
        if self.queries.len() == MAX_OPEN {
            self.queries.pop_front();
        }
        let given_up = before - self.queries.len();
        self.strays = self.strays.saturating_add(given_up as u32);
    }

    /// Removes the event that `query` finishes.
    pub(super) fn take(&mut self, query: &dyn DebugQuery) -> Option<StatementEvent> {
        let at = match self.only() {
            Some(at) => Some(at),
            None if self.queries.is_empty() => None,
            None => self.position(query),
        };
        if at.is_none() {
            self.strays = self.strays.saturating_sub(1);
        }
        self.queries.remove(at?).map(|started| started.event)
    }

    /// Returns the index of the only possible query. This avoids building its text, which costs more than all other
    /// recording.
    ///
    /// A single open query is not certain if another may finish, such as one that another request cancelled.
    fn only(&self) -> Option<usize> {
        let only = self.queries.front()?;
        let is_known = self.queries.len() == 1 && self.strays == 0 && only.request == current_id();
        is_known.then_some(0)
    }

    /// Chooses the last of equal queries, because those before may never finish.
    fn position(&self, query: &dyn DebugQuery) -> Option<usize> {
        let sql = text::of_debug(query, hash)?;
        self.queries.iter().rposition(|started| started.sql == sql)
    }
}

#[cfg(test)]
mod tests {
    use diesel::connection::StrQueryHelper;
    use gomon_core::{Monitor, OwnedEvent, Recorder, Running};

    use super::*;
    use gomon_sql::Setup;
    use gomon_sql::recording::{Database, Scope, StatementKind};

    fn monitor() -> (Running, Recorder) {
        let recorder = Recorder::new();
        let running = Monitor::builder().listener(recorder.listener()).build();
        (running.unwrap(), recorder)
    }

    fn start(pending: &mut Pending, running: &Running, sql: &str) {
        start_on(Dialect::PostgreSql, pending, running, sql);
    }

    fn start_on(dialect: Dialect, pending: &mut Pending, running: &Running, sql: &str) {
        let setup = Setup::new().with_monitor(running.monitor());
        let scope = Scope::without_connection(&Database::new(setup, dialect, ""));
        let event = scope.statement(StatementKind::Execute, sql);
        pending.push(hash(sql), dialect, event);
    }

    fn outcomes(events: &[OwnedEvent]) -> Vec<String> {
        let outcomes = events.iter().filter_map(|event| {
            let json: serde_json::Value = serde_json::from_str(&event.to_json()).ok()?;
            json["query"]
                .as_str()
                .map(|query| format!("{query} {}", json["gomon:outcome"].as_str().unwrap()))
        });
        outcomes.collect()
    }

    #[test]
    fn queries_that_are_open_together_are_distinguished() {
        let (running, recorder) = monitor();
        let mut pending = Pending::default();
        for sql in ["SELECT a", "SELECT b", "SELECT c"] {
            start(&mut pending, &running, sql);
        }
        for sql in ["SELECT b", "SELECT c", "SELECT a"] {
            let event = pending.take(&StrQueryHelper::new(sql)).unwrap();
            event.complete();
        }
        assert!(pending.take(&StrQueryHelper::new("SELECT a")).is_none());
        let events = recorder.wait_for(3);
        assert_eq!(
            outcomes(&events),
            ["SELECT b ok", "SELECT c ok", "SELECT a ok"]
        );
    }

    #[test]
    fn unfinished_query_is_cancelled_by_the_next_request() {
        let (running, recorder) = monitor();
        let mut pending = Pending::default();
        let mut first = running.monitor().root("request");
        first.scope(|| start(&mut pending, &running, "SELECT a"));
        let mut second = running.monitor().root("request");
        second.scope(|| {
            start(&mut pending, &running, "SELECT b");
            let event = pending.take(&StrQueryHelper::new("SELECT b")).unwrap();
            event.complete();
        });
        let events = recorder.wait_for(2);
        assert_eq!(outcomes(&events), ["SELECT a cancelled", "SELECT b ok"]);
    }

    #[test]
    fn cancelled_query_does_not_end_the_query_of_another_request() {
        let (running, recorder) = monitor();
        let mut pending = Pending::default();
        let mut first = running.monitor().root("request");
        let mut second = running.monitor().root("request");
        first.scope(|| start(&mut pending, &running, "SELECT a"));
        second.scope(|| start(&mut pending, &running, "SELECT b"));
        let ended = first.scope(|| pending.take(&StrQueryHelper::new("SELECT a")));
        assert!(ended.is_none());
        second.scope(|| {
            let event = pending.take(&StrQueryHelper::new("SELECT b")).unwrap();
            event.complete();
        });
        let events = recorder.wait_for(2);
        assert_eq!(outcomes(&events), ["SELECT a cancelled", "SELECT b ok"]);
    }

    #[test]
    fn finish_ends_the_last_of_equal_queries() {
        let (running, recorder) = monitor();
        let mut pending = Pending::default();
        start(&mut pending, &running, "SELECT a");
        let pause = std::time::Duration::from_millis(20);
        std::thread::sleep(pause);
        start(&mut pending, &running, "SELECT a");
        let event = pending.take(&StrQueryHelper::new("SELECT a")).unwrap();
        event.complete();
        pending.end_unfinished();
        let events = recorder.wait_for(2);
        assert_eq!(outcomes(&events), ["SELECT a ok", "SELECT a cancelled"]);
        let [second, first] = &events[..] else {
            panic!("{events:?}")
        };
        let elapsed = |event: &OwnedEvent| event.as_event().elapsed();
        assert!(elapsed(second) + pause <= elapsed(first));
    }

    #[test]
    fn sequential_query_ends_the_unfinished_one_before() {
        for (dialect, end) in [(Dialect::Sqlite, "error"), (Dialect::MySql, "cancelled")] {
            let (running, recorder) = monitor();
            let mut pending = Pending::default();
            start_on(dialect, &mut pending, &running, "SELECT a");
            start_on(dialect, &mut pending, &running, "SELECT b");
            assert_eq!(outcomes(&recorder.wait_for(1)), [format!("SELECT a {end}")]);
            pending.pass();
            assert!(pending.take(&Unread).is_none());
            let ends = ["a", "b"].map(|name| format!("SELECT {name} {end}"));
            assert_eq!(outcomes(&recorder.wait_for(2)), ends);
        }
    }

    /// A query whose text must not be built.
    struct Unread;

    impl DebugQuery for Unread {}

    impl std::fmt::Debug for Unread {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("the text was built")
        }
    }

    impl std::fmt::Display for Unread {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("the text was built")
        }
    }

    #[test]
    fn only_possible_query_is_found_without_its_text() {
        let (running, _recorder) = monitor();
        let mut pending = Pending::default();
        assert!(pending.take(&Unread).is_none());
        start(&mut pending, &running, "SELECT a");
        assert!(pending.take(&Unread).is_some());
    }

    #[test]
    fn query_that_is_not_recorded_does_not_end_another() {
        let (running, _recorder) = monitor();
        let mut pending = Pending::default();
        pending.pass();
        start(&mut pending, &running, "SELECT b");
        assert!(pending.take(&StrQueryHelper::new("SELECT a")).is_none());
        assert!(pending.take(&Unread).is_some());
    }

    #[test]
    fn number_of_open_queries_is_bounded() {
        let (running, recorder) = monitor();
        let mut pending = Pending::default();
        for _ in 0..MAX_OPEN + 5 {
            start(&mut pending, &running, "SELECT a");
        }
        assert_eq!(recorder.wait_for(5).len(), 5);
        pending.end_unfinished();
        assert_eq!(recorder.wait_for(MAX_OPEN + 5).len(), MAX_OPEN + 5);
    }
}
