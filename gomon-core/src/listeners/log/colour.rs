//! Terminal colours.

use std::env;

use crate::record::outcome::Outcome;

pub(super) const DIM: &str = "\x1b[2m";
pub(super) const BOLD: &str = "\x1b[1m";
pub(super) const RED: &str = "\x1b[31m";
pub(super) const RESET: &str = "\x1b[0m";

pub(super) fn of(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Unknown => "",
        Outcome::Ok => "\x1b[32m",
        Outcome::Error => "\x1b[1;31m",
        Outcome::Cancelled => "\x1b[33m",
        Outcome::Panic => "\x1b[1;35m",
    }
}

/// Returns whether to use colours by default. See <https://no-color.org>.
pub(super) fn is_default(is_terminal: bool) -> bool {
    is_terminal
        && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && env::var_os("TERM").is_none_or(|terminal| terminal != "dumb")
}
