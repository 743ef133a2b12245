//! What a user is told whose machine lacks something: one line, a failure, and nothing left behind.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// A machine with only the programs that a test gives it, and an own temporary folder.
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
        for tool in ["id", "sh", "hostname", "setpriv"] {
            let found = ["/usr/bin", "/bin"].map(|it| PathBuf::from(it).join(tool));
            let found = found.iter().find(|it| it.exists());
            symlink(found.unwrap(), folder.join("bin").join(tool)).unwrap();
        }
        Self { folder }
    }

    /// A program that says this and ends with this code.
    fn with_program(self, name: &str, said: &str, code: u8) -> Self {
        let path = self.folder.join("bin").join(name);
        fs::write(
            &path,
            format!(
                "#!/bin/sh\necho '{said}' >&{}\nexit {code}\n",
                1 + code.min(1)
            ),
        )
        .unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        self
    }

    /// The one line that `integration-test` fails with.
    fn told(&self, args: &[&str]) -> String {
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
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(told.lines().count(), 1, "{told}");
        told.trim_end().to_owned()
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
fn unknown_service_is_answered_with_the_known_ones() {
    assert_eq!(
        Machine::new().told(&["--only", "redis,mongo"]),
        "error: no service `mongo`; there are: postgres, mariadb, redis, kafka"
    );
}

#[test]
fn old_server_is_refused_with_both_versions() {
    let machine = Machine::new().with_program("redis-server", "Redis server v=5.0.14 sha=0", 0);
    assert_eq!(
        machine.told(&NATIVE),
        "error: redis 5.0.14 is too old; the tests need 6.0 or newer"
    );
}

#[test]
fn server_that_tells_no_version_is_refused() {
    let machine = Machine::new().with_program("redis-server", "hello", 0);
    assert_eq!(machine.told(&NATIVE), "error: redis: no version in `hello`");
}

#[test]
fn engine_that_this_user_may_not_use_is_told_with_the_remedy() {
    let said = "permission denied while trying to connect to the Docker daemon socket at \
                unix:///var/run/docker.sock";
    assert_eq!(
        Machine::new().with_program("docker", said, 1).told(&DOCKER),
        "error: docker: this user may not use the engine; join the group `docker` or be root"
    );
}

#[test]
fn missing_docker_is_told_with_the_package() {
    assert_eq!(
        Machine::new().told(&DOCKER),
        "error: docker: no `docker` command here; `apt-get install docker.io`"
    );
}

#[test]
fn engine_that_does_not_run_is_told_in_its_clients_words() {
    let machine = Machine::new().with_program("docker", "Is the docker daemon running?", 1);
    let told = machine.told(&DOCKER);
    assert!(
        told.starts_with("error: docker: no engine answers"),
        "{told}"
    );
    assert!(told.ends_with("Is the docker daemon running?)"), "{told}");
}

#[test]
fn own_server_without_an_address_names_the_variable() {
    assert_eq!(
        Machine::new().told(&["--services", "external", "--only", "redis"]),
        "error: redis: set GOMON_TEST_REDIS_URL to its address"
    );
}
