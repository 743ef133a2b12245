//! Rows of a query, counted as they are read.

use std::fmt;

use diesel::QueryResult;
use diesel::result::Error;

use super::text;
use gomon_sql::Dialect;
use gomon_sql::recording::StatementEvent;

/// The rows of a query on a [`MonitoredConnection`](super::MonitoredConnection), which are counted.
///
/// The event of the query ends with the last row, or when this is dropped. It is `cancelled` if no row was read.
/// Otherwise a drop is `ok`: the program has the rows that it wanted, or could not convert the last one.
#[must_use = "rows come by iteration"]
pub struct MonitoredCursor<I: Iterator> {
    // Dropped before the event: a database may finish a query only when its rows are dropped.
    rows: I,
    keep: Keep<I>,
    event: Ending,
}

/// Keeps a row.
type Keep<I> = fn(&<I as Iterator>::Item, &mut StatementEvent);

struct Ending {
    event: Option<StatementEvent>,
    dialect: Dialect,
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
        // If their number is known, all rows have been received.
        let (least, most) = self.rows.size_hint();
        if most == Some(least) {
            self.event.is_done = true;
        }
    }
}

impl Ending {
    /// Counts a row, and returns the event if the row is to be kept.
    #[inline]
    fn row(&mut self) -> Option<&mut StatementEvent> {
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
        if self.is_done
            && let Some(event) = &mut self.event
        {
            event.settle();
        }
    }
}

impl<I: Iterator> fmt::Debug for MonitoredCursor<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MonitoredCursor").finish_non_exhaustive()
    }
}
