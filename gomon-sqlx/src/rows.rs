//! What a query gives, watched while it comes.
//!
//! The query begins with the first poll, as it does in the drivers, and its events end with the last item, or when the rest is
//! dropped unread.

use std::future::poll_fn;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_core::stream::BoxStream;
use sqlx_core::Either;
use sqlx_core::database::Database;
use sqlx_core::error::Error;

use super::connection::Parts;
use super::database::{MonitoredDatabase, Step};
use super::query::TakenQuery;
use super::query_watch::{Kind, QueryWatch};

/// A query that runs, or waits to be asked for its first item.
pub(super) struct Rows<'e, DB: Database> {
    state: State<'e, DB>,
}

enum State<'e, DB: Database> {
    Waiting(Parts<'e, DB>, TakenQuery<DB>, Kind),
    // The stream goes before the watch, so that what its end costs is within the event.
    Running(BoxStream<'e, Result<Step<DB>, Error>>, QueryWatch),
    Ended,
}

// Nothing in it is pinned but what is boxed.
impl<DB: Database> Unpin for Rows<'_, DB> {}

impl<'e, DB: MonitoredDatabase> Rows<'e, DB> {
    pub(super) fn new(parts: Parts<'e, DB>, query: TakenQuery<DB>, kind: Kind) -> Self {
        Self {
            state: State::Waiting(parts, query, kind),
        }
    }

    pub(super) async fn next(&mut self) -> Option<Result<Step<DB>, Error>> {
        poll_fn(|cx| self.poll_step(cx)).await
    }

    /// Reads it to the end for the results.
    pub(super) async fn execute(mut self) -> Result<DB::QueryResult, Error> {
        let mut all = DB::QueryResult::default();
        while let Some(step) = self.next().await {
            if let Either::Left(result) = step? {
                all.extend(Some(result));
            }
        }
        Ok(all)
    }

    /// Reads it to the end for the rows.
    pub(super) async fn fetch_all(mut self) -> Result<Vec<DB::Row>, Error> {
        let mut all = Vec::new();
        while let Some(step) = self.next().await {
            if let Either::Right(row) = step? {
                all.push(row);
            }
        }
        Ok(all)
    }

    fn poll_step(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Step<DB>, Error>>> {
        if matches!(self.state, State::Waiting(..)) {
            self.begin();
        }
        let State::Running(stream, watch) = &mut self.state else {
            return Poll::Ready(None);
        };
        let step = ready!(stream.as_mut().poll_next(cx));
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

    fn begin(&mut self) {
        if let State::Waiting(parts, query, kind) = std::mem::replace(&mut self.state, State::Ended)
        {
            let watch = QueryWatch::begin(&parts, &query, kind);
            self.state = State::Running(DB::fetch_many(parts.raw, query), watch);
        }
    }
}

/// Which of the items somebody wants.
pub(super) trait Wanted<DB: Database> {
    type Item;

    fn pick(step: Step<DB>) -> Option<Self::Item>;
}

/// The results only.
pub(super) struct ResultsOnly;

impl<DB: Database> Wanted<DB> for ResultsOnly {
    type Item = DB::QueryResult;

    fn pick(step: Step<DB>) -> Option<Self::Item> {
        step.left()
    }
}

/// The rows only.
pub(super) struct RowsOnly;

impl<DB: Database> Wanted<DB> for RowsOnly {
    type Item = DB::Row;

    fn pick(step: Step<DB>) -> Option<Self::Item> {
        step.right()
    }
}

/// Everything.
pub(super) struct Both;

impl<DB: Database> Wanted<DB> for Both {
    type Item = Step<DB>;

    fn pick(step: Step<DB>) -> Option<Self::Item> {
        Some(step)
    }
}

/// The stream of what is wanted.
pub(super) struct RowStream<'e, DB: Database, W> {
    rows: Rows<'e, DB>,
    wanted: PhantomData<fn() -> W>,
}

impl<'e, DB: MonitoredDatabase, W> RowStream<'e, DB, W> {
    pub(super) fn new(rows: Rows<'e, DB>) -> Self {
        Self {
            rows,
            wanted: PhantomData,
        }
    }
}

impl<DB: MonitoredDatabase, W: Wanted<DB>> Stream for RowStream<'_, DB, W> {
    type Item = Result<W::Item, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match ready!(self.rows.poll_step(cx)) {
                None => return Poll::Ready(None),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                Some(Ok(step)) => {
                    if let Some(item) = W::pick(step) {
                        return Poll::Ready(Some(Ok(item)));
                    }
                }
            }
        }
    }
}
