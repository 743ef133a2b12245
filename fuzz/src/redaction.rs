//! Secrets in text that strangers write.

use std::sync::OnceLock;

use gomon_core::{Key, Monitor, Redaction, Running, Tracker, UrlParts, Value};

const SECRET: &str = "PLANTED";
const FIELD: Key<'static> = Key::new("x");

/// Plants a secret where one belongs, with the input around it and next to it, and looks for it in what is recorded.
///
/// The first byte chooses the kind of text; the rest is that text up to a NUL, and what stands beside the secret.
///
/// # Panics
///
/// When the secret is found, or when what is shown is changed by being scrubbed once more.
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
    // A mark of its own would be no leak.
    if text.contains(SECRET) {
        return;
    }
    match kind % 8 {
        0 => scrubbed(&format!("{around} password={SECRET}"), |it| Value::text(it)),
        1 => scrubbed(&format!("{around} https://u:{SECRET}@example.org/"), |it| {
            Value::text(it)
        }),
        2 => statement(&format!("SELECT '{SECRET}' {around}")),
        3 => statement(around),
        4 => scrubbed(&dsn(beside), |it| Value::dsn(it)),
        5 => url(&format!("https://u:{SECRET}@example.org/{around}")),
        6 => query(around, beside),
        _ => scrubbed(around, |it| Value::text(it)),
    }
}

fn dsn(beside: &str) -> String {
    let plain: String = beside.chars().filter(char::is_ascii_alphanumeric).collect();
    format!("postgres://user:{plain}{SECRET}@db:5432/shop")
}

/// The monitor that records what is looked at.
pub(crate) fn monitor() -> Monitor {
    static RUNNING: OnceLock<Option<Running>> = OnceLock::new();
    let running = RUNNING.get_or_init(|| Monitor::builder().health_interval(None).build().ok());
    running
        .as_ref()
        .map_or_else(Monitor::noop, Running::monitor)
}

/// What is recorded of a value.
pub(crate) fn shown(value: Value<'_>) -> String {
    let mut tracker = monitor().root("fuzz");
    tracker.set(FIELD, value);
    let shown = Tracker::get(&tracker, FIELD.name());
    shown
        .and_then(|it| serde_json::to_string(&it).ok())
        .unwrap_or_default()
}

fn scrubbed(text: &str, kind: fn(&str) -> Value<'_>) {
    let once = shown(kind(text));
    assert!(!once.contains(SECRET), "{text:?} -> {once}");
    if let Ok(plain) = serde_json::from_str::<String>(&once) {
        assert_eq!(shown(kind(&plain)), once, "{text:?}");
    }
}

fn statement(statement: &str) {
    scrubbed(statement, |it| Value::sql(it));
}

fn url(url: &str) {
    let told = shown(Value::url(UrlParts::parse(url)));
    assert!(!told.contains(SECRET), "{url:?} -> {told}");
}

fn query(key: &str, beside: &str) {
    let key: String = key
        .chars()
        .filter(|c| !matches!(c, '&' | ';' | '='))
        .collect();
    if key.contains(SECRET) {
        // Of two parts that the filter joined: a name is shown.
        return;
    }
    let mut told = String::new();
    let query = format!("{key}={SECRET}{beside}&{key}={beside}");
    let policy = Redaction::default();
    assert!(policy.write_query(&query, &mut told).is_ok());
    assert!(!told.contains(SECRET), "{query:?} -> {told}");
    let mut again = String::new();
    assert!(policy.write_query(&told, &mut again).is_ok());
    assert_eq!(again, told, "{query:?}");
}
