//! Ground truth of how each request for `/vanish/{id}` ended, recorded by its handler and body.

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

/// Key of the request's number, on trackers opened by its handler.
const NUMBER: Key<'static> = Key::new("number");

/// How far a request got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The handler was dropped.
    InHandler,
    /// The body was dropped before its end.
    InBody,
    /// The body was read to its end.
    Whole,
}

/// The ends of all requests.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) monitor: Monitor,
    ends: Arc<Mutex<HashMap<u64, Vec<End>>>>,
    open: Arc<AtomicUsize>,
}

impl Ledger {
    pub(crate) fn new(monitor: Monitor) -> Self {
        Self {
            monitor,
            ..Self::default()
        }
    }

    /// Returns the number of unfinished requests.
    pub(crate) fn open(&self) -> usize {
        self.open.load(Relaxed)
    }

    pub(crate) fn ends(&self) -> HashMap<u64, Vec<End>> {
        self.ends
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Runs awaits, joins, spawned tasks and chunks chosen by the request's number, with a tracker in each.
    pub(crate) async fn vanish(self, path: &str) -> Reply {
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

/// An unfinished request; records its end on drop.
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
