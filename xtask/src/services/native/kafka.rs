//! Recipe for Apache Kafka in `KRaft` mode, with broker and controller in one process.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::Signal;

use super::free_ports;
use super::jars;
use super::recipe::{Place, Recipe};
use crate::failure::{Failure, Result};
use crate::services::install::{self, program};
use crate::services::kafka;

const JAVA_PACKAGE: &str = "default-jre-headless";
/// Minimum Java version of the broker.
const MIN_JAVA: u32 = 17;
/// Cluster id: any 16 bytes in base64.
const CLUSTER: &str = "R29Nb25Hb01vbkdvTW9uMQ";

/// Finds Java and the jars, and returns the commands of the broker.
pub(crate) fn recipe(place: &Place, may_install: bool) -> Result<Recipe> {
    let home = std::env::var_os("JAVA_HOME").map(|home| Path::new(&home).join("bin"));
    let java = install::find_or_install("java", &[JAVA_PACKAGE], may_install, || {
        program("java", &home.as_deref().into_iter().collect::<Vec<_>>())
    })?;
    let java = java.as_path();
    check_java(java)?;
    let libraries = jars::find(may_install)?;
    // Formatting only validates the ports.
    let settings = write_settings(place, 1, [2, 3])?;
    // A small heap and the simple compiler halve the start-up time. The performance data file would be left in the
    // system's temporary folder.
    let classpath = libraries.join("*");
    let java = java.to_owned();
    let jvm = move |place: &Place, class: &str| {
        let mut command = place.command(&java, Signal::KILL)?;
        command
            .args([
                "-Xmx256m",
                "-Xshare:auto",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
            ])
            .arg("-XX:-UsePerfData")
            .arg(format!("-Djava.io.tmpdir={}", place.folder().display()))
            .arg("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn")
            .arg("-cp")
            .arg(&classpath)
            .arg(class);
        Ok::<_, Failure>(command)
    };
    let mut format = jvm(place, "kafka.tools.StorageTool")?;
    format.args(["format", "-t", CLUSTER, "-c"]).arg(&settings);
    let mut version = Command::new("ls");
    version.arg(&libraries);
    let serve = move |place: &Place, port: u16| {
        let mut serve = jvm(place, "kafka.Kafka")?;
        serve.arg(write_settings(place, port, free_ports()?)?);
        Ok(serve)
    };
    Ok(Recipe {
        prepare: Some(format),
        serve: Box::new(serve),
        version,
        stop: Signal::TERM,
    })
}

fn write_settings(place: &Place, port: u16, internal: [u16; 2]) -> Result<PathBuf> {
    let mut text = format!("log.dirs={}\n", place.path("data").display());
    for (key, value) in kafka::settings(&format!("127.0.0.1:{port}"), place.link, internal) {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{key}={value}");
    }
    place.write("server.properties", &text)
}

fn check_java(java: &Path) -> Result<()> {
    let mut command = Command::new(java);
    // `--version` (since Java 9) prints to standard output, `-version` to standard error.
    let output = crate::shell::output(command.arg("--version"))?;
    let major: Option<u32> = output
        .split_whitespace()
        .nth(1)
        .and_then(|version| version.split('.').next()?.parse().ok());
    match major {
        Some(found) if found >= MIN_JAVA => Ok(()),
        _ => Err(Failure::new(format!(
            "kafka needs Java {MIN_JAVA} or newer, but {} is `{}`; as root, run \
             `apt-get install {JAVA_PACKAGE}`",
            java.display(),
            output.lines().next().unwrap_or_default()
        ))),
    }
}
