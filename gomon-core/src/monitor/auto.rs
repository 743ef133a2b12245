//! Hooks that instrument a library for the whole process, without changes at its call sites.

use std::borrow::Cow;
use std::fmt;

use crate::panics::contain;

/// A hook that instruments a library for the whole process, without changes at its call sites.
///
/// The crates that have one return it from `auto()`, such as `gomon_log::auto()`.
/// [`MonitorBuilder::auto`](crate::MonitorBuilder::auto) installs it.
///
/// # Examples
///
/// ```
/// use gomon_core::{AutoHook, Monitor};
///
/// let hook = AutoHook::new(|report| report.hooked("allocator of the shop"));
/// let running = Monitor::builder().auto([hook]).start()?;
/// assert!(running.hooks()[0].is_hooked());
/// # Ok::<(), gomon_core::StartError>(())
/// ```
pub struct AutoHook(Box<dyn FnOnce(&mut HookReport) + Send>);

impl AutoHook {
    /// Creates a hook. It reports each place that it hooks, or finds taken.
    #[must_use]
    pub fn new(install: impl FnOnce(&mut HookReport) + Send + 'static) -> Self {
        Self(Box::new(install))
    }

    /// Installs the hooks, and returns what they report.
    pub(super) fn install_all(hooks: Vec<Self>) -> Vec<Hook> {
        let mut report = HookReport::default();
        for AutoHook(install) in hooks {
            if contain(|| install(&mut report)).is_none() {
                report.push("hook", Some("it panicked".into()));
            }
        }
        report.0
    }
}

impl fmt::Debug for AutoHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AutoHook").finish_non_exhaustive()
    }
}

/// Receives what an [`AutoHook`] did.
#[derive(Debug, Default)]
pub struct HookReport(Vec<Hook>);

impl HookReport {
    /// Reports a place that is hooked, also if that was so before.
    pub fn hooked(&mut self, place: impl Into<Cow<'static, str>>) {
        self.push(place, None);
    }

    /// Reports a place that is not hooked, and why, such as a place that the program has taken.
    pub fn taken(
        &mut self,
        place: impl Into<Cow<'static, str>>,
        reason: impl Into<Cow<'static, str>>,
    ) {
        self.push(place, Some(reason.into()));
    }

    fn push(&mut self, place: impl Into<Cow<'static, str>>, reason: Option<Cow<'static, str>>) {
        self.0.push(Hook {
            place: place.into(),
            reason,
        });
    }
}

/// A place of the process that an [`AutoHook`] hooked, or found taken.
///
/// It displays as `logger of log: hooked`, or with the reason why it is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    place: Cow<'static, str>,
    reason: Option<Cow<'static, str>>,
}

impl Hook {
    /// Returns the place, such as `logger of log`.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Returns whether it is hooked.
    #[must_use]
    pub fn is_hooked(&self) -> bool {
        self.reason.is_none()
    }

    /// Returns why it is not hooked, and what to do.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }
}

impl fmt::Display for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            None => write!(f, "{}: hooked", self.place),
            Some(reason) => write!(f, "{}: not hooked: {reason}", self.place),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hook_that_panics_is_reported_and_does_not_stop_the_others() {
        let hooks = vec![
            AutoHook::new(|report| {
                report.hooked("one");
                std::panic::panic_any("planned");
            }),
            AutoHook::new(|report| report.taken("two", "the program has one")),
        ];
        let report = AutoHook::install_all(hooks);
        let lines: Vec<_> = report.iter().map(Hook::to_string).collect();
        assert_eq!(
            lines,
            [
                "one: hooked",
                "hook: not hooked: it panicked",
                "two: not hooked: the program has one"
            ]
        );
    }
}
