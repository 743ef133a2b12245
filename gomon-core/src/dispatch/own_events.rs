//! Events of GoMon itself: the application event and `gomon-health`.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, MutexGuard};
use std::time::{Duration, Instant};

use crate::dispatch::dispatcher::Dispatcher;
use crate::dispatch::times::to_nanoseconds;
use crate::id::Id;
use crate::id::random::Random;
use crate::state::core::{Attached, Core};
use crate::state::health;
use crate::state::health::Health;
use crate::sync::lock_std;
use crate::tracker::thread::own_record;
use crate::transport::batch::Batch;
use crate::transport::ticket::Last;

/// Maximum wait of the last `gomon-health` for all listeners together.
const MAX_WAIT: Duration = Duration::from_millis(250);

impl Dispatcher {
    /// Sends the application event to listeners that have not received it, and returns all
    /// listeners.
    ///
    /// Called before each batch, so that a new listener misses no event that ended after its
    /// registration.
    pub(super) fn greet(&self) -> MutexGuard<'static, Vec<Arc<Attached>>> {
        let listeners = lock_std(&self.core.listeners);
        let mut batch = None;
        for listener in listeners.iter() {
            if listener.greeted.swap(true, Relaxed) {
                continue;
            }
            let batch = batch.get_or_insert_with(|| {
                let id = self.core.application.id;
                let mut record = own_record(self.core, "application", id, Id::NIL, |body| {
                    self.core
                        .application
                        .describe(&mut |key, value| body.set(key, value));
                });
                to_nanoseconds(&mut record, &self.anchor);
                own_batch(self.core, record)
            });
            listener
                .missed
                .store(self.core.counters.dispatched.get(), Relaxed);
            listener.queue.push(batch, usize::MAX);
            listener.queue.wake();
        }
        listeners
    }

    /// Emits `gomon-health` at its interval, and at once after a configuration error. Does nothing
    /// while the monitor is disabled.
    pub(super) fn emit_health_if_due(&mut self) {
        let (now, faults) = (Instant::now(), self.core.registry.faults());
        let is_due = |next| now >= next || faults != self.faults;
        if !self.next_health.is_some_and(is_due) {
            return;
        }
        self.next_health = self
            .health_interval
            .and_then(|interval| now.checked_add(interval));
        if self.core.enabled.load(Relaxed) {
            self.faults = faults;
            self.emit_health();
        }
    }

    /// Emits the last `gomon-health`.
    ///
    /// First waits for the listeners to process their queues, so that no event counts as waiting
    /// while it is being delivered.
    pub(super) fn emit_last_health(&mut self, last: &Last) {
        if self.health_interval.is_none() || !self.core.begun.load(Relaxed) {
            return;
        }
        // The rest of the time is for the event itself. The queues are closed after it.
        let now = Instant::now();
        let left = last.deadline.saturating_duration_since(now);
        let until = now + MAX_WAIT.min(left / 2);
        let listeners = lock_std(&self.core.listeners).clone();
        for listener in &listeners {
            // Skips a listener that waits for this shutdown and those that are already late.
            if listener.thread != last.thread && !health::is_late(&listener.queue.figures()) {
                listener.queue.wait_settled(until);
            }
        }
        self.emit_health();
    }

    /// Emits `gomon-health` with everything that was pushed to the queues before.
    fn emit_health(&mut self) {
        let mut random = Random::from_os();
        let id = Id::from_random(random.next(), random.next());
        let application = self.core.application.id;
        let record = own_record(self.core, "gomon-health", id, application, |body| {
            Health::of(self.core).describe(&mut |key, value| body.set(key, value));
        });
        self.gather(record.len(), |out| out.extend_from_slice(&record));
        self.send_gathered();
        self.wake_listeners();
    }
}

fn own_batch(core: &Core, record: Vec<u8>) -> Arc<Batch> {
    // The application event is delivered even beyond the budget. It is charged, as its memory is
    // released later.
    core.memory.charge(record.capacity());
    Arc::new(Batch::new(record, 1, Arc::clone(&core.memory)))
}
