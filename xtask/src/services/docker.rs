//! Servers in containers, controlled by the `docker` command (engine 20.10 or newer).

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use super::images::Images;
use super::server::{self, LAST_LINES, Server, last_lines};
use super::service::{SECRET, Service};
use super::{kafka, probe, processes, run_folder, wait};
use crate::failure::{Failure, Result};
use crate::shell;

/// Label of all our containers. Its value is the host name, because machines can share an engine.
const LABEL: &str = "gomon.integration";
/// Label with the folder of the run, which shows whether the run is alive.
const RUN_LABEL: &str = "gomon.run";
/// Maximum time after which an engine still creates a container for a killed client.
const MAX_CREATE_DELAY: Duration = Duration::from_secs(1);
/// Minimum time between two checks of a container; each takes about 30 ms of processor time.
const CHECK_INTERVAL: Duration = Duration::from_millis(200);

/// Returns the version of the docker engine, or a one-line error if it is not available.
pub(crate) fn engine() -> Result<String> {
    let output = shell::output(docker().args(["version", "--format", "{{.Server.Version}}"]));
    output
        .map(|version| version.trim().to_owned())
        .map_err(|failure| {
            let message = failure.to_string();
            if message.contains("permission denied") {
                Failure::new("docker: permission denied; join the group `docker` or run as root")
            } else if message.contains("No such file or directory") {
                Failure::new("docker: command not found; run `apt-get install docker.io`")
            } else {
                Failure::new(format!("docker: no engine responds ({message})"))
            }
        })
}

/// Removes the containers of dead runs and returns their number.
pub(crate) fn sweep() -> Result<usize> {
    let listed = list()?;
    let dead = listed
        .iter()
        .filter(|(_, run)| run_folder::is_dead(Path::new(run)));
    let dead: Vec<_> = dead.map(|(id, _)| id.as_str()).collect();
    remove(&dead)?;
    Ok(dead.len())
}

/// Removes the containers of runs whose folder is or was within `folder`.
///
/// An engine completes requests of killed clients, so the search repeats until no container appears for a while.
pub(crate) fn remove_containers_of(folder: &Path) -> Result<()> {
    loop {
        let found = containers_of(folder)?;
        remove(&found.iter().map(String::as_str).collect::<Vec<_>>())?;
        let is_empty = || containers_of(folder).is_ok_and(|containers| containers.is_empty());
        if !wait::at_most(MAX_CREATE_DELAY, || !is_empty()) {
            return Ok(());
        }
    }
}

/// Returns the containers of runs whose folder is or was within `folder`.
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

/// Returns all containers of this machine, each with the folder of its run.
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

/// A container of a service.
#[derive(Debug)]
pub(crate) struct Container {
    service: Service,
    name: String,
    running: bool,
    port: Option<u16>,
    checked: Option<Instant>,
    removal: Option<Child>,
}

impl Container {
    /// Starts a container and returns it with the server's version.
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
        // Marks the client, so that it is killed with the run and does not create a container afterwards.
        command.env(processes::RUN, run);
        command
            .args(["run", "--detach", "--pull=never", "--name", &name])
            .args(["--label", &format!("{LABEL}={}", machine()?)])
            .args(["--label", &format!("{RUN_LABEL}={}", run.display())])
            .args([
                "--publish",
                &format!("127.0.0.1::{}", service.default_port()),
            ]);
        for (key, value) in environment(service, link) {
            command.args(["--env", &format!("{key}={value}")]);
        }
        command.arg(image).args(arguments(service));
        let container = Self {
            service,
            name,
            running: true,
            port: None,
            checked: None,
            removal: None,
        };
        shell::output(&mut command).map_err(|failure| container.failure(&failure.to_string()))?;
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
        let output = docker_output(&[&["exec", &self.name], command].concat());
        output.map_err(|failure| self.failure(&failure.to_string()))
    }

    /// Returns a failure with the end of the container's log.
    fn failure(&self, what: &str) -> Failure {
        server::failure(self.service, what, &self.log_tail())
    }

    fn is_alive(&self) -> Result<bool> {
        let format = "{{.State.Running}}";
        Ok(docker_output(&["inspect", "--format", format, &self.name])?.trim() == "true")
    }

    /// Returns the published port, which changes with every start.
    fn find_port(&self) -> Result<Option<u16>> {
        let inside = format!("{}/tcp", self.service.default_port());
        let output = docker_output(&["port", &self.name, &inside])?;
        Ok(output
            .lines()
            .find_map(|line| line.rsplit_once(':')?.1.parse().ok()))
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
        if probe::responds(self.service, SocketAddr::from((Ipv4Addr::LOCALHOST, port))) {
            return Ok(Some(port));
        }
        self.check()?;
        Ok(None)
    }

    fn check(&mut self) -> Result<()> {
        if !self.running
            || self
                .checked
                .is_some_and(|time| time.elapsed() < CHECK_INTERVAL)
        {
            return Ok(());
        }
        self.checked = Some(Instant::now());
        if self.is_alive()? {
            Ok(())
        } else {
            Err(self.failure("died"))
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

    fn log_tail(&self) -> String {
        let lines = LAST_LINES.to_string();
        let mut command = docker();
        command.args(["logs", "--tail", &lines, &self.name]);
        match command.output() {
            // Servers log to both streams.
            Ok(Output {
                status,
                stdout,
                stderr,
            }) if status.success() => {
                last_lines(&String::from_utf8_lossy(&[stdout, stderr].concat()))
            }
            _ => String::new(),
        }
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

/// Returns the environment of the official images, which our images also use.
fn environment(service: Service, link: u16) -> Vec<(String, String)> {
    let secrets: &[&str] = match service {
        Service::Postgres => &["POSTGRES_USER", "POSTGRES_PASSWORD"],
        Service::Mariadb => &[
            "MARIADB_ROOT_PASSWORD",
            "MARIADB_USER",
            "MARIADB_PASSWORD",
            "MARIADB_DATABASE",
        ],
        Service::Redis => &[],
        Service::Kafka => {
            let settings = kafka::settings(":9092", link, [9094, 9093]);
            let name = |key: &str| format!("KAFKA_{}", key.to_uppercase().replace('.', "_"));
            return settings.map(|(key, value)| (name(key), value)).collect();
        }
    };
    let secrets = secrets.iter();
    secrets
        .map(|name| ((*name).to_owned(), SECRET.to_owned()))
        .collect()
}

/// Returns the command line of the server.
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
