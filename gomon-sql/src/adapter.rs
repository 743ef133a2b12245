//! Items that the crates on top of this one share; not for applications.

pub use crate::own::{Mark, Own, ReportReader, is_own, set_report_reader};
pub use crate::state::lock;
pub use crate::statement::{Known, Rehasher};
