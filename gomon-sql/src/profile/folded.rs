//! The profile as folded stacks, of which tools make flame graphs.

use std::fmt::Write as _;

use super::SqlProfile;

impl SqlProfile {
    /// One line for each stack: the route, the transaction where there was one, the statement, and the µs that it took;
    /// what `flamegraph.pl`, `inferno-flamegraph` and speedscope read.
    ///
    /// # Examples
    ///
    /// ```
    /// let folded = gomon_sql::SqlProfile::of(gomon_core::global()).folded();
    /// assert_eq!(folded, "");
    /// ```
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

/// A frame, without what would end it.
fn push_frame(lines: &mut String, frame: &str) {
    lines.extend(frame.chars().map(|c| match c {
        ';' => ',',
        c if c.is_control() => ' ',
        c => c,
    }));
}
