//! Helpers of the engine's tests.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test program uses a part of it"
)]

use std::process::Command;
use std::sync::{Arc, Condvar, Mutex, Once};
use std::time::{Duration, Instant};

use gomon_core::{Error, Event, Flush, Health, Listener};

pub const PATIENCE: Duration = Duration::from_secs(60);

/// Returns `all` if `GOMON_STRESS` is set, else `few`.
pub fn count(few: usize, all: usize) -> usize {
    if std::env::var_os("GOMON_STRESS").is_some() {
        all
    } else {
        few
    }
}

/// Waits until `reached` returns true, for at most [`PATIENCE`].
pub fn wait_until(what: &str, mut reached: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !reached() {
        assert!(Instant::now() < deadline, "timeout before {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

const CHILD: &str = "GOMON_TEST_CHILD";

/// Runs `test` alone in a new process; `name` is that of the calling test.
pub fn alone(name: &str, test: impl FnOnce()) {
    if std::env::var_os(CHILD).is_some() {
        return test();
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture", "--test-threads=1"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    print!("{out}");
    assert!(
        output.status.success() && out.contains("1 passed"),
        "{}\n{out}\n{err}",
        output.status
    );
}

/// Message of the panics that are part of a test and are not printed.
pub const PLANNED: &str = "planned";

pub fn hide_planned_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let is_planned = info.payload().downcast_ref::<&str>() == Some(&PLANNED)
                || info.payload().is::<Bomb>();
            if !is_planned {
                hook(info);
            }
        }));
    });
}

/// A panic payload whose destructor panics with another one.
pub struct Bomb(pub u32);

impl Drop for Bomb {
    fn drop(&mut self) {
        if self.0 > 0 {
            std::panic::panic_any(Self(self.0 - 1));
        }
    }
}

/// A gate that blocks until it is opened.
#[derive(Clone, Default)]
pub struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    pub fn open(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }

    pub fn pass(&self) {
        let open = self.0.0.lock().unwrap();
        drop(self.0.1.wait_while(open, |open| !*open).unwrap());
    }
}

/// A listener made of two closures.
pub struct Scripted<F, G> {
    pub name: &'static str,
    pub feed: F,
    pub flush: G,
}

impl<F, G> Listener for Scripted<F, G>
where
    F: FnMut(&Event<'_>) -> Result<(), Error> + Send + 'static,
    G: FnMut() -> Result<(), Error> + Send + 'static,
{
    fn name(&self) -> &str {
        self.name
    }

    fn feed(&mut self, event: &Event<'_>) -> Result<(), Error> {
        (self.feed)(event)
    }

    fn flush(&mut self, _: &mut Flush) -> Result<(), Error> {
        (self.flush)()
    }
}

/// Returns a listener that blocks at its first event until the gate opens.
pub fn blocked(gate: &Gate) -> impl Listener + use<> {
    let gate = gate.clone();
    gomon_core::listener::from_fn("blocked", move |_| gate.pass())
}

/// Asserts that the counts of every listener add up to the events produced.
#[track_caller]
pub fn assert_accounted(health: &Health) {
    for listener in &health.listeners {
        let lost: u64 = listener.lost.iter().map(|(_, count)| count).sum();
        let settled = listener.delivered + listener.failed + listener.dropped.total() + lost;
        let sum = settled + listener.waiting;
        assert_eq!(health.produced, sum, "{health:#?}");
    }
}
