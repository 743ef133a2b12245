//! Cargo commands, run in the workspace's root with the toolchain of this program.

use std::path::PathBuf;
use std::process::Command;

use crate::workspace;

/// Flags set by `.cargo/config.toml`, which `RUSTFLAGS` in the environment replaces.
const BASE_RUSTFLAGS: &str = "-C force-frame-pointers=yes";

/// Returns a `cargo` command in the workspace's root.
pub(crate) fn cargo() -> Command {
    let program = std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
    let mut command = Command::new(program);
    command.current_dir(workspace::root());
    command
}

/// Returns a `cargo` command with additional compiler flags.
///
/// Different flags invalidate artifacts, so use a separate target directory.
pub(crate) fn cargo_with_rustflags(flags: &str) -> Command {
    let mut command = cargo();
    command.env("RUSTFLAGS", format!("{BASE_RUSTFLAGS} {flags}"));
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_flags_match_the_configuration() {
        let config = std::fs::read_to_string(workspace::root().join(".cargo/config.toml")).unwrap();
        let flags = BASE_RUSTFLAGS
            .split(' ')
            .map(|flag| format!("{flag:?}"))
            .collect::<Vec<_>>();
        assert!(config.contains(&format!("rustflags = [{}]", flags.join(", "))));
    }
}
