//! Event of a notification.

use gomon_core::adapter::keys;

use super::Scope;

/// A notification that a database sent on a channel: `sql-notification`, a child of the connection that listens.
///
/// # Examples
///
/// ```
/// use gomon_sql::{Dialect, Setup, recording::{Database, NotificationEvent, Scope}};
///
/// let scope = Scope::without_connection(&Database::new(Setup::new(), Dialect::PostgreSql, ""));
/// NotificationEvent::new("orders").with_payload_size(17).record(&scope);
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "it has to be recorded"]
pub struct NotificationEvent<'a> {
    channel: &'a str,
    payload_size: usize,
    process: u32,
}

impl<'a> NotificationEvent<'a> {
    /// Describes a notification on this channel.
    pub fn new(channel: &'a str) -> Self {
        Self {
            channel,
            payload_size: 0,
            process: 0,
        }
    }

    /// Sets the length of the payload, which is not recorded.
    pub fn with_payload_size(mut self, bytes: usize) -> Self {
        self.payload_size = bytes;
        self
    }

    /// Sets the id of the server process that sent it.
    pub fn with_process(mut self, process: u32) -> Self {
        self.process = process;
        self
    }

    /// Records it.
    pub fn record(self, scope: &Scope) {
        let mut tracker = scope.open("sql-notification");
        tracker.set(keys::CHANNEL, self.channel);
        tracker.set(keys::PAYLOAD_SIZE, self.payload_size);
        if self.process > 0 {
            tracker.set(keys::PROCESS, self.process);
        }
    }
}
