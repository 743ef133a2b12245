#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod adapter;
mod config;
mod context;
mod dispatch;
mod error;
mod histogram;
mod id;
mod listeners;
mod monitor;
mod own_thread;
mod panics;
mod poll_observer;
mod record;
mod state;
mod suppress;
mod sync;
mod text;
mod tracker;
mod transport;

pub use config::Config;
pub use config::file::ConfigFile;
pub use config::settings::Settings;
pub use context::current;
pub use context::future::FutureExt;
pub use context::spawn as thread;
pub use context::tracker_context::TrackerContext;
pub use dispatch::flush::FlushReport;
pub use error::Error;
pub use gomon_redact::{REDACTED, Redaction};
pub use id::Id;
pub use id::trace::{SpanId, TraceId};
pub use id::traceparent::{TraceContext, TraceParent};
pub use id::tracestate::TraceState;
pub use listeners::Listener;
pub use listeners::factory::{Factories, ListenerFactory};
pub use listeners::filter::Filter;
pub use listeners::flush::{Flush, FlushReason};
pub use listeners::log::LogListener;
#[cfg(any(test, feature = "test-util"))]
pub use listeners::recorder::Recorder;
pub use listeners::retransmitter::Retransmitter;
pub use monitor::Monitor;
pub use monitor::auto::{AutoHook, Hook, HookReport};
pub use monitor::builder::MonitorBuilder;
pub use monitor::global::{global, tracker};
pub use monitor::running::{Running, ShutdownReport};
pub use monitor::start_error::StartError;
pub use record::event::Event;
pub use record::event_value::{EventChildren, EventFields, EventList, EventValue};
pub use record::key::Key;
pub use record::limits::Limits;
pub use record::outcome::Outcome;
pub use record::owned::OwnedEvent;
pub use record::value::Value;
pub use state::every::Every;
pub use state::health::{Dropped, Health, ListenerHealth};
pub use state::sampling::{Sampling, SamplingRule};
pub use suppress::{is_suppressed, suppressed};
pub use tracker::EventTracker;
pub use tracker::r#trait::Tracker;

pub mod future {
    //! Futures of [`FutureExt`](crate::FutureExt).

    pub use crate::context::future::{InCurrent, Suppressed, Tracked};
}

pub mod listener {
    //! Construction of listeners from closures.

    pub use crate::listeners::from_fn;
}
