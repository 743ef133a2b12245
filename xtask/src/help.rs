//! What each command is for, on a line of the list and on a page of its own.

use std::fmt::Write as _;

/// The page of one command.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page {
    /// How it is typed after `cargo xtask`.
    usage: &'static str,
    /// What it does, in one line.
    line: &'static str,
    /// What else its user should know; at most a screen.
    details: &'static str,
}

/// Every command that is for people.
const PAGES: &[Page] = &[
    Page {
        usage: "demo [--json] [--once] [--port N]",
        line: "run the demo: a shop on axum, with SQLite and calls that go out",
        details: "
  --json    print the events as lines of JSON; all else goes to stderr
  --once    send requests for eight seconds, then end
  --port N  listen on another port than 12345; 0 takes a free one

It sends itself requests for a minute and then waits for yours, until Ctrl-C. The first build takes a minute or two.",
    },
    Page {
        usage: "test",
        line: "all tests that need no service, doctests and loom models included",
        details: "
It needs Rust and a C compiler, and no network once the crates are there. `cargo test -p CRATE` runs those of one crate.",
    },
    Page {
        usage: "stress [NAME]",
        line: "the stress tests at their full counts, optimised",
        details: "
  NAME  only tests whose name contains this

They take many minutes. `cargo xtask test` runs the same tests with small counts.",
    },
    Page {
        usage: "bench [--only NAME,…] [--quick] [--json] [--strict]",
        line: "the benchmarks, beside their peers",
        details: "
  --only NAME,…  only these tables: caller, disabled, allocations, request, contention, flat-out, dispatch, ndjson,
                 memory, sql, idle, calls, diesel, sqlx, axum, actix, hyper, rocket, warp
  --quick        fewer rounds: enough to see that it works, not to compare
  --json         one JSON object for each row
  --strict       fail where a goal was missed; else the last line of stderr tells how many were
  --repeat SUBJECT WORKLOAD TIMES
                 one workload again and again, for a profiler

The first build, optimised and with all peers, takes several minutes. Close other programs: the figures are medians of
interleaved rounds, and yet a busy machine shows in them.",
    },
    Page {
        usage: "budget [--renew]",
        line: "check that a request takes no more instructions than its budget",
        details: "
  --renew  write the counts of this commit to bench/budget.json

It needs valgrind, on Linux on x86-64. A row fails if it exceeds its budget by more than 2 %. If the compiler, the lock
file, valgrind, the C library or the CPU's features are not those of the budget, the commit that the budget names is
built and counted, too, and compared instead. `cargo xtask bench --only request` shows the whole table.",
    },
    Page {
        usage: "fuzz [--seconds N] [TARGET]",
        line: "libFuzzer on stable Rust: one target or all",
        details: "
  --seconds N  how long each target runs; 60 by default
  TARGET       the one to run: config, cost, record, redaction, statement, traceparent

An input that fails stays as a file whose path is told; put it into `fuzz/corpus`, where `cargo xtask test` replays it.",
    },
    Page {
        usage: "tidy",
        line: "the repository's rules",
        details: "
Which crates may depend on which, what a manifest and a README have to say, how long a file may be, what has no place in
a library: each finding is a line with its file and its reason. It builds nothing and takes seconds.",
    },
    Page {
        usage: "features",
        line: "each feature of each crate by itself, and a program that uses it",
        details: "
It checks every published crate without features and with each feature alone, and the program of that feature in
`features`, with warnings denied. A feature without a program is an error. Nothing runs.",
    },
    Page {
        usage: "msrv [--install]",
        line: "build each crate with the oldest Rust that it promises",
        details: "
  --install  have rustup install the versions that are missing

All features, without tests. The versions are the `rust-version` of each manifest.",
    },
    Page {
        usage: "ci",
        line: "everything that a change must pass",
        details: "
Format, lints, rules, licences, documentation, each feature alone, tests, the budget of a request, each fuzz target for ten
seconds, the oldest Rust, and the tests against services, in this order, up to the first that fails. What needs rustfmt,
clippy, cargo-deny or an older Rust is skipped, and reported, where that is missing. Services are programs of this machine;
their Debian packages are installed where they are missing and the user is root. `.ci/run` does it on a machine that has
nothing yet.",
    },
    Page {
        usage: "integration-test [--only A,…] [--package NAME] [--services KIND] [--keep] [--install]",
        line: "the tests against PostgreSQL, MariaDB, Redis and Apache Kafka",
        details: "
  --only A,…       only these services: postgres, mariadb, redis, kafka
  --package NAME   only the tests of this crate
  --services KIND  auto      docker where an engine and its images are there, else native (the default)
                   docker    containers of the images that compose.yaml names, or of `cargo xtask images`
                   native    programs of this machine, on free ports, in a folder of their own
                   external  yours: GOMON_TEST_POSTGRES_URL, …_MARIADB_URL, …_REDIS_URL, …_KAFKA_URL tell where;
                             tests create tables, topics and keys there
  --keep           leave the services up after the tests, until Ctrl-C
  --install        install missing Debian packages, as root

It fails if a service is missing, or if no test ran.",
    },
    Page {
        usage: "images",
        line: "build docker images of the servers without a registry",
        details: "
From Debian's packages, by debootstrap, for `cargo xtask integration-test --services docker` where no registry can be
reached. It needs root and a docker engine.",
    },
];

impl Page {
    /// The page of the command of that name.
    pub(crate) fn of(name: &str) -> Option<&'static Self> {
        PAGES.iter().find(|page| page.name() == name)
    }

    fn name(&self) -> &'static str {
        self.usage.split(' ').next().unwrap_or(self.usage)
    }

    /// The page as text.
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

/// The list of commands, one line each.
pub(crate) fn list() -> String {
    let width = PAGES.iter().map(|page| page.name().len()).max();
    let width = width.unwrap_or_default();
    let mut text = String::from("Usage: cargo xtask COMMAND\n\n");
    for page in PAGES {
        let _ = writeln!(text, "  {:width$}  {}", page.name(), page.line);
    }
    text.push_str("\n`cargo xtask COMMAND --help` tells the flags of one.\n");
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

    /// What stands between `open` and the next quotation mark, wherever it does.
    fn quoted<'a>(text: &'a str, open: &'a str) -> impl Iterator<Item = &'a str> {
        text.split(open)
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
    }

    #[test]
    fn list_tells_every_command_in_a_line() {
        let list = list();
        for page in PAGES {
            let told = |line: &str| {
                line.trim_start().starts_with(page.name()) && line.ends_with(page.line)
            };
            assert!(list.lines().any(told), "{}", page.name());
        }
        assert!(list.lines().all(|line| line.chars().count() <= 100));
    }

    #[test]
    fn page_is_a_screen_at_most() {
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
    fn page_tells_every_flag_that_stands_in_the_usage() {
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
    fn flags_of_the_programs_are_all_told() {
        let demo = source("examples/src/demo/flags.rs");
        let flags: Vec<_> = quoted(&demo, "                \"--").collect();
        assert!(flags.len() >= 3);
        for flag in flags {
            let told = flag == "help" || page("demo").contains(&format!("--{flag}"));
            assert!(told, "{flag}");
        }
        let bench = source("bench/src/flags.rs");
        let flags: Vec<_> = quoted(&bench, "            Long(\"").collect();
        assert!(flags.len() >= 3);
        for flag in flags {
            let is_for_itself = ["measure", "serve"].contains(&flag);
            let told = is_for_itself || page("bench").contains(&format!("--{flag}"));
            assert!(told, "{flag}");
        }
    }

    #[test]
    fn tables_targets_and_services_are_all_told() {
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
