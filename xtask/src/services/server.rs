//! Interface of a server, independent of how it runs.

use super::service::Service;
use crate::failure::{Failure, Result};

/// A server started by a run: a program of this machine, or a container.
pub(crate) trait Server {
    /// Advances the start-up, and returns the port once the server responds.
    ///
    /// Fails with the end of the log if the server has died.
    fn poll(&mut self) -> Result<Option<u16>>;

    /// Fails with the end of the log if the server has died unexpectedly.
    fn check(&mut self) -> Result<()>;

    /// Starts the server again without waiting; [`poll`](Self::poll) reports when it is ready.
    fn start(&mut self) -> Result<()>;

    /// Shuts the server down gracefully and waits for its end.
    fn stop(&mut self) -> Result<()>;

    /// Freezes the server.
    fn pause(&mut self) -> Result<()>;

    /// Resumes a frozen server.
    fn resume(&mut self) -> Result<()>;

    /// Returns the last lines of the log.
    fn log_tail(&self) -> String;

    /// Kills the server without waiting; its data is discarded.
    fn kill(&mut self);
}

/// Number of log lines in a failure.
pub(crate) const LAST_LINES: usize = 15;

/// Returns the last lines of a log.
pub(crate) fn last_lines(log: &str) -> String {
    let lines: Vec<_> = log.lines().filter(|line| !line.trim().is_empty()).collect();
    let start = lines.len().saturating_sub(LAST_LINES);
    lines.get(start..).unwrap_or_default().join("\n    ")
}

/// Returns a failure with a known cause found in the log, or else `what` with the end of the log.
pub(crate) fn failure(service: Service, what: &str, log: &str) -> Failure {
    match diagnosis(log) {
        Some((cause, line)) => Failure::new(format!("{service}: {cause}: {}", line.trim())),
        None if log.trim().is_empty() => Failure::new(format!("{service}: {what}")),
        None => {
            let tail = last_lines(log);
            Failure::new(format!("{service}: {what}; end of its log:\n    {tail}"))
        }
    }
}

/// Finds a cause that the user can fix, and returns it with its log line.
fn diagnosis(log: &str) -> Option<(&'static str, &str)> {
    [
        ("No space left on device", "the disk is full"),
        // MariaDB logs only the number.
        ("(Errcode: 28", "the disk is full"),
        ("with error 28", "the disk is full"),
        ("Disk quota exceeded", "the disk is full"),
        (PORT_TAKEN, "its port is in use"),
        ("Permission denied", DENIED),
        // Java's name of the error.
        ("AccessDeniedException", DENIED),
        ("insufficient memory", "not enough memory"),
        ("Cannot allocate memory", "not enough memory"),
    ]
    .into_iter()
    .find_map(|(text, cause)| Some((cause, log.lines().find(|line| line.contains(text))?)))
}

const DENIED: &str = "permission denied; is TMPDIR accessible to other users?";

/// The message of all four servers for a port that is in use.
pub(crate) const PORT_TAKEN: &str = "Address already in use";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_end_of_a_log_is_shown() {
        let log: String = (0..100)
            .map(|number| format!("line {number}\n\n"))
            .collect();
        let shown = last_lines(&log);
        assert_eq!(shown.lines().count(), LAST_LINES);
        assert!(shown.ends_with("line 99"));
    }

    #[test]
    fn full_disk_is_recognised() {
        let log = "initdb: error: could not write to file: No space left on device";
        let message = failure(Service::Postgres, "died", log).to_string();
        assert_eq!(message, format!("postgres: the disk is full: {log}"));
    }

    #[test]
    fn unknown_failure_contains_the_end_of_the_log() {
        let message = failure(Service::Redis, "died", "one\ntwo").to_string();
        assert_eq!(message, "redis: died; end of its log:\n    one\n    two");
        assert_eq!(
            failure(Service::Redis, "died", "").to_string(),
            "redis: died"
        );
    }
}
