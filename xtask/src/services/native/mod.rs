//! Servers as programs of this machine: throw-away, unprivileged, killed with their parent.

mod jars;
mod kafka;
mod mariadb;
mod postgres;
mod recipe;
mod redis;

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command};
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

/// How often a server may lose the race for its port.
const TRIES: u32 = 5;
const STOP_LIMIT: Duration = Duration::from_secs(20);
/// As much as makes a file take room on a disk.
const PROBE: &str = "is there room?";

/// One server, from its first preparation to its end.
pub(crate) struct Native {
    service: Service,
    place: Place,
    recipe: Recipe,
    port: u16,
    /// Preparations still to do.
    left: std::vec::IntoIter<Command>,
    state: State,
    is_paused: bool,
    tries: u32,
}

/// Says which version of each server is here; fails where one is missing and may not be installed.
pub(crate) fn find(services: &[Service], may_install: bool) -> Result<()> {
    let folder = RunFolder::create()?;
    for &service in services {
        let (_, version) = Native::new(service, folder.path(), 0, may_install)?;
        println!("  {service} {version}");
    }
    Ok(())
}

enum State {
    /// Nothing runs, nor should it.
    Stopped,
    /// A preparation runs, or the next one can.
    Preparing(Option<Child>),
    /// The server runs.
    Serving(Child),
}

impl Native {
    /// Finds the server's programs and makes its folder; returns it with its version.
    pub(crate) fn new(
        service: Service,
        run: &Path,
        link: u16,
        may_install: bool,
    ) -> Result<(Self, String)> {
        if !cfg!(target_os = "linux") {
            return Err(Failure::new(
                "native services need Linux; give --services docker",
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
        let left = std::mem::take(&mut recipe.prepare).into_iter();
        let state = State::Preparing(None);
        Ok((
            Self {
                service,
                place,
                recipe,
                port: 0,
                left,
                state,
                is_paused: false,
                tries: 0,
            },
            version,
        ))
    }

    /// Begins to serve on a free port.
    ///
    /// Another program may take the port before the server does; then it is tried on another.
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
        // On a disk that is quite full a server can not even write what it complains of.
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
                Err(self.died(&format!("its preparation failed ({status})")))
            }
            (State::Preparing(_), _) => {
                match self.left.next() {
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
                Ok(probe::answers(self.service, address).then_some(self.port))
            }
            (State::Serving(_), Some(_))
                if self.tries < TRIES && self.log().contains(PORT_TAKEN) =>
            {
                // Else the next death would be laid to this one.
                let _ = fs::remove_file(self.place.log());
                self.serve()?;
                Ok(None)
            }
            (State::Serving(_), Some(status)) => {
                Err(self.died(&format!("it died while it started ({status})")))
            }
        }
    }

    fn check(&mut self) -> Result<()> {
        let State::Serving(child) = &mut self.state else {
            return Ok(());
        };
        match child.try_wait().context(self.service)? {
            None => Ok(()),
            Some(status) => Err(self.died(&format!("it died ({status})"))),
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

    fn last_words(&self) -> String {
        last_lines(&self.log())
    }

    fn kill(&mut self) {
        // PostgreSQL ends its children if it may; the others have none.
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
    /// What may outlive the first process ends with the folder of the run.
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

/// Ports of 127.0.0.1 that nobody listens on at this moment.
fn free_ports<const N: usize>() -> Result<[u16; N]> {
    // All at once, so that none is given twice.
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
    use super::*;
    use crate::services::run_folder::RunFolder;

    /// Polls a server that is this shell script, until something comes of it.
    fn outcome(script: &'static str, prepare: Option<&str>) -> Result<u16> {
        let run = RunFolder::create().unwrap();
        let place = Place::new(run.path(), "redis", 0).unwrap();
        let shell = |place: &Place, script: &str| {
            let mut command = place.command(Path::new("/bin/sh"), Signal::KILL)?;
            command.args(["-c", script]);
            Ok::<_, Failure>(command)
        };
        let left = prepare.map(|it| shell(&place, it).unwrap());
        let serve = move |place: &Place, _: u16| shell(place, script);
        let version = Command::new("true");
        let recipe = Recipe {
            prepare: Vec::new(),
            serve: Box::new(serve),
            version,
            stop: Signal::TERM,
        };
        let mut native = Native {
            service: Service::Redis,
            place,
            recipe,
            port: 0,
            left: left.into_iter().collect::<Vec<_>>().into_iter(),
            state: State::Preparing(None),
            is_paused: false,
            tries: 0,
        };
        let found = wait::until("an outcome", Duration::from_secs(20), || native.poll());
        found.map_err(|failure| Failure::new(format!("{failure} (try {})", native.tries)))
    }

    #[test]
    fn taken_port_is_tried_again_and_then_told_in_one_line() {
        let told = outcome("echo bind: Address already in use; exit 1", None).unwrap_err();
        let expected = "redis: its port was taken: bind: Address already in use (try 5)";
        assert_eq!(told.to_string(), expected);
    }

    #[test]
    fn server_that_dies_is_noticed_with_its_last_words() {
        let told = outcome("echo no memory for me; exit 3", None)
            .unwrap_err()
            .to_string();
        assert!(
            told.contains("it died while it started (exit status: 3)"),
            "{told}"
        );
        assert!(told.ends_with("no memory for me (try 1)"), "{told}");
    }

    #[test]
    fn full_disk_is_told_as_such() {
        let told = outcome("cat /proc/version >/dev/full; exit 1", None).unwrap_err();
        let told = told.to_string();
        assert!(told.starts_with("redis: the disk is full: "), "{told}");
    }

    #[test]
    fn failed_preparation_is_no_start() {
        let told = outcome("sleep 60", Some("echo broken; exit 1"))
            .unwrap_err()
            .to_string();
        assert!(told.contains("its preparation failed"), "{told}");
        assert!(told.ends_with("(try 0)"), "{told}");
    }

    #[test]
    fn free_ports_differ() {
        let [a, b, c] = free_ports().unwrap();
        assert!(a != b && b != c && a != c);
    }
}
