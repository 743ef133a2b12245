//! What GoMon tells of itself: the application event, and how it fares.

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
use crate::transport::batch::Block;
use crate::transport::buffer::Refusal;
use crate::transport::ticket::Last;

/// How long the last `gomon-health` waits for all listeners together.
const LONGEST_WAIT: Duration = Duration::from_millis(250);

impl Dispatcher {
    /// The listeners, after the application event for those that have not seen it. Done before each block, so that
    /// whatever ended after a listener was added reaches it.
    pub(super) fn greet(&self) -> MutexGuard<'static, Vec<Arc<Attached>>> {
        let listeners = lock_std(&self.core.listeners);
        let mut block = None;
        for listener in listeners.iter() {
            if listener.greeted.swap(true, Relaxed) {
                continue;
            }
            let block = block.get_or_insert_with(|| {
                let id = self.core.application.id;
                let mut record = own_record(self.core, "application", id, Id::NIL, |body| {
                    self.core
                        .application
                        .describe(&mut |key, value| body.set(key, value));
                });
                to_nanoseconds(&mut record, &self.anchor);
                own_block(self.core, record)
            });
            listener
                .missed
                .store(self.core.counters.dispatched.get(), Relaxed);
            listener.queue.push(block, usize::MAX);
            listener.queue.wake();
        }
        listeners
    }

    /// GoMon about itself, at its interval, unless it is disabled; and at once when a configuration does not fit the
    /// plug-in that was loaded, which nobody should search for a minute.
    pub(super) fn tell_health_if_due(&mut self) {
        let (now, faults) = (Instant::now(), self.core.registry.faults());
        let is_due = |next| now >= next || faults != self.faults;
        if !self.next_health.is_some_and(is_due) {
            return;
        }
        self.next_health = self.health_interval.and_then(|it| now.checked_add(it));
        if self.core.enabled.load(Relaxed) {
            self.faults = faults;
            self.tell_health();
        }
    }

    /// GoMon about itself, after all else: once the listeners have what was handed to them, as far as they are quick, so
    /// that nothing looks lost which is only under way.
    pub(super) fn tell_end(&mut self, last: &Last) {
        if self.health_interval.is_none() || !self.core.begun.load(Relaxed) {
            return;
        }
        // The rest is for what is told here; and the queues are closed only after it.
        let now = Instant::now();
        let left = last.deadline.saturating_duration_since(now);
        let until = now + LONGEST_WAIT.min(left / 2);
        let listeners = lock_std(&self.core.listeners).clone();
        for listener in &listeners {
            // One that waits for this, or takes too long already, is not waited for.
            if listener.thread != last.thread && !health::is_late(&listener.queue.figures()) {
                listener.queue.wait_settled(until);
            }
        }
        self.tell_health();
    }

    /// Tells of everything that was handed to the queues before.
    fn tell_health(&mut self) {
        let mut random = Random::from_os();
        let id = Id::from_random(random.next(), random.next());
        let application = self.core.application.id;
        let mut record = own_record(self.core, "gomon-health", id, application, |body| {
            Health::of(self.core).describe(&mut |key, value| body.set(key, value));
        });
        to_nanoseconds(&mut record, &self.anchor);
        if self.gather(&record, 1).is_err() {
            self.core.counters.refuse(Refusal::Budget, 1);
        }
        self.send_gathered();
        self.wake_listeners();
    }
}

fn own_block(core: &Core, record: Vec<u8>) -> Arc<Block> {
    // The first event is delivered whatever the budget says; it is charged all the same, as its memory is given back.
    core.memory.charge(record.capacity());
    Arc::new(Block::new(record, 1, Arc::clone(&core.memory)))
}
