//! CPU time, in nanoseconds.

use std::fs;

use rustix::thread::{CpuSet, sched_getaffinity, sched_getcpu, sched_setaffinity};
use rustix::time::{ClockId, Timespec, clock_gettime};

use crate::Result;

/// Keeps the calling thread, and those that it starts from now on, on the CPU that it is on.
///
/// Where a question and its answer go from thread to thread, the scheduler settles for one CPU or for two, and a wake-up
/// of another, idle CPU takes ten times what the question takes on a virtual machine: which of two subjects it hits is
/// no property of theirs.
///
/// # Errors
///
/// The operating system refuses it.
pub fn stay() -> Result<()> {
    pin(sched_getcpu())
}

/// Moves the calling thread to a CPU and keeps it there, with the threads and processes that it starts from now on.
///
/// # Errors
///
/// The operating system refuses it.
pub fn pin(cpu: usize) -> Result<()> {
    let mut only = CpuSet::new();
    only.set(cpu);
    Ok(sched_setaffinity(None, &only)?)
}

/// Returns the CPUs that the calling thread may run on.
///
/// # Errors
///
/// The operating system refuses it.
pub fn allowed() -> Result<Vec<usize>> {
    let set = sched_getaffinity(None)?;
    Ok((0..CpuSet::MAX_CPU).filter(|it| set.is_set(*it)).collect())
}

/// Of the calling thread.
#[must_use]
pub fn thread() -> f64 {
    nanos(clock_gettime(ClockId::ThreadCPUTime))
}

/// Of this process.
#[must_use]
pub fn process() -> f64 {
    nanos(clock_gettime(ClockId::ProcessCPUTime))
}

/// Of those threads of this process whose names begin with `prefix`.
#[must_use]
pub fn threads(prefix: &str) -> f64 {
    let Ok(tasks) = fs::read_dir("/proc/self/task") else {
        return 0.0;
    };
    let time = |task: fs::DirEntry| {
        let name = fs::read_to_string(task.path().join("comm")).ok()?;
        // Time on a CPU in ns, time in the queue, slices: Documentation/scheduler/sched-stats.rst in Linux.
        let times = fs::read_to_string(task.path().join("schedstat")).ok()?;
        let on_cpu: f64 = times.split(' ').next()?.parse().ok()?;
        name.starts_with(prefix).then_some(on_cpu)
    };
    tasks.flatten().filter_map(time).sum()
}

fn nanos(time: Timespec) -> f64 {
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_of_a_thread_shows_in_all_three() {
        let before = (thread(), process());
        while thread() < before.0 + 1e6 {}
        assert!(process() >= before.1 + 0.9e6);
        // The kernel adds to this one at its ticks only.
        while threads("") < 1e5 {}
    }
}
