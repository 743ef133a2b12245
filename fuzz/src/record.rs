//! Records of events, as a store or another process may hand them in.

use gomon_core::{Event, EventValue};

/// Looks at all of a record: fields, sections, children, JSON, `Debug`.
///
/// # Panics
///
/// When its JSON cannot be read, when its copy is another, or when reading it costs more than its size allows.
///
/// # Examples
///
/// ```
/// fuzz::record(b"not a record");
/// ```
pub fn record(input: &[u8]) {
    whole(input);
    // Most of what is made up fails at its length; so that is put right.
    let mut patched = input.to_vec();
    let length = patched.len() as u32;
    if let Some(head) = patched.first_chunk_mut::<5>() {
        let [a, b, c, d] = length.to_le_bytes();
        *head = [a, b, c, d, 1];
        whole(&patched);
    }
}

fn whole(bytes: &[u8]) {
    let Some(event) = Event::from_bytes(bytes, "shop") else {
        return;
    };
    let mut looked = 0;
    walk(event, 0, &mut looked);
    // Every level shows each byte below it once more, at most.
    assert!(looked <= bytes.len() * 64);
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

fn walk(event: Event<'_>, depth: usize, looked: &mut usize) {
    assert!(depth < 64);
    *looked += 1;
    let _ = (
        event.id(),
        event.parent(),
        event.trace(),
        event.span_id(),
        event.start_ns(),
    );
    let _ = (
        event.lapsed(),
        event.outcome(),
        event.fingerprint(),
        event.get("error"),
    );
    for (name, value) in event.fields().iter() {
        assert!(event.get(name).is_some());
        walk_value(value, depth + 1, looked);
    }
    for child in event
        .children()
        .iter()
        .flat_map(gomon_core::EventChildren::iter)
    {
        walk(child, depth + 1, looked);
    }
}

fn walk_value(value: EventValue<'_>, depth: usize, looked: &mut usize) {
    *looked += 1;
    match value {
        EventValue::List(list) => list.iter().for_each(|it| walk_value(it, depth + 1, looked)),
        EventValue::Map(map) => map
            .iter()
            .for_each(|(_, it)| walk_value(it, depth + 1, looked)),
        EventValue::Children(children) => {
            children.iter().for_each(|it| walk(it, depth + 1, looked));
        }
        other => {
            let _ = (other.as_str(), other.as_u64());
        }
    }
}
