//! What a run has made that must not outlive it: processes, containers, folders, ports, memory.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};

use rustix::process::Pid;

use super::soak::OUTPUT;
use crate::failure::{Failure, Result};
use crate::services::{docker, processes, run_folder, wait};

/// Finding what processes do costs some time itself.
const WATCH_EVERY: Duration = Duration::from_millis(100);

/// The traces of one run, gathered while it lives.
#[derive(Debug)]
pub(super) struct Leftovers {
    folder: PathBuf,
    with_containers: bool,
    watched: Option<Instant>,
    is_frozen: bool,
    processes: BTreeSet<i32>,
    ports: BTreeSet<u16>,
}

impl Leftovers {
    /// Of a run all of whose folders are made in this one.
    pub(super) fn in_folder(folder: &Path, with_containers: bool) -> Self {
        Self {
            folder: folder.to_owned(),
            with_containers,
            watched: None,
            is_frozen: false,
            processes: BTreeSet::new(),
            ports: BTreeSet::new(),
        }
    }

    /// Notes what the run uses at this moment; whether any process of it is frozen.
    pub(super) fn watch(&mut self, run: &Child) -> bool {
        if self.watched.is_some_and(|it| it.elapsed() < WATCH_EVERY) {
            return self.is_frozen;
        }
        let living = processes::of(&self.folder);
        let pids: Vec<_> = living
            .iter()
            .copied()
            .chain([Pid::from_child(run)])
            .collect();
        self.processes.extend(pids.iter().map(|it| it.as_raw_pid()));
        self.ports.extend(ports_of(&pids));
        self.is_frozen = living.iter().any(|it| is_frozen(*it));
        self.watched = Some(Instant::now());
        self.is_frozen
    }

    /// Waits until nothing is left; how long it took.
    pub(super) fn wait_until_gone(&self, limit: Duration) -> Result<Duration> {
        let start = Instant::now();
        let mut left = Vec::new();
        let is_gone = wait::at_most(limit, || {
            left = self.left();
            left.is_empty()
        });
        if is_gone {
            Ok(start.elapsed())
        } else {
            Err(Failure::new(format!("left behind: {}", left.join(", "))))
        }
    }

    fn left(&self) -> Vec<String> {
        let processes = processes::of(&self.folder)
            .into_iter()
            .chain(watchdogs(&self.folder));
        let processes =
            processes.map(|it| format!("process {} ({})", it.as_raw_pid(), command_of(it)));
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let entries = entries
            .filter(|it| it.file_name() != OUTPUT && it.file_name() != run_folder::LOCK)
            .map(|it| it.path().display().to_string());
        let listening: BTreeSet<u16> = listeners().into_iter().map(|(port, _)| port).collect();
        let ports = self.ports.intersection(&listening);
        let ports = ports.map(|it| format!("port {it}"));
        let memory = fs::read_to_string("/proc/sysvipc/shm").unwrap_or_default();
        let memory = segments(&memory)
            .into_iter()
            .filter(|(_, creator)| self.processes.contains(creator))
            .map(|(id, _)| format!("shared memory {id}"));
        let containers = if self.with_containers {
            // An engine that does not answer tells nothing good.
            docker::containers_of(&self.folder).unwrap_or_else(|it| vec![it.to_string()])
        } else {
            Vec::new()
        };
        let containers = containers.iter().map(|it| format!("container {it}"));
        processes
            .chain(entries)
            .chain(ports)
            .chain(memory)
            .chain(containers)
            .collect()
    }
}

/// The ports on which these processes listen.
fn ports_of(pids: &[Pid]) -> Vec<u16> {
    let descriptors = pids
        .iter()
        .flat_map(|pid| fs::read_dir(proc(*pid).join("fd")).into_iter().flatten());
    let sockets: BTreeSet<String> = descriptors
        .flatten()
        .filter_map(|it| fs::read_link(it.path()).ok()?.to_str().map(str::to_owned))
        .collect();
    listeners()
        .into_iter()
        .filter(|(_, inode)| sockets.contains(&format!("socket:[{inode}]")))
        .map(|(port, _)| port)
        .collect()
}

/// All ports of this machine on which somebody listens, each with the number of its socket.
fn listeners() -> Vec<(u16, u64)> {
    ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .filter_map(|it| fs::read_to_string(it).ok())
        .flat_map(|it| listeners_in(&it))
        .collect()
}

fn listeners_in(table: &str) -> Vec<(u16, u64)> {
    let row = |line: &str| {
        let mut columns = line.split_whitespace();
        let (_, port) = columns.nth(1)?.rsplit_once(':')?;
        let is_listening = columns.nth(1)? == "0A";
        let inode = columns.nth(5)?.parse().ok()?;
        is_listening.then_some((u16::from_str_radix(port, 16).ok()?, inode))
    };
    table.lines().skip(1).filter_map(row).collect()
}

/// System V segments, which outlive the processes that made them, each with its maker.
fn segments(table: &str) -> Vec<(u64, i32)> {
    let row = |line: &str| {
        let mut columns = line.split_whitespace();
        Some((columns.nth(1)?.parse().ok()?, columns.nth(2)?.parse().ok()?))
    };
    table.lines().skip(1).filter_map(row).collect()
}

/// The processes that work elsewhere on a folder in this one.
fn watchdogs(folder: &Path) -> Vec<Pid> {
    let inside = [folder.as_os_str().as_encoded_bytes(), b"/"].concat();
    let of_folder = |pid: &Pid| {
        let line = fs::read(proc(*pid).join("cmdline")).unwrap_or_default();
        let mut words = line.split(|it| *it == 0);
        words.next().is_some() && words.any(|it| it.starts_with(&inside))
    };
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|it| Pid::from_raw(it.file_name().to_str()?.parse().ok()?))
        .filter(of_folder)
        .collect()
}

fn is_frozen(pid: Pid) -> bool {
    let stat = fs::read_to_string(proc(pid).join("stat")).unwrap_or_default();
    // The name before may hold anything.
    stat.rsplit_once(')')
        .is_some_and(|(_, rest)| rest.trim_start().starts_with('T'))
}

fn command_of(pid: Pid) -> String {
    fs::read_to_string(proc(pid).join("comm"))
        .unwrap_or_default()
        .trim()
        .to_owned()
}

fn proc(pid: Pid) -> PathBuf {
    Path::new("/proc").join(pid.as_raw_pid().to_string())
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::process::{Command, Stdio};

    use rustix::process::Signal;

    use super::*;
    use crate::services::run_folder::RunFolder;

    #[test]
    fn own_port_is_seen_for_as_long_as_it_is_open() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let own = || ports_of(&[rustix::process::getpid()]);
        assert!(own().contains(&port));
        drop(listener);
        assert!(!own().contains(&port));
    }

    #[test]
    fn everything_left_is_named() {
        let folder = RunFolder::create().unwrap();
        let mut child = Command::new("sleep")
            .arg("60")
            .stdin(Stdio::null())
            .current_dir(folder.path())
            .spawn()
            .unwrap();
        let mut leftovers = Leftovers::in_folder(folder.path(), false);
        leftovers.ports.insert(1);
        assert!(wait::at_most(GRACE, || {
            leftovers.watched = None;
            !leftovers.watch(&child) && !processes::of(folder.path()).is_empty()
        }));
        processes::signal(&[Pid::from_child(&child)], Signal::STOP);
        assert!(wait::at_most(GRACE, || {
            leftovers.watched = None;
            leftovers.watch(&child)
        }));
        fs::write(folder.path().join("file"), "").unwrap();
        let told = leftovers.wait_until_gone(Duration::ZERO).unwrap_err();
        let told = told.to_string();
        assert!(
            told.contains("(sleep)") && told.ends_with("/file"),
            "{told}"
        );
        child.kill().unwrap();
        child.wait().unwrap();
        fs::remove_file(folder.path().join("file")).unwrap();
        assert!(leftovers.wait_until_gone(GRACE).is_ok());
    }

    const GRACE: Duration = Duration::from_secs(10);

    #[test]
    fn tables_of_the_kernel_are_read() {
        let sockets = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
            0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 65534        0 4711 1 0 100 0 0 10 0\n\
            1: 0100007F:1F91 0100007F:1F90 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0 20 4 30 10 -1\n";
        assert_eq!(listeners_in(sockets), [(8080, 4711)]);
        let memory = "key shmid perms size cpid lpid nattch uid gid cuid cgid\n  77  12  600  56  4242  4243  6 0 0 0 0\n";
        assert_eq!(segments(memory), [(12, 4242)]);
    }
}
