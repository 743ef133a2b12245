//! Running other programs where the user sees what runs.

use std::process::{Command, Stdio};

use crate::failure::{Context as _, Failure, Result};
use crate::workspace;

/// Returns a git command for the repository, which may belong to another user, as in a container.
pub(crate) fn git() -> Command {
    let mut command = Command::new("git");
    command
        .current_dir(workspace::root())
        .args(["-c", "safe.directory=*"]);
    command
}

/// Prints the command, runs it with the user's own streams, and fails if it does.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let line = shown(command);
    println!("$ {line}");
    let status = command.stdin(Stdio::null()).status().context(&line)?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::new(format!("`{line}` failed: {status}")))
    }
}

/// Runs a command quietly and returns what it printed; a failure carries its last line of complaint.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let line = shown(command);
    let output = command.stdin(Stdio::null()).output().context(&line)?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    // Some programs end with the advice to ask them for help.
    let tells = |it: &&str| !it.trim().is_empty() && !it.contains("--help");
    let last = complaint.lines().rev().find(tells);
    Err(Failure::new(format!(
        "`{line}` failed: {}",
        last.unwrap_or("it said nothing").trim()
    )))
}

/// The command as one would type it, with the environment that it sets.
fn shown(command: &Command) -> String {
    let set = command.get_envs().filter_map(|(name, value)| {
        Some(format!(
            "{}={}",
            name.to_string_lossy(),
            quoted(&value?.to_string_lossy())
        ))
    });
    let program = command.get_program().to_string_lossy().into_owned();
    let args = command.get_args().map(|it| quoted(&it.to_string_lossy()));
    set.chain([program])
        .chain(args)
        .collect::<Vec<_>>()
        .join(" ")
}

fn quoted(word: &str) -> String {
    if word.is_empty() || word.contains(|c: char| c.is_whitespace() || "'\"$&|;<>(){}*".contains(c))
    {
        format!("'{}'", word.replace('\'', "'\\''"))
    } else {
        word.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shown_command_can_be_typed_again() {
        let mut command = Command::new("cargo");
        command.args(["test", "a b"]).env("RUSTFLAGS", "--cfg loom");
        assert_eq!(shown(&command), "RUSTFLAGS='--cfg loom' cargo test 'a b'");
    }

    #[test]
    fn failed_program_is_told_by_its_last_words() {
        let told = output(Command::new("sh").args(["-c", "echo one >&2; echo two >&2; exit 3"]));
        assert!(told.unwrap_err().to_string().ends_with("failed: two"));
    }

    #[test]
    fn advice_to_ask_for_help_is_not_taken_for_the_cause() {
        let script =
            "echo 'Error: no such image' >&2; echo \"Run 'docker run --help'\" >&2; exit 1";
        let told = output(Command::new("sh").args(["-c", script])).unwrap_err();
        assert!(
            told.to_string().ends_with("failed: Error: no such image"),
            "{told}"
        );
    }

    #[test]
    fn missing_program_is_named() {
        let told = run(&mut Command::new("no-such-program"))
            .unwrap_err()
            .to_string();
        assert!(told.starts_with("no-such-program"), "{told}");
    }
}
