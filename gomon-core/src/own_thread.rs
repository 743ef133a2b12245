//! Threads of GoMon itself.

use std::thread::{Builder, Thread};

use crate::error::Error;

/// Starts a thread that handles no signal of the host.
///
/// The kernel delivers a signal of the process to any thread that does not block it. A host that blocks signals and
/// waits for them by `sigwait` would be terminated by a thread that does not. Threads that the new one starts inherit
/// its mask.
pub(crate) fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<Thread, Error> {
    let name = name.replace('\0', "");
    without_signals(|| Builder::new().name(name.clone()).spawn(run))
        .map(|handle| handle.thread().clone())
        .map_err(|error| Error::thread(&name, error))
}

/// Runs `start` while all signals are blocked, except those that report a fault of the thread itself.
///
/// A new thread inherits the mask, so no signal reaches it before its first statement.
#[cfg(unix)]
fn without_signals<R>(start: impl FnOnce() -> R) -> R {
    use nix::sys::signal::{SigSet, SigmaskHow, Signal};

    let mut blocked = SigSet::all();
    for fault in [
        Signal::SIGABRT,
        Signal::SIGBUS,
        Signal::SIGFPE,
        Signal::SIGILL,
        Signal::SIGSEGV,
        Signal::SIGSYS,
        Signal::SIGTRAP,
    ] {
        blocked.remove(fault);
    }
    let before = blocked.thread_swap_mask(SigmaskHow::SIG_BLOCK);
    let started = start();
    if let Ok(before) = before {
        // Fails only for an invalid operation.
        let _ = before.thread_set_mask();
    }
    started
}

#[cfg(not(unix))]
fn without_signals<R>(start: impl FnOnce() -> R) -> R {
    start()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::fs;
    use std::sync::mpsc::channel;

    const SIGSEGV: u32 = 11;
    const SIGTERM: u32 = 15;

    /// Returns whether the calling thread blocks a signal.
    fn blocks(signal: u32) -> Option<bool> {
        let status = fs::read_to_string("/proc/thread-self/status").ok()?;
        let mask = status
            .lines()
            .find_map(|line| line.strip_prefix("SigBlk:"))?;
        let mask = u64::from_str_radix(mask.trim(), 16).ok()?;
        Some(mask >> (signal - 1) & 1 == 1)
    }

    #[test]
    fn own_threads_block_signals_but_not_faults() {
        let (sender, receiver) = channel();
        let run = move || {
            let _ = sender.send((blocks(SIGTERM), blocks(SIGSEGV)));
        };
        let thread = spawn("gomon\0-test", run).unwrap();
        assert_eq!(thread.name(), Some("gomon-test"));
        assert_eq!(receiver.recv(), Ok((Some(true), Some(false))));
        assert_eq!(
            blocks(SIGTERM),
            Some(false),
            "the mask of the caller is as before"
        );
    }
}
