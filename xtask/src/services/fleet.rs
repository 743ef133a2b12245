//! The services of one run, together.

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

/// A server that died is noticed at once, so this is only for machines under heavy load.
const READY_LIMIT: Duration = Duration::from_secs(180);

/// Where servers come from.
#[derive(Debug)]
pub(crate) enum Backend {
    /// Programs of this machine; whether missing ones may be installed.
    Native(bool),
    /// Containers of these images.
    Docker(Images),
}

/// Servers that are ours; dropping it ends them all.
pub(crate) struct Fleet {
    members: Vec<Member>,
    /// Dropped last: the servers work in it.
    folder: RunFolder,
}

struct Member {
    service: Service,
    server: Box<dyn Server>,
    link: Link,
}

impl Fleet {
    /// Makes every server and begins to start it; says which version each is.
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

    /// Waits until all servers answer.
    pub(crate) fn wait_ready(&mut self) -> Result<()> {
        let start = Instant::now();
        let mut left: Vec<_> = self.members.iter_mut().collect();
        let waited = wait::until("services ready", READY_LIMIT, || {
            let mut waiting = Vec::new();
            for member in left.drain(..) {
                match member.server.poll()? {
                    Some(port) => {
                        member.link.lead_to(port);
                        let seconds = start.elapsed().as_secs_f32();
                        println!("  {} answers after {seconds:.1} s", member.service);
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
            let words = member.server.last_words();
            eprintln!("  {} said last:\n    {words}", member.service);
        }
        let names: Vec<_> = left.iter().map(|it| it.service.name()).collect();
        Err(Failure::new(format!(
            "{}: no answer after {} s",
            names.join(", "),
            READY_LIMIT.as_secs()
        )))
    }

    /// Where the servers work.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The addresses for tests, each under its variable.
    pub(crate) fn addresses(&self) -> Vec<(String, String)> {
        let address = |it: &Member| (it.service.variable(), it.service.url(it.link.port()));
        self.members.iter().map(address).collect()
    }

    /// Fails if a server has died by itself.
    pub(crate) fn check(&mut self) -> Result<()> {
        self.members.iter_mut().try_for_each(|it| it.server.check())
    }

    /// Does what a test asks for: `stop redis` and the like.
    pub(crate) fn obey(&mut self, request: &str) -> Result<()> {
        let (verb, name) = request.split_once(' ').unwrap_or((request, ""));
        let member = self.members.iter_mut().find(|it| it.service.name() == name);
        let member = member.ok_or_else(|| Failure::new(format!("no service `{name}` runs")))?;
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
            _ => Err(Failure::new(format!(
                "a service can not be told to `{verb}`"
            ))),
        }
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        // All are told before any is waited for.
        self.members.iter_mut().for_each(|it| it.server.kill());
        self.members.clear();
    }
}

impl Member {
    fn start(&mut self) -> Result<()> {
        self.server.start()?;
        let what = format!("{} back", self.service);
        let port = wait::until(&what, READY_LIMIT, || self.server.poll())?;
        self.link.lead_to(port);
        Ok(())
    }
}

/// The addresses of servers that the user runs, once all of them answer.
pub(crate) fn external(services: &[Service]) -> Result<Vec<(String, String)>> {
    let found = services.iter().map(|&service| {
        let variable = service.variable();
        let url = std::env::var(&variable)
            .map_err(|_| Failure::new(format!("{service}: set {variable} to its address")))?;
        let address = socket_address(service, &url)
            .ok_or_else(|| Failure::new(format!("{service}: {variable} holds no address")))?;
        if !probe::answers(service, address) {
            return Err(Failure::new(format!(
                "{service}: nothing answers at {address}"
            )));
        }
        println!("  {service} at {address}");
        Ok((variable, url))
    });
    found.collect()
}

/// Host and port of a URL, or of the first of Kafka's bootstrap servers.
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
        (host, service.usual_port()).to_socket_addrs().ok()?.next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_from_every_kind_of_url() {
        let found = |service, url: &str| socket_address(service, url).map(|it| it.to_string());
        let expected = |it: &str| Some(it.to_owned());
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
    fn request_for_a_service_that_does_not_run_is_refused() {
        let folder = RunFolder::create().unwrap();
        let mut fleet = Fleet {
            members: Vec::new(),
            folder,
        };
        let told = fleet.obey("stop redis").unwrap_err().to_string();
        assert_eq!(told, "no service `redis` runs");
    }
}
