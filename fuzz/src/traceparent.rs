//! Fuzz target for `traceparent` and `tracestate` headers.

use gomon_core::{Id, TraceContext, TraceParent, TraceState};

/// Checks that headers are parsed according to the grammar, and that encoding a parsed header restores it.
///
/// The first line of the input is a `traceparent`, each further line a `tracestate`.
///
/// # Panics
///
/// Panics if a check fails.
///
/// # Examples
///
/// ```
/// fuzz::traceparent(b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\na=1");
/// ```
pub fn traceparent(input: &[u8]) {
    let mut lines = input.split(|byte| *byte == b'\n');
    let header = lines.next().unwrap_or_default();
    let parsed = TraceParent::parse(header);
    let ids = parsed.map(|parent| {
        (
            parent.trace_id.as_u128(),
            parent.parent_id.as_u64(),
            parent.sampled(),
        )
    });
    assert_eq!(ids, expected(header));
    let context = TraceContext::from_headers([header].into_iter(), lines.clone());
    assert_eq!(context.as_ref().map(|context| context.parent), parsed);
    assert_eq!(
        TraceContext::from_headers([header, header].into_iter(), lines.clone()),
        None
    );
    if let Some(parent) = parsed {
        let written = parent.encode();
        assert_eq!(TraceParent::parse(&written), Some(parent));
        assert_eq!(written.as_slice(), parent.to_string().as_bytes());
        let id = Id::in_trace(parent.trace_id, parent.parent_id);
        assert!(id.hi() != 0 && id.lo() != 0);
        assert_eq!(Id::parse(&id.to_string()), Some(id));
    }
    let state = TraceState::from_headers(lines);
    if let Some(context) = context {
        assert_eq!(context.state, state);
    }
    if let Some(state) = state {
        check_state(&state);
    }
}

/// Parses a `traceparent` independently of the code under test, by splitting text.
fn expected(header: &[u8]) -> Option<(u128, u64, bool)> {
    // Later versions may append anything after the flags.
    let text = String::from_utf8_lossy(header);
    let mut fields = text.splitn(5, '-');
    let version = hex(fields.next()?, 2)?;
    let trace = hex(fields.next()?, 32).filter(|id| *id != 0)?;
    let parent = hex(fields.next()?, 16).filter(|id| *id != 0)?;
    let flags = hex(fields.next()?, 2)?;
    let more = fields.next().is_some();
    let known = version != 0xff && (version != 0 || !more);
    known.then_some((trace, parent as u64, flags & 1 == 1))
}

fn hex(text: &str, length: usize) -> Option<u128> {
    let digits = text.len() == length && text.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'));
    u128::from_str_radix(text, 16).ok().filter(|_| digits)
}

fn check_state(state: &TraceState) {
    let text = state.as_str();
    assert!(text.len() <= 512);
    assert_eq!(
        TraceState::from_headers([text.as_bytes()].into_iter()).as_ref(),
        Some(state)
    );
    let members = || {
        text.split(',')
            .map(|member| member.trim_matches([' ', '\t']))
            .filter(|member| !member.is_empty())
    };
    assert!((1..=32).contains(&members().count()));
    for member in members() {
        let pair = member.split_once('=');
        let is_valid = pair.is_some_and(|(key, value)| is_key(key) && is_value(value));
        assert!(is_valid, "{member:?}");
    }
}

fn is_key(key: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-*/@".contains(c);
    key.len() <= 256
        && key.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && key.chars().all(inner)
}

fn is_value(value: &str) -> bool {
    let inner = |c: char| (' '..='~').contains(&c) && c != ',' && c != '=';
    (1..=256).contains(&value.len()) && value.chars().all(inner) && !value.ends_with(' ')
}
