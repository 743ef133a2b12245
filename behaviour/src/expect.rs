//! Expectations of an event.

use serde_json::Value;

use crate::json::EventJson;

/// The expectations of one event.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expect {
    fields: Vec<(&'static str, Field)>,
}

#[derive(Clone, Debug)]
enum Field {
    Is(Value),
    Contains(&'static str),
    AtLeast(u64),
    Present,
    Absent,
}

impl Expect {
    /// Expects an event with this outcome.
    pub(crate) fn outcome(outcome: &'static str) -> Self {
        Self::default().is("gomon:outcome", outcome)
    }

    /// Replaces the expectation at `path`.
    fn with(mut self, path: &'static str, field: Field) -> Self {
        self.fields.retain(|(own, _)| *own != path);
        self.fields.push((path, field));
        self
    }

    /// Expects this value at `path`.
    pub(crate) fn is(self, path: &'static str, value: impl Into<Value>) -> Self {
        self.with(path, Field::Is(value.into()))
    }

    /// Expects a string at `path` that contains `text`.
    pub(crate) fn contains(self, path: &'static str, text: &'static str) -> Self {
        self.with(path, Field::Contains(text))
    }

    /// Expects a number at `path` of at least `number`.
    pub(crate) fn at_least(self, path: &'static str, number: u64) -> Self {
        self.with(path, Field::AtLeast(number))
    }

    /// Maps the string expected at `path`, if an exact value is expected.
    pub(crate) fn map_text(mut self, path: &str, map: impl Fn(&str) -> String) -> Self {
        for (own, field) in &mut self.fields {
            if let (true, Field::Is(Value::String(text))) = (*own == path, field) {
                *text = map(text);
            }
        }
        self
    }

    pub(crate) fn present(self, path: &'static str) -> Self {
        self.with(path, Field::Present)
    }

    pub(crate) fn absent(self, path: &'static str) -> Self {
        self.with(path, Field::Absent)
    }

    /// Returns a line for each expectation that is not met.
    pub(crate) fn unmet(&self, event: &EventJson) -> Vec<String> {
        let line = |(path, field): &(&'static str, Field)| {
            let value = event.at(path);
            (!field.is_met(value)).then(|| {
                let shown = value.map_or_else(|| "nothing".to_owned(), shorten);
                format!("`{path}`: expected {field:?}, got {shown}")
            })
        };
        self.fields.iter().filter_map(line).collect()
    }
}

impl Field {
    fn is_met(&self, value: Option<&Value>) -> bool {
        match self {
            Self::Is(expected) => value == Some(expected),
            Self::Contains(text) => value
                .and_then(Value::as_str)
                .is_some_and(|value| value.contains(text)),
            Self::AtLeast(number) => value
                .and_then(Value::as_u64)
                .is_some_and(|value| value >= *number),
            Self::Present => value.is_some(),
            Self::Absent => value.is_none(),
        }
    }
}

fn shorten(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(300) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}
