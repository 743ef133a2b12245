//! Thread of periodic callbacks.

use std::time::Duration;

use crate::error::Error;
use crate::own_thread;
use crate::state::core::Core;
use crate::state::every::Every;

/// Adds a periodic callback. The first one starts the thread.
pub(crate) fn every(
    core: &'static Core,
    interval: Duration,
    call: Box<dyn FnMut() + Send>,
) -> Result<Every, Error> {
    let added = if core.is_native() {
        core.schedule.add(interval, call)
    } else {
        None
    };
    let Some((every, must_start)) = added else {
        return Ok(Every::empty());
    };
    if must_start {
        own_thread::spawn("gomon-every", || core.schedule.run())
            .inspect_err(|_| core.schedule.not_started())?;
    }
    Ok(every)
}
