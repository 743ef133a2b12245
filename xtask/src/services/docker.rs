//! Servers as containers, driven by the `docker` command alone: any engine since 20.10 will do.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::images::Images;
use super::server::{self, LAST_LINES, Server, last_lines};
use super::service::{SECRET, Service};
use super::{probe, processes, run_folder, wait};
use crate::failure::{Failure, Result};
use crate::shell;

/// The label of all our containers; its value is the machine, since engines can be shared.
const LABEL: &str = "gomon.integration";
/// The label that holds the folder of the run, by which one sees whether the run still lives.
const RUN_LABEL: &str = "gomon.run";
/// How long an engine may take to make a container that nobody waits for any more.
const LATE: Duration = Duration::from_secs(1);
/// Asking the engine costs some 30 ms of processor time.
const ASK_EVERY: Duration = Duration::from_millis(200);

/// Whether an engine answers, and in one line why not.
pub(crate) fn engine() -> Result<String> {
    let told = shell::output(docker().args(["version", "--format", "{{.Server.Version}}"]));
    told.map(|it| it.trim().to_owned()).map_err(|failure| {
        let told = failure.to_string();
        if told.contains("permission denied") {
            Failure::new(
                "docker: this user may not use the engine; join the group `docker` or be root",
            )
        } else if told.contains("No such file or directory") {
            Failure::new("docker: no `docker` command here; `apt-get install docker.io`")
        } else {
            Failure::new(format!("docker: no engine answers ({told})"))
        }
    })
}

/// Removes the containers of runs that have died; returns how many.
pub(crate) fn sweep() -> Result<usize> {
    let listed = list()?;
    let dead = listed
        .iter()
        .filter(|(_, run)| run_folder::is_dead(Path::new(run)));
    let dead: Vec<_> = dead.map(|(id, _)| id.as_str()).collect();
    remove(&dead)?;
    Ok(dead.len())
}

/// Removes the containers of runs that have or had their folder in this one.
///
/// An engine finishes what it was asked for, even if the asking program has been killed: so they
/// are looked for until none has come for a while.
pub(crate) fn remove_containers_of(folder: &Path) -> Result<()> {
    loop {
        let found = containers_of(folder)?;
        remove(&found.iter().map(String::as_str).collect::<Vec<_>>())?;
        let is_none_left = || containers_of(folder).is_ok_and(|it| it.is_empty());
        if !wait::at_most(LATE, || !is_none_left()) {
            return Ok(());
        }
    }
}

/// The containers of runs that have or had their folder in this one.
pub(crate) fn containers_of(folder: &Path) -> Result<Vec<String>> {
    let listed = list()?.into_iter();
    let of_folder = listed.filter(|(_, run)| Path::new(run).starts_with(folder));
    Ok(of_folder.map(|(id, _)| id).collect())
}

fn remove(containers: &[&str]) -> Result<()> {
    if containers.is_empty() {
        return Ok(());
    }
    docker_output(&[&["rm", "-f", "-v"], containers].concat()).map(drop)
}

/// All containers of this machine's runs, with the folder of each one's run.
fn list() -> Result<Vec<(String, String)>> {
    let filter = format!("label={LABEL}={}", machine()?);
    let format = format!("{{{{.ID}}}} {{{{.Label \"{RUN_LABEL}\"}}}}");
    let listed = docker_output(&["ps", "-a", "--filter", &filter, "--format", &format])?;
    let pair = |line: &str| {
        let (id, run) = line.split_once(' ')?;
        Some((id.to_owned(), run.to_owned()))
    };
    Ok(listed.lines().filter_map(pair).collect())
}

/// One container.
#[derive(Debug)]
pub(crate) struct Container {
    service: Service,
    name: String,
    running: bool,
    port: Option<u16>,
    asked: Option<Instant>,
    removal: Option<Child>,
}

impl Container {
    /// Runs the service's image; returns it with the server's version.
    pub(crate) fn new(
        service: Service,
        images: &Images,
        run: &Path,
        link: u16,
    ) -> Result<(Self, String)> {
        let folder = run.file_name().unwrap_or_default().to_string_lossy();
        let name = format!("{folder}-{service}");
        let image = images.of(service)?;
        let mut command = docker();
        // If we are killed now, it goes with us and makes no container after all others are gone.
        command.env(processes::RUN, run);
        command
            .args(["run", "--detach", "--pull=never", "--name", &name])
            .args(["--label", &format!("{LABEL}={}", machine()?)])
            .args(["--label", &format!("{RUN_LABEL}={}", run.display())])
            .args(["--publish", &format!("127.0.0.1::{}", service.usual_port())]);
        for (key, value) in environment(service, link) {
            command.args(["--env", &format!("{key}={value}")]);
        }
        command.arg(image).args(arguments(service));
        let container = Self {
            service,
            name,
            running: true,
            port: None,
            asked: None,
            removal: None,
        };
        shell::output(&mut command).map_err(|failure| container.told(&failure.to_string()))?;
        let printed = match service {
            Service::Postgres => container.run(&["postgres", "--version"])?,
            Service::Mariadb => container.run(&["mariadbd", "--version"])?,
            Service::Redis => container.run(&["redis-server", "--version"])?,
            Service::Kafka => container.run(&["ls", "/opt/kafka/libs"])?,
        };
        let version = service.version(&printed)?;
        Ok((container, version))
    }

    fn run(&self, command: &[&str]) -> Result<String> {
        let told = docker_output(&[&["exec", &self.name], command].concat());
        told.map_err(|failure| self.told(&failure.to_string()))
    }

    /// A failure with what the container said last, if it said anything.
    fn told(&self, what: &str) -> Failure {
        server::failure(self.service, what, &self.last_words())
    }

    fn is_alive(&self) -> Result<bool> {
        let format = "{{.State.Running}}";
        Ok(docker_output(&["inspect", "--format", format, &self.name])?.trim() == "true")
    }

    /// The port on this machine, another one after every start.
    fn find_port(&self) -> Result<Option<u16>> {
        let inside = format!("{}/tcp", self.service.usual_port());
        let told = docker_output(&["port", &self.name, &inside])?;
        Ok(told
            .lines()
            .find_map(|it| it.rsplit_once(':')?.1.parse().ok()))
    }
}

impl Server for Container {
    fn poll(&mut self) -> Result<Option<u16>> {
        if self.port.is_none() {
            self.check()?;
            self.port = self.find_port()?;
        }
        let Some(port) = self.port else {
            return Ok(None);
        };
        if probe::answers(self.service, SocketAddr::from((Ipv4Addr::LOCALHOST, port))) {
            return Ok(Some(port));
        }
        self.check()?;
        Ok(None)
    }

    fn check(&mut self) -> Result<()> {
        if !self.running || self.asked.is_some_and(|it| it.elapsed() < ASK_EVERY) {
            return Ok(());
        }
        self.asked = Some(Instant::now());
        if self.is_alive()? {
            Ok(())
        } else {
            Err(self.told("it died"))
        }
    }

    fn start(&mut self) -> Result<()> {
        docker_output(&["start", &self.name])?;
        (self.running, self.port) = (true, None);
        Ok(())
    }

    fn stop(&mut self) -> Result<()> {
        self.running = false;
        docker_output(&["stop", "--time", "20", &self.name]).map(drop)
    }

    fn pause(&mut self) -> Result<()> {
        docker_output(&["pause", &self.name]).map(drop)
    }

    fn resume(&mut self) -> Result<()> {
        docker_output(&["unpause", &self.name]).map(drop)
    }

    fn last_words(&self) -> String {
        let lines = LAST_LINES.to_string();
        let mut command = docker();
        // Servers log to either stream.
        let output = command
            .args(["logs", "--tail", &lines, &self.name])
            .output();
        output.map_or_else(
            |_| String::new(),
            |it| match it.status.success() {
                true => last_lines(&String::from_utf8_lossy(&[it.stdout, it.stderr].concat())),
                false => String::new(),
            },
        )
    }

    fn kill(&mut self) {
        if self.removal.is_none() {
            let mut command = docker();
            command.args(["rm", "-f", "-v", &self.name]);
            let quiet = command
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            self.removal = quiet.spawn().ok();
        }
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        self.kill();
        if let Some(mut removal) = self.removal.take() {
            let _ = removal.wait();
        }
    }
}

/// What the official images want to be told; ours want the same.
fn environment(service: Service, link: u16) -> Vec<(&'static str, String)> {
    let secret = || SECRET.to_owned();
    match service {
        Service::Postgres => vec![
            ("POSTGRES_USER", secret()),
            ("POSTGRES_PASSWORD", secret()),
            ("POSTGRES_DB", "postgres".to_owned()),
        ],
        Service::Mariadb => vec![
            ("MARIADB_ROOT_PASSWORD", secret()),
            ("MARIADB_USER", secret()),
            ("MARIADB_PASSWORD", secret()),
            ("MARIADB_DATABASE", secret()),
        ],
        Service::Redis => Vec::new(),
        Service::Kafka => KAFKA
            .into_iter()
            .map(|(key, value)| (key, value.to_owned()))
            .chain([(
                "KAFKA_ADVERTISED_LISTENERS",
                format!("CLIENT://127.0.0.1:{link},INTERNAL://localhost:9094"),
            )])
            .collect(),
    }
}

/// One process that is broker and controller.
const KAFKA: [(&str, &str); 12] = [
    ("KAFKA_NODE_ID", "1"),
    ("KAFKA_PROCESS_ROLES", "broker,controller"),
    (
        "KAFKA_LISTENERS",
        "CLIENT://:9092,INTERNAL://localhost:9094,CONTROLLER://localhost:9093",
    ),
    ("KAFKA_CONTROLLER_LISTENER_NAMES", "CONTROLLER"),
    ("KAFKA_CONTROLLER_QUORUM_VOTERS", "1@localhost:9093"),
    ("KAFKA_INTER_BROKER_LISTENER_NAME", "INTERNAL"),
    (
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP",
        "CLIENT:PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT",
    ),
    ("KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS", "1"),
    ("KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR", "1"),
    ("KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR", "1"),
    ("KAFKA_TRANSACTION_STATE_LOG_MIN_ISR", "1"),
    ("KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS", "0"),
];

/// What is said to the server itself.
fn arguments(service: Service) -> &'static [&'static str] {
    match service {
        Service::Postgres => &["postgres", "-c", "fsync=off", "-c", "full_page_writes=off"],
        Service::Mariadb => &["mariadbd", "--innodb-flush-log-at-trx-commit=0"],
        Service::Redis => &["redis-server", "--protected-mode", "no", "--save", ""],
        Service::Kafka => &[],
    }
}

fn machine() -> Result<String> {
    Ok(shell::output(&mut Command::new("hostname"))?
        .trim()
        .to_owned())
}

pub(super) fn docker() -> Command {
    Command::new("docker")
}

fn docker_output(args: &[&str]) -> Result<String> {
    shell::output(docker().args(args))
}
