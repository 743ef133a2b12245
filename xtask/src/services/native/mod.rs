//! Servers as programs of this machine: temporary, unprivileged, and killed with their parent.

mod jars;
mod kafka;
mod mariadb;
mod postgres;
mod recipe;
mod redis;

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::Child;
use std::time::Duration;

use rustix::process::{Pid, Signal};

pub(crate) use jars::find as kafka_jars;

use self::recipe::{Place, Recipe};
use super::run_folder::RunFolder;
use super::server::{self, PORT_TAKEN, Server, last_lines};
use super::service::Service;
use super::{probe, processes, wait};
use crate::failure::{Context as _, Failure, Result};
use crate::shell;

/// Maximum number of starts if another program takes the port.
const MAX_TRIES: u32 = 5;
const STOP_LIMIT: Duration = Duration::from_secs(20);
/// Content of a file that tests for disk space.
const PROBE: &str = "disk space probe";

/// A server, from its first preparation to its end.
pub(crate) struct Native {
    service: Service,
    place: Place,
    recipe: Recipe,
    port: u16,
    state: State,
    is_paused: bool,
    tries: u32,
}

/// Prints the version of each server, and fails if one is missing and cannot be installed.
pub(crate) fn find(services: &[Service], may_install: bool) -> Result<()> {
    let folder = RunFolder::create()?;
    for &service in services {
        let (_, version) = Native::new(service, folder.path(), 0, may_install)?;
        println!("  {service} {version}");
    }
    Ok(())
}

enum State {
    /// The server was stopped.
    Stopped,
    /// The preparation is running, or can start.
    Preparing(Option<Child>),
    /// The server is running.
    Serving(Child),
}

impl Native {
    /// Finds the server's programs, creates its folder, and returns it with its version.
    pub(crate) fn new(
        service: Service,
        run: &Path,
        link: u16,
        may_install: bool,
    ) -> Result<(Self, String)> {
        if !cfg!(target_os = "linux") {
            return Err(Failure::new(
                "native services need Linux; pass --services docker",
            ));
        }
        let place = Place::new(run, service.name(), link)?;
        let mut recipe = match service {
            Service::Postgres => postgres::recipe(&place, may_install)?,
            Service::Mariadb => mariadb::recipe(&place, may_install)?,
            Service::Redis => redis::recipe(&place, may_install)?,
            Service::Kafka => kafka::recipe(&place, may_install)?,
        };
        let version = service.version(&shell::output(&mut recipe.version)?)?;
        Ok((
            Self {
                service,
                place,
                recipe,
                port: 0,
                state: State::Preparing(None),
                is_paused: false,
                tries: 0,
            },
            version,
        ))
    }

    /// Starts the server on a free port.
    ///
    /// If another program takes the port first, [`poll`](Server::poll) tries another one.
    fn serve(&mut self) -> Result<()> {
        let [port] = free_ports()?;
        self.port = port;
        self.tries += 1;
        let mut command = (self.recipe.serve)(&self.place, port)?;
        self.state = State::Serving(command.spawn().context(self.service)?);
        Ok(())
    }

    fn died(&self, what: &str) -> Failure {
        let log = self.log();
        // On a full disk, a server cannot write its log.
        match self.place.write("probe", PROBE) {
            Err(failure) if log.trim().is_empty() => {
                server::failure(self.service, what, &failure.to_string())
            }
            _ => server::failure(self.service, what, &log),
        }
    }

    fn log(&self) -> String {
        let bytes = fs::read(self.place.log()).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn child(&mut self) -> Option<&mut Child> {
        match &mut self.state {
            State::Stopped => None,
            State::Preparing(child) => child.as_mut(),
            State::Serving(child) => Some(child),
        }
    }
}

impl Server for Native {
    fn poll(&mut self) -> Result<Option<u16>> {
        let ended = match self.child() {
            Some(child) => child.try_wait().context(self.service)?,
            None => None,
        };
        match (&self.state, ended) {
            (State::Stopped, _) => Err(Failure::new(format!("{} is stopped", self.service))),
            (State::Preparing(Some(_)), None) => Ok(None),
            (State::Preparing(Some(_)), Some(status)) if !status.success() => {
                Err(self.died(&format!("preparation failed ({status})")))
            }
            (State::Preparing(_), _) => {
                match self.recipe.prepare.take() {
                    Some(mut next) => {
                        let child = next.spawn().context(self.service)?;
                        self.state = State::Preparing(Some(child));
                    }
                    None => self.serve()?,
                }
                Ok(None)
            }
            (State::Serving(_), None) => {
                let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
                Ok(probe::responds(self.service, address).then_some(self.port))
            }
            (State::Serving(_), Some(_))
                if self.tries < MAX_TRIES && self.log().contains(PORT_TAKEN) =>
            {
                // Otherwise the next failure would be attributed to this one.
                let _ = fs::remove_file(self.place.log());
                self.serve()?;
                Ok(None)
            }
            (State::Serving(_), Some(status)) => {
                Err(self.died(&format!("died during start-up ({status})")))
            }
        }
    }

    fn check(&mut self) -> Result<()> {
        let State::Serving(child) = &mut self.state else {
            return Ok(());
        };
        match child.try_wait().context(self.service)? {
            None => Ok(()),
            Some(status) => Err(self.died(&format!("died ({status})"))),
        }
    }

    fn start(&mut self) -> Result<()> {
        self.tries = 0;
        self.serve()
    }

    fn stop(&mut self) -> Result<()> {
        let (stop, service) = (self.recipe.stop, self.service);
        if let State::Serving(child) = &mut self.state {
            processes::signal(&[Pid::from_child(child)], stop);
            wait::until(&format!("{service} stopped"), STOP_LIMIT, || {
                child.try_wait().context(service)
            })?;
        }
        self.state = State::Stopped;
        Ok(())
    }

    fn pause(&mut self) -> Result<()> {
        self.is_paused = true;
        processes::signal(&processes::of(self.place.folder()), Signal::STOP);
        Ok(())
    }

    fn resume(&mut self) -> Result<()> {
        processes::signal(&processes::of(self.place.folder()), Signal::CONT);
        self.is_paused = false;
        Ok(())
    }

    fn log_tail(&self) -> String {
        last_lines(&self.log())
    }

    fn kill(&mut self) {
        // On SIGQUIT, PostgreSQL ends its children; the others have none.
        let signal = match self.service {
            Service::Postgres => Signal::QUIT,
            _ => Signal::KILL,
        };
        if let Some(child) = self.child() {
            processes::signal(&[Pid::from_child(child)], signal);
        }
        if self.is_paused {
            let _ = self.resume();
        }
    }
}

impl Drop for Native {
    /// Ends the first process; remaining ones end with the folder of the run.
    fn drop(&mut self) {
        self.kill();
        let Some(child) = self.child() else {
            return;
        };
        if !wait::at_most(processes::GRACE, || !matches!(child.try_wait(), Ok(None))) {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Returns distinct ports of 127.0.0.1 that are currently free.
fn free_ports<const N: usize>() -> Result<[u16; N]> {
    // Bound at the same time, so that they differ.
    let mut listeners = Vec::new();
    let mut ports = [0; N];
    for port in &mut ports {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("a free port")?;
        *port = listener.local_addr().context("a free port")?.port();
        listeners.push(listener);
    }
    Ok(ports)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::services::run_folder::RunFolder;

    /// Polls a server that is a shell script until it is ready or fails.
    fn outcome(script: &'static str, prepare: Option<&str>) -> Result<u16> {
        let run = RunFolder::create().unwrap();
        let place = Place::new(run.path(), "redis", 0).unwrap();
        let shell = |place: &Place, script: &str| {
            let mut command = place.command(Path::new("/bin/sh"), Signal::KILL)?;
            command.args(["-c", script]);
            Ok::<_, Failure>(command)
        };
        let prepare = prepare.map(|script| shell(&place, script).unwrap());
        let serve = move |place: &Place, _: u16| shell(place, script);
        let version = Command::new("true");
        let recipe = Recipe {
            prepare,
            serve: Box::new(serve),
            version,
            stop: Signal::TERM,
        };
        let mut native = Native {
            service: Service::Redis,
            place,
            recipe,
            port: 0,
            state: State::Preparing(None),
            is_paused: false,
            tries: 0,
        };
        let found = wait::until("an outcome", Duration::from_secs(20), || native.poll());
        found.map_err(|failure| Failure::new(format!("{failure} (try {})", native.tries)))
    }

    #[test]
    fn port_in_use_is_retried_and_then_reported() {
        let message = outcome("echo bind: Address already in use; exit 1", None).unwrap_err();
        let expected = "redis: its port is in use: bind: Address already in use (try 5)";
        assert_eq!(message.to_string(), expected);
    }

    #[test]
    fn failure_of_a_dead_server_contains_its_log() {
        let message = outcome("echo no memory for me; exit 3", None)
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("died during start-up (exit status: 3)"),
            "{message}"
        );
        assert!(message.ends_with("no memory for me (try 1)"), "{message}");
    }

    #[test]
    fn full_disk_is_reported() {
        let message = outcome("cat /proc/version >/dev/full; exit 1", None).unwrap_err();
        let message = message.to_string();
        assert!(
            message.starts_with("redis: the disk is full: "),
            "{message}"
        );
    }

    #[test]
    fn failed_preparation_starts_no_server() {
        let message = outcome("sleep 60", Some("echo broken; exit 1"))
            .unwrap_err()
            .to_string();
        assert!(message.contains("preparation failed"), "{message}");
        assert!(message.ends_with("(try 0)"), "{message}");
    }

    #[test]
    fn free_ports_differ() {
        let [a, b, c] = free_ports().unwrap();
        assert!(a != b && b != c && a != c);
    }
}
