//! Benchmarks of GoMon and other libraries.
//!
//! Each table is measured in a separate process, so that the state of one (a global subscriber, caches, memory) does not
//! affect the next. The subjects take turns, in an order that rotates and flips. Every timed burst begins with empty
//! queues, and its events are delivered outside the timing.

#![forbid(unsafe_code)]

use std::process::ExitCode;

pub mod beside;
pub mod cpu;
pub mod crew;
pub mod flags;
pub mod folder;
pub mod goal;
pub mod parent;
pub mod print;
#[cfg(feature = "request")]
pub mod request;
pub mod rounds;
pub mod row;
pub mod spread;
pub mod subject;
pub mod table;
pub mod usage;
#[cfg(feature = "peers")]
pub mod web;

/// Result with any error, which is printed to the user.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Returns the item with this name.
fn find<'a, T>(what: &str, name: &str, all: &'a [T], name_of: fn(&T) -> &str) -> Result<&'a T> {
    let found = all.iter().find(|item| name_of(item) == name);
    found.ok_or_else(|| {
        let names: Vec<_> = all.iter().map(name_of).collect();
        let names = names.join(", ");
        format!("this build has no {what} `{name}`; there are: {names}").into()
    })
}

/// Prints an error, if there is one, and returns the exit code of the program.
#[must_use]
#[allow(
    clippy::print_stderr,
    reason = "a command line program speaks through its standard streams"
)]
pub fn exit(result: Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
