//! Recipe for PostgreSQL from Debian's package.

use std::path::PathBuf;
use std::process::Command;

use rustix::process::Signal;

use super::recipe::{Place, Recipe};
use crate::failure::Result;
use crate::services::install;
use crate::services::service::SECRET;

/// Finds the newest server and returns its commands.
pub(crate) fn recipe(place: &Place, may_install: bool) -> Result<Recipe> {
    let folder = install::find_or_install("postgres", &["postgresql"], may_install, newest)?;
    let server = folder.join("postgres");
    let password = place.write("password", SECRET)?;
    // On SIGQUIT, it removes its shared memory and children; on SIGKILL, it could not.
    let death = Signal::QUIT;
    let mut init = place.command(&folder.join("initdb"), death)?;
    init.args([
        "-D",
        "data",
        "-U",
        SECRET,
        "-A",
        "scram-sha-256",
        "-E",
        "UTF8",
    ])
    .args([
        "--locale=C.UTF-8",
        "--no-sync",
        "--no-instructions",
        // Cleaning would remove `postmaster.pid`, which identifies the shared memory.
        "--no-clean",
        "--pwfile",
    ])
    .arg(password);
    let mut version = Command::new(&server);
    version.arg("--version");
    let serve = move |place: &Place, port: u16| {
        let mut serve = place.command(&server, death)?;
        serve.args(["-D", "data", "-p", &port.to_string(), "-h", "127.0.0.1"]);
        for setting in [
            "unix_socket_directories=",
            "dynamic_shared_memory_type=mmap",
            "fsync=off",
            "synchronous_commit=off",
            "full_page_writes=off",
        ] {
            serve.args(["-c", setting]);
        }
        Ok(serve)
    };
    Ok(Recipe {
        prepare: Some(init),
        serve: Box::new(serve),
        version,
        stop: Signal::INT,
    })
}

/// Returns the program folder of the newest server; Debian has one per major version.
fn newest() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let number = |folder: &PathBuf| folder.file_name()?.to_str()?.parse::<u32>().ok();
    let newest = versions
        .map(|entry| entry.path())
        .filter(|folder| {
            folder.join("bin/postgres").is_file() && folder.join("bin/initdb").is_file()
        })
        .max_by_key(number)
        .map(|folder| folder.join("bin"));
    newest.or_else(|| Some(install::program("initdb", &[])?.parent()?.to_owned()))
}
