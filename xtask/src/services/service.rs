//! The four services and their properties.

use std::fmt;

use crate::failure::{Failure, Result};

/// A server that tests need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Service {
    /// PostgreSQL.
    Postgres,
    /// MariaDB.
    Mariadb,
    /// Redis.
    Redis,
    /// Apache Kafka in `KRaft` mode.
    Kafka,
}

/// User, password and database of every server started by a run.
pub(crate) const SECRET: &str = "gomon";

impl Service {
    /// All services.
    pub(crate) const ALL: [Self; 4] = [Self::Postgres, Self::Mariadb, Self::Redis, Self::Kafka];

    /// Returns the name used on the command line, in `needs …` and for the folder.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Mariadb => "mariadb",
            Self::Redis => "redis",
            Self::Kafka => "kafka",
        }
    }

    /// Returns the service with this name.
    pub(crate) fn named(name: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|service| service.name() == name)
            .ok_or_else(|| Failure::unknown("service", name, &Self::ALL.map(Self::name)))
    }

    /// Returns the environment variable with the address.
    pub(crate) fn variable(self) -> String {
        format!("GOMON_TEST_{}_URL", self.name().to_uppercase())
    }

    /// Returns the address of a server started by a run.
    pub(crate) fn url(self, port: u16) -> String {
        match self {
            Self::Postgres => format!("postgres://{SECRET}:{SECRET}@127.0.0.1:{port}/postgres"),
            Self::Mariadb => format!("mysql://{SECRET}:{SECRET}@127.0.0.1:{port}/{SECRET}"),
            Self::Redis => format!("redis://127.0.0.1:{port}/"),
            Self::Kafka => format!("127.0.0.1:{port}"),
        }
    }

    /// Returns the default port.
    pub(crate) fn default_port(self) -> u16 {
        match self {
            Self::Postgres => 5432,
            Self::Mariadb => 3306,
            Self::Redis => 6379,
            Self::Kafka => 9092,
        }
    }

    /// Returns the minimum version for the tests.
    pub(crate) fn min_version(self) -> [u32; 2] {
        match self {
            Self::Postgres => [13, 0],
            Self::Mariadb => [10, 5],
            Self::Redis => [6, 0],
            Self::Kafka => [3, 7],
        }
    }

    /// Parses the version printed by a server's program, and fails if it is too old.
    pub(crate) fn version(self, printed: &str) -> Result<String> {
        let version = match self {
            // `redis-server --version` prints `Redis server v=7.0.15 sha=…`.
            Self::Redis => printed.split("v=").nth(1),
            // The broker has no such flag, but the version is in the name of `kafka_2.13-4.3.1.jar`.
            Self::Kafka => printed
                .split(|character: char| character.is_whitespace() || character == '/')
                .filter_map(|word| word.strip_prefix("kafka_")?.strip_suffix(".jar"))
                .find_map(|version| Some(version.split_once('-')?.1)),
            // `postgres (PostgreSQL) 15.20 (Debian …)`, `mariadbd  Ver 10.11.19-MariaDB-…`.
            Self::Postgres | Self::Mariadb => printed.split_whitespace().find(|word| {
                word.starts_with(|first: char| first.is_ascii_digit()) && word.contains('.')
            }),
        };
        let numbers = |text: &str| -> String {
            text.chars()
                .take_while(|character| character.is_ascii_digit() || *character == '.')
                .collect()
        };
        let version = version
            .map(numbers)
            .filter(|version| !version.is_empty())
            .ok_or_else(|| {
                let printed = printed.lines().next().unwrap_or_default();
                Failure::new(format!("{self}: no version in `{printed}`"))
            })?;
        let mut parts = version
            .split('.')
            .map(|part| part.parse::<u32>().unwrap_or_default());
        let found = [
            parts.next().unwrap_or_default(),
            parts.next().unwrap_or_default(),
        ];
        let [major, minor] = self.min_version();
        if found < self.min_version() {
            return Err(Failure::new(format!(
                "{self} {version} is too old; the tests need {major}.{minor} or newer"
            )));
        }
        Ok(version)
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_parsed_from_the_output_of_each_server() {
        let version = |service: Service, printed| service.version(printed).unwrap();
        let printed = "postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)";
        assert_eq!(version(Service::Postgres, printed), "15.20");
        let printed = "mariadbd  Ver 10.11.19-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64";
        assert_eq!(version(Service::Mariadb, printed), "10.11.19");
        let printed = "Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.2.1 bits=64";
        assert_eq!(version(Service::Redis, printed), "7.0.15");
        let printed = "kafka-clients-4.3.1.jar\nkafka_2.13-4.3.1.jar\n";
        assert_eq!(version(Service::Kafka, printed), "4.3.1");
    }

    #[test]
    fn error_of_an_old_server_names_both_versions() {
        let error = Service::Redis
            .version("Redis server v=5.0.14 sha=0")
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "redis 5.0.14 is too old; the tests need 6.0 or newer"
        );
    }

    #[test]
    fn error_of_an_unknown_name_lists_the_known_ones() {
        let message = Service::named("mysql").unwrap_err().to_string();
        assert_eq!(
            message,
            "no service `mysql`; expected one of: postgres, mariadb, redis, kafka"
        );
    }
}
