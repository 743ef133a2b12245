//! Recipe for MariaDB from Debian's packages without a system service.

use std::process::Command;

use rustix::process::Signal;

use super::recipe::{Place, Recipe};
use crate::failure::Result;
use crate::services::install::{self, program};
use crate::services::service::SECRET;

const PACKAGES: [&str; 2] = ["mariadb-server-core", "mariadb-client-core"];

/// Finds the server and returns its commands.
pub(crate) fn recipe(place: &Place, may_install: bool) -> Result<Recipe> {
    let (server, installer) = install::find_or_install("mariadbd", &PACKAGES, may_install, || {
        Some((
            program("mariadbd", &[])?,
            program("mariadb-install-db", &[])?,
        ))
    })?;
    // One statement per line: the server silently ignores a second one.
    let users = place.write(
        "users.sql",
        &format!(
            "CREATE DATABASE {SECRET};\n\
             CREATE USER {SECRET}@'127.0.0.1' IDENTIFIED BY '{SECRET}';\n\
             GRANT ALL ON {SECRET}.* TO {SECRET}@'127.0.0.1';\n"
        ),
    )?;
    let data = place.path("data");
    let mut init = place.command(&installer, Signal::KILL)?;
    init.arg("--no-defaults")
        .arg(format!("--datadir={}", data.display()))
        .args(["--auth-root-authentication-method=normal", "--skip-test-db"])
        .args(["--skip-name-resolve", "--innodb-flush-log-at-trx-commit=0"]);
    let mut version = Command::new(&server);
    version.arg("--version");
    let serve = move |place: &Place, port: u16| {
        let mut serve = place.command(&server, Signal::KILL)?;
        serve
            .arg("--no-defaults")
            .arg(format!("--datadir={}", data.display()))
            .arg(format!("--port={port}"))
            // Relative to the data folder, because a full path may exceed the maximum length of a socket's path.
            .args([
                "--socket=socket",
                "--pid-file=pid",
                "--bind-address=127.0.0.1",
            ])
            .args([
                "--skip-name-resolve",
                "--skip-log-bin",
                "--innodb-doublewrite=0",
            ])
            .args([
                "--innodb-flush-log-at-trx-commit=0",
                "--innodb-buffer-pool-size=32M",
            ]);
        if !data.join(SECRET).is_dir() {
            serve.arg(format!("--init-file={}", users.display()));
        }
        Ok(serve)
    };
    Ok(Recipe {
        prepare: Some(init),
        serve: Box::new(serve),
        version,
        stop: Signal::TERM,
    })
}
