//! Recipe for Apache Kafka in `KRaft` mode, with broker and controller in one process.

use std::path::Path;
use std::process::Command;

use rustix::process::Signal;

use super::free_ports;
use super::jars;
use super::recipe::{Place, Recipe};
use crate::failure::{Failure, Result};
use crate::services::install::{self, program};

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
    let settings = place.write("server.properties", &settings(&place.path("data")))?;
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
        let [internal, controller] = free_ports()?;
        let link = place.link;
        let mut serve = jvm(place, "kafka.Kafka")?;
        serve.arg(&settings);
        for (key, value) in [
            (
                "listeners",
                format!(
                    "CLIENT://127.0.0.1:{port},INTERNAL://127.0.0.1:{internal},\
                     CONTROLLER://127.0.0.1:{controller}"
                ),
            ),
            (
                "advertised.listeners",
                format!("CLIENT://127.0.0.1:{link},INTERNAL://127.0.0.1:{internal}"),
            ),
            (
                "controller.quorum.voters",
                format!("1@127.0.0.1:{controller}"),
            ),
        ] {
            serve.args(["--override", &format!("{key}={value}")]);
        }
        Ok(serve)
    };
    Ok(Recipe {
        prepare: vec![format],
        serve: Box::new(serve),
        version,
        stop: Signal::TERM,
    })
}

/// Returns the settings with placeholder ports, which formatting only validates.
fn settings(data: &Path) -> String {
    format!(
        "process.roles=broker,controller\n\
         node.id=1\n\
         log.dirs={}\n\
         listeners=CLIENT://127.0.0.1:1,INTERNAL://127.0.0.1:2,CONTROLLER://127.0.0.1:3\n\
         advertised.listeners=CLIENT://127.0.0.1:1,INTERNAL://127.0.0.1:2\n\
         controller.quorum.voters=1@127.0.0.1:3\n\
         controller.listener.names=CONTROLLER\n\
         inter.broker.listener.name=INTERNAL\n\
         listener.security.protocol.map=\
         CLIENT:PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT\n\
         offsets.topic.num.partitions=1\n\
         offsets.topic.replication.factor=1\n\
         transaction.state.log.num.partitions=1\n\
         transaction.state.log.replication.factor=1\n\
         transaction.state.log.min.isr=1\n\
         share.coordinator.state.topic.num.partitions=1\n\
         share.coordinator.state.topic.replication.factor=1\n\
         share.coordinator.state.topic.min.isr=1\n\
         group.initial.rebalance.delay.ms=0\n",
        data.display()
    )
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_name_each_key_once() {
        let settings = settings(Path::new("/data"));
        let mut keys: Vec<_> = settings
            .lines()
            .map(|line| line.split_once('=').unwrap().0)
            .collect();
        let count = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), count);
    }
}
