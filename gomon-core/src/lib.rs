#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod config;
mod context;
mod dispatch;
mod error;
mod histogram;
mod id;
mod listeners;
mod monitor;
mod panics;
mod poll_observer;
#[cfg(any(test, feature = "test-util"))]
mod readme_table;
mod record;
mod similar;
mod state;
mod suppress;
mod sync;
mod text;
mod tracker;
mod transport;

pub use config::Config;
pub use config::file::ConfigFile;
pub use config::registry::ConfigError;
pub use config::settings::Settings;
pub use context::current;
pub use context::current_id::current_id;
pub use context::field::current_field;
pub use context::field::current_origin;
pub use context::future::FutureExt;
pub use context::future::InCurrent;
pub use context::future::Suppressed;
pub use context::future::Tracked;
pub use context::source::ContextSource;
pub use context::source::add_context_source;
pub use context::spawn as thread;
pub use context::tracker_context::TrackerContext;
pub use dispatch::flush::FlushReport;
pub use error::Error;
pub use gomon_redact::Quotations;
pub use gomon_redact::REDACTED;
pub use gomon_redact::Redaction;
pub use gomon_redact::UrlParts;
pub use gomon_redact::is_secret_name;
pub use gomon_redact::scrub_dsn;
pub use gomon_redact::scrub_sql;
pub use gomon_redact::scrub_text;
pub use histogram::Histogram;
pub use id::Id;
pub use id::trace::SpanId;
pub use id::trace::TraceId;
pub use id::traceparent::TraceContext;
pub use id::traceparent::TraceParent;
pub use id::tracestate::TraceState;
pub use listeners::Listener;
pub use listeners::factory::Factories;
pub use listeners::factory::ListenerFactory;
pub use listeners::filter::Filter;
pub use listeners::log::LogListener;
#[cfg(any(test, feature = "test-util"))]
pub use listeners::recorder::Recorder;
pub use listeners::retransmitter::Retransmitter;
pub use monitor::Monitor;
pub use monitor::builder::MonitorBuilder;
pub use monitor::global::global;
pub use monitor::global::tracker;
pub use monitor::running::Running;
pub use monitor::running::ShutdownReport;
pub use monitor::setup::Setup;
pub use monitor::start_error::StartError;
pub use poll_observer::PollObserver;
pub use poll_observer::set_poll_observer;
#[cfg(any(test, feature = "test-util"))]
pub use readme_table::ReadmeTable;
pub use record::event::Event;
pub use record::event_value::EventChildren;
pub use record::event_value::EventFields;
pub use record::event_value::EventList;
pub use record::event_value::EventValue;
pub use record::key::Key;
pub use record::keys;
pub use record::limits::Limits;
pub use record::outcome::Outcome;
pub use record::owned::OwnedEvent;
pub use record::value::Guarded;
pub use record::value::HeaderSource;
pub use record::value::HeaderVisitor;
pub use record::value::Value;
pub use state::every::Every;
pub use state::health::Dropped;
pub use state::health::Health;
pub use state::health::ListenerHealth;
pub use state::sampling::Sampling;
pub use state::sampling::SamplingRule;
pub use suppress::is_suppressed;
pub use suppress::suppressed;
pub use tracker::EventTracker;
pub use tracker::r#trait::Tracker;
pub use tracker::user_text::write_unquoted;
pub mod listener {
    //! What receives events, and how a closure becomes one.

    pub use crate::listeners::Listener;
    pub use crate::listeners::from_fn;
}
