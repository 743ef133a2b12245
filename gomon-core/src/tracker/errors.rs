//! What went wrong, and what an event is linked to.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt::Display;
use std::panic::Location;

use crate::id::Id;
use crate::id::trace::TraceId;
use crate::record::outcome::Outcome;
use crate::record::value::Value;
use crate::tracker::EventTracker;
use crate::tracker::sections::Cold;
use crate::tracker::user_text::{bounded_display, chain};

/// The most errors of one event.
const MOST_ERRORS: u32 = 16;

impl EventTracker {
    /// Records an error with its type, its chain of causes and the place of this call; the outcome becomes `error`.
    ///
    /// The texts pass through the redaction policy. The first sixteen errors of an event are kept.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut tracker = gomon_core::Monitor::noop().root("job");
    /// tracker.add_error(&std::io::Error::other("no space"));
    /// ```
    #[track_caller]
    pub fn add_error<E: StdError + 'static>(&mut self, error: &E) {
        let location = Location::caller();
        if self.is_recording() {
            let message = bounded_display(error);
            self.add_error_parts(
                &message,
                Some(std::any::type_name::<E>()),
                Some(location),
                &chain(error),
            );
        }
    }

    /// Records an error that is only known by its text; the outcome becomes `error`.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut tracker = gomon_core::Monitor::noop().root("job");
    /// tracker.add_error_text("the peer sent a reset", Some("h2::Reset"));
    /// ```
    #[track_caller]
    pub fn add_error_text(&mut self, message: &str, kind: Option<&str>) {
        let location = Location::caller();
        if self.is_recording() {
            self.add_error_parts(message, kind, Some(location), &[]);
        }
    }

    /// Records an error that came to an integration from the code that it watches: without a place, since that of this
    /// call would be the integration's; the outcome becomes `error`.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut tracker = gomon_core::Monitor::noop().root("http-service");
    /// tracker.add_foreign_error("no space left on device", Some("hyper::Error"));
    /// ```
    pub fn add_foreign_error<E: Display + ?Sized>(&mut self, error: &E, kind: Option<&str>) {
        if self.is_recording() {
            let message = bounded_display(error);
            self.add_error_parts(&message, kind, None, &[]);
        }
    }

    pub(super) fn add_error_parts(
        &mut self,
        message: &str,
        kind: Option<&str>,
        location: Option<&Location<'_>>,
        chain: &[Cow<'static, str>],
    ) {
        let Some(body) = &mut self.body else { return };
        body.cold().failed = true;
        if body.outcome == Outcome::Ok {
            body.outcome = Outcome::Error;
        }
        let location = location.map(|at| format!("{}:{}:{}", at.file(), at.line(), at.column()));
        let chain: Vec<_> = chain.iter().map(|cause| Value::text(cause)).collect();
        let mut fields = vec![("message", Value::text(message))];
        fields.extend(kind.map(|kind| ("type", Value::Str(kind))));
        fields.extend(location.as_deref().map(|at| ("location", Value::Str(at))));
        if !chain.is_empty() {
            fields.push(("chain", Value::List(&chain)));
        }
        body.append_to_list(
            |cold: &mut Cold| &mut cold.errors,
            MOST_ERRORS,
            |encoder| encoder.element(&Value::Map(&fields), 0),
        );
    }

    /// Names an event that this one continues without being its child; at most 32.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_core::{Id, Monitor, TraceId};
    ///
    /// let mut tracker = Monitor::noop().root("batch");
    /// tracker.add_link(TraceId::from_u128(7), Id::from_parts(1, 2));
    /// ```
    pub fn add_link(&mut self, trace: TraceId, id: Id) {
        if !self.is_recording() {
            return;
        }
        let Some(body) = &mut self.body else { return };
        body.add_link(trace, id);
    }
}
