//! Help texts: the list of commands, and a page for each command.

use std::fmt::Write as _;

/// The help page of a command.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page {
    /// Usage after `cargo xtask`.
    usage: &'static str,
    /// One-line summary.
    line: &'static str,
    /// Flags and details; at most one screen.
    details: &'static str,
}

/// All commands except hidden ones.
const PAGES: &[Page] = &[
    Page {
        usage: "demo [--json] [--once] [--port N]",
        line: "run the demo: a shop on axum with SQLite and outgoing calls",
        details: "
  --json    print events as JSON lines; all other output goes to stderr
  --once    send requests for eight seconds, then exit
  --port N  listen on this port instead of 12345; 0 picks a free port

Sends requests to itself for a minute, then waits for yours until Ctrl-C. The first build takes a minute or two.",
    },
    Page {
        usage: "test",
        line: "run all tests that need no service, including doctests and loom models",
        details: "
Needs Rust, a C compiler and the downloaded crates. `cargo test -p CRATE` runs the tests of one crate.",
    },
    Page {
        usage: "stress [NAME]",
        line: "run the stress tests with full counts, in release mode",
        details: "
  NAME  run only tests whose name contains this

Takes many minutes. `cargo xtask test` runs the same tests with small counts.",
    },
    Page {
        usage: "bench [--only NAME,…] [--quick] [--json] [--strict]",
        line: "run the benchmarks",
        details: "
  --only NAME,…  run only these tables: caller, disabled, allocations, request, contention, flat-out, dispatch, ndjson,
                 memory, sql, idle, log, calls, diesel, sqlx, tracing, served, axum, actix, hyper, rocket, warp
  --quick        run fewer rounds: enough for a smoke test, not for comparisons
  --json         print a JSON object for each row
  --strict       fail if a goal is missed; otherwise the last line of stderr counts missed goals
  --repeat SUBJECT WORKLOAD TIMES
                 repeat one workload, for a profiler

The first build, with all peers, takes several minutes. Close other programs: figures are medians of interleaved rounds,
but a busy machine still affects them.",
    },
    Page {
        usage: "budget [--renew]",
        line: "check the number of instructions of a request against its budget",
        details: "
  --renew  write the counts of this commit to bench/budget.json

Needs valgrind on Linux on x86-64. A row fails if it exceeds its budget by more than 2 %. If the compiler, the lock
file, valgrind, the C library or the CPU's features differ from those of the budget, the budget's commit is built,
counted and compared instead. If it is missing and cannot be fetched, the limit of the outdated budget is 5 %.
`cargo xtask bench --only request` shows the whole table.",
    },
    Page {
        usage: "fuzz [--seconds N] [TARGET]",
        line: "run one fuzz target or all, with libFuzzer on stable Rust",
        details: "
  --seconds N  duration of each target; 60 by default
  TARGET       the one to run: config, cost, record, redaction, statement, traceparent

The path of a failing input is printed. Add the input to `fuzz/corpus`, so that `cargo test -p fuzz` replays it.",
    },
    Page {
        usage: "tidy",
        line: "check the repository's rules",
        details: "
Checks the dependencies between crates and between folders of the core, manifests, READMEs, file lengths, ignored tests,
banned words and phrases, and commit subjects. Prints a line with file and reason for each finding. Builds nothing.",
    },
    Page {
        usage: "features",
        line: "build each feature of each crate alone, and a program that uses it",
        details: "
Checks every published crate without features and with each feature alone, and the program of that feature in
`features`, with warnings denied. A feature without a program is an error. Runs nothing.",
    },
    Page {
        usage: "msrv [--install]",
        line: "build each crate with its minimum supported Rust version",
        details: "
  --install  install missing versions with rustup

Builds with all features, without tests. The versions are the `rust-version` fields of the manifests.",
    },
    Page {
        usage: "ci",
        line: "run all checks that a change must pass",
        details: "
Checks format, lints, rules, licences, documentation, each feature alone, tests, the budget of a request, each fuzz
target for ten seconds, the minimum Rust versions, and the tests against services. Stops at the first failure. Checks
that need rustfmt, clippy, cargo-deny or an older Rust are skipped with a message if it is missing. Services are
programs of this machine; missing Debian packages, valgrind included, are installed if the user is root. If CI is set,
the target directory of each finished stage is removed. `.ci/run` runs all checks on a new machine.",
    },
    Page {
        usage: "integration-test [--only A,…] [--package NAME] [--services KIND] [--keep] [--install]",
        line: "run the tests against PostgreSQL, MariaDB, Redis and Apache Kafka",
        details: "
  --only A,…       use only these services: postgres, mariadb, redis, kafka
  --package NAME   run only the tests of this crate
  --services KIND  auto      docker if an engine and the images are available, otherwise native (default)
                   docker    containers of the images in compose.yaml, or of `cargo xtask images`
                   native    programs of this machine, on free ports, in a temporary folder
                   external  your servers, at GOMON_TEST_POSTGRES_URL, …_MARIADB_URL, …_REDIS_URL, …_KAFKA_URL;
                             tests create tables, topics and keys there
  --keep           keep the services running after the tests, until Ctrl-C
  --install        install missing Debian packages, as root

Fails if a service is missing or if no test ran.",
    },
    Page {
        usage: "images",
        line: "build docker images of the servers without a registry",
        details: "
Builds the images from Debian packages with debootstrap, for `cargo xtask integration-test --services docker` without
access to a registry. Needs root and a docker engine.",
    },
];

impl Page {
    /// Returns the page of the command with this name.
    pub(crate) fn of(name: &str) -> Option<&'static Self> {
        PAGES.iter().find(|page| page.name() == name)
    }

    fn name(&self) -> &'static str {
        self.usage.split(' ').next().unwrap_or(self.usage)
    }

    /// Formats the page.
    pub(crate) fn text(&self) -> String {
        let Self {
            usage,
            line,
            details,
        } = self;
        format!(
            "Usage: cargo xtask {usage}\n\n{}.\n{details}\n",
            sentence(line)
        )
    }
}

/// Formats the list of commands.
pub(crate) fn list() -> String {
    let width = PAGES.iter().map(|page| page.name().len()).max();
    let width = width.unwrap_or_default();
    let mut text = String::from("Usage: cargo xtask COMMAND\n\n");
    for page in PAGES {
        let _ = writeln!(text, "  {:width$}  {}", page.name(), page.line);
    }
    text.push_str("\nRun `cargo xtask COMMAND --help` for the flags of a command.\n");
    text
}

fn sentence(line: &str) -> String {
    let mut letters = line.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench_usage;
    use crate::services::service::Service;
    use crate::workspace;

    fn page(name: &str) -> String {
        Page::of(name).unwrap().text()
    }

    fn source(path: &str) -> String {
        std::fs::read_to_string(workspace::root().join(path)).unwrap()
    }

    /// Returns every string between `open` and the next quotation mark.
    fn quoted<'a>(text: &'a str, open: &'a str) -> impl Iterator<Item = &'a str> {
        text.split(open)
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
    }

    #[test]
    fn list_has_a_line_for_every_command() {
        let list = list();
        for page in PAGES {
            let is_listed = |line: &str| {
                line.trim_start().starts_with(page.name()) && line.ends_with(page.line)
            };
            assert!(list.lines().any(is_listed), "{}", page.name());
        }
        assert!(list.lines().all(|line| line.chars().count() <= 100));
    }

    #[test]
    fn page_fits_on_a_screen() {
        for page in PAGES {
            let text = page.text();
            assert!(text.lines().count() <= 24, "{}", page.name());
            assert!(
                text.lines().all(|line| line.chars().count() <= 120),
                "{}",
                page.name()
            );
        }
    }

    #[test]
    fn page_explains_every_flag_of_the_usage() {
        for page in PAGES {
            for word in page
                .usage
                .split(['[', ']', ' '])
                .filter(|word| word.starts_with("--"))
            {
                assert!(page.details.contains(word), "{}: {word}", page.name());
            }
        }
    }

    #[test]
    fn flags_of_the_programs_are_documented() {
        let demo = source("examples/src/demo/flags.rs");
        let flags: Vec<_> = quoted(&demo, "                \"--").collect();
        assert!(flags.len() >= 3);
        for flag in flags {
            let is_documented = flag == "help" || page("demo").contains(&format!("--{flag}"));
            assert!(is_documented, "{flag}");
        }
        let bench = source("bench/src/flags.rs");
        let flags: Vec<_> = quoted(&bench, "            Long(\"").collect();
        assert!(flags.len() >= 3);
        for flag in flags {
            let is_internal = ["measure", "serve"].contains(&flag);
            let is_documented = is_internal || page("bench").contains(&format!("--{flag}"));
            assert!(is_documented, "{flag}");
        }
    }

    #[test]
    fn tables_targets_and_services_are_documented() {
        let bench = page("bench");
        for (name, _) in bench_usage::TABLES {
            let mut words = bench.split([' ', ',', '\n']);
            assert!(words.any(|word| word == *name), "{name}");
        }
        let folder = workspace::root().join("fuzz/src/bin");
        for target in std::fs::read_dir(folder).unwrap() {
            let name = target.unwrap().path().file_stem().unwrap().to_owned();
            assert!(page("fuzz").contains(name.to_str().unwrap()), "{name:?}");
        }
        for service in Service::ALL {
            assert!(
                page("integration-test").contains(service.name()),
                "{service}"
            );
        }
    }
}
