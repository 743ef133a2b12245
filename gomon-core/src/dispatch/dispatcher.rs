//! Dispatcher thread, which moves records from the buffers of all threads to the queues of all
//! listeners.
//!
//! A pass copies the records from the rings of all threads, converts ticks to nanoseconds and
//! appends the records to every queue as shared batches. Listeners are woken at the end of a pass,
//! or earlier if their queue fills.
//!
//! Between passes the dispatcher naps for 50 µs to 100 ms. The nap is quartered after a busy pass
//! and doubled after a quiet one. A buffer that becomes half full, a flush and a shutdown wake it.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::{Duration, Instant};

use crate::dispatch::times::to_nanoseconds;
use crate::error::Error;
use crate::own_thread;
use crate::record::layout as record;
use crate::state::core::Core;
use crate::suppress::suppress_thread;
use crate::sync::lock_std;
use crate::transport::batch::Batch;
use crate::transport::buffer::{DropCause, Known};
use crate::transport::clock::Anchor;
use crate::transport::memory::Memory;

const MIN_NAP: Duration = Duration::from_micros(50);
const MAX_NAP: Duration = Duration::from_millis(100);
/// Reciprocal of the share of the memory limit from which a pass is busy. The next pass then comes
/// sooner.
///
/// A buffer that becomes half full does not wait for the next pass.
const BUSY_PART: usize = 16;
const MAX_BUSY_BYTES: usize = 1024 * 1024;
/// Reciprocal of the share of the memory limit below which a pass is quiet. The next pass then
/// comes later, as each one wakes every listener.
const QUIET_PART: usize = 64;
const MAX_QUIET_BYTES: usize = 256 * 1024;
/// Maximum size of the gathered batch, in bytes, unless it is a single record.
const BATCH_BYTES: usize = 32 * 1024;

/// Starts the dispatcher of `core`.
pub(crate) fn start(core: &'static Core, health_interval: Option<Duration>) -> Result<(), Error> {
    let dispatcher = Dispatcher::new(core, health_interval);
    let thread = own_thread::spawn("gomon-dispatcher", move || dispatcher.run())?;
    core.set_dispatcher(thread);
    Ok(())
}

pub(super) struct Dispatcher {
    pub(super) core: &'static Core,
    pub(super) anchor: Anchor,
    gathered: Vec<u8>,
    gathered_records: u64,
    /// Bytes of records in this pass.
    pass_bytes: usize,
    pub(super) health_interval: Option<Duration>,
    pub(super) next_health: Option<Instant>,
    /// Number of configuration errors in the last health event.
    pub(super) faults: u64,
    /// Whether batches were pushed since the last wake-up of the listeners.
    has_pushed: bool,
}

impl Dispatcher {
    fn new(core: &'static Core, health_interval: Option<Duration>) -> Self {
        Self {
            core,
            anchor: Anchor::new(core.clock.clone()),
            gathered: Vec::new(),
            gathered_records: 0,
            pass_bytes: 0,
            health_interval,
            next_health: health_interval.and_then(|interval| Instant::now().checked_add(interval)),
            faults: core.registry.faults(),
            has_pushed: false,
        }
    }

    fn run(mut self) {
        suppress_thread();
        let mut nap = MIN_NAP;
        loop {
            self.core.awake();
            let (ticket, last) = self.core.tickets.begin();
            self.pass(last.is_some());
            self.core.tickets.serve(ticket);
            if let Some(last) = last {
                self.emit_last_health(&last);
                break;
            }
            nap = next_nap(nap, self.pass_bytes, self.core.memory.limit());
            if !self.core.tickets.has_waiters() {
                thread::park_timeout(nap);
            }
        }
        self.core.tickets.close();
    }

    fn pass(&mut self, last: bool) {
        self.pass_bytes = 0;
        self.anchor.renew_if_old();
        if self.core.begun.load(Relaxed) {
            drop(self.greet());
        }
        if last {
            self.core.late.close();
        }
        // Taken first and handed on last: a record that a thread pushes here is later than all
        // those in its own buffer.
        let late = self.core.late.take();
        let mut buffers = lock_std(&self.core.buffers);
        buffers.append(&mut lock_std(&self.core.arrivals));
        buffers.retain_mut(|known| {
            // Checked first: a thread that ends after this leaves its last records for the next
            // pass. Unlike the reference count, `get_mut` synchronises with the drop of the
            // thread's reference.
            let has_ended = Arc::get_mut(&mut known.counts).is_some();
            self.take(known, last);
            if has_ended {
                let (opened, ended) = known.counts.get();
                self.core.counters.opened.add(opened);
                self.core.counters.ended.add(ended);
            }
            !has_ended
        });
        drop(buffers);
        self.accept_late(late);
        self.send_gathered();
        self.wake_listeners();
        if !last {
            self.emit_health_if_due();
        }
    }

    /// Wakes the listeners if batches were pushed.
    pub(super) fn wake_listeners(&mut self) {
        if std::mem::take(&mut self.has_pushed) {
            for listener in lock_std(&self.core.listeners).iter() {
                listener.queue.wake();
            }
        }
    }

    /// Takes the records of a buffer.
    fn take(&mut self, known: &mut Known, last: bool) {
        let Some(buffer) = known.buffer.clone() else {
            return;
        };
        if last {
            buffer.close();
            known.buffer = None;
        }
        buffer.take(|stored| self.gather(stored.room(), |out| stored.append_to(out)));
    }

    /// Gathers the records of trackers that ended after their thread's buffer was dropped.
    fn accept_late(&mut self, bytes: Vec<u8>) {
        let mut rest = bytes.as_slice();
        while let Some((first, tail)) = record::split_first(rest) {
            self.gather(first.len(), |out| out.extend_from_slice(first));
            rest = tail;
        }
        self.core.memory.free(bytes);
    }

    /// Returns the maximum size of each queue, in bytes.
    ///
    /// Half of the budget is for queues, the other half for records on their way to them.
    fn queue_limit(&self, listeners: usize) -> usize {
        self.core.memory.limit() / 2 / listeners.max(1)
    }

    /// Gathers a record of at most `room` bytes and converts its times. Drops the record if the
    /// budget is exceeded.
    pub(super) fn gather(&mut self, room: usize, append: impl FnOnce(&mut Vec<u8>)) {
        if self.gathered.len() + room > BATCH_BYTES {
            self.send_gathered();
        }
        let start = self.gathered.len();
        let memory = &self.core.memory;
        if !memory.grow(&mut self.gathered, start + room, Memory::take) {
            self.core.counters.count_dropped(DropCause::Budget, 1);
            return;
        }
        append(&mut self.gathered);
        self.gathered_records += 1;
        if let Some(record) = self.gathered.get_mut(start..) {
            self.pass_bytes += record.len();
            to_nanoseconds(record, &self.anchor);
        }
    }

    pub(super) fn send_gathered(&mut self) {
        let records = std::mem::take(&mut self.gathered_records);
        if records > 0 {
            let bytes = std::mem::take(&mut self.gathered);
            self.send(bytes, records);
        }
    }

    fn send(&mut self, bytes: Vec<u8>, records: u64) {
        let batch = Arc::new(Batch::new(bytes, records, Arc::clone(&self.core.memory)));
        let listeners = self.greet();
        self.core.counters.dispatched.add(records);
        let limit = self.queue_limit(listeners.len());
        for listener in listeners.iter() {
            // The queue may be full before the end of the pass.
            if listener.queue.push(&batch, limit) {
                listener.queue.wake();
            }
        }
        drop(listeners);
        self.has_pushed = true;
    }
}

/// Returns the nap after a pass over `bytes` bytes, for a memory limit of `memory`.
fn next_nap(nap: Duration, bytes: usize, memory: usize) -> Duration {
    if bytes >= MAX_BUSY_BYTES.min(memory / BUSY_PART) {
        (nap / 4).max(MIN_NAP)
    } else if bytes >= MAX_QUIET_BYTES.min(memory / QUIET_PART) {
        nap
    } else {
        (nap * 2).min(MAX_NAP)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;
    use crate::id::Id;
    use crate::listeners::from_fn;
    use crate::monitor::Monitor;
    use crate::record::event::Event;
    use crate::tracker::thread::own_record;

    const MIB: usize = 1024 * 1024;

    #[test]
    fn filling_queue_wakes_its_worker_before_the_pass_ends() {
        let (sender, events) = channel();
        let running = Monitor::builder()
            .memory(MIB)
            .health_interval(None)
            .listener(from_fn("probe", move |event: &Event<'_>| {
                let _ = sender.send(event.fingerprint().to_owned());
            }))
            .build()
            .unwrap();
        let timeout = Duration::from_secs(20);
        let core = running.monitor().root("first").core().unwrap();
        assert!(running.monitor().flush(timeout).is_complete());
        assert_eq!(
            events.try_iter().collect::<Vec<_>>(),
            ["application", "first"]
        );
        let mut dispatcher = Dispatcher::new(core, None);
        let limit = dispatcher.queue_limit(1);
        for _ in 0..2 {
            let mut record = own_record(core, "job", Id::NIL, Id::NIL, |_| ());
            record.reserve_exact(limit / 8);
            core.memory.charge(record.capacity());
            dispatcher.send(record, 1);
        }
        for _ in 0..2 {
            let fed = events.recv_timeout(timeout);
            assert_eq!(fed.as_deref(), Ok("job"), "before the end of the pass");
        }
    }

    #[test]
    fn busy_and_quiet_thresholds_depend_on_the_memory_limit() {
        let nap = Duration::from_millis(8);
        for memory in [MIB, 16 * MIB] {
            let (busy, quiet) = (memory / 16, memory / 64);
            assert_eq!(next_nap(nap, busy, memory), nap / 4);
            assert_eq!(next_nap(nap, busy - 1, memory), nap);
            assert_eq!(next_nap(nap, quiet, memory), nap);
            assert_eq!(next_nap(nap, quiet - 1, memory), nap * 2);
        }
        // Both thresholds have a maximum.
        assert_eq!(next_nap(nap, MIB, 1024 * MIB), nap / 4);
        assert_eq!(next_nap(MAX_NAP, 0, MIB), MAX_NAP);
        assert_eq!(next_nap(MIN_NAP, MIB, MIB), MIN_NAP);
    }
}
