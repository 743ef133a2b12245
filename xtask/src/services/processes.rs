//! Processes found by where they work, as `/proc` tells it.
//!
//! A server's children may change group, session and name, but they all work in its folder. So
//! that is how they are found: to freeze them with their parent, and to end what a crash left.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::wait;

/// The variable by which programs that work elsewhere are told to belong to a run.
pub(crate) const RUN: &str = "GOMON_TEST_RUN";

/// How long processes may take to end when they are asked to: they have nothing to save.
pub(crate) const GRACE: Duration = Duration::from_secs(2);

/// The living processes that work in `folder`, or were started for a run of that folder.
pub(crate) fn of(folder: &Path) -> Vec<Pid> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    let mark = [RUN.as_bytes(), b"=", folder.as_os_str().as_encoded_bytes()].concat();
    entries
        .flatten()
        .filter_map(|it| {
            Some((
                it.path(),
                Pid::from_raw(it.file_name().to_str()?.parse().ok()?)?,
            ))
        })
        .filter(|(_, pid)| *pid != rustix::process::getpid())
        .filter(|(proc, _)| works_in(proc, folder) || is_marked(proc, &mark))
        .map(|(_, pid)| pid)
        .collect()
}

/// Sends a signal to each; one that has ended meanwhile is no matter.
pub(crate) fn signal(processes: &[Pid], signal: Signal) {
    for &process in processes {
        let _ = kill_process(process, signal);
    }
}

/// Ends every process of `folder`: politely for `grace`, then not.
pub(crate) fn end(folder: &Path, grace: Duration) {
    let gone = |how: &[Signal]| {
        let left = of(folder);
        how.iter().for_each(|it| signal(&left, *it));
        left.is_empty()
    };
    // What is frozen hears nothing else than CONT and KILL.
    let politely = !grace.is_zero() && wait::at_most(grace, || gone(&[Signal::TERM, Signal::CONT]));
    if !politely {
        wait::at_most(Duration::from_secs(2), || gone(&[Signal::KILL]));
    }
}

/// A process that has ended and waits to be reaped works nowhere, so it does not count.
fn works_in(proc: &Path, folder: &Path) -> bool {
    fs::read_link(proc.join("cwd")).is_ok_and(|cwd| cwd.starts_with(folder))
}

fn is_marked(proc: &Path, mark: &[u8]) -> bool {
    fs::read(proc.join("environ"))
        .is_ok_and(|environment| environment.split(|it| *it == 0).any(|it| begins(it, mark)))
}

/// Whether a path is `folder` or lies in it.
fn begins(path: &[u8], folder: &[u8]) -> bool {
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::{Command, Stdio};

    use super::*;
    use crate::services::run_folder::RunFolder;

    #[test]
    fn children_and_marked_programs_are_found_and_ended() {
        let folder = RunFolder::create().unwrap();
        let path = folder.path();
        let mut parent = Command::new("sh")
            .args(["-c", "sleep 60 & sleep 60"])
            .current_dir(path)
            .spawn()
            .unwrap();
        let mut marked = Command::new("sleep")
            .arg("60")
            .env(RUN, path)
            .spawn()
            .unwrap();
        let found = || of(path).len();
        assert!(wait::at_most(Duration::from_secs(10), || found() == 4));
        end(path, Duration::ZERO);
        assert!(!parent.wait().unwrap().success());
        assert!(!marked.wait().unwrap().success());
        assert_eq!(found(), 0);
    }

    #[test]
    fn frozen_process_is_ended_politely() {
        let folder = RunFolder::create().unwrap();
        let mut child = Command::new("sleep")
            .arg("60")
            .stdin(Stdio::null())
            .current_dir(folder.path())
            .spawn()
            .unwrap();
        signal(&of(folder.path()), Signal::STOP);
        end(folder.path(), Duration::from_secs(5));
        assert_eq!(
            child.wait().unwrap().signal(),
            Some(signal_hook::consts::SIGTERM)
        );
    }
}
