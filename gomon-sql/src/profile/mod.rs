//! Profile of the statements of a process: which cost most, and who runs them.

mod account;
mod counts;
mod display;
mod entry;
mod event;
mod folded;
mod known_interval;
mod report;
mod statement_profile;
mod store;

pub(crate) use account::Account;
pub(crate) use entry::{Ending, Run, nanos};
pub(crate) use known_interval::KnownInterval;
pub use report::SqlProfile;
pub use statement_profile::{SqlCaller, StatementProfile};
pub(crate) use store::Store;
