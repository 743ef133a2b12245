//! Invariants under load: every loss is counted.
//!
//! `GOMON_STRESS=1 cargo test --release --test stress` runs it at full counts.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use gomon_core::{Event, EventValue, Key, Monitor, listener};
use support::{
    Gate, PATIENCE, PLANNED, assert_accounted, blocked, count, hide_planned_panics, wait_until,
};

const PRODUCER: Key<'static> = Key::new("producer");
const NUMBER: Key<'static> = Key::new("number");

fn produce(monitor: Monitor, producer: u64, number: u64) {
    let mut tracker = monitor.root("job");
    tracker.set(PRODUCER, producer);
    tracker.set(NUMBER, number);
}

fn origin(event: &Event<'_>) -> Option<(usize, u64)> {
    match (event.get("producer"), event.get("number")) {
        (Some(EventValue::U64(producer)), Some(EventValue::U64(number))) => {
            Some((producer as usize, number))
        }
        _ => None,
    }
}

/// Events that arrived, by producer: the last number, the count, and the count of misordered or duplicate ones.
#[derive(Default)]
struct Arrivals {
    last: Vec<AtomicU64>,
    all: AtomicU64,
    disorder: AtomicU64,
    noted: Mutex<HashSet<(usize, u64)>>,
}

impl Arrivals {
    fn new(producers: usize) -> Arc<Self> {
        Arc::new(Self {
            last: (0..producers).map(|_| AtomicU64::new(0)).collect(),
            ..Self::default()
        })
    }

    fn take(&self, event: &Event<'_>) {
        let Some((producer, number)) = origin(event) else {
            return;
        };
        self.all.fetch_add(1, Relaxed);
        if self.last[producer].swap(number, Relaxed) >= number {
            self.disorder.fetch_add(1, Relaxed);
        }
        if producer >= PRODUCERS {
            self.noted.lock().unwrap().insert((producer, number));
        }
    }
}

const PRODUCERS: usize = 16;
const FLUSHERS: usize = 4;

#[test]
fn every_event_is_accounted_for_under_overload() {
    hide_planned_panics();
    let each = count(200_000, 10_000_000) / PRODUCERS;
    let arrivals = Arrivals::new(PRODUCERS + FLUSHERS);
    let gate = Gate::default();
    let (mut slow, mut panicking) = (0_u64, 0_u64);
    let gomon = Monitor::builder()
        .health_interval(None)
        .listener(listener::from_fn("fast", {
            let arrivals = Arc::clone(&arrivals);
            move |event: &Event<'_>| arrivals.take(event)
        }))
        .listener(listener::from_fn("slow", move |_| {
            slow += 1;
            if slow % 512 == 0 {
                thread::sleep(Duration::from_millis(1));
            }
        }))
        .listener(blocked(&gate))
        .listener(listener::from_fn("panicking", move |_| {
            panicking += 1;
            // Once per thousand events.
            if panicking % 1_000 == 950 {
                std::panic::panic_any(PLANNED);
            }
        }))
        .build()
        .unwrap();
    let monitor = gomon.monitor();
    let done = AtomicBool::new(false);
    let (flushes, flushed_absent) = (AtomicU64::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for flusher in PRODUCERS..PRODUCERS + FLUSHERS {
            let (done, flushes, absent, arrivals) = (&done, &flushes, &flushed_absent, &arrivals);
            scope.spawn(move || {
                for number in 1.. {
                    if done.load(Relaxed) {
                        break;
                    }
                    produce(monitor, flusher as u64, number);
                    let report = monitor.flush(Duration::from_millis(20));
                    flushes.fetch_add(1, Relaxed);
                    let is_late = report.late.iter().any(|name| name == "fast");
                    if !is_late && arrivals.last[flusher].load(Relaxed) != number {
                        absent.lock().unwrap().push((flusher, number));
                    }
                }
            });
        }
        let producers: Vec<_> = (0..PRODUCERS as u64)
            .map(|producer| {
                scope.spawn(move || (1..=each as u64).for_each(|n| produce(monitor, producer, n)))
            })
            .collect();
        for producer in producers {
            producer.join().unwrap();
        }
        done.store(true, Relaxed);
    });
    // Only the hung listener may be late.
    let report = gomon.shutdown(Duration::from_secs(5));
    assert_eq!(report.late, ["blocked"]);
    assert_accounted(&report.health);
    gate.open();
    wait_until("the blocked listener is done", || {
        gomon.monitor().health().listeners[2].waiting == 0
    });
    let health = gomon.monitor().health();
    assert_accounted(&health);
    let flushes = flushes.load(Relaxed);
    assert_eq!(health.produced, (PRODUCERS * each) as u64 + flushes + 1);
    assert!(
        health
            .listeners
            .iter()
            .all(|listener| listener.waiting == 0),
        "{health:#?}"
    );
    let fast = &health.listeners[0];
    assert_eq!(
        fast.delivered,
        arrivals.all.load(Relaxed) + 1,
        "and the application event"
    );
    assert_eq!(
        arrivals.disorder.load(Relaxed),
        0,
        "order of each producer, nothing twice"
    );
    assert!(health.listeners[3].failed > 0);
    let noted = arrivals.noted.lock().unwrap();
    let absent = flushed_absent.lock().unwrap();
    let missed: Vec<_> = absent
        .iter()
        .filter(|event| noted.contains(event))
        .collect();
    assert!(
        missed.is_empty(),
        "delivered after the flush that covers them: {missed:?}"
    );
    assert_eq!((health.open, health.bytes_held), (0, 0));
    println!(
        "produced {}; {flushes} flushes; fast: {} delivered, {:?}",
        health.produced, fast.delivered, fast.dropped
    );
}

#[test]
fn flush_covers_all_events_that_ended_before_it() {
    let rounds = count(300, 25_000) as u64;
    let arrivals = Arrivals::new(PRODUCERS);
    let gomon = Monitor::builder()
        .memory(256 * 1024 * 1024)
        .health_interval(None)
        .listener(listener::from_fn("fast", {
            let arrivals = Arc::clone(&arrivals);
            move |event: &Event<'_>| arrivals.take(event)
        }))
        .build()
        .unwrap();
    let monitor = gomon.monitor();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let flushers: Vec<_> = (0..FLUSHERS as u64)
            .map(|flusher| {
                let arrivals = &arrivals;
                scope.spawn(move || {
                    for round in 1..=rounds {
                        for number in 10 * round..10 * round + 10 {
                            produce(monitor, flusher, number);
                        }
                        assert!(monitor.flush(PATIENCE).is_complete());
                        assert_eq!(
                            arrivals.last[flusher as usize].load(Relaxed),
                            10 * round + 9
                        );
                    }
                })
            })
            .collect();
        for producer in FLUSHERS..PRODUCERS {
            let done = &done;
            scope.spawn(move || {
                for number in 1.. {
                    if done.load(Relaxed) {
                        break;
                    }
                    produce(monitor, producer as u64, number);
                    if number % 20 == 0 {
                        thread::sleep(Duration::from_millis(1));
                    }
                }
            });
        }
        for flusher in flushers {
            flusher.join().unwrap();
        }
        done.store(true, Relaxed);
    });
    let health = gomon.shutdown(PATIENCE).health;
    assert_eq!(health.listeners[0].dropped.total(), 0);
    assert_eq!(
        health.listeners[0].delivered,
        arrivals.all.load(Relaxed) + 1
    );
    assert_eq!(arrivals.disorder.load(Relaxed), 0);
}

#[test]
fn short_lived_threads_lose_no_events() {
    for _ in 0..count(20, 1_000) {
        let arrivals = Arrivals::new(64);
        let gomon = Monitor::builder()
            .health_interval(None)
            .listener(listener::from_fn("fast", {
                let arrivals = Arc::clone(&arrivals);
                move |event: &Event<'_>| arrivals.take(event)
            }))
            .build()
            .unwrap();
        let monitor = gomon.monitor();
        let threads: Vec<_> = (0..64)
            .map(|producer| {
                thread::Builder::new()
                    .spawn(move || (1..=10).for_each(|number| produce(monitor, producer, number)))
                    .unwrap()
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        let health = gomon.shutdown(PATIENCE).health;
        assert_eq!(arrivals.all.load(Relaxed), 640, "{health:#?}");
        assert_eq!(arrivals.disorder.load(Relaxed), 0);
        assert_eq!(
            (health.produced, health.open, health.bytes_held),
            (641, 0, 0)
        );
    }
}

#[test]
fn burst_of_threads_does_not_exhaust_the_budget() {
    let threads = count(3_000, 30_000) as u64;
    let gomon = Monitor::builder()
        .health_interval(None)
        .listener(listener::from_fn("fast", |_| {}))
        .build()
        .unwrap();
    let monitor = gomon.monitor();
    for producer in 0..threads {
        let thread = thread::Builder::new()
            .spawn(move || produce(monitor, producer, 1))
            .unwrap();
        thread.join().unwrap();
    }
    let health = gomon.shutdown(PATIENCE).health;
    assert_eq!(health.listeners[0].delivered, threads + 1, "{health:#?}");
}

#[test]
#[cfg(target_os = "linux")]
fn permanently_stalled_listener_costs_bounded_memory() {
    support::alone("permanently_stalled_listener_costs_bounded_memory", || {
        let seconds = count(2, 60) as u64;
        let gate = Gate::default();
        let gomon = Monitor::builder().listener(blocked(&gate)).build().unwrap();
        let monitor = gomon.monitor();
        let before = resident();
        let begin = Instant::now();
        let mut max = 0;
        for tick in 0..seconds * 1_000 {
            for number in 0..50 {
                let mut tracker = monitor.root("job");
                tracker.set(NUMBER, number);
                tracker.set(
                    Key::new("text"),
                    "a field of some length, as events have them",
                );
            }
            max = max.max(gomon.monitor().health().bytes_held);
            thread::sleep(
                (begin + Duration::from_millis(tick + 1)).saturating_duration_since(Instant::now()),
            );
        }
        let grown = resident().saturating_sub(before);
        println!("{seconds} s: at most {max} bytes held, resident set grown by {grown} bytes");
        assert!(max <= 16 * 1024 * 1024, "{max}");
        assert!(grown <= 32 * 1024 * 1024, "{grown}");
        assert_accounted(&gomon.monitor().health());
        gate.open();
        assert!(gomon.shutdown(PATIENCE).late.is_empty());
        // This busy thread holds its ring until it uses another monitor.
        assert!(gomon.monitor().health().bytes_held <= 256 * 1024);
        Monitor::builder()
            .build()
            .unwrap()
            .monitor()
            .root("job")
            .finish();
        assert_eq!(gomon.monitor().health().bytes_held, 0);
    });
}

/// Returns the resident set of this process in bytes.
#[cfg(target_os = "linux")]
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    line.split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<usize>()
        .unwrap()
        * 1024
}

#[test]
#[cfg(target_os = "linux")]
fn idle_monitor_uses_almost_no_cpu() {
    if count(0, 1) == 0 {
        return;
    }
    support::alone("idle_monitor_uses_almost_no_cpu", || {
        let _gomon = Monitor::builder()
            .listener(listener::from_fn("none", |_| {}))
            .build()
            .unwrap();
        let ticks = || -> u64 {
            let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
            let fields: Vec<_> = stat
                .rsplit_once(')')
                .unwrap()
                .1
                .split_whitespace()
                .collect();
            fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
        };
        thread::sleep(Duration::from_secs(1));
        let before = ticks();
        thread::sleep(Duration::from_secs(20));
        // A tick is 10 ms: 20 s are 2,000 of them.
        let used = ticks() - before;
        println!("{used} ticks of 2,000");
        assert!(used <= 2, "{used}");
    });
}
