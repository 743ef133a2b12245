//! Threads with a parent tracker.

use std::io;
use std::thread::{Builder, JoinHandle};

use crate::context::tracker_context::TrackerContext;
use crate::suppress::{is_suppressed, suppressed};

/// Spawns a thread whose trackers are children of the tracker that is current here.
///
/// If trackers are suppressed here, they are suppressed there too.
///
/// # Errors
///
/// Fails if the operating system cannot start a thread.
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
    let is_suppressed = is_suppressed();
    Builder::new().spawn(move || match context {
        _ if is_suppressed => suppressed(f),
        Some(context) => context.scope(f),
        None => f(),
    })
}
