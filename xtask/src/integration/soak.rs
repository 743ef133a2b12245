//! Many runs one after the other, some of them killed, to see whether anything stays behind.

use std::env;
use std::fs::{self, File};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::leftovers::Leftovers;
use crate::failure::{Context as _, Failure, Result};
use crate::flags::{IntegrationTest, Source};
use crate::services::run_folder::RunFolder;
use crate::services::server::last_lines;
use crate::services::{docker, wait};

/// What is to be seen is the servers, not the work of other crates.
const OWN: &str = "integration";
/// One run in this many is killed.
const KILLED_EVERY: u32 = 5;
const RUN_LIMIT: Duration = Duration::from_secs(10 * 60);
/// What a run that ended by itself left is left for good; for a killed one the watchdog clears up.
const CLEAR_LIMIT: Duration = Duration::from_secs(5);

/// Makes `rounds` runs, and fails if one of them fails or leaves anything.
pub(crate) fn run(rounds: u32, options: &IntegrationTest) -> Result<()> {
    let mut soak = Soak {
        options,
        // All runs have their temporary folders in here, so that what they leave is theirs.
        folder: RunFolder::create_watched(false)?,
        kills: rounds / KILLED_EVERY,
        killed: 0,
        whole: Duration::ZERO,
        ready: 0.0,
        down: 0.0,
        cleared: Duration::ZERO,
    };
    for round in 1..=rounds {
        let what = if round % KILLED_EVERY == 0 {
            soak.killed_run()?
        } else {
            soak.run(round == 1)?
        };
        println!("{round:3}: {what}");
    }
    println!(
        "{rounds} runs, {} of them killed: nothing left; at worst ready after {:.1} s, down after \
         {:.1} s, and gone {:.2} s after a kill",
        soak.killed,
        soak.ready,
        soak.down,
        soak.cleared.as_secs_f32()
    );
    Ok(())
}

struct Soak<'a> {
    options: &'a IntegrationTest,
    folder: RunFolder,
    kills: u32,
    killed: u32,
    /// How long a run with all tests takes.
    whole: Duration,
    /// The longest times until services were ready, were down, and were gone after a kill.
    ready: f32,
    down: f32,
    cleared: Duration,
}

impl Soak<'_> {
    /// A run that is let be, with all tests or with those that disturb no service.
    fn run(&mut self, with_all_tests: bool) -> Result<String> {
        let start = Instant::now();
        let mut child = self.spawn(with_all_tests)?;
        let mut leftovers = self.leftovers();
        let ended = wait::silently_until("a run", RUN_LIMIT, || {
            leftovers.watch(&child);
            child.try_wait().context("a run")
        });
        self.expect_success(ended?)?;
        let took = start.elapsed();
        if with_all_tests {
            self.whole = took;
        }
        let output = self.output();
        self.ready = self.ready.max(last_seconds(&output, "answers after"));
        self.down = self.down.max(last_seconds(&output, "down after"));
        leftovers.wait_until_gone(Duration::ZERO)?;
        Ok(format!("passed in {:.1} s", took.as_secs_f32()))
    }

    /// A run with all tests that is killed; one that is done before its moment does not count.
    fn killed_run(&mut self) -> Result<String> {
        loop {
            if let Some(told) = self.try_killed_run()? {
                return Ok(told);
            }
        }
    }

    /// A run with all tests that is killed: by turns at some moment, most often early, and when
    /// one of the services is frozen, each time another one.
    fn try_killed_run(&mut self) -> Result<Option<String>> {
        let start = Instant::now();
        let mut child = self.spawn(true)?;
        let mut leftovers = self.leftovers();
        let part = (self.killed as f32 + 0.5) / self.kills as f32;
        let moment = self.whole.mul_f32(part * part);
        // A frozen container does not show as such.
        let at_moment = self.killed.is_multiple_of(2) || self.options.source != Source::Native;
        let services = u32::try_from(self.options.only.len()).unwrap_or(1);
        let (mut freezes, mut was_frozen) = (self.killed / 2 % services + 1, false);
        let mut ended = None;
        let died = wait::silently_until("the moment to kill a run", RUN_LIMIT, || {
            let is_frozen = leftovers.watch(&child);
            if is_frozen && !was_frozen {
                freezes = freezes.saturating_sub(1);
            }
            was_frozen = is_frozen;
            ended = child.try_wait().context("a run")?;
            let now = if at_moment {
                start.elapsed() >= moment
            } else {
                freezes == 0
            };
            Ok((now || ended.is_some()).then_some(()))
        });
        let took = start.elapsed();
        child
            .kill()
            .and_then(|()| child.wait())
            .context("killing a run")?;
        died?;
        let cleared = leftovers.wait_until_gone(CLEAR_LIMIT)?;
        if let Some(ended) = ended {
            self.expect_success(ended)?;
            // It was a quick one, so the next moment comes sooner.
            self.whole = took;
            return Ok(None);
        }
        self.killed += 1;
        self.cleared = self.cleared.max(cleared);
        let frozen = if was_frozen { ", a service frozen" } else { "" };
        Ok(Some(format!(
            "killed after {:.1} s{frozen}, gone {:.2} s later",
            took.as_secs_f32(),
            cleared.as_secs_f32()
        )))
    }

    fn spawn(&self, with_all_tests: bool) -> Result<Child> {
        let output = self.folder.path().join(OUTPUT);
        let output = File::create(&output).context(output.display())?;
        let names: Vec<_> = self.options.only.iter().map(|it| it.name()).collect();
        let mut command = Command::new(env::current_exe().context("this program")?);
        command
            .args(["integration-test", "--only", &names.join(",")])
            .args(["--services", self.options.source.name()])
            .args(["--package", self.options.package.as_deref().unwrap_or(OWN)])
            .args((!with_all_tests).then_some("--calm"))
            .env("TMPDIR", self.folder.path())
            .stdin(Stdio::null())
            .stdout(output.try_clone().context("a file")?)
            .stderr(output);
        command.spawn().context("this program")
    }

    fn leftovers(&self) -> Leftovers {
        let with_containers = match self.options.source {
            Source::Native | Source::External => false,
            Source::Docker => true,
            Source::Auto => docker::engine().is_ok(),
        };
        Leftovers::in_folder(self.folder.path(), with_containers)
    }

    fn output(&self) -> String {
        fs::read_to_string(self.folder.path().join(OUTPUT)).unwrap_or_default()
    }

    fn expect_success(&self, ended: ExitStatus) -> Result<()> {
        if ended.success() {
            return Ok(());
        }
        let words = last_lines(&self.output());
        Err(Failure::new(format!(
            "a run failed ({ended}):\n    {words}"
        )))
    }
}

/// The file in the soak's folder that takes what the latest run says.
pub(super) const OUTPUT: &str = "output";

/// The number after the last `words` in a run's output.
fn last_seconds(output: &str, words: &str) -> f32 {
    let found = output.rsplit_once(words);
    found
        .and_then(|(_, rest)| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_figure_of_its_kind_is_read() {
        let output = "  redis answers after 0.1 s\n  kafka answers after 7.7 s\nservices down\n";
        assert_eq!(last_seconds(output, "answers after"), 7.7);
        assert_eq!(last_seconds(output, "down after"), 0.0);
    }
}
