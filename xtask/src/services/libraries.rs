//! C libraries that tests link.

use std::process::Command;

use crate::failure::Result;
use crate::services::install;

/// The feature of a crate that links MariaDB's client.
pub(crate) const MARIADB_CLIENT: &str = "mariadb-client";

/// Fails unless MariaDB's client can be linked; where that is allowed, it is installed.
pub(crate) fn mariadb_client(may_install: bool) -> Result<()> {
    let packages = ["libmariadb-dev", "pkg-config"];
    install::find_or_install("MariaDB's client library", &packages, may_install, || {
        let found = ["mysqlclient", "libmariadb"].into_iter().any(is_here);
        found.then_some(())
    })
}

fn is_here(library: &str) -> bool {
    let mut ask = Command::new("pkg-config");
    ask.args(["--exists", library])
        .status()
        .is_ok_and(|it| it.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn library_that_nobody_has_is_not_here() {
        assert!(!is_here("no-such-library"));
    }
}
