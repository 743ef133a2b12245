//! Fuzz target for secrets in untrusted text.

use std::sync::OnceLock;

use gomon_core::adapter::UrlParts;
use gomon_core::{Key, Monitor, REDACTED, Redaction, Running, Tracker, Value};

const SECRET: &str = "PLANTED";
const FIELD: Key<'static> = Key::new("x");

/// Plants a secret in text from the input and searches for it in the recorded event.
///
/// The first byte selects the kind of text. The rest is that text up to a NUL, then the text next to the secret.
///
/// # Panics
///
/// Panics if the secret is found, or if redacting the result again shows more.
///
/// # Examples
///
/// ```
/// fuzz::redaction(b"\x00GET /");
/// ```
pub fn redaction(input: &[u8]) {
    let Some((kind, text)) = input.split_first() else {
        return;
    };
    let text = String::from_utf8_lossy(text);
    let (around, beside) = text.split_once('\0').unwrap_or((&text, ""));
    // A secret in the input itself is not a leak.
    if text.contains(SECRET) {
        return;
    }
    match kind % 8 {
        0 => scrubbed(&format!("{around} password={SECRET}"), |text| {
            Value::text(text)
        }),
        1 => scrubbed(
            &format!("{around} https://u:{SECRET}@example.org/"),
            |text| Value::text(text),
        ),
        2 => statement(&format!("SELECT '{SECRET}' {around}")),
        3 => statement(around),
        4 => scrubbed(&dsn(beside), |text| Value::dsn(text)),
        5 => url(&format!("https://u:{SECRET}@example.org/{around}")),
        6 => query(around, beside),
        _ => scrubbed(around, |text| Value::text(text)),
    }
}

fn dsn(beside: &str) -> String {
    let plain: String = beside.chars().filter(char::is_ascii_alphanumeric).collect();
    format!("postgres://user:{plain}{SECRET}@db:5432/shop")
}

/// Returns the monitor that records the events of these targets.
pub(crate) fn monitor() -> Monitor {
    static RUNNING: OnceLock<Option<Running>> = OnceLock::new();
    let running = RUNNING.get_or_init(|| Monitor::builder().health_interval(None).build().ok());
    running
        .as_ref()
        .map_or_else(Monitor::noop, Running::monitor)
}

/// Returns the JSON of a recorded value.
pub(crate) fn shown(value: Value<'_>) -> String {
    let mut tracker = monitor().root("fuzz");
    tracker.set(FIELD, value);
    let shown = Tracker::get(&tracker, FIELD.name());
    shown
        .and_then(|value| serde_json::to_string(&value).ok())
        .unwrap_or_default()
}

fn scrubbed(text: &str, kind: fn(&str) -> Value<'_>) {
    let once = shown(kind(text));
    assert!(!once.contains(SECRET), "{text:?} -> {once}");
    if let Ok(plain) = serde_json::from_str::<String>(&once) {
        let again = shown(kind(&plain));
        assert!(hides_more(&again, &once), "{text:?}: {once} -> {again}");
    }
}

/// Returns whether all that `again` shows is shown by `once` too, in the same order.
///
/// The first redaction may remove the end of another secret, such as a bracket, so that a second one hides more.
fn hides_more(again: &str, once: &str) -> bool {
    let mut rest = once;
    again.split(REDACTED).all(|part| {
        let after = rest.split_once(part).map(|(_, after)| after);
        rest = after.unwrap_or_default();
        after.is_some()
    })
}

fn statement(statement: &str) {
    scrubbed(statement, |statement| Value::sql(statement));
}

fn url(url: &str) {
    let shown = shown(Value::url(UrlParts::parse(url)));
    assert!(!shown.contains(SECRET), "{url:?} -> {shown}");
}

fn query(key: &str, beside: &str) {
    let key: String = key
        .chars()
        .filter(|c| !matches!(c, '&' | ';' | '='))
        .collect();
    if key.contains(SECRET) {
        // The filter joined two parts to the secret, and a name is shown.
        return;
    }
    let mut shown = String::new();
    let query = format!("{key}={SECRET}{beside}&{key}={beside}");
    let policy = Redaction::default();
    assert!(policy.write_query(&query, &mut shown).is_ok());
    assert!(!shown.contains(SECRET), "{query:?} -> {shown}");
    let mut again = String::new();
    assert!(policy.write_query(&shown, &mut again).is_ok());
    assert_eq!(again, shown, "{query:?}");
}
