//! Servers started by `cargo xtask integration-test`.

use std::env;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use crate::Disturbance;

/// Longer than the slowest server takes to restart.
const CONTROL_TIMEOUT: Duration = Duration::from_secs(240);

/// A server that tests can connect to and disturb.
///
/// The methods behave the same for containers and native servers. Only tests whose `ignore` reason lists `control` may
/// disturb a service.
///
/// # Examples
///
/// ```no_run
/// use integration::Service;
///
/// let url = Service::REDIS.url()?;
/// let paused = Service::REDIS.pause()?;
/// // Calls of clients wait now.
/// paused.end()?;
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Service(&'static str);

impl Service {
    /// PostgreSQL, at `GOMON_TEST_POSTGRES_URL`.
    pub const POSTGRES: Self = Self("postgres");
    /// MariaDB, at `GOMON_TEST_MARIADB_URL`.
    pub const MARIADB: Self = Self("mariadb");
    /// Redis, at `GOMON_TEST_REDIS_URL`.
    pub const REDIS: Self = Self("redis");
    /// Apache Kafka; `GOMON_TEST_KAFKA_URL` lists its bootstrap servers as `host:port`.
    pub const KAFKA: Self = Self("kafka");

    /// Returns the name used on the command line and in `needs …`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0
    }

    /// Returns the address of the server.
    ///
    /// # Errors
    ///
    /// Returns an error if the server was not started, so that the test fails instead of being skipped.
    pub fn url(self) -> io::Result<String> {
        variable(&format!("GOMON_TEST_{}_URL", self.0.to_uppercase()))
    }

    /// Shuts the server down gracefully. It is started again when the returned value ends.
    ///
    /// # Errors
    ///
    /// Returns an error without a control port, or if the server does not stop.
    pub fn stop(self) -> io::Result<Disturbance> {
        Disturbance::begin(self, "stop", "start")
    }

    /// Freezes the server: it accepts and keeps connections, but does not respond.
    ///
    /// # Errors
    ///
    /// Returns an error without a control port, or if the server cannot be frozen.
    pub fn pause(self) -> io::Result<Disturbance> {
        Disturbance::begin(self, "pause", "resume")
    }

    /// Cuts the network between clients and the server: no byte passes, and no connection is closed.
    ///
    /// # Errors
    ///
    /// Returns an error without a control port.
    pub fn cut_off(self) -> io::Result<Disturbance> {
        Disturbance::begin(self, "cut", "mend")
    }

    /// Restarts the server and returns once it responds.
    ///
    /// # Errors
    ///
    /// Returns an error without a control port, or if the server does not come back.
    pub fn restart(self) -> io::Result<()> {
        self.command("restart")
    }

    pub(crate) fn command(self, verb: &str) -> io::Result<()> {
        let mut stream = TcpStream::connect(variable("GOMON_TEST_CONTROL")?)?;
        stream.set_read_timeout(Some(CONTROL_TIMEOUT))?;
        stream.write_all(format!("{verb} {}\n", self.0).as_bytes())?;
        let mut response = String::new();
        BufReader::new(stream).read_line(&mut response)?;
        match response.trim_end() {
            "ok" => Ok(()),
            "" => Err(io::Error::other(
                "the control port closed the connection without a response",
            )),
            other => Err(io::Error::other(other.to_owned())),
        }
    }
}

fn variable(name: &str) -> io::Result<String> {
    env::var(name).map_err(|_| {
        io::Error::other(format!(
            "{name} is not set: run cargo xtask integration-test"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_server_error_names_the_command() {
        let message = variable("GOMON_TEST_NOTHING_URL").unwrap_err().to_string();
        assert_eq!(
            message,
            "GOMON_TEST_NOTHING_URL is not set: run cargo xtask integration-test"
        );
    }
}
