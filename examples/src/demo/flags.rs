//! Command-line arguments of the demo.

use std::time::Duration;

pub(crate) const USAGE: &str = "usage: demo [--json] [--once] [--port N]
  --json    print events as JSON lines; all other output goes to stderr
  --once    send requests for eight seconds, then exit
  --port N  listen on this port instead of 12345; 0 picks a free port";

pub(crate) struct Flags {
    pub(crate) json: bool,
    pub(crate) once: bool,
    pub(crate) port: u16,
}

impl Flags {
    /// Parses the arguments.
    ///
    /// # Errors
    ///
    /// Returns a message with the usage for `--help` or an invalid argument.
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

    /// Returns how long the shop sends requests to itself.
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
    fn invalid_port_error_names_the_expected_range() {
        let error = parse("--port many").err().unwrap();
        assert!(
            error.contains("--port many") && error.contains("0 to 65535"),
            "{error}"
        );
    }

    #[test]
    fn unknown_argument_is_named() {
        assert!(parse("--jsn").err().unwrap().contains("--jsn"));
    }
}
