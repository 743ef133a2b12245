//! Queries that were started and not finished.
//!
//! One connection mostly has one. With `diesel-async` there may be more, when several are sent before the first is
//! answered, and there may be some that will never finish, when their future was dropped: diesel says nothing of that.
//! Those are recognised by the next query of another request, which has the connection by then.

use std::collections::VecDeque;

use diesel::connection::DebugQuery;
use gomon_core::{Id, current_id};

use super::text;
use crate::recording::StatementEvent;

/// How many are remembered; the oldest is then given up.
const MOST: usize = 32;

/// The oldest first.
#[derive(Default)]
pub(super) struct Pending(VecDeque<Started>);

struct Started {
    request: Id,
    sql: Hash,
    event: StatementEvent,
}

/// Of a text, to tell queries apart that are open at a time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Hash(u64);

impl Hash {
    /// FNV-1a.
    pub(super) fn of(sql: &str) -> Self {
        let hash = sql.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(hash)
    }
}

impl Pending {
    pub(super) fn push(&mut self, sql: Hash, event: StatementEvent) {
        let request = current_id();
        self.0.retain(|started| started.request == request);
        if self.0.len() == MOST {
            self.0.pop_front();
        }
        self.0.push_back(Started {
            request,
            sql,
            event,
        });
    }

    /// The one that `query` finishes.
    pub(super) fn take(&mut self, query: &dyn DebugQuery) -> Option<StatementEvent> {
        if self.0.len() < 2 {
            return self.0.pop_front().map(|started| started.event);
        }
        let sql = text::of_debug(query, Hash::of)?;
        let at = self.0.iter().position(|started| started.sql == sql)?;
        self.0.remove(at).map(|started| started.event)
    }

    /// None of them will finish.
    pub(super) fn cancel(&mut self) {
        self.0.clear();
    }
}
