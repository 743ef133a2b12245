//! Checks of the event model, independent of the case.

use serde_json::Value;

use crate::json::EventJson;

/// Header keys in order. Fields must not use these names.
const HEADER: &[(&str, Check)] = &[
    ("id", is_uuid),
    ("parent", is_uuid),
    ("trace", is_trace),
    ("app-id", Value::is_string),
    ("gomon:fp", Value::is_string),
    ("gomon:start", Value::is_u64),
    ("gomon:lapsed", Value::is_u64),
    ("gomon:outcome", is_outcome),
    ("error", is_errors),
    ("gomon:busy", Value::is_u64),
    ("gomon:polls", Value::is_u64),
    ("gomon:longest-poll", Value::is_u64),
    ("children", Value::is_array),
    ("gomon:cut", is_strings),
    ("links", is_links),
];

/// Fields of an incoming HTTP event.
const HTTP: &[(&str, Check)] = &[
    ("direction", |value| value == "incoming"),
    ("method", Value::is_string),
    ("proto", |value| {
        matches!(value.as_str(), Some("HTTP/1.0" | "HTTP/1.1" | "HTTP/2"))
    }),
    ("url", is_url),
    ("route", is_route),
    ("headers", is_headers),
    ("response_headers", is_headers),
    ("remoteaddr", Value::is_string),
    ("content-length", Value::is_u64),
    ("encoding", Value::is_string),
    ("close", Value::is_boolean),
    ("response_code", |value| {
        value
            .as_u64()
            .is_some_and(|code| (100..600).contains(&code))
    }),
    ("response_body", |value| {
        value.is_string() || is_bytes(value)
    }),
    ("request_size", Value::is_u64),
    ("response_size", Value::is_u64),
    ("first-byte", Value::is_u64),
    ("upgrade", Value::is_string),
    ("aborted", |value| {
        matches!(value.as_str(), Some("handler" | "head" | "body"))
    }),
];

/// Keys required in every event.
const REQUIRED: &[&str] = &[
    "id",
    "parent",
    "trace",
    "app-id",
    "gomon:fp",
    "gomon:start",
    "gomon:lapsed",
    "gomon:outcome",
];
const REQUIRED_HTTP: &[&str] = &["direction", "method", "proto", "url"];

/// Keys set by pages.
const PAGE_KEYS: &[&str] = &["cart", "user:url"];

/// Maximum length of an event as JSON: 64 KiB, each byte escaped.
const MAX_EVENT: usize = 64 * 1024 * 6 + 4096;
/// Maximum length of a short string in bytes.
const MAX_SHORT: usize = 1024;

type Check = fn(&Value) -> bool;

/// Returns all errors in a request's event.
pub(crate) fn of_request(event: &EventJson, has_routes: bool) -> Vec<String> {
    let mut errors = of_any(event);
    errors.extend(missing(event, REQUIRED_HTTP));
    if event.get("route").is_some() != has_routes {
        errors.push(format!("`route` is {:?}", event.get("route")));
    }
    for (key, value) in event.entries().filter(|(key, _)| !is_header(key)) {
        match HTTP.iter().find(|(name, _)| *name == key) {
            Some((_, check)) if !check(value) => {
                errors.push(format!("`{key}` must not be {value}"));
            }
            None if !PAGE_KEYS.contains(&key) => errors.push(format!("unknown key `{key}`")),
            _ => {}
        }
    }
    if event.get("aborted").is_some() != (event.text("gomon:outcome") == "cancelled") {
        errors.push("`aborted` is set exactly if the outcome is `cancelled`".to_owned());
    }
    let elapsed = event.number("gomon:lapsed").unwrap_or_default();
    if event
        .number("first-byte")
        .is_some_and(|first| first > elapsed)
    {
        errors.push("`first-byte` is after the end".to_owned());
    }
    if event.get("response_code").is_some() != event.get("first-byte").is_some() {
        errors.push("`response_code` and `first-byte` must be set together".to_owned());
    }
    for key in [
        "method",
        "url.path",
        "url.query",
        "url.host",
        "route",
        "remoteaddr",
    ] {
        if event.text(key).len() > MAX_SHORT {
            errors.push(format!("`{key}` has {} bytes", event.text(key).len()));
        }
    }
    errors
}

/// Returns the errors that any event can have.
pub(crate) fn of_any(event: &EventJson) -> Vec<String> {
    let mut errors: Vec<_> = missing(event, REQUIRED).collect();
    let keys: Vec<_> = event.keys().collect();
    let header: Vec<_> = keys
        .iter()
        .map_while(|key| HEADER.iter().position(|(name, _)| name == key))
        .collect();
    if !header.is_sorted_by(|a, b| a < b) {
        errors.push(format!("the header is out of order: {keys:?}"));
    }
    for (at, key) in keys.iter().enumerate() {
        if at >= header.len() && is_header(key) {
            errors.push(format!("`{key}` is among the fields"));
        }
        if keys.get(..at).is_some_and(|before| before.contains(key)) {
            errors.push(format!("`{key}` is duplicated"));
        }
    }
    for (key, value) in event.entries() {
        if HEADER
            .iter()
            .any(|(name, check)| *name == key && !check(value))
        {
            errors.push(format!("`{key}` must not be {value}"));
        }
        if has_null(value) {
            errors.push(format!("`{key}` holds null"));
        }
    }
    let id = event.text("id").replace('-', "");
    let trace = event.text("trace");
    // The half of the trace id with which the ids of its events begin.
    let half = if trace.starts_with("0000000000000000") {
        trace.get(16..)
    } else {
        trace.get(..16)
    };
    if half != id.get(..16) {
        errors.push(format!("id {id} does not belong to trace {trace}"));
    }
    if event.as_text().len() > MAX_EVENT {
        errors.push(format!("the event has {} bytes", event.as_text().len()));
    }
    if event.as_text().contains("SECRET") {
        errors.push("a secret is not redacted".to_owned());
    }
    if event.as_text().chars().any(char::is_control) {
        errors.push("a control character is not escaped".to_owned());
    }
    let busy = event.number("gomon:busy").unwrap_or_default();
    if event.number("gomon:longest-poll").unwrap_or_default() > busy {
        errors.push("the longest poll exceeds the busy time".to_owned());
    }
    errors
}

fn missing<'a>(event: &'a EventJson, keys: &'a [&str]) -> impl Iterator<Item = String> + 'a {
    keys.iter()
        .filter(|key| event.get(key).is_none())
        .map(|key| format!("`{key}` is missing"))
}

fn is_header(key: &str) -> bool {
    HEADER.iter().any(|(name, _)| *name == key)
}

fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.iter().any(has_null),
        Value::Object(map) => map.values().any(has_null),
        _ => false,
    }
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length
        && text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_uuid(value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    let lengths: Vec<_> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && is_hex(&text.replace('-', ""), 32)
}

fn is_trace(value: &Value) -> bool {
    value
        .as_str()
        .is_some_and(|text| is_hex(text, 32) && text.bytes().any(|byte| byte != b'0'))
}

fn is_outcome(value: &Value) -> bool {
    matches!(value.as_str(), Some("ok" | "error" | "cancelled" | "panic"))
}

fn is_strings(value: &Value) -> bool {
    value
        .as_array()
        .is_some_and(|list| list.iter().all(Value::is_string))
}

/// Returns whether the value is an object with the strings `required` and no keys besides `optional`.
fn is_object(value: &Value, required: &[&str], optional: &[&str]) -> bool {
    value.as_object().is_some_and(|map| {
        required
            .iter()
            .all(|key| map.get(*key).is_some_and(Value::is_string))
            && map
                .keys()
                .all(|key| required.contains(&key.as_str()) || optional.contains(&key.as_str()))
    })
}

fn is_errors(value: &Value) -> bool {
    value.as_array().is_some_and(|errors| {
        (1..=16).contains(&errors.len())
            && errors
                .iter()
                .all(|error| is_object(error, &["message"], &["type", "location", "chain"]))
    })
}

fn is_links(value: &Value) -> bool {
    value.as_array().is_some_and(|links| {
        links.iter().all(|link| {
            is_object(link, &["trace", "id"], &[])
                && is_uuid(&link["id"])
                && is_trace(&link["trace"])
        })
    })
}

fn is_url(value: &Value) -> bool {
    is_object(value, &["path"], &["scheme", "host", "query"])
        && value
            .as_object()
            .is_some_and(|map| map.values().all(Value::is_string))
}

fn is_route(value: &Value) -> bool {
    value
        .as_str()
        .is_some_and(|route| route == "<unmatched>" || route.starts_with('/'))
}

fn is_headers(value: &Value) -> bool {
    value.as_object().is_some_and(|headers| {
        headers
            .iter()
            .all(|(name, values)| *name == name.to_lowercase() && is_strings(values))
    })
}

fn is_bytes(value: &Value) -> bool {
    is_object(value, &["base64"], &[])
}
