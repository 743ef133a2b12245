//! Which statements cost the most, and who runs them: a profile of the statements of a process.

mod account;
mod counts;
mod display;
mod entry;
mod event;
mod folded;
mod histogram;
mod known_interval;
mod name;
mod report;
mod statement_profile;
mod store;
mod stores;

pub(crate) use account::Account;
pub(crate) use entry::{Ending, Run};
pub(crate) use known_interval::KnownInterval;
pub(crate) use name::Name;
pub use report::SqlProfile;
pub use statement_profile::{SqlCaller, StatementProfile};
