//! Items for crates that instrument a library, a framework or a protocol.
//!
//! An application does not need them: it uses the crate root and the crates that stand on this module.

pub use gomon_redact::{
    Quotations, UrlParts, floor_char, is_secret_name, scrub_dsn, scrub_sql, scrub_text,
};

pub use crate::config::range::within;
pub use crate::context::current_id::current_id;
pub use crate::context::field::{current_field, current_origin};
pub use crate::context::shared::SharedTracker;
pub use crate::context::source::{ContextSource, add_context_source};
pub use crate::context::tally::admit_log;
pub use crate::histogram::Histogram;
pub use crate::monitor::extension_trait::MonitorExt;
pub use crate::monitor::setup::Setup;
pub use crate::panics::contain;
pub use crate::poll_observer::{PollObserver, set_poll_observer};
pub use crate::record::keys;
pub use crate::record::value::{Guarded, HeaderSource, HeaderVisitor};
pub use crate::state::long_lived::{CountedTracker, LongLived};
pub use crate::tracker::extension_trait::TrackerExt;
pub use crate::tracker::preset::Preset;
pub use crate::tracker::user_text::{format_bounded, write_unquoted};
