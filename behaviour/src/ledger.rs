//! What really became of each request for `/vanish/{id}`, as its own handler and body saw it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future;
use gomon_core::{FutureExt as _, Key, Monitor};
use http_body::Frame;

use crate::mix::mix;
use crate::{Reply, ReplyBody};

/// The number of the request, on trackers that its handler opens.
const NUMBER: Key<'static> = Key::new("number");

/// How far a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Its handler was dropped.
    InHandler,
    /// Its body was dropped before its end.
    InBody,
    /// Its body was read to the end.
    Whole,
}

/// The ends of all requests so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    monitor: Monitor,
    ends: Arc<Mutex<HashMap<u64, Vec<End>>>>,
    open: Arc<AtomicUsize>,
}

impl Ledger {
    pub(crate) fn new(monitor: Monitor) -> Self {
        Self {
            monitor,
            ends: Arc::default(),
            open: Arc::default(),
        }
    }

    /// Requests that are not over.
    pub(crate) fn open(&self) -> usize {
        self.open.load(Relaxed)
    }

    pub(crate) fn ends(&self) -> HashMap<u64, Vec<End>> {
        self.ends
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Awaits, joins, spawned tasks and chunks as the number has it; a tracker in each.
    pub(crate) async fn vanishing(self, path: &str) -> Reply {
        let number = path
            .rsplit('/')
            .next()
            .and_then(|number| number.parse().ok())
            .unwrap_or(u64::MAX);
        let monitor = self.monitor;
        self.open.fetch_add(1, Relaxed);
        let mut entry = Entry {
            ledger: self,
            number,
            end: End::InHandler,
        };
        let dice = mix(number);
        let step = move |pause: u64| async move {
            let mut tracker = monitor.tracker("step");
            tracker.set(NUMBER, number);
            tokio::time::sleep(Duration::from_millis(pause % 40)).await;
            tracker.finish();
        };
        step(dice).await;
        match dice % 3 {
            0 => drop(future::join(step(dice >> 8), step(dice >> 16)).await),
            1 => tokio::spawn(step(dice >> 8).in_current())
                .await
                .expect("the spawned task ends"),
            _ => tokio::task::yield_now().await,
        }
        entry.end = End::InBody;
        let entry = Arc::new(Mutex::new(entry));
        let chunks = 1 + (dice >> 24) as usize % 6;
        let body = ReplyBody::each(move |at| {
            let entry = Arc::clone(&entry);
            async move {
                step((dice >> 32) >> at).await;
                if at < chunks {
                    return Some(Ok(Frame::data(Bytes::from_static(b"chunk\n"))));
                }
                entry.lock().unwrap_or_else(PoisonError::into_inner).end = End::Whole;
                None
            }
        });
        Reply::of("text/plain", body)
    }
}

/// A request that is not over.
struct Entry {
    ledger: Ledger,
    number: u64,
    end: End,
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut ends = self
            .ledger
            .ends
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        ends.entry(self.number).or_default().push(self.end);
        self.ledger.open.fetch_sub(1, Relaxed);
    }
}
