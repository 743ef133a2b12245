//! Servers for tests: containers, programs of this machine, or external ones.

pub(crate) mod control;
pub(crate) mod docker;
pub(crate) mod fleet;
pub(crate) mod images;
pub(crate) mod install;
mod kafka;
pub(crate) mod libraries;
mod link;
mod memory;
pub(crate) mod native;
mod probe;
pub(crate) mod processes;
pub(crate) mod run_folder;
pub(crate) mod server;
pub(crate) mod service;
pub(crate) mod wait;
pub(crate) mod watchdog;
