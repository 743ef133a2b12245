//! The commands and their flags, each declared once.

use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::prelude::*;

use crate::bench_usage;
use crate::failure::{Failure, Result};
use crate::help::Page;
use crate::integration::in_order;
use crate::msrv::Missing;
use crate::services::service::Service;
use crate::services::watchdog;

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// List the commands.
    List,
    /// Tell how one command is used.
    Help(&'static Page),
    /// Run the demo with these arguments.
    Demo(Vec<OsString>),
    /// Run the tests that need no service.
    Test,
    /// Run the stress tests, or those whose name contains this.
    Stress(Option<String>),
    /// Run the benchmarks.
    Bench {
        /// Their arguments.
        args: Vec<OsString>,
        /// Whether a table among them needs a build with all peers.
        with_peers: bool,
    },
    /// Count a request.
    Budget {
        /// Whether the counts become the budget instead of being compared with it.
        renew: bool,
    },
    /// Run the fuzz targets.
    Fuzz(Fuzz),
    /// Check the repository's rules.
    Tidy,
    /// Build each feature by itself.
    Features,
    /// Build with the oldest Rust, and what to do where it is not here.
    Msrv(Missing),
    /// Check everything.
    Ci,
    /// Run the tests that need services.
    IntegrationTest(IntegrationTest),
    /// Build images of the services.
    Images,
    /// Clear up in this folder once the run that made it has died; not in the list, it is not for
    /// people.
    Watchdog {
        /// The folder.
        folder: PathBuf,
        /// Whether the run has containers.
        with_containers: bool,
    },
}

/// `integration-test` and its flags.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct IntegrationTest {
    /// The services to bring up.
    pub(crate) only: Vec<Service>,
    /// The one crate whose tests run, else all.
    pub(crate) package: Option<String>,
    /// Where they come from.
    pub(crate) source: Source,
    /// Whether they stay up after the tests, until Ctrl-C.
    pub(crate) keep: bool,
    /// Whether missing packages may be installed.
    pub(crate) install: bool,
}

/// Where services come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// Docker where an engine and images are there, else this machine.
    Auto,
    /// Containers.
    Docker,
    /// Programs of this machine.
    Native,
    /// Servers of the user, by their addresses in the environment.
    External,
}

/// `fuzz` and its flags.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fuzz {
    /// How long each target runs.
    pub(crate) seconds: u32,
    /// The one target to run, else all.
    pub(crate) target: Option<String>,
}

/// Reads the process's arguments.
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
        && asks_for_help(parser.clone())?
    {
        return Ok(Command::Help(page));
    }
    match name.as_str() {
        "demo" => Ok(Command::Demo(parser.raw_args()?.collect())),
        "bench" => bench(parser),
        "test" => alone(parser, Command::Test),
        "stress" => Ok(Command::Stress(one_value(parser)?)),
        "budget" => budget(parser),
        "fuzz" => fuzz(parser),
        "tidy" => alone(parser, Command::Tidy),
        "features" => alone(parser, Command::Features),
        "msrv" => msrv(parser),
        "ci" => alone(parser, Command::Ci),
        "integration-test" => integration_test(parser),
        "images" => alone(parser, Command::Images),
        watchdog::COMMAND => watchdog(parser),
        "help" => help(parser),
        _ => Err(unknown(&name)),
    }
}

fn unknown(name: &str) -> Failure {
    Failure::new(format!(
        "no command `{name}` (`cargo xtask` lists the commands)"
    ))
}

/// `help`, or `help COMMAND`.
fn help(parser: lexopt::Parser) -> Result<Command> {
    match one_value(parser)? {
        None => Ok(Command::List),
        Some(name) => {
            let page = Page::of(&name).ok_or_else(|| unknown(&name))?;
            Ok(Command::Help(page))
        }
    }
}

fn asks_for_help(mut parser: lexopt::Parser) -> Result<bool> {
    Ok(parser.raw_args()?.any(|it| it == "--help" || it == "-h"))
}

/// A table that the program lacks is told before it is built.
fn bench(mut parser: lexopt::Parser) -> Result<Command> {
    let args: Vec<OsString> = parser.raw_args()?.collect();
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

fn alone(mut parser: lexopt::Parser, command: Command) -> Result<Command> {
    match parser.next()? {
        None => Ok(command),
        Some(other) => Err(other.unexpected().into()),
    }
}

fn one_value(mut parser: lexopt::Parser) -> Result<Option<String>> {
    let mut value = None;
    while let Some(arg) = parser.next()? {
        match arg {
            Value(it) if value.is_none() => value = Some(it.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(value)
}

fn watchdog(mut parser: lexopt::Parser) -> Result<Command> {
    let folder = parser.value()?.into();
    let with_containers = match parser.next()? {
        None => false,
        Some(Long(watchdog::CONTAINERS)) => true,
        Some(other) => return Err(other.unexpected().into()),
    };
    Ok(Command::Watchdog {
        folder,
        with_containers,
    })
}

fn budget(mut parser: lexopt::Parser) -> Result<Command> {
    let mut renew = false;
    while let Some(arg) = parser.next()? {
        match arg {
            Long("renew") => renew = true,
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Command::Budget { renew })
}

fn fuzz(mut parser: lexopt::Parser) -> Result<Command> {
    let mut options = Fuzz {
        seconds: 60,
        target: None,
    };
    while let Some(arg) = parser.next()? {
        match arg {
            Long("seconds") => options.seconds = parser.value()?.parse()?,
            Value(it) if options.target.is_none() => options.target = Some(it.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Command::Fuzz(options))
}

fn msrv(mut parser: lexopt::Parser) -> Result<Command> {
    let mut missing = Missing::Refuse;
    while let Some(arg) = parser.next()? {
        match arg {
            Long("install") => missing = Missing::Install,
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Command::Msrv(missing))
}

fn integration_test(mut parser: lexopt::Parser) -> Result<Command> {
    let mut options = IntegrationTest {
        only: Service::ALL.to_vec(),
        package: None,
        source: Source::Auto,
        keep: false,
        install: false,
    };
    while let Some(arg) = parser.next()? {
        match arg {
            Long("only") => {
                let names = parser.value()?.string()?;
                let named = names.split(',').map(|it| Service::named(it.trim()));
                options.only = in_order(named.collect::<Result<_>>()?);
            }
            Long("package") => options.package = Some(parser.value()?.string()?),
            Long("services") => options.source = Source::named(&parser.value()?.string()?)?,
            Long("keep") => options.keep = true,
            Long("install") => options.install = true,
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Command::IntegrationTest(options))
}

impl Source {
    const ALL: [Self; 4] = [Self::Auto, Self::Docker, Self::Native, Self::External];

    /// The name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Docker => "docker",
            Self::Native => "native",
            Self::External => "external",
        }
    }

    fn named(name: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|it| it.name() == name);
        found.ok_or_else(|| {
            let known = Self::ALL.map(Self::name).join(", ");
            Failure::new(format!("no services `{name}`; there are: {known}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(args: &[&str]) -> Result<Command> {
        parse_from(lexopt::Parser::from_args(args))
    }

    const NAMES: [&str; 11] = [
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
    fn nothing_typed_lists_the_commands() {
        for args in [&[][..], &["-h"], &["--help"], &["help"]] {
            assert_eq!(parsed(args), Ok(Command::List));
        }
    }

    #[test]
    fn command_asked_for_help_gives_its_own_and_does_nothing() {
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
        let told = parsed(&["help", "tset"]).unwrap_err().to_string();
        assert!(told.contains("`tset`"), "{told}");
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
    fn unknown_tables_are_refused_before_anything_is_built() {
        for args in [
            &["bench", "--only", "idle,callar"][..],
            &["bench", "--json", "--only=callar"],
        ] {
            let told = parsed(args).unwrap_err().to_string();
            assert!(told.contains("`callar`"), "{told}");
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
    fn budget_is_checked_unless_it_is_to_be_renewed() {
        let check = Command::Budget { renew: false };
        assert_eq!(parsed(&["budget"]), Ok(check));
        let renew = Command::Budget { renew: true };
        assert_eq!(parsed(&["budget", "--renew"]), Ok(renew));
    }

    #[test]
    fn unknown_words_name_the_word() {
        let told = parsed(&["tset"]).unwrap_err().to_string();
        assert!(told.contains("`tset`"), "{told}");
        let told = parsed(&["test", "--fast"]).unwrap_err().to_string();
        assert!(told.contains("--fast"), "{told}");
    }

    #[test]
    fn integration_test_takes_its_services_by_name() {
        let Ok(Command::IntegrationTest(options)) = parsed(&[
            "integration-test",
            "--only",
            "redis,postgres",
            "--services=native",
        ]) else {
            panic!("it parses")
        };
        assert_eq!(options.only, [Service::Postgres, Service::Redis]);
        assert_eq!(options.source, Source::Native);
        assert!(!options.keep && !options.install);
    }

    #[test]
    fn unknown_services_are_refused_by_name() {
        let told = parsed(&["integration-test", "--only", "mongo"])
            .unwrap_err()
            .to_string();
        assert!(told.starts_with("no service `mongo`"), "{told}");
        let told = parsed(&["integration-test", "--services", "vm"])
            .unwrap_err()
            .to_string();
        assert!(told.starts_with("no services `vm`"), "{told}");
    }
}
