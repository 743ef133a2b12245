//! Apache Kafka's jars, from `KAFKA_HOME` or a cached download from Maven.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::failure::{Context as _, Failure, Result};
use crate::services::install::{self, program};

/// The version to download.
const VERSION: &str = "4.3.1";
/// Maven goal for the download; without a version, Maven would use the newest.
const FETCH: &str = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies";
/// Version of `slf4j-simple`, which logs to stderr; it must match the API version of the broker.
const SLF4J: &str = "1.7.36";

/// Returns the folder with the jars.
pub(crate) fn find(may_install: bool) -> Result<PathBuf> {
    if let Some(home) = std::env::var_os("KAFKA_HOME") {
        let libraries = Path::new(&home).join("libs");
        return if libraries.is_dir() {
            Ok(libraries)
        } else {
            Err(Failure::new(format!(
                "KAFKA_HOME is set, but {} does not exist",
                libraries.display()
            )))
        };
    }
    let kept = cache()?.join(format!("kafka-{VERSION}"));
    if kept.is_dir() {
        return Ok(kept);
    }
    if !may_install {
        return Err(Failure::new(
            "kafka not found; set KAFKA_HOME to an installation or pass --install",
        ));
    }
    fetch(&kept)?;
    Ok(kept)
}

/// Returns a persistent folder that the servers' user can read.
fn cache() -> Result<PathBuf> {
    let folder = if rustix::process::geteuid().is_root() {
        PathBuf::from("/var/cache")
    } else if let Some(cache) = std::env::var_os("XDG_CACHE_HOME") {
        PathBuf::from(cache)
    } else {
        let home = std::env::var_os("HOME").ok_or_else(|| Failure::new("HOME is not set"))?;
        Path::new(&home).join(".cache")
    };
    Ok(folder.join("gomon-integration-test"))
}

fn fetch(kept: &Path) -> Result<()> {
    let maven = install::find_or_install("mvn", &["maven", "default-jre-headless"], true, || {
        program("mvn", &[])
    })?;
    println!("  downloading Apache Kafka {VERSION}");
    // In the same folder, so that the rename is atomic and a partial download is never used.
    let fresh = kept.with_extension(format!("{}.new", std::process::id()));
    let done = copy_dependencies(&maven, &fresh).and_then(|()| match fs::rename(&fresh, kept) {
        // Another run may have finished first.
        Err(_) if kept.is_dir() => Ok(()),
        renamed => renamed.context(kept.display()),
    });
    let _ = fs::remove_dir_all(&fresh);
    done
}

fn copy_dependencies(maven: &Path, into: &Path) -> Result<()> {
    fs::create_dir_all(into).context(into.display())?;
    let project = into.join("pom.xml");
    fs::write(&project, pom()).context(project.display())?;
    let mut command = Command::new(maven);
    command
        // -U retries failed downloads.
        .args(["-B", "-q", "-ntp", "-U", "-f"])
        .arg(&project)
        .args([FETCH, "-DincludeScope=runtime", "-DoutputDirectory=."])
        .stdin(Stdio::null());
    let output = command.output().context("mvn")?;
    if output.status.success() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "cannot download Apache Kafka: {}",
        cause(&String::from_utf8_lossy(&output.stdout))
    )))
}

/// Returns the cause of a failure: the end of Maven's first error, after the names of the artifacts.
fn cause(output: &str) -> &str {
    let mut errors = output
        .lines()
        .filter_map(|line| line.split_once("[ERROR] "));
    let first = errors
        .next()
        .map_or("no error output of mvn", |(_, rest)| rest);
    let first = first.split(" -> [Help").next().unwrap_or(first);
    first
        .rsplit_once("transfer failed for ")
        .map_or(first, |(_, rest)| rest)
}

fn pom() -> String {
    let dependency = |group: &str, artifact: &str, version: &str| {
        format!(
            "<dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId>\
             <version>{version}</version></dependency>"
        )
    };
    format!(
        "<project xmlns=\"http://maven.apache.org/POM/4.0.0\">\
         <modelVersion>4.0.0</modelVersion>\
         <groupId>gomon</groupId><artifactId>kafka</artifactId><version>1</version>\
         <packaging>pom</packaging><dependencies>{}{}</dependencies></project>",
        dependency("org.apache.kafka", "kafka_2.13", VERSION),
        dependency("org.slf4j", "slf4j-simple", SLF4J),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_transfer_is_reported_as_the_cause() {
        let output = "\u{1b}[0m[ERROR] Plugin p:3.8.1 or one of its dependencies could not be resolved: \
            Could not transfer artifact p:pom:3.8.1 from/to central (https://repo): transfer failed \
            for https://repo/p.pom: Unknown host repo: Temporary failure in name resolution -> [Help 1]\n\
            [ERROR] To see the full stack trace of the errors, re-run Maven with the -e switch.\n";
        assert_eq!(
            cause(output),
            "https://repo/p.pom: Unknown host repo: Temporary failure in name resolution"
        );
        assert_eq!(cause("[ERROR] Malformed POM -> [Help 1]"), "Malformed POM");
        assert_eq!(cause(""), "no error output of mvn");
    }
}
