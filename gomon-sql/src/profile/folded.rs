//! The profile as folded stacks, for flame graphs.

use std::fmt::Write as _;

use super::SqlProfile;

impl SqlProfile {
    /// Returns folded stacks, the input of `flamegraph.pl`, `inferno-flamegraph` and speedscope.
    ///
    /// Each line has the route, `transaction` if there was one, the statement, and the time in µs.
    #[must_use]
    pub fn folded(&self) -> String {
        let mut lines = String::new();
        for statement in self.statements() {
            for caller in statement.callers() {
                push_frame(&mut lines, caller.name().unwrap_or("<none>"));
                lines.push(';');
                if caller.in_transaction() {
                    lines.push_str("transaction;");
                }
                push_frame(&mut lines, statement.text());
                // Writing to a string does not fail.
                let _ = writeln!(lines, " {}", caller.total().as_micros());
            }
        }
        lines
    }
}

/// Appends a frame without the characters that would end it.
fn push_frame(lines: &mut String, frame: &str) {
    lines.extend(frame.chars().map(|c| match c {
        ';' => ',',
        c if c.is_control() => ' ',
        c => c,
    }));
}
