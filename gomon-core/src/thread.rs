//! Threads that know their tracker.

use std::io;
use std::thread::{Builder, JoinHandle};

use crate::TrackerContext;

/// Spawns a thread in which trackers are children of the one that is current here.
///
/// # Errors
///
/// When the operating system cannot give a thread.
///
/// # Examples
///
/// ```
/// let thread = gomon_core::thread::spawn(|| 6 * 7)?;
/// assert_eq!(thread.join().unwrap(), 42);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn spawn<F, T>(f: F) -> io::Result<JoinHandle<T>>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    let context = TrackerContext::current();
    Builder::new().spawn(move || match context {
        Some(context) => context.scope(f),
        None => f(),
    })
}
