//! What a service can be told to do, whatever runs it.

use super::service::Service;
use crate::failure::{Failure, Result};

/// A server that is ours: a program of this machine, or a container.
pub(crate) trait Server {
    /// Goes one step nearer to readiness; the server's port as soon as it answers there.
    ///
    /// Fails, with the server's last words, if it has died.
    fn poll(&mut self) -> Result<Option<u16>>;

    /// Fails, with the server's last words, if it has died without being told to.
    fn check(&mut self) -> Result<()>;

    /// Begins to start it again; [`poll`](Self::poll) tells when it is back.
    fn start(&mut self) -> Result<()>;

    /// Stops it in an orderly way and waits for its end.
    fn stop(&mut self) -> Result<()>;

    /// Freezes it.
    fn pause(&mut self) -> Result<()>;

    /// Lets it go on.
    fn resume(&mut self) -> Result<()>;

    /// The last lines of its log.
    fn last_words(&self) -> String;

    /// Begins to end it for good; its data no longer matters.
    fn kill(&mut self);
}

/// How many lines of a log a failure shows.
pub(crate) const LAST_LINES: usize = 15;

/// The end of a log.
pub(crate) fn last_lines(log: &str) -> String {
    let lines: Vec<_> = log.lines().filter(|it| !it.trim().is_empty()).collect();
    let start = lines.len().saturating_sub(LAST_LINES);
    lines.get(start..).unwrap_or_default().join("\n    ")
}

/// A failure that tells in one line what a log means, or else `what` with the log's end.
pub(crate) fn failure(service: Service, what: &str, log: &str) -> Failure {
    match diagnosis(log) {
        Some((meaning, line)) => Failure::new(format!("{service}: {meaning}: {}", line.trim())),
        None if log.trim().is_empty() => Failure::new(format!("{service}: {what}")),
        None => {
            let words = last_lines(log);
            Failure::new(format!("{service}: {what}; its last words:\n    {words}"))
        }
    }
}

/// What went wrong, where it is something that the user can mend, and the line that says so.
fn diagnosis(log: &str) -> Option<(&'static str, &str)> {
    [
        ("No space left on device", "the disk is full"),
        // MariaDB gives the number alone.
        ("(Errcode: 28", "the disk is full"),
        ("with error 28", "the disk is full"),
        ("Disk quota exceeded", "the disk is full"),
        (PORT_TAKEN, "its port was taken"),
        ("Permission denied", DENIED),
        // Java's word for it.
        ("AccessDeniedException", DENIED),
        ("insufficient memory", "there is not enough memory"),
        ("Cannot allocate memory", "there is not enough memory"),
    ]
    .into_iter()
    .find_map(|(words, meaning)| Some((meaning, log.lines().find(|it| it.contains(words))?)))
}

const DENIED: &str = "it may not use a file or folder; is TMPDIR open to other users?";

/// How all four servers call a port that another program holds.
pub(crate) const PORT_TAKEN: &str = "Address already in use";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_end_of_a_log_is_shown() {
        let log: String = (0..100).map(|it| format!("line {it}\n\n")).collect();
        let shown = last_lines(&log);
        assert_eq!(shown.lines().count(), LAST_LINES);
        assert!(shown.ends_with("line 99"));
    }

    #[test]
    fn full_disk_is_recognised() {
        let log = "initdb: error: could not write to file: No space left on device";
        let told = failure(Service::Postgres, "it died", log).to_string();
        assert_eq!(told, format!("postgres: the disk is full: {log}"));
    }

    #[test]
    fn unknown_trouble_is_told_in_the_servers_own_words() {
        let told = failure(Service::Redis, "it died", "one\ntwo").to_string();
        assert_eq!(told, "redis: it died; its last words:\n    one\n    two");
        assert_eq!(
            failure(Service::Redis, "it died", "").to_string(),
            "redis: it died"
        );
    }
}
