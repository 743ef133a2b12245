//! Cargo, called from the workspace's root with the toolchain that runs this program.

use std::path::PathBuf;
use std::process::Command;

use crate::workspace;

/// What `.cargo/config.toml` sets; an environment's `RUSTFLAGS` replaces it whole.
const BASE_RUSTFLAGS: &str = "-C force-frame-pointers=yes";

/// `cargo` in the root of the workspace.
pub(crate) fn cargo() -> Command {
    let program = std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
    let mut command = Command::new(program);
    command.current_dir(workspace::root());
    command
}

/// `cargo` with these compiler flags beside the usual ones.
///
/// Other flags mean other artifacts, so give it a target directory of its own.
pub(crate) fn cargo_with_rustflags(flags: &str) -> Command {
    let mut command = cargo();
    command.env("RUSTFLAGS", format!("{BASE_RUSTFLAGS} {flags}"));
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_flags_are_those_of_the_configuration() {
        let config = std::fs::read_to_string(workspace::root().join(".cargo/config.toml")).unwrap();
        let flags = BASE_RUSTFLAGS
            .split(' ')
            .map(|it| format!("{it:?}"))
            .collect::<Vec<_>>();
        assert!(config.contains(&format!("rustflags = [{}]", flags.join(", "))));
    }
}
