//! Worker thread of one listener.

use std::sync::Arc;
use std::thread::ThreadId;

use crate::error::Error;
use crate::listeners::Listener;
use crate::listeners::flush::{Flush, FlushReason};
use crate::own_thread;
use crate::panics::{Quarantine, contain};
use crate::record::event::Event;
use crate::suppress::suppress_thread;
use crate::transport::batch::Batch;
use crate::transport::queue::{Cause, Queue, Work};

/// Starts the thread that feeds `listener` from `queue`.
pub(crate) fn start(
    name: &str,
    listener: Box<dyn Listener>,
    queue: Arc<Queue>,
    app_id: Arc<str>,
) -> Result<ThreadId, Error> {
    let worker = Worker {
        listener,
        queue,
        app_id,
        feeds: Quarantine::default(),
        flushes: Quarantine::default(),
    };
    let thread = own_thread::spawn(&format!("gomon-{name}"), move || worker.run())?;
    Ok(thread.id())
}

struct Worker {
    listener: Box<dyn Listener>,
    queue: Arc<Queue>,
    app_id: Arc<str>,
    feeds: Quarantine,
    /// Separate from `feeds`: a listener that fails to flush can still be fed.
    flushes: Quarantine,
}

impl Worker {
    fn run(mut self) {
        suppress_thread();
        loop {
            match self.queue.next() {
                Work::Deliver(batch) => self.deliver(&batch),
                Work::Flush(cause) => self.flush(cause),
                Work::Exit => break,
            }
        }
        let Self {
            listener, queue, ..
        } = self;
        contain(move || drop(listener));
        queue.exited();
    }

    fn deliver(&mut self, batch: &Arc<Batch>) {
        let (mut delivered, mut failed) = (0, 0);
        let app_id = Arc::clone(&self.app_id);
        let queue = Arc::clone(&self.queue);
        let mut records = batch.iter();
        loop {
            let mut has_fed = false;
            // One unwind guard covers all events up to a panic.
            let outcome = self.guarded(|listener| {
                for record in records.by_ref() {
                    if queue.is_abandoned() {
                        break;
                    }
                    let fed = match Event::from_bytes(record, &app_id) {
                        Some(event) => {
                            // Counted first, so that a panic counts as a failure.
                            failed += 1;
                            listener.feed(&event)
                        }
                        None => continue,
                    };
                    if fed.is_ok() {
                        failed -= 1;
                        delivered += 1;
                    }
                    has_fed = true;
                }
            });
            if has_fed {
                self.feeds.succeeded();
            }
            if outcome.is_some() || self.is_closed_in_quarantine() {
                break;
            }
        }
        self.queue.delivered(batch, delivered, failed);
    }

    /// Records a panic and waits while the listener is quarantined. Returns true if the queue was
    /// closed meanwhile, so that the listener receives nothing more.
    fn is_closed_in_quarantine(&mut self) -> bool {
        (self.feeds.panicked()).is_some_and(|pause| !self.queue.quarantine(pause))
    }

    fn flush(&mut self, cause: Cause) {
        if self.flushes.is_on() {
            return self.queue.flushed(false, None, &[]);
        }
        let mut flush = Flush::new(match cause {
            Cause::Idle => FlushReason::Idle,
            Cause::Timer => FlushReason::Timer,
            Cause::Requested => FlushReason::Requested,
            Cause::Last => FlushReason::Last,
        });
        let flushed = self.guarded(|listener| listener.flush(&mut flush));
        if flushed.is_some() {
            self.flushes.succeeded();
        } else {
            self.flushes.panicked();
        }
        let (again, lost) = flush.into_answers();
        self.queue
            .flushed(matches!(flushed, Some(Ok(()))), again, &lost);
    }

    /// Calls the listener. Returns `None` if it panicked.
    fn guarded<R>(&mut self, call: impl FnOnce(&mut dyn Listener) -> R) -> Option<R> {
        let listener = &mut *self.listener;
        contain(move || call(listener))
    }
}
