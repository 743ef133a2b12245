//! Health of a monitor and its listeners.

use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use crate::record::key::Key;
use crate::record::keys;
use crate::record::value::Value;
use crate::state::core::{Attached, Core};
use crate::sync::lock_std;
use crate::transport::queue::Figures;

/// Maximum processing time of a batch; a slower listener is late.
const MAX_BUSY: Duration = Duration::from_secs(1);

/// Health of a monitor; all numbers count from its start.
///
/// When no event is in transit, `produced = delivered + failed + dropped.total() + lost + waiting` holds exactly for each
/// listener.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use gomon_core::{Monitor, Recorder};
///
/// let running = Monitor::builder().listener(Recorder::new().listener()).build()?;
/// running.monitor().root("job").finish();
/// running.monitor().flush(Duration::from_secs(5));
/// let health = running.monitor().health();
/// assert_eq!(health.produced, 2); // with the application event
/// assert_eq!(health.listeners[0].delivered, 2);
/// # Ok::<(), gomon_core::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Health {
    /// Events to deliver, including the application event once the monitor was enabled.
    pub produced: u64,
    /// Trackers that are currently open.
    pub open: u64,
    /// The listeners, in the order in which they were added.
    pub listeners: Vec<ListenerHealth>,
    /// Bytes in buffers, batches and queues.
    ///
    /// After shutdown each busy thread holds at most 256 KiB, until it ends or uses another monitor.
    pub bytes_held: usize,
    /// Calls of [`current`](crate::current) that were nested, or in a task that carries only ids.
    pub orphans: u64,
    /// Fields dropped because of a limit of their event.
    pub limited_fields: u64,
    /// Values cut to a limit.
    pub cut_values: u64,
    /// Fields renamed because the event model owns their name.
    pub renamed_fields: u64,
    /// Values redacted because their type does not fit the class of their key.
    pub refused_values: u64,
    /// Attached children delivered separately, because they could not be inside their parent.
    pub detached_children: u64,
    /// Configurations that are not in effect, one line each.
    pub config_errors: Vec<String>,
    /// What integrations cannot record, one line each.
    pub notices: Vec<String>,
}

/// Sets a field to a map of these names and values.
type SetMap<'a> = dyn FnMut(&[(&str, Value<'_>)]) + 'a;

/// Health of a listener.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ListenerHealth {
    /// The listener's name.
    pub name: String,
    /// Events delivered to it.
    pub delivered: u64,
    /// Events for which it returned an error or panicked.
    pub failed: u64,
    /// Flushes for which it returned an error or panicked, or that were skipped in quarantine.
    pub failed_flushes: u64,
    /// Events that it did not get, by cause.
    pub dropped: Dropped,
    /// Delivered events that it later reported as lost, by cause; see
    /// [`Flush::report_lost`](crate::Flush::report_lost).
    pub lost: Vec<(&'static str, u64)>,
    /// Events that wait for it.
    pub waiting: u64,
    /// Whether it has been processing one batch of events for over a second.
    pub late: bool,
    /// Whether it panicked too often and gets no events for a while.
    ///
    /// A quarantine in force at shutdown never ends.
    pub quarantined: bool,
}

/// Events that a listener did not get, by cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dropped {
    /// The buffer of the thread was full.
    pub buffer_full: u64,
    /// The byte budget was exhausted.
    pub budget: u64,
    /// The events ended after shutdown.
    pub after_shutdown: u64,
    /// The queue of the listener was full.
    pub queue_full: u64,
    /// The events were still waiting at the deadline of shutdown.
    pub shutdown: u64,
    /// The listener was in quarantine at shutdown.
    pub quarantine: u64,
    /// The events were dispatched before the listener was added.
    pub before_added: u64,
}

impl Dropped {
    /// Returns the sum of all causes.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.causes().iter().map(|(_, count)| count).sum()
    }

    fn causes(&self) -> [(&'static str, u64); 7] {
        [
            ("buffer-full", self.buffer_full),
            ("budget", self.budget),
            ("after-shutdown", self.after_shutdown),
            ("queue-full", self.queue_full),
            ("shutdown", self.shutdown),
            ("quarantine", self.quarantine),
            ("before-added", self.before_added),
        ]
    }
}

impl Health {
    pub(crate) fn of(core: &Core) -> Self {
        let counters = &core.counters;
        let listeners = lock_std(&core.listeners).clone();
        let (opened, ended) = core.open_counts();
        Self {
            produced: counters.dispatched.get()
                + counters.dropped()
                + core.memory.lost()
                + u64::from(core.begun.load(Relaxed)),
            open: opened.saturating_sub(ended),
            listeners: listeners
                .iter()
                .map(|listener| ListenerHealth::of(core, listener))
                .collect(),
            bytes_held: core.memory.used(),
            orphans: counters.orphans.get(),
            limited_fields: counters.limited_fields.get(),
            cut_values: counters.cut_values.get(),
            renamed_fields: counters.renamed_fields.get(),
            refused_values: counters.refused_values.get(),
            detached_children: counters.detached_children.get(),
            config_errors: core.registry.problems(),
            notices: core.notices.lines(),
        }
    }

    /// Sets the fields of the `gomon-health` event.
    pub(crate) fn describe(&self, set: &mut dyn FnMut(Key<'_>, Value<'_>)) {
        set(keys::PRODUCED, self.produced.into());
        for (at, listener) in self.listeners.iter().enumerate() {
            // One field per listener, so that a list of all does not exceed a value limit.
            let name = format!("listener-{at}");
            listener.describe(&mut |fields| set(Key::new(&name), Value::Map(fields)));
        }
        set(keys::BYTES_HELD, self.bytes_held.into());
        set(keys::OPEN, self.open.into());
        set(keys::ORPHANS, self.orphans.into());
        set(keys::LIMITED, self.limited_fields.into());
        set(keys::CUT_VALUES, self.cut_values.into());
        set(keys::DETACHED, self.detached_children.into());
        set(keys::RENAMED, self.renamed_fields.into());
        set(keys::REFUSED_VALUES, self.refused_values.into());
        let lists = [
            (keys::CONFIG_ERRORS, &self.config_errors),
            (keys::NOTICES, &self.notices),
        ];
        for (key, lines) in lists.into_iter().filter(|(_, lines)| !lines.is_empty()) {
            let lines: Vec<_> = lines.iter().map(|line| Value::text(line)).collect();
            set(key, Value::List(&lines));
        }
    }
}

impl ListenerHealth {
    fn of(core: &Core, listener: &Attached) -> Self {
        let figures = listener.queue.figures();
        let counters = &core.counters;
        let dropped = Dropped {
            buffer_full: counters.buffer_full.get(),
            budget: counters.budget.get(),
            after_shutdown: counters.after_shutdown.get() + core.memory.lost(),
            queue_full: figures.dropped_full,
            shutdown: figures.dropped_shutdown,
            quarantine: figures.dropped_quarantine,
            // A listener without the application event has missed every event so far.
            before_added: if listener.greeted.load(Relaxed) {
                listener.missed.load(Relaxed)
            } else {
                counters.dispatched.get() + u64::from(core.begun.load(Relaxed))
            },
        };
        Self {
            name: listener.name.clone(),
            delivered: figures.delivered,
            failed: figures.failed,
            failed_flushes: figures.failed_flushes,
            dropped,
            lost: figures.lost.iter().collect(),
            waiting: figures.waiting(),
            late: is_late(&figures),
            quarantined: figures.quarantined,
        }
    }

    fn describe(&self, set: &mut SetMap<'_>) {
        let causes = self.dropped.causes();
        let dropped: Vec<_> = causes
            .iter()
            .filter(|(_, count)| *count > 0)
            .map(|(cause, count)| (*cause, Value::U64(*count)))
            .collect();
        let lost: Vec<_> = self
            .lost
            .iter()
            .map(|(cause, count)| (*cause, Value::U64(*count)))
            .collect();
        set(&[
            ("name", Value::Str(&self.name)),
            ("delivered", self.delivered.into()),
            ("failed", self.failed.into()),
            ("failed-flushes", self.failed_flushes.into()),
            ("dropped", Value::Map(&dropped)),
            ("lost", Value::Map(&lost)),
            ("waiting", self.waiting.into()),
            ("late", self.late.into()),
            ("quarantined", self.quarantined.into()),
        ]);
    }
}

/// Returns whether the listener has been processing one batch for too long.
pub(crate) fn is_late(figures: &Figures) -> bool {
    figures
        .busy_since
        .is_some_and(|since| since.elapsed() > MAX_BUSY)
}
