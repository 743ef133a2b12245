//! Readable form of values.

use std::fmt::Write;

use crate::listeners::log::time::Elapsed;
use crate::record::event_value::EventValue;
use crate::text::needs_escape;

/// Appends a value. Ambiguous text is quoted, maps and lists are in brackets.
pub(super) fn write_value(out: &mut String, value: &EventValue<'_>) {
    // Writing to a string does not fail.
    let _ = match value {
        EventValue::Null => write!(out, "null"),
        EventValue::Bool(v) => write!(out, "{v}"),
        EventValue::I64(v) => write!(out, "{v}"),
        EventValue::U64(v) => write!(out, "{v}"),
        EventValue::F64(v) => write!(out, "{v}"),
        EventValue::Uuid(v) => write!(out, "{v}"),
        EventValue::Duration(v) => write!(out, "{}", Elapsed(*v)),
        EventValue::Bytes(v) => write!(out, "<{} bytes>", v.len()),
        EventValue::Str(v) => {
            write_word(out, v);
            Ok(())
        }
        EventValue::List(list) => {
            write_all(out, ['[', ']'], list.iter(), |out, value| {
                write_value(out, &value);
            });
            Ok(())
        }
        EventValue::Map(fields) => {
            let shown = fields.iter().filter(|(_, value)| !is_empty_map(value));
            write_all(out, ['{', '}'], shown, |out, (key, value)| {
                write_field(out, key, &value);
            });
            Ok(())
        }
        EventValue::Children(events) => write!(out, "<{} events>", events.iter().count()),
    };
}

/// Returns whether a value is an empty map, such as the headers of a response without recorded
/// ones. It is omitted.
pub(super) fn is_empty_map(value: &EventValue<'_>) -> bool {
    matches!(value, EventValue::Map(map) if map.iter().next().is_none())
}

/// Appends `key=value`.
pub(super) fn write_field(out: &mut String, key: &str, value: &EventValue<'_>) {
    write_word(out, key);
    out.push('=');
    write_value(out, value);
}

/// Appends text as one word, quoted if it is ambiguous.
pub(super) fn write_word(out: &mut String, text: &str) {
    let ambiguous = |c: char| c.is_whitespace() || needs_escape(c) || matches!(c, '"' | '\\' | '=');
    if text.is_empty() || text.contains(ambiguous) {
        write_quoted(out, text);
    } else {
        out.push_str(text);
    }
}

/// Appends text in quotes.
pub(super) fn write_quoted(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            _ if needs_escape(c) => out.extend(c.escape_default()),
            _ => out.push(c),
        }
    }
    out.push('"');
}

fn write_all<T>(
    out: &mut String,
    [open, close]: [char; 2],
    items: impl Iterator<Item = T>,
    write: impl Fn(&mut String, T),
) {
    out.push(open);
    for (at, item) in items.enumerate() {
        if at > 0 {
            out.push(' ');
        }
        write(out, item);
    }
    out.push(close);
}
