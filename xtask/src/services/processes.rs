//! Processes found in `/proc` by their working directory.
//!
//! Children of a server may change their process group, session and name, but not their working directory. Searching
//! for it finds all processes to freeze with their parent, or to end after a crash.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::wait;

/// Environment variable that marks programs with another working directory as part of a run.
pub(crate) const RUN: &str = "GOMON_TEST_RUN";

/// Time that processes have to end after SIGTERM; they have nothing to save.
pub(crate) const GRACE: Duration = Duration::from_secs(2);

/// Returns the processes with a working directory in `folder`, or marked as part of its run.
pub(crate) fn of(folder: &Path) -> Vec<Pid> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    let mark = [RUN.as_bytes(), b"=", folder.as_os_str().as_encoded_bytes()].concat();
    entries
        .flatten()
        .filter_map(|entry| {
            Some((
                entry.path(),
                Pid::from_raw(entry.file_name().to_str()?.parse().ok()?)?,
            ))
        })
        .filter(|(_, pid)| *pid != rustix::process::getpid())
        .filter(|(proc, _)| works_in(proc, folder) || is_marked(proc, &mark))
        .map(|(_, pid)| pid)
        .collect()
}

/// Sends a signal to each process, and ignores those that have ended.
pub(crate) fn signal(processes: &[Pid], signal: Signal) {
    for &process in processes {
        let _ = kill_process(process, signal);
    }
}

/// Ends every process of `folder`: with SIGTERM, and with SIGKILL after `grace`.
pub(crate) fn end(folder: &Path, grace: Duration) {
    let gone = |kinds: &[Signal]| {
        let left = of(folder);
        kinds.iter().for_each(|kind| signal(&left, *kind));
        left.is_empty()
    };
    // A frozen process receives only CONT and KILL.
    let terminated =
        !grace.is_zero() && wait::at_most(grace, || gone(&[Signal::TERM, Signal::CONT]));
    if !terminated {
        wait::at_most(Duration::from_secs(2), || gone(&[Signal::KILL]));
    }
}

/// Returns whether the working directory is in `folder`; a zombie has none.
fn works_in(proc: &Path, folder: &Path) -> bool {
    fs::read_link(proc.join("cwd")).is_ok_and(|cwd| cwd.starts_with(folder))
}

fn is_marked(proc: &Path, mark: &[u8]) -> bool {
    fs::read(proc.join("environ")).is_ok_and(|environment| {
        environment
            .split(|byte| *byte == 0)
            .any(|variable| is_within(variable, mark))
    })
}

/// Returns whether a path is `folder` or within it.
fn is_within(path: &[u8], folder: &[u8]) -> bool {
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
    fn frozen_process_is_ended_with_sigterm() {
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
