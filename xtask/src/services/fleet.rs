//! The services of a run.

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::Path;
use std::time::{Duration, Instant};

use super::docker::Container;
use super::images::Images;
use super::link::Link;
use super::native::Native;
use super::run_folder::RunFolder;
use super::server::Server;
use super::service::Service;
use super::{probe, wait};
use crate::failure::{Failure, Result};

/// Maximum start-up time, for machines under heavy load; a dead server is noticed immediately.
const READY_LIMIT: Duration = Duration::from_secs(180);

/// Where servers come from.
#[derive(Debug)]
pub(crate) enum Backend {
    /// Programs of this machine; `true` if missing ones may be installed.
    Native(bool),
    /// Containers from these images.
    Docker(Images),
}

/// The servers started by this run; stopped on drop.
pub(crate) struct Fleet {
    members: Vec<Member>,
    /// Dropped last, because the servers use it.
    folder: RunFolder,
}

struct Member {
    service: Service,
    server: Box<dyn Server>,
    link: Link,
}

impl Fleet {
    /// Starts all servers without waiting for them, and prints their versions.
    pub(crate) fn new(services: &[Service], backend: &Backend, folder: RunFolder) -> Result<Self> {
        let mut members = Vec::new();
        for &service in services {
            let link = Link::new()?;
            let (server, version): (Box<dyn Server>, _) = match backend {
                Backend::Native(may_install) => {
                    let (server, version) =
                        Native::new(service, folder.path(), link.port(), *may_install)?;
                    (Box::new(server), version)
                }
                Backend::Docker(images) => {
                    let (server, version) =
                        Container::new(service, images, folder.path(), link.port())?;
                    (Box::new(server), version)
                }
            };
            println!("  {service} {version}");
            members.push(Member {
                service,
                server,
                link,
            });
        }
        Ok(Self { members, folder })
    }

    /// Waits until all servers respond.
    pub(crate) fn wait_ready(&mut self) -> Result<()> {
        let start = Instant::now();
        let mut left: Vec<_> = self.members.iter_mut().collect();
        let waited = wait::until("services ready", READY_LIMIT, || {
            let mut waiting = Vec::new();
            for member in left.drain(..) {
                match member.server.poll()? {
                    Some(port) => {
                        member.link.connect_to(port);
                        let seconds = start.elapsed().as_secs_f32();
                        println!("  {} ready after {seconds:.1} s", member.service);
                    }
                    None => waiting.push(member),
                }
            }
            left = waiting;
            Ok(left.is_empty().then_some(()))
        });
        if waited.is_ok() || start.elapsed() <= READY_LIMIT {
            return waited;
        }
        for member in &left {
            let log = member.server.log_tail();
            eprintln!("  end of the log of {}:\n    {log}", member.service);
        }
        let names: Vec<_> = left.iter().map(|member| member.service.name()).collect();
        Err(Failure::new(format!(
            "{}: no response after {} s",
            names.join(", "),
            READY_LIMIT.as_secs()
        )))
    }

    /// Returns the folder of the run.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the environment variables with the addresses.
    pub(crate) fn addresses(&self) -> Vec<(String, String)> {
        let address = |member: &Member| {
            (
                member.service.variable(),
                member.service.url(member.link.port()),
            )
        };
        self.members.iter().map(address).collect()
    }

    /// Fails if a server has died unexpectedly.
    pub(crate) fn check(&mut self) -> Result<()> {
        self.members
            .iter_mut()
            .try_for_each(|member| member.server.check())
    }

    /// Handles a request of a test, such as `stop redis`.
    pub(crate) fn handle(&mut self, request: &str) -> Result<()> {
        let (verb, name) = request.split_once(' ').unwrap_or((request, ""));
        let member = self
            .members
            .iter_mut()
            .find(|member| member.service.name() == name);
        let member =
            member.ok_or_else(|| Failure::new(format!("service `{name}` is not running")))?;
        match verb {
            "stop" => member.server.stop(),
            "start" => member.start(),
            "restart" => member.server.stop().and_then(|()| member.start()),
            "pause" => member.server.pause(),
            "resume" => member.server.resume(),
            "cut" => {
                member.link.cut();
                Ok(())
            }
            "mend" => {
                member.link.mend();
                Ok(())
            }
            _ => Err(Failure::new(format!("unknown command `{verb}`"))),
        }
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        // Signal all servers before waiting for any.
        self.members
            .iter_mut()
            .for_each(|member| member.server.kill());
        self.members.clear();
    }
}

impl Member {
    fn start(&mut self) -> Result<()> {
        self.server.start()?;
        let what = format!("{} back", self.service);
        let port = wait::until(&what, READY_LIMIT, || self.server.poll())?;
        self.link.connect_to(port);
        Ok(())
    }
}

/// Returns the addresses of servers run by the user, and fails if one does not respond.
pub(crate) fn external(services: &[Service]) -> Result<Vec<(String, String)>> {
    let found = services.iter().map(|&service| {
        let variable = service.variable();
        let url = std::env::var(&variable)
            .map_err(|_| Failure::new(format!("{service}: set {variable} to its address")))?;
        let address = socket_address(service, &url)
            .ok_or_else(|| Failure::new(format!("{service}: {variable} is not a valid address")))?;
        if !probe::responds(service, address) {
            return Err(Failure::new(format!(
                "{service}: no response from {address}"
            )));
        }
        println!("  {service} at {address}");
        Ok((variable, url))
    });
    found.collect()
}

/// Resolves the host and port of a URL, or of the first of Kafka's bootstrap servers.
fn socket_address(service: Service, url: &str) -> Option<SocketAddr> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', ',']).next()?;
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let has_port = host
        .rsplit_once(':')
        .is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    if has_port {
        host.to_socket_addrs().ok()?.next()
    } else {
        (host, service.default_port())
            .to_socket_addrs()
            .ok()?
            .next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_parsed_from_every_kind_of_url() {
        let found =
            |service, url: &str| socket_address(service, url).map(|address| address.to_string());
        let expected = |address: &str| Some(address.to_owned());
        let url = "postgres://user:pass@127.0.0.1:5433/db?sslmode=disable";
        assert_eq!(found(Service::Postgres, url), expected("127.0.0.1:5433"));
        assert_eq!(
            found(Service::Redis, "redis://127.0.0.1"),
            expected("127.0.0.1:6379")
        );
        let url = "127.0.0.1:9192,127.0.0.1:9193";
        assert_eq!(found(Service::Kafka, url), expected("127.0.0.1:9192"));
        assert_eq!(found(Service::Redis, "redis://"), None);
    }

    #[test]
    fn request_for_a_missing_service_is_rejected() {
        let folder = RunFolder::create().unwrap();
        let mut fleet = Fleet {
            members: Vec::new(),
            folder,
        };
        let message = fleet.handle("stop redis").unwrap_err().to_string();
        assert_eq!(message, "service `redis` is not running");
    }
}
