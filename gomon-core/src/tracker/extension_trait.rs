//! Methods of [`EventTracker`] for adapters.

use std::error::Error as StdError;
use std::fmt::Display;
use std::task::Poll;
use std::time::Duration;

use crate::poll_observer::{PollObserver, poll_observer};
use crate::tracker::EventTracker;
use crate::tracker::poll::Measured;
use crate::tracker::preset::Preset;
use crate::tracker::thread as local;
use crate::tracker::user_text::{bounded_display, chain};

/// Methods of [`EventTracker`] for adapters, whose events follow a protocol or a library.
pub trait TrackerExt: sealed::Sealed + Sized {
    /// Returns whether the event would end as `panic` now.
    ///
    /// That is the case if its thread is unwinding and the panic began after the tracker was opened and before it was
    /// [`complete`](EventTracker::complete). A tracker that a destructor opens and ends during unwinding is not affected.
    #[must_use]
    fn is_unwound(&self) -> bool;

    /// Moves the start back, for work that is reported after it has begun.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use gomon_core::adapter::TrackerExt;
    /// use gomon_core::{Monitor, Recorder};
    ///
    /// let running = Monitor::builder().listener(Recorder::new().listener()).build()?;
    /// let mut tracker = running.monitor().root("query");
    /// tracker.began_before(Duration::from_millis(250));
    /// assert!(tracker.elapsed() >= Duration::from_millis(250));
    /// # Ok::<(), gomon_core::Error>(())
    /// ```
    fn began_before(&mut self, elapsed: Duration);

    /// Sets fields that were encoded before. Returns false if the tracker has fields, or another monitor, or no room.
    fn set_preset(&mut self, preset: &Preset) -> bool;

    /// Records an error without a location; the outcome becomes `error`.
    ///
    /// It is for integrations: the location of their call says nothing about the error.
    fn add_foreign_error<E: Display + ?Sized>(&mut self, error: &E, kind: Option<&str>);

    /// Records an error with its causes, without a location; the outcome becomes `error`.
    fn add_foreign_chain(&mut self, error: &(dyn StdError + 'static));

    /// Ends `inner` and this tracker with one reading of the clock; returns this one's duration.
    ///
    /// The duration of an empty tracker is zero.
    fn finish_with(self, inner: Self) -> Duration;

    /// Runs one poll of a future in the [`scope`](EventTracker::scope) of this tracker and measures it.
    ///
    /// The measurements become `gomon:busy`, `gomon:polls` and `gomon:longest-poll`.
    fn poll_in<T>(&mut self, poll: impl FnOnce() -> Poll<T>) -> Poll<T>;

    /// Returns the time from the start to the end of the latest [`poll_in`](Self::poll_in); zero before the first one.
    ///
    /// It does not read the clock.
    #[must_use]
    fn elapsed_when_polled(&self) -> Duration;
}

impl TrackerExt for EventTracker {
    fn is_unwound(&self) -> bool {
        self.body.as_ref().is_some_and(|body| body.is_unwound())
    }

    fn began_before(&mut self, elapsed: Duration) {
        if let Some(body) = &mut self.body {
            let ticks = body.core.clock.ticks_in(elapsed);
            body.set_start(body.start.saturating_sub(ticks));
        }
    }

    #[inline]
    fn set_preset(&mut self, preset: &Preset) -> bool {
        let body = self.body.as_mut();
        body.is_some_and(|body| body.set_preset(preset))
    }

    fn add_foreign_error<E: Display + ?Sized>(&mut self, error: &E, kind: Option<&str>) {
        if self.is_recording() {
            let message = bounded_display(error);
            self.record_error(&message, kind, None, &[]);
        }
    }

    fn add_foreign_chain(&mut self, error: &(dyn StdError + 'static)) {
        if self.is_recording() {
            let message = bounded_display(error);
            self.record_error(&message, None, None, &chain(error));
        }
    }

    #[inline]
    fn finish_with(mut self, mut inner: Self) -> Duration {
        let Some(body) = self.body.take() else {
            return Duration::ZERO;
        };
        let (clock, start) = (&body.core.clock, body.start);
        let end = clock.ticks();
        if let Some(inner) = inner.body.take() {
            local::end_at(inner, end);
        }
        local::end_at(body, end);
        Duration::from_nanos(clock.nanos_between(start, end))
    }

    #[inline]
    fn poll_in<T>(&mut self, poll: impl FnOnce() -> Poll<T>) -> Poll<T> {
        let Some(body) = &self.body else {
            return poll();
        };
        if !body.ids.is_sampled() {
            return self.scope(poll);
        }
        let observer = poll_observer();
        let observed = observer.map_or(0, PollObserver::before);
        let measured = Measured {
            start: body.core.clock.ticks(),
            observer,
            observed,
            tracker: self,
        };
        measured.tracker.scope(poll)
    }

    fn elapsed_when_polled(&self) -> Duration {
        self.body.as_ref().map_or(Duration::ZERO, |body| {
            let nanos = body
                .core
                .clock
                .nanos_between(body.start, body.polls.last_end);
            Duration::from_nanos(nanos)
        })
    }
}

mod sealed {
    pub trait Sealed {}

    impl Sealed for super::EventTracker {}
}
