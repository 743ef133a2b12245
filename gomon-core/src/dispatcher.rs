//! The thread that takes records from the buffers of all threads to the queues of all listeners.
//!
//! In a pass it takes each half of each buffer by a swap, copies what is in the lanes of busy threads, turns ticks into
//! nanoseconds, and hands what it took to every queue as shared blocks. Small takings are gathered in one block, so that
//! a waiting block holds little more than its records, and large ones are split where they would crowd a queue. Each
//! listener is woken at the end of a pass, and before it if its queue fills. Between passes it naps, from 50 µs to 100 ms:
//! a quarter as long after a busy pass, twice as long after a quiet one; a buffer that becomes half full, a flush and a
//! shutdown wake it.

mod nanoseconds;
mod own_events;

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::{Duration, Instant};

use crate::Error;
use crate::block::Block;
use crate::buffer::{Drained, FIRST_ROOM, Refusal, Taken};
use crate::clock::Anchor;
use crate::core::{Core, Known, lock_std};
use crate::lane::Lane;
use crate::memory::Memory;
use crate::record;
use crate::suppress::suppress_thread;

use nanoseconds::to_nanoseconds;

const SHORTEST_NAP: Duration = Duration::from_micros(50);
const LONGEST_NAP: Duration = Duration::from_millis(100);
/// From this part of the memory on a pass is busy, and the next one comes sooner. A buffer that becomes half full does not
/// wait for it.
const BUSY_PART: usize = 16;
const MAX_BUSY_BYTES: usize = 1024 * 1024;
/// Below this part a pass is quiet, and the next one comes later, since each pass wakes every listener.
const QUIET_PART: usize = 64;
const MAX_QUIET_BYTES: usize = 256 * 1024;
/// Takings of this size may be a block of their own, and a gathered block is sent when it has this size.
const OWN_BLOCK: usize = 32 * 1024;
/// Mean length from which records stay in the halves: passing on a half without a copy saves more than a lane does.
const MIN_LARGE_RECORD: u64 = 192;
/// After so many passes without a record, a buffer gives back its memory.
const IDLE_PASSES: u32 = 20;

/// Starts the dispatcher of `core`.
pub(crate) fn start(core: &'static Core, health_interval: Option<Duration>) -> Result<(), Error> {
    let name = "gomon-dispatcher";
    let dispatcher = Dispatcher::new(core, health_interval);
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || dispatcher.run())
        .map(|handle| core.set_dispatcher(handle.thread().clone()))
        .map_err(|e| Error::thread(name, e))
}

struct Dispatcher {
    core: &'static Core,
    anchor: Anchor,
    gathered: Vec<u8>,
    gathered_records: u64,
    /// Bytes in this pass.
    brought: usize,
    health_interval: Option<Duration>,
    next_health: Option<Instant>,
    /// How many errors of configurations were told.
    faults: u64,
    /// Whether blocks were pushed since the listeners were woken.
    has_pushed: bool,
}

impl Dispatcher {
    fn new(core: &'static Core, health_interval: Option<Duration>) -> Self {
        Self {
            core,
            anchor: Anchor::new(core.clock.clone()),
            gathered: Vec::new(),
            gathered_records: 0,
            brought: 0,
            health_interval,
            next_health: health_interval.and_then(|interval| Instant::now().checked_add(interval)),
            faults: core.registry.faults(),
            has_pushed: false,
        }
    }

    fn run(mut self) {
        suppress_thread();
        let mut nap = SHORTEST_NAP;
        loop {
            self.core.awake();
            let (ticket, last) = self.core.tickets.begin();
            self.pass(last.is_some());
            self.core.tickets.serve(ticket);
            if let Some(last) = last {
                self.tell_end(&last);
                break;
            }
            nap = next_nap(nap, self.brought, self.core.memory.limit());
            if nap == LONGEST_NAP {
                self.core.memory.free_spares();
            }
            if !self.core.tickets.is_wanted() {
                thread::park_timeout(nap);
            }
        }
        self.core.tickets.close();
    }

    fn pass(&mut self, last: bool) {
        self.brought = 0;
        self.anchor.renew_if_old();
        if self.core.begun.load(Relaxed) {
            drop(self.greet());
        }
        if last {
            self.core.memory.close();
        }
        // Taken first and handed on last: what a thread leaves here it ended after all that is in its own buffer.
        let late = self.take_shared(last);
        let mut buffers = lock_std(&self.core.buffers);
        buffers.extend(lock_std(&self.core.arrivals).drain(..).map(|buffer| Known {
            buffer,
            lane: None,
            idle: 0,
        }));
        buffers.retain_mut(|known| {
            // Asked first: a thread that ends after this leaves its last records for the next pass. `get_mut`, unlike
            // the count, makes seen what the thread did before it let go.
            let is_left = Arc::get_mut(&mut known.buffer).is_some();
            let brought = self.take(known, last, is_left);
            known.idle = if brought {
                0
            } else {
                known.idle.saturating_add(1)
            };
            if is_left {
                let (opened, ended) = known.buffer.counts();
                self.core.counters.opened.add(opened);
                self.core.counters.ended.add(ended);
            }
            !is_left
        });
        drop(buffers);
        if let Some(late) = late {
            self.accept(late.bytes, late.records);
        }
        self.send_gathered();
        self.wake_listeners();
        if !last {
            self.tell_health_if_due();
        }
    }

    /// Wakes the listeners if there are blocks for them.
    fn wake_listeners(&mut self) {
        if std::mem::take(&mut self.has_pushed) {
            for listener in lock_std(&self.core.listeners).iter() {
                listener.queue.wake();
            }
        }
    }

    fn take_shared(&self, last: bool) -> Option<Taken> {
        if last {
            self.core.shared.close();
        }
        self.core.shared.take(0, None, &self.core.memory, true)
    }

    /// Takes what a buffer holds; whether that was anything.
    fn take(&mut self, known: &mut Known, last: bool, is_left: bool) -> bool {
        let lane = known.lane.take();
        if last {
            known.buffer.close();
            lane.iter().for_each(|lane| lane.close());
        }
        let shrink = last || is_left || known.idle == IDLE_PASSES;
        let (mut brought, mut is_busy) = (false, false);
        let memory = &self.core.memory;
        let buffer = &known.buffer;
        buffer.drain(lane.as_deref(), memory, shrink, |drained| match drained {
            Drained::Lane(lane, end) => brought |= self.accept_lane(lane, end),
            Drained::Half(bytes, records) => {
                brought |= records > 0;
                let is_small = (bytes.len() as u64) < records.saturating_mul(MIN_LARGE_RECORD);
                is_busy |= bytes.len() > FIRST_ROOM && is_small;
                self.accept(bytes, records);
            }
        });
        if last || is_left {
            return brought;
        }
        known.lane = lane;
        if is_busy && known.lane.is_none() {
            known.lane = Lane::shut(memory).map(Arc::new);
            if let Some(lane) = &known.lane {
                known.buffer.offer(Arc::clone(lane));
            }
        }
        brought
    }

    fn accept(&mut self, mut bytes: Vec<u8>, records: u64) {
        self.brought += bytes.len();
        to_nanoseconds(&mut bytes, &self.anchor);
        if self.is_block(&bytes) {
            // What was gathered before comes before, so that a thread's order holds.
            self.send_gathered();
            self.send(bytes, records);
            return;
        }
        let mut rest = bytes.as_slice();
        while let Some((piece, records, tail)) = split_block(rest) {
            if self.gather(piece, records).is_err() {
                self.core.counters.refuse(Refusal::Budget, records);
            }
            rest = tail;
        }
        self.core.memory.recycle(bytes);
    }

    /// Takes the records of a lane up to `end`; whether there were any.
    fn accept_lane(&mut self, lane: &Lane, end: u64) -> bool {
        let mut refused = 0;
        let taken = lane.take(end, |stored| {
            if self.gathered_records > 0 && self.gathered.len() + stored.room() > OWN_BLOCK {
                self.send_gathered();
            }
            if self.reserve(stored.room()).is_err() {
                refused += 1;
                return;
            }
            let start = self.gathered.len();
            stored.append_to(&mut self.gathered);
            self.gathered_records += 1;
            if let Some(record) = self.gathered.get_mut(start..) {
                self.brought += record.len();
                to_nanoseconds(record, &self.anchor);
            }
        });
        if refused > 0 {
            self.core.counters.refuse(Refusal::Budget, refused);
        }
        taken > 0
    }

    /// Whether `bytes` fill most of their memory and do not crowd a queue.
    fn is_block(&self, bytes: &Vec<u8>) -> bool {
        let listeners = lock_std(&self.core.listeners).len();
        bytes.len() >= OWN_BLOCK.max(bytes.capacity() / 2)
            && bytes.capacity() <= self.queue_limit(listeners) / 4
    }

    /// Half of the budget is for what waits in queues, the other for what is on its way to them.
    fn queue_limit(&self, listeners: usize) -> usize {
        self.core.memory.limit() / 2 / listeners.max(1)
    }

    /// Adds to the common block, and sends it when it is large; refused when the budget is used up.
    fn gather(&mut self, bytes: &[u8], records: u64) -> Result<(), ()> {
        self.reserve(bytes.len())?;
        self.gathered.extend_from_slice(bytes);
        self.gathered_records += records;
        if self.gathered.len() >= OWN_BLOCK {
            self.send_gathered();
        }
        Ok(())
    }

    /// Makes room for `bytes` more in what is gathered; an error if the budget refuses.
    fn reserve(&mut self, bytes: usize) -> Result<(), ()> {
        let length = self.gathered.len() + bytes;
        let fits = length <= self.gathered.capacity()
            || self
                .core
                .memory
                .grow(&mut self.gathered, length.next_power_of_two(), Memory::take);
        if fits { Ok(()) } else { Err(()) }
    }

    fn send_gathered(&mut self) {
        let records = std::mem::take(&mut self.gathered_records);
        if records > 0 {
            let bytes = std::mem::take(&mut self.gathered);
            self.send(bytes, records);
        }
    }

    fn send(&mut self, bytes: Vec<u8>, records: u64) {
        let block = Arc::new(Block::new(bytes, records, Arc::clone(&self.core.memory)));
        let listeners = self.greet();
        self.core.counters.dispatched.add(records);
        let limit = self.queue_limit(listeners.len());
        for listener in listeners.iter() {
            // At the end of the pass it may be full.
            if listener.queue.push(&block, limit) {
                listener.queue.wake();
            }
        }
        drop(listeners);
        self.has_pushed = true;
    }
}

/// Returns the nap after a pass that `brought` so many bytes, where `memory` is the budget.
fn next_nap(nap: Duration, brought: usize, memory: usize) -> Duration {
    if brought >= MAX_BUSY_BYTES.min(memory / BUSY_PART) {
        (nap / 4).max(SHORTEST_NAP)
    } else if brought >= MAX_QUIET_BYTES.min(memory / QUIET_PART) {
        nap
    } else {
        (nap * 2).min(LONGEST_NAP)
    }
}

/// As many of the records as make a block, how many they are, and the others.
fn split_block(bytes: &[u8]) -> Option<(&[u8], u64, &[u8])> {
    let (mut length, mut records) = (0, 0);
    while length < OWN_BLOCK {
        let Some((record, _)) = record::split_first(bytes.get(length..)?) else {
            break;
        };
        length += record.len();
        records += 1;
    }
    let (block, rest) = bytes.split_at_checked(length)?;
    (records > 0).then_some((block, records, rest))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;
    use crate::listener::from_fn;
    use crate::{Event, Monitor};

    const MIB: usize = 1024 * 1024;

    #[test]
    fn pass_that_fills_a_queue_wakes_its_worker_before_it_ends() {
        let (sender, events) = channel();
        let running = Monitor::builder()
            .memory(MIB)
            .health_interval(None)
            .listener(from_fn("probe", move |event: &Event<'_>| {
                let _ = sender.send(event.fingerprint().to_owned());
            }))
            .build()
            .unwrap();
        let patience = Duration::from_secs(20);
        let core = running.root("first").core().unwrap();
        assert!(running.flush(patience).is_complete());
        assert_eq!(
            events.try_iter().collect::<Vec<_>>(),
            ["application", "first"]
        );
        let mut dispatcher = Dispatcher::new(core, None);
        let limit = dispatcher.queue_limit(1);
        for _ in 0..2 {
            let mut record = core.own_event("job", |_| ());
            record.reserve_exact(limit / 8);
            core.memory.charge(record.capacity());
            dispatcher.send(record, 1);
        }
        for _ in 0..2 {
            let fed = events.recv_timeout(patience);
            assert_eq!(fed.as_deref(), Ok("job"), "before the end of the pass");
        }
    }

    #[test]
    fn busy_pass_is_a_part_of_the_memory() {
        let nap = Duration::from_millis(8);
        for memory in [MIB, 16 * MIB] {
            let (busy, quiet) = (memory / 16, memory / 64);
            assert_eq!(next_nap(nap, busy, memory), nap / 4);
            assert_eq!(next_nap(nap, busy - 1, memory), nap);
            assert_eq!(next_nap(nap, quiet, memory), nap);
            assert_eq!(next_nap(nap, quiet - 1, memory), nap * 2);
        }
        // What may wait longer need not.
        assert_eq!(next_nap(nap, MIB, 1024 * MIB), nap / 4);
        assert_eq!(next_nap(LONGEST_NAP, 0, MIB), LONGEST_NAP);
        assert_eq!(next_nap(SHORTEST_NAP, MIB, MIB), SHORTEST_NAP);
    }

    fn records(count: usize, length: usize) -> Vec<u8> {
        let mut record = vec![0; length];
        record[..4].copy_from_slice(&(length as u32).to_le_bytes());
        record.repeat(count)
    }

    #[test]
    fn a_large_taking_is_split_between_records() {
        let bytes = records(1_000, 100);
        let (mut rest, mut sum) = (bytes.as_slice(), 0);
        while let Some((block, records, tail)) = split_block(rest) {
            assert_eq!(block.len() as u64, records * 100);
            assert!(block.len() < OWN_BLOCK + 100);
            sum += records;
            rest = tail;
        }
        assert_eq!((sum, rest.len()), (1_000, 0));
    }

    #[test]
    fn a_record_larger_than_a_block_is_a_block() {
        let bytes = records(2, OWN_BLOCK * 2);
        let (block, records, rest) = split_block(&bytes).unwrap();
        assert_eq!(
            (block.len(), records, rest.len()),
            (OWN_BLOCK * 2, 1, OWN_BLOCK * 2)
        );
    }

    #[test]
    fn bytes_that_are_no_record_end_a_split() {
        assert!(split_block(&[0; 200]).is_none());
        assert!(split_block(&[]).is_none());
    }
}
