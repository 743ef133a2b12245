//! Streams of rows.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use sea_orm::{DbErr, QueryResult};

use super::{facts, values};
use gomon_sql::Dialect;
use gomon_sql::adapter::Own;
use gomon_sql::recording::StatementEvent;

/// The rows of a query, which are counted.
///
/// The event of the query ends with the last row, or when this is dropped. It is `cancelled` then if the database is
/// awaited, or no row was read.
pub struct MonitoredStream<S> {
    rows: Own<Pin<Box<S>>>,
    event: Option<StatementEvent>,
}

impl<S> MonitoredStream<S> {
    pub(super) fn new(rows: S, event: StatementEvent, dialect: Dialect) -> Self {
        Self {
            rows: Own::new(Box::pin(rows), dialect),
            event: Some(event),
        }
    }
}

impl<S> Stream for MonitoredStream<S>
where
    S: Stream<Item = Result<QueryResult, DbErr>>,
{
    type Item = Result<QueryResult, DbErr>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Self { rows, event } = &mut *self;
        let Some(open) = event else {
            return rows.poll_in(|rows| rows.as_mut().poll_next(cx));
        };
        let polled = open.poll_in(|| rows.poll_in(|rows| rows.as_mut().poll_next(cx)));
        match &polled {
            Poll::Pending => {}
            Poll::Ready(Some(Ok(row))) => values::row(open, row),
            Poll::Ready(Some(Err(error))) => {
                facts::with_failure(error, |failure| open.fail(failure));
            }
            Poll::Ready(None) => {
                if let Some(event) = event.take() {
                    event.complete();
                }
            }
        }
        polled
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.rows.inner().map_or((0, None), Stream::size_hint)
    }
}

impl<S> fmt::Debug for MonitoredStream<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MonitoredStream").finish_non_exhaustive()
    }
}
