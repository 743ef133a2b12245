//! A server that `cargo xtask integration-test` brought up.

use std::env;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use crate::Disturbance;

/// Longer than the slowest server takes to come back.
const CONTROL_TIMEOUT: Duration = Duration::from_secs(240);

/// A server that tests can reach, and disturb.
///
/// Whatever runs the servers, docker or the machine itself, the same handles do the same.
/// Disturb a service only in tests that say `needs control` beside its name.
///
/// # Examples
///
/// ```no_run
/// use integration::Service;
///
/// let url = Service::REDIS.url()?;
/// let paused = Service::REDIS.pause()?;
/// // The client's calls wait now.
/// paused.end()?;
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Service(&'static str);

impl Service {
    /// PostgreSQL; `GOMON_TEST_POSTGRES_URL`.
    pub const POSTGRES: Self = Self("postgres");
    /// MariaDB; `GOMON_TEST_MARIADB_URL`.
    pub const MARIADB: Self = Self("mariadb");
    /// Redis; `GOMON_TEST_REDIS_URL`.
    pub const REDIS: Self = Self("redis");
    /// Apache Kafka; `GOMON_TEST_KAFKA_URL` holds its bootstrap servers, `host:port`.
    pub const KAFKA: Self = Self("kafka");

    /// The name on the command line and in `needs …`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0
    }

    /// Where the server listens.
    ///
    /// # Errors
    ///
    /// When nobody brought it up; a test fails then, it does not skip.
    pub fn url(self) -> io::Result<String> {
        variable(&format!("GOMON_TEST_{}_URL", self.0.to_uppercase()))
    }

    /// Stops the server in an orderly way; it starts again when the result ends.
    ///
    /// # Errors
    ///
    /// When there is no control, or the server did not stop.
    pub fn stop(self) -> io::Result<Disturbance> {
        Disturbance::begin(self, "stop", "start")
    }

    /// Freezes the server: it accepts and keeps connections and answers nothing.
    ///
    /// # Errors
    ///
    /// When there is no control, or the server could not be frozen.
    pub fn pause(self) -> io::Result<Disturbance> {
        Disturbance::begin(self, "pause", "resume")
    }

    /// Cuts the network between clients and server: no byte passes, and no connection is closed.
    ///
    /// # Errors
    ///
    /// When there is no control.
    pub fn cut_off(self) -> io::Result<Disturbance> {
        Disturbance::begin(self, "cut", "mend")
    }

    /// Stops the server and starts it again; returns when it answers.
    ///
    /// # Errors
    ///
    /// When there is no control, or the server did not come back.
    pub fn restart(self) -> io::Result<()> {
        self.command("restart")
    }

    pub(crate) fn command(self, verb: &str) -> io::Result<()> {
        let mut stream = TcpStream::connect(variable("GOMON_TEST_CONTROL")?)?;
        stream.set_read_timeout(Some(CONTROL_TIMEOUT))?;
        stream.write_all(format!("{verb} {}\n", self.0).as_bytes())?;
        let mut answer = String::new();
        BufReader::new(stream).read_line(&mut answer)?;
        match answer.trim_end() {
            "ok" => Ok(()),
            "" => Err(io::Error::other(
                "the control closed the connection without an answer",
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
    fn missing_server_is_an_error_that_names_the_command() {
        let told = variable("GOMON_TEST_NOTHING_URL").unwrap_err().to_string();
        assert_eq!(
            told,
            "GOMON_TEST_NOTHING_URL is not set: run cargo xtask integration-test"
        );
    }
}
