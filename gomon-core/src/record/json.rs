//! The JSON form of an event, written by hand straight into bytes: it is most of what a listener that
//! writes lines does.
//!
//! It says the same as the [`Serialize`](serde::Serialize) form, and escapes more: also what a terminal
//! would take for a command or for the end of a line.

#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::id::Id;
use crate::record::event::Event;
use crate::record::event_value::EventValue;
use crate::record::serialize::base64;
use crate::text::is_hostile;

impl Event<'_> {
    /// Appends its JSON form, on one line and without the end of the line.
    ///
    /// Control characters, DEL, the line and paragraph separators and bidirectional controls are
    /// escaped, so that the text is safe to show.
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
        write_unsigned(out, nanos(self.lapsed()));
        out.extend_from_slice(b",\"gomon:outcome\":\"");
        out.extend_from_slice(self.outcome().as_str().as_bytes());
        out.push(b'"');
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
    /// The beginning, up to the application's id. It has fixed places, so that it is put together without asking for
    /// room at each step.
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
        EventValue::Duration(v) => write_unsigned(out, nanos(*v)),
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

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
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

/// Whether the byte has to be escaped, or begins a character of several bytes that may have to be.
fn is_special(byte: u8) -> bool {
    // The last begin U+0080 to U+00BF, U+0600 to U+063F and U+2000 to U+2FFF: where all is that `is_hostile` knows.
    matches!(byte, 0..0x20 | b'"' | b'\\' | 0x7f | 0xc2 | 0xd8 | 0xe2)
}

/// Whether none of eight bytes needs a closer look: found for all at once.
fn is_plain(word: [u8; 8]) -> bool {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x80 * EACH;
    let word = u64::from_le_bytes(word);
    // Exact for bytes below 0x80, and all others are looked at closely.
    let below = |limit: u64| word.wrapping_sub(EACH * limit);
    let is = |byte: u64| (word ^ (EACH * byte)).wrapping_sub(EACH);
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

/// Where the first character stands that has to be escaped.
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
        if c.is_ascii() || is_hostile(c) {
            return Some(at);
        }
        at += c.len_utf8();
    }
}

/// Whether none of the bytes needs a closer look. Words that overlap leave no rest to be looked at one by one.
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
            // What is hostile stands in the first plane, so that four digits hold it.
            out.extend_from_slice(format!("\\u{:04x}", u32::from(c)).as_bytes());
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}
