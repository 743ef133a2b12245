//! CPU time, in nanoseconds.

use std::fs;

use rustix::thread::{CpuSet, sched_getaffinity, sched_getcpu, sched_setaffinity};
use rustix::time::{ClockId, Timespec, clock_gettime};

use crate::Result;

/// Pins the calling thread, and the threads that it starts from now on, to its current CPU.
///
/// Without it, the scheduler may run two communicating threads on one CPU or on two. On a virtual machine, waking
/// another idle CPU takes ten times as long as a request, so that placement would decide a comparison.
///
/// # Errors
///
/// Fails if the operating system refuses it.
pub fn stay() -> Result<()> {
    pin(sched_getcpu())
}

/// Pins the calling thread to a CPU, with the threads and processes that it starts from now on.
///
/// # Errors
///
/// Fails if the operating system refuses it.
pub fn pin(cpu: usize) -> Result<()> {
    let mut only = CpuSet::new();
    only.set(cpu);
    Ok(sched_setaffinity(None, &only)?)
}

/// Returns the CPUs that the calling thread may run on.
///
/// # Errors
///
/// Fails if the operating system refuses it.
pub fn allowed() -> Result<Vec<usize>> {
    let set = sched_getaffinity(None)?;
    Ok((0..CpuSet::MAX_CPU)
        .filter(|cpu| set.is_set(*cpu))
        .collect())
}

/// Returns the CPU time of the calling thread.
#[must_use]
pub fn thread() -> f64 {
    nanos(clock_gettime(ClockId::ThreadCPUTime))
}

/// Returns the CPU time of this process.
#[must_use]
pub fn process() -> f64 {
    nanos(clock_gettime(ClockId::ProcessCPUTime))
}

/// Returns the CPU time of the threads of this process whose names begin with `prefix`.
#[must_use]
pub fn threads(prefix: &str) -> f64 {
    let Ok(tasks) = fs::read_dir("/proc/self/task") else {
        return 0.0;
    };
    let time = |task: fs::DirEntry| {
        let name = fs::read_to_string(task.path().join("comm")).ok()?;
        // The first field is the time on a CPU in ns: Documentation/scheduler/sched-stats.rst in Linux.
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
    fn work_of_a_thread_appears_in_all_three() {
        let before = (thread(), process());
        while thread() < before.0 + 1e6 {}
        assert!(process() >= before.1 + 0.9e6);
        // The kernel updates this one only at its ticks.
        while threads("") < 1e5 {}
    }
}
