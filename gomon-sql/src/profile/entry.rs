//! Sums over all runs of one statement.

use std::sync::Arc;
use std::time::Duration;

use gomon_core::adapter::Histogram;

use crate::Statement;
use crate::names::Name;

/// Maximum number of callers of a statement; all others are one.
const MAX_CALLERS: usize = 8;

/// One run of a statement.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) elapsed: Duration,
    /// Wait for the pool, in ns.
    pub(crate) wait: u64,
    pub(crate) rows: u64,
    pub(crate) ending: Ending,
    pub(crate) caller: Option<Name>,
    pub(crate) in_transaction: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Ok,
    Error,
    Cancelled,
}

/// Who ran a statement, and how often.
#[derive(Clone, Debug, Default)]
pub(super) struct Caller {
    pub(super) name: Option<Name>,
    pub(super) in_transaction: bool,
    pub(super) count: u64,
    pub(super) total: u64,
}

/// Sums over all runs of one statement; times in ns.
#[derive(Clone, Debug, Default)]
pub(super) struct Entry {
    /// `None` for the entry of all statements beyond the maximum.
    pub(super) statement: Option<Arc<Statement>>,
    pub(super) count: u64,
    pub(super) errors: u64,
    pub(super) cancelled: u64,
    pub(super) rows: u64,
    pub(super) total: u64,
    pub(super) min: u64,
    pub(super) max: u64,
    pub(super) wait: u64,
    pub(super) times: Histogram,
    pub(super) callers: Vec<Caller>,
    /// The callers beyond the maximum.
    pub(super) other_callers: Caller,
}

impl Entry {
    pub(super) fn new(statement: Option<&Arc<Statement>>) -> Self {
        Self {
            statement: statement.cloned(),
            min: u64::MAX,
            ..Self::default()
        }
    }

    pub(super) fn add(&mut self, run: &Run) {
        let ns = nanos(run.elapsed);
        self.count += 1;
        match run.ending {
            Ending::Ok => {}
            Ending::Error => self.errors += 1,
            Ending::Cancelled => self.cancelled += 1,
        }
        self.rows = self.rows.saturating_add(run.rows);
        self.total = self.total.saturating_add(ns);
        self.min = self.min.min(ns);
        self.max = self.max.max(ns);
        self.wait = self.wait.saturating_add(run.wait);
        self.times.record(ns);
        let caller = self.caller(run.caller.as_ref(), run.in_transaction);
        caller.count += 1;
        caller.total = caller.total.saturating_add(ns);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.errors += other.errors;
        self.cancelled += other.cancelled;
        self.rows = self.rows.saturating_add(other.rows);
        self.total = self.total.saturating_add(other.total);
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.wait = self.wait.saturating_add(other.wait);
        self.times.merge(&other.times);
        for more in &other.callers {
            let caller = self.caller(more.name.as_ref(), more.in_transaction);
            caller.count += more.count;
            caller.total = caller.total.saturating_add(more.total);
        }
        self.other_callers.count += other.other_callers.count;
        self.other_callers.total = self
            .other_callers
            .total
            .saturating_add(other.other_callers.total);
    }

    fn caller(&mut self, name: Option<&Name>, in_transaction: bool) -> &mut Caller {
        let is = |caller: &Caller| {
            caller.in_transaction == in_transaction && caller.name.as_ref() == name
        };
        let at = self.callers.iter().position(is);
        let at = at.unwrap_or_else(|| {
            if self.callers.len() < MAX_CALLERS {
                self.callers.push(Caller {
                    name: name.cloned(),
                    in_transaction,
                    ..Caller::default()
                });
            }
            // An index that does not exist if the list is full.
            self.callers.iter().position(is).unwrap_or(usize::MAX)
        });
        self.callers.get_mut(at).unwrap_or(&mut self.other_callers)
    }
}

pub(crate) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
