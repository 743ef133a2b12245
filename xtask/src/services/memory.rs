//! System V shared memory, which outlives its processes.
//!
//! PostgreSQL keeps one small segment. It leaves the segment behind if it is killed, or stopped during initialisation.
//! Its data folder holds the key and id of the segment.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::shell;

/// A shared memory segment of a server.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    key: u64,
    id: u64,
}

/// Returns the segments recorded by servers in the folder of a run.
pub(crate) fn of(folder: &Path) -> Vec<Segment> {
    let servers = fs::read_dir(folder).into_iter().flatten().flatten();
    let notes = servers
        .filter_map(|server| fs::read_to_string(server.path().join("data/postmaster.pid")).ok());
    notes.filter_map(|note| Segment::parse(&note)).collect()
}

/// Removes the segments that still exist and have no users.
pub(crate) fn remove(segments: &[Segment]) {
    for segment in segments {
        let table = fs::read_to_string("/proc/sysvipc/shm").unwrap_or_default();
        if segment.is_unused_in(&table) {
            let id = segment.id.to_string();
            shell::succeeds(Command::new("ipcrm").args(["--shmem-id", &id]));
        }
    }
}

impl Segment {
    /// Parses `postmaster.pid`, whose seventh line holds the key and id.
    fn parse(note: &str) -> Option<Self> {
        let mut words = note.lines().nth(6)?.split_whitespace();
        let (key, id) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        Some(Self { key, id })
    }

    fn is_unused_in(&self, table: &str) -> bool {
        table.lines().skip(1).any(|line| {
            let column = |index: usize| line.split_whitespace().nth(index)?.parse().ok();
            let (key, id, users) = (column(0), column(1), column(6));
            (key, id, users) == (Some(self.key), Some(self.id), Some(0))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::run_folder::RunFolder;

    const NOTE: &str =
        "4242\n/tmp/data\n1764150000\n5433\n\n127.0.0.1\n    52231        62\nready\n";

    #[test]
    fn segment_is_read_from_postmaster_pid() {
        let run = RunFolder::create().unwrap();
        let data = run.path().join("postgres/data");
        fs::create_dir_all(&data).unwrap();
        fs::write(data.join("postmaster.pid"), NOTE).unwrap();
        let (key, id) = (52231, 62);
        assert_eq!(of(run.path()), [Segment { key, id }]);
        // A server that is starting has no such line yet.
        fs::write(data.join("postmaster.pid"), "4242\n/tmp/data\n").unwrap();
        assert_eq!(of(run.path()), []);
    }

    #[test]
    fn segment_without_users_is_unused() {
        let row = |key, id, users| {
            format!("key shmid perms size cpid lpid nattch uid\n {key} {id} 600 56 1 2 {users} 99")
        };
        let segment = Segment::parse(NOTE).unwrap();
        assert!(segment.is_unused_in(&row(52231, 62, 0)));
        assert!(!segment.is_unused_in(&row(52231, 62, 1)));
        assert!(!segment.is_unused_in(&row(52232, 62, 0)));
        assert!(!segment.is_unused_in(&row(52231, 63, 0)));
    }
}
