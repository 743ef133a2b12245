//! Commands and their flags.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::prelude::*;

use crate::bench_usage;
use crate::failure::{Failure, Result};
use crate::help::Page;
use crate::msrv::Missing;
use crate::services::service::Service;
use crate::services::watchdog;

/// A parsed command line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// List the commands.
    List,
    /// Print the help page of a command.
    Help(&'static Page),
    /// Run the demo with these arguments.
    Demo(Vec<OsString>),
    /// Run the tests that need no service.
    Test,
    /// Run all stress tests, or those whose name contains this.
    Stress(Option<String>),
    /// Run the benchmarks.
    Bench {
        /// Arguments of the program.
        args: Vec<OsString>,
        /// Whether a selected table needs a build with all peers.
        with_peers: bool,
    },
    /// Count the instructions of a request.
    Budget {
        /// Whether to write the counts as the new budget instead of checking them.
        renew: bool,
    },
    /// Run the fuzz targets.
    Fuzz(Fuzz),
    /// Check the repository's rules.
    Tidy,
    /// Build each feature alone.
    Features,
    /// Build with the minimum Rust version, and what to do if it is not installed.
    Msrv(Missing),
    /// Check everything.
    Ci,
    /// Run the tests that need services.
    IntegrationTest(IntegrationTest),
    /// Build images of the services.
    Images,
    /// Clean up after the run with this folder once it has died; a hidden command.
    Watchdog(PathBuf),
}

/// The flags of `integration-test`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct IntegrationTest {
    /// The services to start.
    pub(crate) only: Vec<Service>,
    /// The crate whose tests run; all crates if `None`.
    pub(crate) package: Option<String>,
    /// Where the services come from.
    pub(crate) source: Source,
    /// Whether the services keep running after the tests, until Ctrl-C.
    pub(crate) keep: bool,
    /// Whether missing packages may be installed.
    pub(crate) install: bool,
}

/// Where services come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// Docker if an engine and the images are available, otherwise programs of this machine.
    Auto,
    /// Containers.
    Docker,
    /// Programs of this machine.
    Native,
    /// Servers of the user, with their addresses in environment variables.
    External,
}

/// The sources by their names on the command line.
const SOURCES: [(&str, Source); 4] = [
    ("auto", Source::Auto),
    ("docker", Source::Docker),
    ("native", Source::Native),
    ("external", Source::External),
];

/// The flags of `fuzz`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fuzz {
    /// Duration of each target.
    pub(crate) seconds: u32,
    /// The target to run; all targets if `None`.
    pub(crate) target: Option<String>,
}

impl Default for IntegrationTest {
    fn default() -> Self {
        Self {
            only: Service::ALL.to_vec(),
            package: None,
            source: Source::Auto,
            keep: false,
            install: false,
        }
    }
}

/// Parses the arguments of this process.
pub(crate) fn parse() -> Result<Command> {
    parse_from(lexopt::Parser::from_env())
}

fn parse_from(mut parser: lexopt::Parser) -> Result<Command> {
    let name = match parser.next()? {
        None | Some(Short('h') | Long("help")) => return Ok(Command::List),
        Some(Value(name)) => name.string()?,
        Some(other) => return Err(other.unexpected().into()),
    };
    if let Some(page) = Page::of(&name)
        && has_help_flag(parser.clone())?
    {
        return Ok(Command::Help(page));
    }
    let mut command = match name.as_str() {
        "demo" => return Ok(Command::Demo(parser.raw_args()?.collect())),
        "bench" => return bench(parser.raw_args()?.collect()),
        "test" => Command::Test,
        "stress" => Command::Stress(None),
        "budget" => Command::Budget { renew: false },
        "fuzz" => Command::Fuzz(Fuzz {
            seconds: 60,
            target: None,
        }),
        "tidy" => Command::Tidy,
        "features" => Command::Features,
        "msrv" => Command::Msrv(Missing::Refuse),
        "ci" => Command::Ci,
        "integration-test" => Command::IntegrationTest(IntegrationTest::default()),
        "images" => Command::Images,
        watchdog::COMMAND => Command::Watchdog(parser.value()?.into()),
        "help" => Command::List,
        _ => return Err(unknown(&name)),
    };
    while let Some(arg) = parser.next()? {
        match (&mut command, arg) {
            (Command::List, Value(name)) => {
                let name = name.string()?;
                command = Command::Help(Page::of(&name).ok_or_else(|| unknown(&name))?);
            }
            (Command::Stress(name @ None), Value(arg)) => *name = Some(arg.string()?),
            (Command::Budget { renew }, Long("renew")) => *renew = true,
            (Command::Fuzz(fuzz), Long("seconds")) => fuzz.seconds = parser.value()?.parse()?,
            (Command::Fuzz(fuzz), Value(arg)) if fuzz.target.is_none() => {
                fuzz.target = Some(arg.string()?);
            }
            (Command::Msrv(missing), Long("install")) => *missing = Missing::Install,
            (Command::IntegrationTest(test), Long("only")) => {
                test.only = services(&parser.value()?.string()?)?;
            }
            (Command::IntegrationTest(test), Long("package")) => {
                test.package = Some(parser.value()?.string()?);
            }
            (Command::IntegrationTest(test), Long("services")) => {
                test.source = source(&parser.value()?.string()?)?;
            }
            (Command::IntegrationTest(test), Long("keep")) => test.keep = true,
            (Command::IntegrationTest(test), Long("install")) => test.install = true,
            (_, other) => return Err(other.unexpected().into()),
        }
    }
    Ok(command)
}

fn unknown(name: &str) -> Failure {
    Failure::new(format!(
        "no command `{name}` (`cargo xtask` lists the commands)"
    ))
}

fn has_help_flag(mut parser: lexopt::Parser) -> Result<bool> {
    Ok(parser.raw_args()?.any(|arg| arg == "--help" || arg == "-h"))
}

/// Rejects unknown tables before the benchmarks are built.
fn bench(args: Vec<OsString>) -> Result<Command> {
    let mut rest = args.iter().filter_map(|arg| arg.to_str());
    let mut only = Vec::new();
    while let Some(arg) = rest.next() {
        only.extend(match arg {
            "--only" => rest.next(),
            arg => arg.strip_prefix("--only="),
        });
    }
    if let Some(name) = only.iter().find_map(|names| bench_usage::unknown(names)) {
        return Err(Failure::new(bench_usage::complaint(name)));
    }
    let with_peers = only.is_empty() || only.iter().any(|names| bench_usage::needs_peers(names));
    Ok(Command::Bench { args, with_peers })
}

/// Parses a list of services and returns them in their usual order, without duplicates.
fn services(names: &str) -> Result<Vec<Service>> {
    let named = names.split(',').map(|name| Service::named(name.trim()));
    let services: BTreeSet<_> = named.collect::<Result<_>>()?;
    Ok(services.into_iter().collect())
}

fn source(name: &str) -> Result<Source> {
    let found = SOURCES.into_iter().find(|(known, _)| *known == name);
    found
        .map(|(_, source)| source)
        .ok_or_else(|| Failure::unknown("services", name, &SOURCES.map(|(known, _)| known)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(args: &[&str]) -> Result<Command> {
        parse_from(lexopt::Parser::from_args(args))
    }

    const NAMES: [&str; 12] = [
        "demo",
        "test",
        "stress",
        "bench",
        "budget",
        "fuzz",
        "tidy",
        "features",
        "msrv",
        "ci",
        "integration-test",
        "images",
    ];

    #[test]
    fn no_arguments_list_the_commands() {
        for args in [&[][..], &["-h"], &["--help"], &["help"]] {
            assert_eq!(parsed(args), Ok(Command::List));
        }
    }

    #[test]
    fn help_flag_selects_the_page_of_the_command() {
        for name in NAMES {
            let page = Page::of(name).unwrap();
            for args in [[name, "--help"], [name, "-h"], ["help", name]] {
                assert_eq!(parsed(&args), Ok(Command::Help(page)));
            }
        }
        assert_eq!(
            parsed(&["integration-test", "--only", "redis", "--help"]),
            Ok(Command::Help(Page::of("integration-test").unwrap()))
        );
        let message = parsed(&["help", "tset"]).unwrap_err().to_string();
        assert!(message.contains("`tset`"), "{message}");
    }

    #[test]
    fn every_command_parses() {
        for name in NAMES {
            assert!(parsed(&[name]).is_ok(), "{name}");
        }
    }

    #[test]
    fn program_arguments_pass_untouched() {
        let args = vec!["--json".into(), "--port".into(), "0".into()];
        assert_eq!(
            parsed(&["demo", "--json", "--port", "0"]),
            Ok(Command::Demo(args))
        );
    }

    #[test]
    fn unknown_tables_are_rejected_before_the_build() {
        for args in [
            &["bench", "--only", "idle,callar"][..],
            &["bench", "--json", "--only=callar"],
        ] {
            let message = parsed(args).unwrap_err().to_string();
            assert!(message.contains("`callar`"), "{message}");
        }
        let known = ["bench", "--only", "idle,caller", "--repeat", "a", "b", "3"];
        let args = known.iter().skip(1).map(Into::into).collect();
        let with_peers = true;
        assert_eq!(parsed(&known), Ok(Command::Bench { args, with_peers }));
    }

    #[test]
    fn peers_are_built_unless_no_table_has_them() {
        let with_peers = |args: &[&str]| match parsed(args) {
            Ok(Command::Bench { with_peers, .. }) => with_peers,
            other => panic!("{other:?}"),
        };
        assert!(with_peers(&["bench"]));
        assert!(with_peers(&["bench", "--only", "request,idle"]));
        assert!(with_peers(&["bench", "--only=request", "--only=idle"]));
        assert!(!with_peers(&["bench", "--only", "request", "--json"]));
    }

    #[test]
    fn budget_is_checked_unless_renewed() {
        let check = Command::Budget { renew: false };
        assert_eq!(parsed(&["budget"]), Ok(check));
        let renew = Command::Budget { renew: true };
        assert_eq!(parsed(&["budget", "--renew"]), Ok(renew));
    }

    #[test]
    fn error_of_an_unknown_argument_names_it() {
        let message = parsed(&["tset"]).unwrap_err().to_string();
        assert!(message.contains("`tset`"), "{message}");
        let message = parsed(&["test", "--fast"]).unwrap_err().to_string();
        assert!(message.contains("--fast"), "{message}");
    }

    #[test]
    fn integration_test_takes_its_services_by_name() {
        let Ok(Command::IntegrationTest(options)) = parsed(&[
            "integration-test",
            "--only",
            "redis,postgres,redis",
            "--services=native",
        ]) else {
            panic!("invalid arguments")
        };
        assert_eq!(options.only, [Service::Postgres, Service::Redis]);
        assert_eq!(options.source, Source::Native);
        assert!(!options.keep && !options.install);
    }

    #[test]
    fn error_of_an_unknown_service_names_it() {
        let message = parsed(&["integration-test", "--only", "mongo"])
            .unwrap_err()
            .to_string();
        assert!(message.starts_with("no service `mongo`"), "{message}");
        let message = parsed(&["integration-test", "--services", "vm"])
            .unwrap_err()
            .to_string();
        assert!(message.starts_with("no services `vm`"), "{message}");
    }
}
