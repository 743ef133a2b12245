//! Layer of `tracing-subscriber`.
//!
//! Invariant: foreign code (a `Debug`, an observer) runs neither while the extensions of a span are locked nor under the
//! lock of a shared tracker.

use gomon_core::adapter::SharedTracker;
use gomon_core::{EventTracker, Monitor, TrackerContext};
use tracing_core::span::{Attributes, Id, Record as Values};
use tracing_core::{Dispatch, Event, Subscriber};
use tracing_log::NormalizeEvent as _;
use tracing_subscriber::filter::Filtered;
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::{LookupSpan, SpanRef};

use super::filter::{LogFilter, level_of};
use super::late::Late;
use super::library::{self, Libraries};
use super::live::Live;
use super::site::Site;
use super::visit::{Visitor, origin};
use super::{once, spans};
use crate::LogConfig;
use crate::config::Setup;
use crate::guard::Recording;
use crate::record::{Parent, Record};

/// Records the spans and events of `tracing`, without a filter.
///
/// [`layer`] is the usual way to add it, with a filter by [`LogConfig`]. With [`Layer::with_filter`] it takes another
/// filter. Without one, it enables all spans and events of the program.
///
/// # Examples
///
/// ```
/// use gomon_log::MonitoringLayer;
/// use tracing_subscriber::filter::LevelFilter;
/// use tracing_subscriber::prelude::*;
///
/// let layer = MonitoringLayer::new().with_filter(LevelFilter::DEBUG);
/// let subscriber = tracing_subscriber::registry().with(layer);
/// # drop(subscriber);
/// ```
#[derive(Debug)]
pub struct MonitoringLayer {
    setup: Setup,
    libraries: Libraries,
    live: Live,
}

/// Returns a layer that records spans and events, filtered by [`LogConfig`].
///
/// # Examples
///
/// ```
/// use tracing_subscriber::prelude::*;
///
/// tracing_subscriber::registry().with(gomon_log::layer()).init();
/// ```
pub fn layer<S>() -> Filtered<MonitoringLayer, LogFilter, S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    MonitoringLayer::new().filtered()
}

impl MonitoringLayer {
    /// Returns a layer for the monitor of the current tracker, else the global one.
    #[must_use]
    pub fn new() -> Self {
        Self::of(Setup::new())
    }

    fn of(setup: Setup) -> Self {
        Self {
            libraries: Libraries::new(&setup),
            live: Live::new(&setup),
            setup,
        }
    }

    /// Pins the monitor.
    #[must_use]
    pub fn with_monitor(self, monitor: Monitor) -> Self {
        Self::of(self.setup.with_monitor(monitor))
    }

    /// Pins the configuration.
    #[must_use]
    pub fn with_config(self, config: LogConfig) -> Self {
        Self::of(self.setup.with_config(config))
    }

    /// Adds the filter of the configuration: its level and targets.
    pub fn filtered<S>(self) -> Filtered<Self, LogFilter, S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let filter = LogFilter::new(self.setup.clone());
        self.with_filter(filter)
    }

    fn tracker_of<'a, S: LookupSpan<'a>>(&self, span: &SpanRef<'a, S>) -> Option<SharedTracker> {
        spans::tracker(span, self.setup.pinned())
    }

    /// Returns the tracker of the span with this id.
    fn tracker_at<S>(&self, context: &Context<'_, S>, id: &Id) -> Option<SharedTracker>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        self.tracker_of(&context.span(id)?)
    }

    /// Returns the tracker of the span with this id, if this layer opened it.
    fn own_tracker_at<S>(&self, context: &Context<'_, S>, id: &Id) -> Option<SharedTracker>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        spans::own_tracker(&context.span(id)?, &self.live, self.setup.pinned())
    }

    /// Opens a tracker under its parent.
    fn open(&self, fingerprint: &'static str, parent: &Parent) -> EventTracker {
        match parent {
            Parent::None => self.setup.monitor().root(fingerprint),
            Parent::Current => self.setup.tracker(fingerprint),
            Parent::Shared(parent) => parent.context().child(fingerprint),
        }
    }

    /// Returns the current tracker, else that of the current span of the registry, else none.
    ///
    /// An entered span is current itself, so it is the nearer one. The registry may name a span that another thread
    /// entered and never left. It is a parent only if nothing is current, or nothing of the pinned monitor.
    fn nearest(&self, span: impl FnOnce() -> Option<SharedTracker>) -> Parent {
        let pinned = self.setup.pinned();
        let is_parent = |monitor: Monitor| pinned.is_none_or(|pinned| monitor == pinned);
        if TrackerContext::current().is_some_and(|current| is_parent(current.monitor())) {
            return Parent::Current;
        }
        match span().filter(|span| span.context().monitor().is_enabled()) {
            Some(span) => Parent::Shared(span),
            None => Parent::None,
        }
    }

    /// Returns the tracker of an explicit parent or of its nearest ancestor, else none: what is current may belong to
    /// another request.
    fn explicit<'a, S: LookupSpan<'a>>(&self, parent: Option<SpanRef<'a, S>>) -> Parent {
        let mut spans = parent.into_iter().flat_map(|parent| parent.scope());
        let tracker = spans.find_map(|span| self.tracker_of(&span));
        tracker.map_or(Parent::None, Parent::Shared)
    }

    fn parent_of_span<'a, S: LookupSpan<'a>>(
        &self,
        attributes: &Attributes<'_>,
        span: &SpanRef<'a, S>,
    ) -> Parent {
        if attributes.is_root() {
            return Parent::None;
        }
        if attributes.parent().is_some() {
            return self.explicit(span.parent());
        }
        self.nearest(|| self.tracker_of(&span.parent()?))
    }

    /// Records the error of a function in its span, if `event` is what `#[instrument(err)]` emits for it.
    fn fail_span<S>(&self, event: &Event<'_>, context: &Context<'_, S>)
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let metadata = event.metadata();
        let mut fields = metadata.fields().iter();
        let is_error = fields.next().is_some_and(|field| field.name() == "error");
        if !is_error || fields.next().is_some() {
            return;
        }
        let Some(span) = context.event_span(event) else {
            return;
        };
        let function = span.metadata();
        let is_its = metadata.file() == function.file() && metadata.line() == function.line();
        if let Some(tracker) = self.tracker_of(&span).filter(|_| is_its) {
            let mut late = Late::default();
            event.record(&mut Visitor::of_event(&mut late, &[], false));
            tracker.with(|tracker| late.apply(tracker));
        }
    }

    fn parent_of_event<S>(&self, event: &Event<'_>, context: &Context<'_, S>) -> Parent
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        if event.is_root() {
            return Parent::None;
        }
        if let Some(id) = event.parent() {
            return self.explicit(context.span(id));
        }
        self.nearest(|| self.tracker_of(&context.lookup_current()?))
    }
}

impl Default for MonitoringLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Layer<S> for MonitoringLayer
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_register_dispatch(&self, subscriber: &Dispatch) {
        self.libraries.reach.set_subscriber(subscriber);
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else {
            return;
        };
        let parent = self.parent_of_span(attributes, &span);
        let monitor = parent.monitor(&self.setup);
        if !monitor.is_enabled() {
            return;
        }
        self.libraries.reach.check_for(monitor);
        let (metadata, config) = (attributes.metadata(), self.setup.config(monitor));
        let kind = library::Span::of(metadata, config.libraries());
        if kind == library::Span::Hidden && config.libraries() {
            library::receive_mark();
        }
        let is_beyond = || library::is_beyond(metadata, &config);
        if kind == library::Span::Hidden || kind == library::Span::Plain && is_beyond() {
            return;
        }
        if spans::is_tracked(&span, monitor) {
            return;
        }
        let Some(_recording) = Recording::begin() else {
            return;
        };
        let mut tracker = self.open(kind.fingerprint(), &parent);
        if tracker.is_recording() {
            if kind == library::Span::Request {
                library::describe_request(attributes, &mut tracker);
            } else {
                let site = Site::of(metadata, &tracker);
                site.describe(&mut tracker);
                attributes.record(&mut Visitor::of_span(&mut tracker, site.keys()));
            }
        }
        if let Some(tracker) = SharedTracker::new(tracker) {
            spans::keep(&span, &self.live, self.setup.pinned(), tracker);
        }
    }

    fn on_record(&self, id: &Id, values: &Values<'_>, context: Context<'_, S>) {
        let Some(tracker) = self.own_tracker_at(&context, id) else {
            return;
        };
        let Some(_recording) = Recording::begin() else {
            return;
        };
        let mut late = Late::default();
        values.record(&mut Visitor::of_span(&mut late, &[]));
        tracker.with(|tracker| late.apply(tracker));
    }

    fn on_follows_from(&self, id: &Id, follows: &Id, context: Context<'_, S>) {
        let follows = self.tracker_at(&context, follows);
        if let (Some(tracker), Some(follows)) = (self.own_tracker_at(&context, id), follows) {
            let (trace, id) = (follows.context().trace(), follows.context().id());
            tracker.with(|tracker| tracker.add_link(trace, id));
        }
    }

    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        once::begin(event);
        true
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let parent = self.parent_of_event(event, &context);
        let monitor = parent.monitor(&self.setup);
        if !monitor.is_enabled() {
            return;
        }
        self.libraries.reach.check_for(monitor);
        let Some(recording) = Recording::begin() else {
            return;
        };
        if once::is_recorded(event, monitor, &self.live) {
            return;
        }
        let config = self.setup.config(monitor);
        let tracker_of = |span: &SpanRef<'_, S>| self.tracker_of(span);
        let is_report =
            config.libraries() && self.libraries.record(event, &parent, &context, tracker_of);
        if !is_report && library::is_beyond(event.metadata(), &config) {
            return;
        }
        once::set_recorded(event, monitor, &self.live);
        if is_report {
            return;
        }
        self.fail_span(event, &context);
        // A record of `log` has its own origin.
        let normalized = event.normalized_metadata();
        let metadata = event.metadata();
        let level = level_of(normalized.as_ref().unwrap_or(metadata).level());
        let open = |parent: &Parent| self.open("tracing-event", parent);
        let Some(mut record) = Record::open(parent, level, &config, recording, open) else {
            return;
        };
        let tracker = record.tracker();
        if let Some(normalized) = normalized {
            origin(&normalized).describe(tracker);
            let visitor = Visitor::of_event(tracker, &[], true);
            event.record(&mut visitor.with_target(normalized.target()));
        } else {
            let site = Site::of(metadata, tracker);
            site.describe(tracker);
            let visitor = Visitor::of_event(tracker, site.keys(), false);
            event.record(&mut visitor.with_target(metadata.target()));
        }
    }

    // There is no `on_close`: a span ends with its extensions, which the registry drops right after it closes.

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        if let Some(tracker) = self.own_tracker_at(&context, id) {
            tracker.enter();
        }
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        if let Some(tracker) = self.own_tracker_at(&context, id) {
            tracker.exit();
        }
    }
}
