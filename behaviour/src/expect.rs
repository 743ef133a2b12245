//! What a case wants of an event.

use serde_json::Value;

use crate::json::EventJson;

/// What is wanted of one event.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expect {
    wants: Vec<(&'static str, Want)>,
}

#[derive(Clone, Debug)]
enum Want {
    Is(Value),
    Contains(&'static str),
    AtLeast(u64),
    Present,
    Absent,
}

impl Expect {
    /// An event that ended so.
    pub(crate) fn outcome(outcome: &'static str) -> Self {
        Self::default().is("gomon:outcome", outcome)
    }

    /// The value at `path` is this one.
    pub(crate) fn is(mut self, path: &'static str, value: impl Into<Value>) -> Self {
        self.wants.retain(|(own, _)| *own != path);
        self.wants.push((path, Want::Is(value.into())));
        self
    }

    /// The text at `path` has this in it.
    pub(crate) fn contains(mut self, path: &'static str, text: &'static str) -> Self {
        self.wants.push((path, Want::Contains(text)));
        self
    }

    /// The number at `path` is no less.
    pub(crate) fn at_least(mut self, path: &'static str, number: u64) -> Self {
        self.wants.retain(|(own, _)| *own != path);
        self.wants.push((path, Want::AtLeast(number)));
        self
    }

    /// The same with the text that is wanted at `path` mapped, where it is wanted by value.
    pub(crate) fn map_text(mut self, path: &str, map: impl Fn(&str) -> String) -> Self {
        for (own, want) in &mut self.wants {
            if let (true, Want::Is(Value::String(text))) = (*own == path, want) {
                *text = map(text);
            }
        }
        self
    }

    pub(crate) fn present(mut self, path: &'static str) -> Self {
        self.wants.push((path, Want::Present));
        self
    }

    pub(crate) fn absent(mut self, path: &'static str) -> Self {
        self.wants.retain(|(own, _)| *own != path);
        self.wants.push((path, Want::Absent));
        self
    }

    /// Where it falls short, a line each.
    pub(crate) fn unmet(&self, event: &EventJson) -> Vec<String> {
        let line = |(path, want): &(&'static str, Want)| {
            let value = event.at(path);
            (!want.is_met(value)).then(|| {
                let shown = value.map_or_else(|| "nothing".to_owned(), shorten);
                format!("`{path}`: wanted {want:?}, there is {shown}")
            })
        };
        self.wants.iter().filter_map(line).collect()
    }
}

impl Want {
    fn is_met(&self, value: Option<&Value>) -> bool {
        match self {
            Self::Is(wanted) => value == Some(wanted),
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
