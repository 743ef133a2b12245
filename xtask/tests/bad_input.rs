//! Failures of `integration-test` on an incomplete machine: a one-line error, and no files left behind.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// A machine with selected programs and an empty temporary folder.
struct Machine {
    folder: PathBuf,
}

impl Machine {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("gomon-bad-input-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(folder.join("tmp")).unwrap();
        fs::create_dir_all(folder.join("bin")).unwrap();
        for tool in ["chown", "id", "sh", "hostname", "setpriv"] {
            let found = ["/usr/bin", "/bin"].map(|folder| PathBuf::from(folder).join(tool));
            let found = found.iter().find(|path| path.exists());
            symlink(found.unwrap(), folder.join("bin").join(tool)).unwrap();
        }
        Self { folder }
    }

    /// Adds a program that prints `output` and exits with `code`.
    fn with_program(self, name: &str, output: &str, code: u8) -> Self {
        let path = self.folder.join("bin").join(name);
        fs::write(
            &path,
            format!(
                "#!/bin/sh\necho '{output}' >&{}\nexit {code}\n",
                1 + code.min(1)
            ),
        )
        .unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        self
    }

    /// Runs `integration-test` and returns its one-line error.
    fn error(&self, args: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        let output = command
            .arg("integration-test")
            .args(args)
            .env("PATH", self.folder.join("bin"))
            .env("TMPDIR", self.folder.join("tmp"))
            .env_remove("KAFKA_HOME")
            .env_remove("GOMON_TEST_REDIS_URL")
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        let left = fs::read_dir(self.folder.join("tmp")).unwrap().count();
        assert_eq!(left, 0);
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(message.lines().count(), 1, "{message}");
        message.trim_end().to_owned()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

const NATIVE: [&str; 4] = ["--services", "native", "--only", "redis"];
const DOCKER: [&str; 4] = ["--services", "docker", "--only", "redis"];

#[test]
fn error_of_an_unknown_service_lists_the_known_ones() {
    assert_eq!(
        Machine::new().error(&["--only", "redis,mongo"]),
        "error: no service `mongo`; expected one of: postgres, mariadb, redis, kafka"
    );
}

#[test]
fn error_of_an_old_server_names_both_versions() {
    let machine = Machine::new().with_program("redis-server", "Redis server v=5.0.14 sha=0", 0);
    assert_eq!(
        machine.error(&NATIVE),
        "error: redis 5.0.14 is too old; the tests need 6.0 or newer"
    );
}

#[test]
fn server_without_a_version_is_rejected() {
    let machine = Machine::new().with_program("redis-server", "hello", 0);
    assert_eq!(
        machine.error(&NATIVE),
        "error: redis: no version in `hello`"
    );
}

#[test]
fn error_of_a_denied_engine_names_the_fix() {
    let output = "permission denied while trying to connect to the Docker daemon socket at \
                unix:///var/run/docker.sock";
    assert_eq!(
        Machine::new()
            .with_program("docker", output, 1)
            .error(&DOCKER),
        "error: docker: permission denied; join the group `docker` or run as root"
    );
}

#[test]
fn error_of_missing_docker_names_the_package() {
    assert_eq!(
        Machine::new().error(&DOCKER),
        "error: docker: command not found; run `apt-get install docker.io`"
    );
}

#[test]
fn error_of_a_stopped_engine_contains_the_clients_message() {
    let machine = Machine::new().with_program("docker", "Is the docker daemon running?", 1);
    let message = machine.error(&DOCKER);
    assert!(
        message.starts_with("error: docker: no engine responds"),
        "{message}"
    );
    assert!(
        message.ends_with("Is the docker daemon running?)"),
        "{message}"
    );
}

#[test]
fn error_of_a_missing_address_names_the_variable() {
    assert_eq!(
        Machine::new().error(&["--services", "external", "--only", "redis"]),
        "error: redis: set GOMON_TEST_REDIS_URL to its address"
    );
}
