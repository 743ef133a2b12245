//! Registration of a listener with a monitor.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use crate::dispatch::worker;
use crate::error::Error;
use crate::listeners::Listener;
use crate::panics::contain;
use crate::state::core::{Attached, Core};
use crate::sync::lock_std;
use crate::transport::queue::Queue;

/// Maximum number of listeners of a monitor.
const MAX_LISTENERS: usize = 64;

/// Starts the thread of a listener and registers the listener with the dispatcher.
pub(crate) fn attach(core: &'static Core, listener: Box<dyn Listener>) -> Result<(), Error> {
    let name = contain(|| listener.name().to_owned()).unwrap_or_else(|| "unnamed".to_owned());
    let queue = Arc::new(Queue::new());
    let app_id = Arc::clone(&core.application.app_id);
    // Called without a lock: if the thread cannot be started, the destructor of the listener runs
    // here.
    let thread = worker::start(&name, listener, Arc::clone(&queue), app_id)?;
    let attached = Attached {
        name,
        queue,
        thread,
        greeted: AtomicBool::new(false),
        missed: AtomicU64::new(0),
    };
    admit(core, attached).map_err(|Attached { name, queue, .. }| {
        queue.close();
        Error::config(format!(
            "listener `{name}`: the monitor is shut down, or has {MAX_LISTENERS} listeners already"
        ))
    })
}

fn admit(core: &Core, attached: Attached) -> Result<(), Attached> {
    if !core.is_native() {
        return Err(attached);
    }
    let mut listeners = lock_std(&core.listeners);
    if core.stopped.load(Relaxed) || listeners.len() >= MAX_LISTENERS {
        return Err(attached);
    }
    listeners.push(Arc::new(attached));
    drop(listeners);
    core.wake();
    Ok(())
}
