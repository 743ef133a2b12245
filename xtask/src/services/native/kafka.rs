//! Apache Kafka in `KRaft` mode: one process is broker and controller.

use std::path::Path;
use std::process::Command;

use rustix::process::Signal;

use super::free_ports;
use super::jars;
use super::recipe::{Place, Recipe};
use crate::failure::{Failure, Result};
use crate::services::install::{self, program};

const JAVA_PACKAGE: &str = "default-jre-headless";
/// The oldest Java that runs the broker.
const OLDEST_JAVA: u32 = 17;
/// Any 16 bytes in base64 will do for a cluster of one.
const CLUSTER: &str = "R29Nb25Hb01vbkdvTW9uMQ";

/// Finds Java and the jars, and says how the broker is run.
pub(crate) fn recipe(place: &Place, may_install: bool) -> Result<Recipe> {
    let home = std::env::var_os("JAVA_HOME").map(|it| Path::new(&it).join("bin"));
    let java = install::find_or_install("java", &[JAVA_PACKAGE], may_install, || {
        program("java", &home.as_deref().into_iter().collect::<Vec<_>>())
    })?;
    let java = java.as_path();
    check_java(java)?;
    let libraries = jars::find(may_install)?;
    let settings = place.write("server.properties", &settings(&place.path("data")))?;
    // The small heap and the simple compiler start twice as fast; the performance file would
    // stay in the machine's own temporary folder.
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

/// Everything but the ports, for which formatting only wants to see a valid value.
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
    // `-version` prints to the standard error, `--version` (since 9) does not.
    let told = crate::shell::output(command.arg("--version"))?;
    let major: Option<u32> = told
        .split_whitespace()
        .nth(1)
        .and_then(|it| it.split('.').next()?.parse().ok());
    match major {
        Some(found) if found >= OLDEST_JAVA => Ok(()),
        _ => Err(Failure::new(format!(
            "kafka needs Java {OLDEST_JAVA} or newer, and {} is `{}`; as root: \
             `apt-get install {JAVA_PACKAGE}`",
            java.display(),
            told.lines().next().unwrap_or_default()
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
            .map(|it| it.split_once('=').unwrap().0)
            .collect();
        let count = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), count);
    }
}
