//! Items of a query, recorded as they arrive.
//!
//! The query begins with the first poll, as in the drivers. Its events end with the last item, or when the rest is
//! dropped. A drop while the driver waits for the database is a cancellation. Otherwise the program stops by itself: it
//! has the rows that it wanted, or the last one cannot be decoded, which sqlx does not report.

use std::future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_core::stream::BoxStream;
use futures_util::StreamExt as _;
use sqlx_core::Either;
use sqlx_core::database::Database;
use sqlx_core::error::Error;

use super::connection::Parts;
use super::database::{MonitoredDatabase, Step};
use super::query::TakenQuery;
use super::query_watch::{Kind, QueryWatch};
use super::source::Source;
use gomon_sql::adapter::Own;

/// A query that runs, or waits for its first poll.
pub(super) struct Rows<'e, DB: Database, R> {
    state: State<'e, DB, R>,
}

enum State<'e, DB: Database, R> {
    Waiting(Parts<'e, R>, TakenQuery<DB>, Kind),
    // Dropped before the watch, so that its end is within the event.
    Running(Own<BoxStream<'e, Result<Step<DB>, Error>>>, QueryWatch),
    Ended,
}

// Only its boxes are pinned.
impl<DB: Database, R> Unpin for Rows<'_, DB, R> {}

impl<'e, DB: MonitoredDatabase, R: Source<'e, DB>> Rows<'e, DB, R> {
    pub(super) fn new(parts: Parts<'e, R>, query: TakenQuery<DB>, kind: Kind) -> Self {
        Self {
            state: State::Waiting(parts, query, kind),
        }
    }

    /// Returns the stream of the selected items.
    pub(super) fn select<T>(
        self,
        select: fn(Step<DB>) -> Option<T>,
    ) -> impl Stream<Item = Result<T, Error>> {
        self.filter_map(move |step| future::ready(step.map(select).transpose()))
    }

    /// Reads it to the end and returns the results.
    pub(super) async fn execute(mut self) -> Result<DB::QueryResult, Error> {
        let mut all = DB::QueryResult::default();
        while let Some(step) = self.next().await {
            if let Either::Left(result) = step? {
                all.extend(Some(result));
            }
        }
        Ok(all)
    }

    /// Reads it to the end and returns the rows.
    pub(super) async fn fetch_all(mut self) -> Result<Vec<DB::Row>, Error> {
        let mut all = Vec::new();
        while let Some(step) = self.next().await {
            if let Either::Right(row) = step? {
                all.push(row);
            }
        }
        Ok(all)
    }

    fn begin(&mut self) {
        if let State::Waiting(parts, query, kind) = std::mem::replace(&mut self.state, State::Ended)
        {
            let watch = QueryWatch::begin(parts.scope, &query, kind);
            let dialect = parts.scope.database().dialect();
            self.state = State::Running(Own::new(parts.raw.fetch_many(query), dialect), watch);
        }
    }
}

impl<'e, DB: MonitoredDatabase, R: Source<'e, DB>> Stream for Rows<'e, DB, R> {
    type Item = Result<Step<DB>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if matches!(self.state, State::Waiting(..)) {
            self.begin();
        }
        let State::Running(stream, watch) = &mut self.state else {
            return Poll::Ready(None);
        };
        let Poll::Ready(step) = stream.poll_in(|stream| stream.as_mut().poll_next(cx)) else {
            watch.awaited();
            return Poll::Pending;
        };
        match &step {
            Some(Ok(Either::Right(row))) => watch.row::<DB>(row),
            Some(Ok(Either::Left(result))) => watch.result::<DB>(result),
            Some(Err(error)) => watch.failed(error),
            None => {
                watch.complete();
                self.state = State::Ended;
            }
        }
        Poll::Ready(step)
    }
}
