//! Waiting that always ends: by success, by failure, by a deadline or by Ctrl-C.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::{Context as _, Failure, Result};

const TICK: Duration = Duration::from_millis(10);
/// How often a long wait says that it still waits.
const PROGRESS: Duration = Duration::from_secs(5);

static INTERRUPTED: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// From now on Ctrl-C and its like end waits instead of the process, so that it can clean up.
pub(crate) fn catch_interrupts() -> Result<()> {
    let flag = INTERRUPTED.get_or_init(Arc::default);
    for signal in signal_hook::consts::TERM_SIGNALS {
        signal_hook::flag::register(*signal, Arc::clone(flag)).context("signal handler")?;
    }
    signal_hook::flag::register(signal_hook::consts::SIGHUP, Arc::clone(flag))
        .context("signal handler")?;
    Ok(())
}

/// Fails once the user has asked to stop.
pub(crate) fn check_interrupt() -> Result<()> {
    match INTERRUPTED.get() {
        Some(flag) if flag.load(Ordering::Relaxed) => Err(Failure::new("interrupted")),
        _ => Ok(()),
    }
}

/// Asks `poll` until it has something, and says every few seconds that it waits for `what`.
pub(crate) fn until<T>(
    what: &str,
    limit: Duration,
    mut poll: impl FnMut() -> Result<Option<T>>,
) -> Result<T> {
    let start = Instant::now();
    let mut told = start;
    silently_until(what, limit, || {
        if told.elapsed() > PROGRESS {
            println!("  {what} … {} s", start.elapsed().as_secs());
            told = Instant::now();
        }
        poll()
    })
}

/// Asks `poll` until it has something, while others have the word.
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

/// Asks `poll` for at most this long, whatever the user wants; for cleaning up.
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
    fn wait_ends_at_its_deadline_and_names_what_it_waited_for() {
        let told = until("redis ready", Duration::ZERO, || Ok(None::<()>)).unwrap_err();
        assert_eq!(told.to_string(), "redis ready: not done after 0 s");
    }

    #[test]
    fn wait_returns_what_was_found() {
        let mut left = 3;
        let found = until("three", Duration::from_secs(5), || {
            left -= 1;
            Ok((left == 0).then_some("found"))
        });
        assert_eq!(found, Ok("found"));
    }
}
