//! The command line of the demo.

use std::time::Duration;

pub(crate) const USAGE: &str = "usage: demo [--json] [--once] [--port N]
  --json    print the events as lines of JSON; all else goes to stderr
  --once    send requests for eight seconds, then end
  --port N  listen on another port than 12345; 0 takes a free one";

pub(crate) struct Flags {
    pub(crate) json: bool,
    pub(crate) once: bool,
    pub(crate) port: u16,
}

impl Flags {
    /// The flags, or what to tell whoever mistyped them.
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut flags = Self {
            json: false,
            once: false,
            port: 12345,
        };
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--help" | "-h" => return Err(USAGE.to_owned()),
                "--json" => flags.json = true,
                "--once" => flags.once = true,
                "--port" => {
                    let port = arguments.next().unwrap_or_default();
                    flags.port = port.parse().map_err(|_| {
                        format!("demo: --port {port}: expected a number from 0 to 65535\n{USAGE}")
                    })?;
                }
                other => return Err(format!("demo: unknown argument {other}\n{USAGE}")),
            }
        }
        Ok(flags)
    }

    /// How long the shop sends itself requests.
    pub(crate) fn visits(&self) -> Duration {
        Duration::from_secs(if self.once { 8 } else { 60 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Flags, String> {
        Flags::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn a_bad_port_is_named_with_what_was_expected() {
        let error = parse("--port many").err().unwrap();
        assert!(
            error.contains("--port many") && error.contains("0 to 65535"),
            "{error}"
        );
    }

    #[test]
    fn an_unknown_argument_is_named() {
        assert!(parse("--jsn").err().unwrap().contains("--jsn"));
    }
}
