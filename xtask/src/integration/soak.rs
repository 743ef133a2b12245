//! Many runs one after the other, some of them killed, to see whether anything stays behind.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::{Context as _, Failure, Result};
use crate::services::run_folder;
use crate::services::service::Service;
use crate::services::{docker, processes, wait};

/// One run in this many is killed.
const KILLED_EVERY: u32 = 5;
const RUN_LIMIT: Duration = Duration::from_secs(10 * 60);
/// How long servers of a killed run may take to notice.
const ORPHAN_LIMIT: Duration = Duration::from_secs(5);

/// Runs `rounds` times, and fails if a run fails or leaves anything.
pub(crate) fn run(rounds: u32, services: &[Service]) -> Result<()> {
    let memory = shared_memory();
    let names = services
        .iter()
        .map(|it| it.name())
        .collect::<Vec<_>>()
        .join(",");
    let mut killed = 0;
    for round in 1..=rounds {
        let start = Instant::now();
        let mut child = Command::new(env::current_exe().context("this program")?)
            .args(["integration-test", "--services", "native", "--only", &names])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .context("this program")?;
        if round % KILLED_EVERY == 0 {
            // Each at another moment: while servers are prepared, start, and are tested.
            thread::sleep(Duration::from_millis(900) * (killed + 1));
            child.kill().context("killing a run")?;
            child.wait().context("killing a run")?;
            killed += 1;
            check_orphans()?;
            println!(
                "{round:3}: killed after {:.1} s",
                start.elapsed().as_secs_f32()
            );
            continue;
        }
        let ended = wait::silently_until("a run", RUN_LIMIT, || child.try_wait().context("a run"))?;
        if !ended.success() {
            return Err(Failure::new(format!("run {round} failed: {ended}")));
        }
        check_clean()?;
        println!(
            "{round:3}: passed in {:.1} s",
            start.elapsed().as_secs_f32()
        );
    }
    super::sweep();
    check_clean()?;
    let left = shared_memory().saturating_sub(memory);
    if left > 0 {
        return Err(Failure::new(format!(
            "{left} shared memory segment(s) left"
        )));
    }
    println!("{rounds} runs, {killed} of them killed: nothing left");
    Ok(())
}

/// The servers of a killed run end by themselves; its folder waits for the next run.
fn check_orphans() -> Result<()> {
    let living = || {
        dead_folders()
            .iter()
            .flat_map(|it| processes::of(it))
            .count()
    };
    if wait::at_most(ORPHAN_LIMIT, || living() == 0) {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{} process(es) outlived a killed run",
        living()
    )))
}

fn check_clean() -> Result<()> {
    let folders = dead_folders();
    if let Some(folder) = folders.first() {
        return Err(Failure::new(format!(
            "{} was left behind",
            folder.display()
        )));
    }
    if docker::engine().is_ok() && docker::sweep()? > 0 {
        return Err(Failure::new("a container was left behind"));
    }
    Ok(())
}

fn dead_folders() -> Vec<PathBuf> {
    run_folder::all()
        .into_iter()
        .filter(|it| run_folder::is_dead(it))
        .collect()
}

/// System V segments, which outlive the processes that made them.
fn shared_memory() -> usize {
    fs::read_to_string("/proc/sysvipc/shm").map_or(0, |it| it.lines().count())
}
