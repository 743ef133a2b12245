//! C libraries linked by tests.

use std::process::Command;

use crate::failure::Result;
use crate::services::install;
use crate::shell;

/// The crate feature that links MariaDB's client library.
pub(crate) const MARIADB_CLIENT: &str = "mariadb-client";

/// Checks that MariaDB's client library can be linked, and installs it if allowed.
pub(crate) fn mariadb_client(may_install: bool) -> Result<()> {
    let packages = ["libmariadb-dev", "pkg-config"];
    install::find_or_install("MariaDB's client library", &packages, may_install, || {
        let found = ["mysqlclient", "libmariadb"].into_iter().any(is_installed);
        found.then_some(())
    })
}

fn is_installed(library: &str) -> bool {
    shell::succeeds(Command::new("pkg-config").args(["--exists", library]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_library_is_not_installed() {
        assert!(!is_installed("no-such-library"));
    }
}
