//! `cargo xtask integration-test`: starts services, runs their tests and stops the services.

pub(crate) mod needs;
mod suite;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use self::needs::CONTROL;
use self::suite::Suite;
use crate::failure::{Context as _, Failure, Result};
use crate::flags::{IntegrationTest, Source};
use crate::services::control::{self, Control};
use crate::services::fleet::{self, Backend, Fleet};
use crate::services::images::Images;
use crate::services::run_folder::{self, RunFolder};
use crate::services::{docker, processes, wait, watchdog};

/// Maximum duration of one test program.
const TEST_LIMIT: Duration = Duration::from_secs(15 * 60);

/// Runs the tests that need services, with these services.
pub(crate) fn run(options: &IntegrationTest) -> Result<()> {
    wait::catch_interrupts()?;
    let package = options.package.as_deref();
    if let Some(name) = package {
        suite::check_package(name)?;
    }
    sweep();
    let mut needs: Vec<_> = options.only.iter().map(|service| service.name()).collect();
    let mut stage = Stage {
        addresses: Vec::new(),
        ours: None,
    };
    if options.source == Source::External {
        println!("services: external");
        stage.addresses = fleet::external(&options.only)?;
    } else {
        let backend = backend(options)?;
        let fleet = Fleet::new(&options.only, &backend, RunFolder::create_watched()?)?;
        stage.ours = Some((fleet, Control::new()?));
        needs.push(CONTROL);
    }
    let suites = suite::build(&needs, package, stage.folder(), options.install)?;
    if let Some((fleet, _)) = &mut stage.ours {
        fleet.wait_ready()?;
        stage.addresses = fleet.addresses();
    }
    let result = run_all(&suites, &mut stage);
    if options.keep {
        stage.keep();
    }
    if let Some(ours) = stage.ours.take() {
        let start = Instant::now();
        drop(ours);
        println!("services down after {:.1} s", start.elapsed().as_secs_f32());
    }
    result
}

/// Removes folders, processes and containers of killed runs.
fn sweep() {
    // Containers first, because the folder of their run shows whether it is dead.
    let containers = docker::engine().and_then(|_| docker::sweep()).unwrap_or(0);
    let folders = run_folder::sweep();
    if folders + containers > 0 {
        println!("removed {folders} folder(s) and {containers} container(s) of killed runs");
    }
}

/// Waits for the end of the run with this folder, and cleans up if it was killed.
pub(crate) fn watch(folder: &Path) -> Result<()> {
    watchdog::wait()?;
    if !run_folder::wait_for_death(folder)? {
        return Ok(());
    }
    run_folder::remove(folder);
    if docker::engine().is_ok() {
        docker::remove_containers_of(folder)?;
    }
    Ok(())
}

fn backend(options: &IntegrationTest) -> Result<Backend> {
    let docker = match options.source {
        Source::Native | Source::External => None,
        Source::Docker => {
            docker::engine()?;
            Some(Images::pulled(&options.only)?)
        }
        Source::Auto => docker::engine()
            .and_then(|_| Images::present(&options.only))
            .ok(),
    };
    if let Some(images) = docker {
        println!("services: docker, engine {}", docker::engine()?);
        return Ok(Backend::Docker(images));
    }
    println!("services: native");
    Ok(Backend::Native(options.install))
}

/// The services of the tests.
struct Stage {
    addresses: Vec<(String, String)>,
    ours: Option<(Fleet, Control)>,
}

impl Stage {
    /// Returns the folder of the run, if it started the services.
    fn folder(&self) -> Option<&Path> {
        self.ours.as_ref().map(|(fleet, _)| fleet.folder())
    }

    /// Serves control requests until the test program ends.
    fn wait_for(&mut self, what: &str, child: &mut std::process::Child) -> Result<bool> {
        let waited = wait::silently_until(what, TEST_LIMIT, || {
            if let Some((fleet, control)) = &mut self.ours {
                control.serve(fleet);
                fleet.check()?;
            }
            child.try_wait().context(what)
        });
        if waited.is_err() {
            let _ = child.kill();
            let _ = child.wait();
        }
        Ok(waited?.success())
    }

    /// Keeps everything up until Ctrl-C.
    fn keep(&mut self) {
        println!("\nrunning until Ctrl-C:");
        for (variable, url) in &self.addresses {
            println!("  export {variable}='{url}'");
        }
        let Some((fleet, control)) = &mut self.ours else {
            return;
        };
        println!("  export {}='{}'", control::VARIABLE, control.address());
        while wait::check_interrupt().is_ok() {
            control.serve(fleet);
            if let Err(failure) = fleet.check() {
                eprintln!("error: {failure}");
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn command(&self, suite: &Suite) -> Command {
        let mut command = with_parent(&suite.program);
        command
            .args(["--include-ignored", "--test-threads=1", "--exact"])
            .args(&suite.tests)
            .current_dir(&suite.folder)
            .stdin(Stdio::null())
            .envs(self.addresses.iter().map(|(variable, url)| (variable, url)));
        if let Some((fleet, control)) = &self.ours {
            command.env(control::VARIABLE, control.address());
            command.env(processes::RUN, fleet.folder());
        }
        command
    }
}

/// Returns a command that is killed with this process, on Linux.
fn with_parent(program: &Path) -> Command {
    if cfg!(target_os = "linux") {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    }
}

fn run_all(suites: &[Suite], stage: &mut Stage) -> Result<()> {
    let count: usize = suites.iter().map(|suite| suite.tests.len()).sum();
    if count == 0 {
        return Err(Failure::new(
            "no test ran: no test needs only the selected services",
        ));
    }
    let mut failed = Vec::new();
    for suite in suites {
        println!("\n==> {}", suite.name);
        if suite.skipped > 0 {
            let missing: Vec<_> = suite.missing.iter().map(String::as_str).collect();
            println!(
                "{} test(s) skipped, missing: {}",
                suite.skipped,
                missing.join(", ")
            );
        }
        if suite.tests.is_empty() {
            continue;
        }
        let mut child = stage
            .command(suite)
            .spawn()
            .context(suite.program.display())?;
        if !stage.wait_for(&suite.name, &mut child)? {
            failed.push(suite.name.as_str());
        }
    }
    if failed.is_empty() {
        println!("\n{count} tests ran against real services");
        Ok(())
    } else {
        Err(Failure::new(format!("tests failed: {}", failed.join(", "))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn run_without_a_test_fails() {
        let mut stage = Stage {
            addresses: Vec::new(),
            ours: None,
        };
        let message = run_all(&[], &mut stage).unwrap_err().to_string();
        assert!(message.starts_with("no test ran"), "{message}");
    }
}
