//! Waits that end by success, failure, deadline or Ctrl-C.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::{Context as _, Failure, Result};

const TICK: Duration = Duration::from_millis(10);
/// Interval of progress messages during a long wait.
const PROGRESS: Duration = Duration::from_secs(5);

static INTERRUPTED: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// Makes Ctrl-C and similar signals end waits instead of the process, so that it can clean up.
pub(crate) fn catch_interrupts() -> Result<()> {
    let flag = INTERRUPTED.get_or_init(Arc::default);
    for signal in signal_hook::consts::TERM_SIGNALS {
        signal_hook::flag::register(*signal, Arc::clone(flag)).context("signal handler")?;
    }
    signal_hook::flag::register(signal_hook::consts::SIGHUP, Arc::clone(flag))
        .context("signal handler")?;
    Ok(())
}

/// Fails after such a signal.
pub(crate) fn check_interrupt() -> Result<()> {
    match INTERRUPTED.get() {
        Some(flag) if flag.load(Ordering::Relaxed) => Err(Failure::new("interrupted")),
        _ => Ok(()),
    }
}

/// Calls `poll` until it returns a value, and prints `what` every few seconds.
pub(crate) fn until<T>(
    what: &str,
    limit: Duration,
    mut poll: impl FnMut() -> Result<Option<T>>,
) -> Result<T> {
    let start = Instant::now();
    let mut reported = start;
    silently_until(what, limit, || {
        if reported.elapsed() > PROGRESS {
            println!("  {what} … {} s", start.elapsed().as_secs());
            reported = Instant::now();
        }
        poll()
    })
}

/// Calls `poll` until it returns a value, without printing.
pub(crate) fn silently_until<T>(
    what: &str,
    limit: Duration,
    mut poll: impl FnMut() -> Result<Option<T>>,
) -> Result<T> {
    let start = Instant::now();
    loop {
        check_interrupt()?;
        if let Some(found) = poll()? {
            return Ok(found);
        }
        if start.elapsed() > limit {
            return Err(Failure::new(format!(
                "{what}: not done after {} s",
                limit.as_secs()
            )));
        }
        thread::sleep(TICK);
    }
}

/// Calls `poll` until it returns true or `limit` has passed; ignores signals, for cleaning up.
pub(crate) fn at_most(limit: Duration, mut poll: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    loop {
        if poll() {
            return true;
        }
        if start.elapsed() >= limit {
            return false;
        }
        thread::sleep(TICK);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeout_names_the_awaited_condition() {
        let error = until("redis ready", Duration::ZERO, || Ok(None::<()>)).unwrap_err();
        assert_eq!(error.to_string(), "redis ready: not done after 0 s");
    }

    #[test]
    fn wait_returns_the_value() {
        let mut left = 3;
        let found = until("three", Duration::from_secs(5), || {
            left -= 1;
            Ok((left == 0).then_some("found"))
        });
        assert_eq!(found, Ok("found"));
    }
}
