//! Execution of other programs.

use std::process::{Command, Stdio};

use crate::failure::{Context as _, Failure, Result};
use crate::workspace;

/// Returns a `git` command in the workspace's root.
pub(crate) fn git() -> Command {
    let mut command = Command::new("git");
    command
        .current_dir(workspace::root())
        // In a container, the files may belong to another user.
        .args(["-c", "safe.directory=*"]);
    command
}

/// Prints and runs a command with inherited output, and fails if it fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let line = shell_line(command);
    println!("$ {line}");
    let status = command.stdin(Stdio::null()).status().context(&line)?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::new(format!("`{line}` failed: {status}")))
    }
}

/// Runs a command and returns its standard output; a failure contains its last error line.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let line = shell_line(command);
    let output = command.stdin(Stdio::null()).output().context(&line)?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    // Skip a final hint to run `--help`.
    let is_error = |line: &&str| !line.trim().is_empty() && !line.contains("--help");
    let last = stderr.lines().rev().find(is_error);
    Err(Failure::new(format!(
        "`{line}` failed: {}",
        last.unwrap_or("no error output").trim()
    )))
}

/// Runs a command without output, and returns whether it succeeded.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null());
    let status = quiet.stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// Formats a command for a shell, including its environment variables.
fn shell_line(command: &Command) -> String {
    let set = command.get_envs().filter_map(|(name, value)| {
        Some(format!(
            "{}={}",
            name.to_string_lossy(),
            quoted(&value?.to_string_lossy())
        ))
    });
    let program = command.get_program().to_string_lossy().into_owned();
    let args = command.get_args().map(|arg| quoted(&arg.to_string_lossy()));
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
    fn shell_line_can_be_pasted_into_a_shell() {
        let mut command = Command::new("cargo");
        command.args(["test", "a b"]).env("RUSTFLAGS", "--cfg loom");
        assert_eq!(
            shell_line(&command),
            "RUSTFLAGS='--cfg loom' cargo test 'a b'"
        );
    }

    #[test]
    fn failure_contains_the_last_error_line() {
        let result = output(Command::new("sh").args(["-c", "echo one >&2; echo two >&2; exit 3"]));
        assert!(result.unwrap_err().to_string().ends_with("failed: two"));
    }

    #[test]
    fn hint_to_run_help_is_skipped() {
        let script =
            "echo 'Error: no such image' >&2; echo \"Run 'docker run --help'\" >&2; exit 1";
        let message = output(Command::new("sh").args(["-c", script])).unwrap_err();
        assert!(
            message
                .to_string()
                .ends_with("failed: Error: no such image"),
            "{message}"
        );
    }

    #[test]
    fn missing_program_is_named() {
        let message = run(&mut Command::new("no-such-program"))
            .unwrap_err()
            .to_string();
        assert!(message.starts_with("no-such-program"), "{message}");
    }
}
