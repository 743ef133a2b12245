//! JSON form of an event, written directly as bytes.
//!
//! This is the main cost of a listener that writes lines. The result equals the
//! [`Serialize`](serde::Serialize) form but escapes more characters: those that are unsafe in a
//! terminal or end a line.

#[cfg(test)]
pub(crate) mod tests;

use std::io::Write;

use crate::id::Id;
use crate::record::event::Event;
use crate::record::event_value::EventValue;
use crate::record::outcome::Outcome;
use crate::record::serialize::base64;
use crate::text::{needs_escape, saturated_nanos};

impl Event<'_> {
    /// Appends the event as JSON on one line, without the line end.
    ///
    /// Control characters, DEL, line and paragraph separators, bidirectional controls and invisible
    /// characters are escaped, so that the text is safe to show.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_core::{Monitor, Recorder};
    /// # let recorder = Recorder::new();
    /// # let running = Monitor::builder().listener(recorder.listener()).build()?;
    /// running.monitor().root("job");
    /// let mut line = Vec::new();
    /// recorder.wait_for(1)[0].as_event().write_json(&mut line);
    /// assert!(line.starts_with(b"{\"id\":\""));
    /// assert!(!line.contains(&b'\n'));
    /// # Ok::<(), gomon_core::Error>(())
    /// ```
    pub fn write_json(&self, out: &mut Vec<u8>) {
        self.write_ids(out);
        write_string(out, self.app_id());
        out.extend_from_slice(b",\"gomon:fp\":");
        write_string(out, self.fingerprint());
        out.extend_from_slice(b",\"gomon:start\":");
        write_unsigned(out, self.start_ns());
        out.extend_from_slice(b",\"gomon:lapsed\":");
        write_unsigned(out, saturated_nanos(self.elapsed()));
        if self.outcome() != Outcome::Unknown {
            out.extend_from_slice(b",\"gomon:outcome\":\"");
            out.extend_from_slice(self.outcome().as_str().as_bytes());
            out.push(b'"');
        }
        for (key, value) in self.sections().chain(self.fields().iter()) {
            out.push(b',');
            write_string(out, key);
            out.push(b':');
            write_value(out, &value);
        }
        out.push(b'}');
    }
}

impl Event<'_> {
    /// Writes the beginning, up to the application id. Its layout is fixed, so that it needs few
    /// capacity checks.
    fn write_ids(&self, out: &mut Vec<u8>) {
        let mut head = *b"{\"id\":\"------------------------------------\"";
        head[7..43].copy_from_slice(self.id().encode(&mut [0; 36]).as_bytes());
        out.extend_from_slice(&head);
        if let Some(parent) = self.parent() {
            let mut entry = *b",\"parent\":\"------------------------------------\"";
            entry[11..47].copy_from_slice(parent.encode(&mut [0; 36]).as_bytes());
            out.extend_from_slice(&entry);
        }
        let mut trace = *b",\"trace\":\"--------------------------------\",\"app-id\":";
        trace[10..42].copy_from_slice(&self.trace().hex());
        out.extend_from_slice(&trace);
    }
}

fn write_value(out: &mut Vec<u8>, value: &EventValue<'_>) {
    match value {
        EventValue::Null => out.extend_from_slice(b"null"),
        EventValue::Bool(true) => out.extend_from_slice(b"true"),
        EventValue::Bool(false) => out.extend_from_slice(b"false"),
        EventValue::U64(v) => write_unsigned(out, *v),
        EventValue::I64(v) => {
            if *v < 0 {
                out.push(b'-');
            }
            write_unsigned(out, v.unsigned_abs());
        }
        EventValue::Duration(v) => write_unsigned(out, saturated_nanos(*v)),
        EventValue::F64(v) => write_float(out, *v),
        EventValue::Str(v) => write_string(out, v),
        EventValue::Uuid(v) => write_id(out, *v),
        EventValue::Bytes(v) => {
            out.extend_from_slice(b"{\"base64\":\"");
            out.extend_from_slice(base64(v).as_bytes());
            out.extend_from_slice(b"\"}");
        }
        EventValue::List(list) => write_all(out, *b"[]", list.iter(), |out, value| {
            write_value(out, &value);
        }),
        EventValue::Map(fields) => write_all(out, *b"{}", fields.iter(), |out, (key, value)| {
            write_string(out, key);
            out.push(b':');
            write_value(out, &value);
        }),
        EventValue::Children(events) => {
            write_all(out, *b"[]", events.iter(), |out, event| {
                event.write_json(out);
            });
        }
    }
}

fn write_all<T>(
    out: &mut Vec<u8>,
    [open, close]: [u8; 2],
    items: impl Iterator<Item = T>,
    write: impl Fn(&mut Vec<u8>, T),
) {
    out.push(open);
    for (at, item) in items.enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write(out, item);
    }
    out.push(close);
}

fn write_id(out: &mut Vec<u8>, id: Id) {
    out.push(b'"');
    out.extend_from_slice(id.encode(&mut [0; 36]).as_bytes());
    out.push(b'"');
}

fn write_unsigned(out: &mut Vec<u8>, value: u64) {
    // Writing to a vector does not fail.
    let _ = serde_json::to_writer(out, &value);
}

fn write_float(out: &mut Vec<u8>, value: f64) {
    if value.is_finite() {
        let _ = serde_json::to_writer(out, &value);
    } else if value.is_nan() {
        out.extend_from_slice(b"\"NaN\"");
    } else if value > 0.0 {
        out.extend_from_slice(b"\"Infinity\"");
    } else {
        out.extend_from_slice(b"\"-Infinity\"");
    }
}

/// Returns whether a byte must be escaped or may begin a character that must be.
fn is_special(byte: u8) -> bool {
    // Beyond ASCII, these begin all characters of `needs_escape`. None of them continues a character.
    matches!(
        byte,
        0..0x20 | b'"' | b'\\' | 0x7f | 0xc2 | 0xcd | 0xd8 | 0xe1..=0xe3 | 0xef | 0xf0 | 0xf3
    )
}

/// Returns whether none of eight bytes needs a closer look, by checking all at once.
fn is_plain(word: [u8; 8]) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x80 * ONES;
    let word = u64::from_le_bytes(word);
    // Exact for bytes below 0x80. All others need a closer look.
    let below = |limit: u64| word.wrapping_sub(ONES * limit);
    let is = |byte: u64| (word ^ (ONES * byte)).wrapping_sub(ONES);
    (word | below(0x20) | is(b'"'.into()) | is(b'\\'.into()) | is(0x7f)) & HIGH == 0
}

fn write_string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let mut rest = text;
    while let Some(at) = first_escaped(rest) {
        let (plain, tail) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.extend_from_slice(plain.as_bytes());
        let mut tail = tail.chars();
        if let Some(c) = tail.next() {
            write_escaped(out, c);
        }
        rest = tail.as_str();
    }
    out.extend_from_slice(rest.as_bytes());
    out.push(b'"');
}

/// Returns the index of the first character that must be escaped.
fn first_escaped(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    if are_plain(bytes) {
        return None;
    }
    let mut at = 0;
    loop {
        let next = bytes.get(at..)?.iter().position(|byte| is_special(*byte))?;
        at += next;
        let c = text.get(at..)?.chars().next()?;
        if c.is_ascii() || needs_escape(c) {
            return Some(at);
        }
        at += c.len_utf8();
    }
}

/// Returns whether none of the bytes needs a closer look. The last word overlaps, so that no single
/// bytes remain.
fn are_plain(bytes: &[u8]) -> bool {
    if let Some(last) = bytes.last_chunk::<8>() {
        bytes
            .chunks_exact(8)
            .all(|word| word.first_chunk().is_some_and(|word| is_plain(*word)))
            && is_plain(*last)
    } else if let (Some([a, b, c, d]), Some([e, f, g, h])) =
        (bytes.first_chunk(), bytes.last_chunk())
    {
        is_plain([*a, *b, *c, *d, *e, *f, *g, *h])
    } else {
        bytes
            .iter()
            .all(|byte| byte.is_ascii() && !is_special(*byte))
    }
}

fn write_escaped(out: &mut Vec<u8>, c: char) {
    let short = match c {
        '"' => b'"',
        '\\' => b'\\',
        '\n' => b'n',
        '\r' => b'r',
        '\t' => b't',
        _ => {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a vector does not fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}
