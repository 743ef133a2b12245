//! Fuzz target for encoded events from a store or another process.

use gomon_core::{Event, EventValue};

/// Decodes a record and reads its fields, sections, children, JSON and `Debug` output.
///
/// # Panics
///
/// Panics if the JSON is invalid, if a copy differs, or if reading takes more steps than the size allows.
///
/// # Examples
///
/// ```
/// fuzz::record(b"not a record");
/// ```
pub fn record(input: &[u8]) {
    check(input);
    // Most inputs have a wrong length, so also test with a correct one.
    let mut patched = input.to_vec();
    let length = patched.len() as u32;
    if let Some(head) = patched.first_chunk_mut::<5>() {
        let [a, b, c, d] = length.to_le_bytes();
        *head = [a, b, c, d, 1];
        check(&patched);
    }
}

fn check(bytes: &[u8]) {
    let Some(event) = Event::from_bytes(bytes, "shop") else {
        return;
    };
    let mut steps = 0;
    walk(event, 0, &mut steps);
    // Each nesting level reads every byte below it at most once.
    assert!(steps <= bytes.len() * 64);
    let owned = event.to_owned();
    assert_eq!(owned.as_event().as_bytes(), bytes);
    let json = owned.to_json();
    assert!(json.starts_with("{\"id\":\""));
    assert!(
        serde_json::from_str::<serde_json::Value>(&json).is_ok(),
        "{json}"
    );
    assert_eq!(serde_json::to_string(&event).ok(), Some(json));
    assert!(!format!("{event:?}").is_empty());
}

fn walk(event: Event<'_>, depth: usize, steps: &mut usize) {
    assert!(depth < 64);
    *steps += 1;
    let _ = (
        event.id(),
        event.parent(),
        event.trace(),
        event.span_id(),
        event.start_ns(),
    );
    let _ = (
        event.elapsed(),
        event.outcome(),
        event.fingerprint(),
        event.get("error"),
    );
    for (name, value) in event.fields().iter() {
        assert!(event.get(name).is_some());
        walk_value(value, depth + 1, steps);
    }
    for child in event
        .children()
        .iter()
        .flat_map(gomon_core::EventChildren::iter)
    {
        walk(child, depth + 1, steps);
    }
}

fn walk_value(value: EventValue<'_>, depth: usize, steps: &mut usize) {
    *steps += 1;
    match value {
        EventValue::List(list) => list
            .iter()
            .for_each(|item| walk_value(item, depth + 1, steps)),
        EventValue::Map(map) => map
            .iter()
            .for_each(|(_, item)| walk_value(item, depth + 1, steps)),
        EventValue::Children(children) => {
            children
                .iter()
                .for_each(|child| walk(child, depth + 1, steps));
        }
        other => {
            let _ = (other.as_str(), other.as_u64());
        }
    }
}
