//! Thread of periodic callbacks.

use std::thread;
use std::time::Duration;

use crate::error::Error;
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
        let name = "gomon-every";
        thread::Builder::new()
            .name(name.to_owned())
            .spawn(|| core.schedule.run())
            .map_err(|error| {
                core.schedule.not_started();
                Error::thread(name, error)
            })?;
    }
    Ok(every)
}
