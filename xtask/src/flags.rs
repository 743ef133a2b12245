//! Commands and their flags.

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
    /// Clean up the folder of a run once it has died; a hidden command.
    Watchdog {
        /// The folder.
        folder: PathBuf,
        /// Whether the run has containers.
        with_containers: bool,
    },
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

/// The flags of `fuzz`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fuzz {
    /// Duration of each target.
    pub(crate) seconds: u32,
    /// The target to run; all targets if `None`.
    pub(crate) target: Option<String>,
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

/// Parses `help` or `help COMMAND`.
fn help(parser: lexopt::Parser) -> Result<Command> {
    match one_value(parser)? {
        None => Ok(Command::List),
        Some(name) => {
            let page = Page::of(&name).ok_or_else(|| unknown(&name))?;
            Ok(Command::Help(page))
        }
    }
}

fn has_help_flag(mut parser: lexopt::Parser) -> Result<bool> {
    Ok(parser.raw_args()?.any(|arg| arg == "--help" || arg == "-h"))
}

/// Parses `bench`, and rejects unknown tables before the benchmarks are built.
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
            Value(arg) if value.is_none() => value = Some(arg.string()?),
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
            Value(arg) if options.target.is_none() => options.target = Some(arg.string()?),
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
                let named = names.split(',').map(|name| Service::named(name.trim()));
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

    /// Returns the name used on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Docker => "docker",
            Self::Native => "native",
            Self::External => "external",
        }
    }

    fn named(name: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|source| source.name() == name);
        found.ok_or_else(|| {
            let known = Self::ALL.map(Self::name).join(", ");
            Failure::new(format!("no services `{name}`; expected one of: {known}"))
        })
    }
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
            "redis,postgres",
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
