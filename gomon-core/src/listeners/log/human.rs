//! Readable form of events.

use std::fmt::Write;
use std::time::Duration;

use crate::listeners::log::colour;
use crate::listeners::log::colour::{BOLD, DIM, RED, RESET};
use crate::listeners::log::text::{
    is_empty_map, write_field, write_quoted, write_value, write_word,
};
use crate::listeners::log::time::{Elapsed, Timestamp};
use crate::record::event::Event;
use crate::record::event_value::{EventChildren, EventFields, EventValue};

/// Fields that summarise an event, written first and without their names.
const SUMMARY_FIELDS: [&str; 13] = [
    "level",
    "method",
    "route",
    "url",
    "response_code",
    "command",
    "query",
    "rpc-service",
    "rpc-method",
    "grpc-status",
    "topic",
    "name",
    "message",
];
/// Route of a request that no template matched.
const UNMATCHED: &str = "<unmatched>";
/// Width of a time.
const TIME_WIDTH: usize = 24;

/// Writes readable lines.
#[derive(Debug, Default)]
pub(super) struct Human {
    pub(super) colours: bool,
}

impl Human {
    /// Appends the line of `event` and those of its children.
    pub(super) fn write(&self, event: &Event<'_>, out: &mut String) {
        self.painted(out, DIM, |out| {
            let _ = write!(out, "{}", Timestamp(event.start_ns()));
        });
        self.write_event(event, out, 0);
        if event.parent().is_some() {
            self.painted(out, DIM, |out| {
                let _ = write!(out, " trace={}", event.trace());
            });
        }
        out.push('\n');
        self.write_children(event, out, 1);
    }

    fn write_children(&self, event: &Event<'_>, out: &mut String, depth: usize) {
        for child in event.children().iter().flat_map(EventChildren::iter) {
            let since = Duration::from_nanos(child.start_ns().saturating_sub(event.start_ns()));
            self.painted(out, DIM, |out| {
                let since = format!("+{}", Elapsed(since));
                let _ = write!(out, "{since:>TIME_WIDTH$}");
            });
            self.write_event(&child, out, depth);
            out.push('\n');
            self.write_children(&child, out, depth + 1);
        }
    }

    fn write_event(&self, event: &Event<'_>, out: &mut String, depth: usize) {
        out.push(' ');
        let outcome = event.outcome().as_str();
        self.painted(out, colour::of(event.outcome()), |out| {
            let _ = write!(out, "{outcome:<9}");
        });
        let _ = write!(out, " {:>7} ", Elapsed(event.elapsed()));
        if depth > 0 {
            let _ = write!(out, "{:indent$}└ ", "", indent = 2 * (depth - 1));
        }
        self.painted(out, BOLD, |out| write_word(out, event.fingerprint()));
        if event.parent().is_none() {
            out.push(' ');
            write_word(out, event.app_id());
        }
        let fields = event.fields();
        let summary = write_summary(out, &fields);
        for (key, value) in fields
            .iter()
            .filter(|(key, _)| !summary.contains(&Some(*key)))
        {
            if !is_empty_map(&value) {
                self.write_named(out, key, &value);
            }
        }
        for (key, value) in event.sections() {
            match (key, &value) {
                (_, EventValue::Children(_)) => {}
                ("error", EventValue::List(errors)) => {
                    for error in errors.iter().filter_map(|error| error.as_map()) {
                        self.write_error(out, &error);
                    }
                }
                _ => self.write_named(out, key.strip_prefix("gomon:").unwrap_or(key), &value),
            }
        }
    }

    fn write_named(&self, out: &mut String, key: &str, value: &EventValue<'_>) {
        out.push(' ');
        match (key, value) {
            ("url", EventValue::Map(url)) => {
                out.push_str("url=");
                write_url(out, url);
            }
            _ => write_field(out, key, value),
        }
    }

    /// Appends the message of an error, its type, its location and its causes.
    fn write_error(&self, out: &mut String, error: &EventFields<'_>) {
        out.push(' ');
        self.painted(out, RED, |out| {
            out.push_str("error=");
            write_quoted(
                out,
                error
                    .get("message")
                    .and_then(|message| message.as_str())
                    .unwrap_or_default(),
            );
        });
        for (key, value) in error.iter().filter(|(key, _)| *key != "message") {
            let name = match key {
                "type" => "of",
                "location" => "at",
                "chain" => "caused by",
                _ => key,
            };
            let _ = write!(out, " {name} ");
            write_value(out, &value);
        }
    }

    fn painted(&self, out: &mut String, colour: &str, write: impl FnOnce(&mut String)) {
        if self.colours {
            out.push_str(colour);
        }
        write(out);
        if self.colours {
            out.push_str(RESET);
        }
    }
}

/// Appends the summary fields and returns their names.
fn write_summary<'a>(
    out: &mut String,
    fields: &EventFields<'a>,
) -> [Option<&'a str>; SUMMARY_FIELDS.len()] {
    let mut found = [None; SUMMARY_FIELDS.len()];
    for (key, value) in fields.iter() {
        if let Some(slot) = SUMMARY_FIELDS
            .iter()
            .position(|name| *name == key)
            .and_then(|at| found.get_mut(at))
        {
            *slot = Some((key, value));
        }
    }
    let mut has_route = false;
    found.map(|field| {
        let (key, value) = field?;
        match (key, &value) {
            ("route", EventValue::Str(UNMATCHED)) => return None,
            ("route", _) => has_route = true,
            // After the template, the URL is an ordinary field.
            ("url", _) if has_route => return None,
            _ => {}
        }
        out.push(' ');
        match (key, &value) {
            ("url", EventValue::Map(url)) => write_url(out, url),
            ("query" | "message", EventValue::Str(text)) => write_quoted(out, text),
            _ => write_value(out, &value),
        }
        Some(key)
    })
}

/// Appends a URL from its parts.
fn write_url(out: &mut String, url: &EventFields<'_>) {
    let part = |name| url.get(name).and_then(|part| part.as_str());
    let mut text = String::new();
    if let Some(scheme) = part("scheme") {
        let _ = write!(text, "{scheme}:");
    }
    if let Some(host) = part("host") {
        let _ = write!(text, "//{host}");
    }
    text.push_str(part("path").unwrap_or_default());
    if let Some(query) = part("query") {
        let _ = write!(text, "?{query}");
    }
    // Unlike other text, a URL with `=` needs no quotes.
    if text.is_empty() || text.contains(|c: char| c.is_whitespace() || c == '"' || c == '\\') {
        write_quoted(out, &text);
    } else {
        out.push_str(&crate::text::printable(&text));
    }
}
