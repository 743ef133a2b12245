//! The rows of a query, counted as they are taken.

use std::fmt;

use diesel::QueryResult;
use diesel::result::Error;

use super::text;
use gomon_sql::Dialect;
use gomon_sql::recording::StatementEvent;

/// The rows of a query that went through a [`MonitoredConnection`](super::MonitoredConnection): those of the connection in
/// it, and counted.
///
/// The event of the query ends with the last row, or with the drop of this. It is `cancelled` where more rows might have
/// come; that one row was taken and no other is what `first` and `get_result` do, and is not.
#[must_use = "rows come by iteration"]
pub struct MonitoredCursor<I: Iterator> {
    // Before the event, since a database may be done with a query only when its rows are dropped.
    rows: I,
    keep: Keep<I>,
    event: Ending,
}

/// Keeps a row, where that is wanted.
type Keep<I> = fn(&<I as Iterator>::Item, &mut StatementEvent);

struct Ending {
    event: Option<StatementEvent>,
    dialect: Dialect,
    taken: u64,
    is_done: bool,
}

impl<I: Iterator> MonitoredCursor<I> {
    pub(super) const fn new(
        rows: I,
        keep: Keep<I>,
        event: Option<StatementEvent>,
        dialect: Dialect,
    ) -> Self {
        let event = Ending {
            event,
            dialect,
            taken: 0,
            is_done: false,
        };
        Self { rows, keep, event }
    }
}

impl<I, R> Iterator for MonitoredCursor<I>
where
    I: Iterator<Item = QueryResult<R>>,
{
    type Item = QueryResult<R>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let next = self.rows.next();
        match &next {
            Some(item @ Ok(_)) => {
                if let Some(event) = self.event.row() {
                    (self.keep)(item, event);
                }
            }
            Some(Err(error)) => self.event.fail(error),
            None => self.event.is_done = true,
        }
        next
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.rows.size_hint()
    }
}

impl<I, R> ExactSizeIterator for MonitoredCursor<I>
where
    I: ExactSizeIterator<Item = QueryResult<R>>,
{
    fn len(&self) -> usize {
        self.rows.len()
    }
}

impl<I: Iterator> Drop for MonitoredCursor<I> {
    fn drop(&mut self) {
        // Where their number is known, all of them are here.
        let (least, most) = self.rows.size_hint();
        if most == Some(least) {
            self.event.is_done = true;
        }
    }
}

impl Ending {
    /// Counts a row. It is given to the event where it is to be kept.
    #[inline]
    fn row(&mut self) -> Option<&mut StatementEvent> {
        self.taken += 1;
        let event = self.event.as_mut()?;
        event.row().then_some(event)
    }

    fn fail(&mut self, error: &Error) {
        if let Some(event) = &mut self.event {
            event.fail(&text::failure(error, self.dialect));
        }
        self.is_done = true;
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        if (self.is_done || self.taken == 1)
            && let Some(event) = &mut self.event
        {
            event.settle();
        }
    }
}

impl<I: Iterator> fmt::Debug for MonitoredCursor<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MonitoredCursor")
            .field("taken", &self.event.taken)
            .finish_non_exhaustive()
    }
}
