//! Recipe for Redis from Debian's package.

use std::process::Command;

use rustix::process::Signal;

use super::recipe::{Place, Recipe};
use crate::failure::Result;
use crate::services::install::{self, program};

/// Finds the server and returns its commands.
pub(crate) fn recipe(_: &Place, may_install: bool) -> Result<Recipe> {
    let server = install::find_or_install("redis-server", &["redis-server"], may_install, || {
        program("redis-server", &[])
    })?;
    let mut version = Command::new(&server);
    version.arg("--version");
    let serve = move |place: &Place, port: u16| {
        let mut serve = place.command(&server, Signal::KILL)?;
        serve
            .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
            .args(["--save", "", "--appendonly", "no"]);
        Ok(serve)
    };
    Ok(Recipe {
        prepare: None,
        serve: Box::new(serve),
        version,
        stop: Signal::TERM,
    })
}
