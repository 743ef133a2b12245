//! JSON objects that keep the order of their keys and duplicate keys.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

/// An event parsed from JSON.
#[derive(Clone, Debug)]
pub(crate) struct EventJson {
    entries: Vec<(String, Value)>,
    text: String,
}

impl EventJson {
    pub(crate) fn parse(text: String) -> serde_json::Result<Self> {
        let Ordered(entries) = serde_json::from_str(&text)?;
        Ok(Self { entries, text })
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|(key, _)| key.as_str())
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.entries
            .iter()
            .map(|(key, value)| (key.as_str(), value))
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        self.entries()
            .find(|(own, _)| *own == key)
            .map(|(_, value)| value)
    }

    /// Returns the value at a path such as `error.0.message`.
    pub(crate) fn at(&self, path: &str) -> Option<&Value> {
        let mut steps = path.split('.');
        let mut value = self.get(steps.next()?)?;
        for step in steps {
            value = match value {
                Value::Array(list) => list.get(step.parse::<usize>().ok()?)?,
                other => other.get(step)?,
            };
        }
        Some(value)
    }

    pub(crate) fn text(&self, path: &str) -> &str {
        self.at(path).and_then(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn number(&self, path: &str) -> Option<u64> {
        self.at(path).and_then(Value::as_u64)
    }

    pub(crate) fn as_text(&self) -> &str {
        &self.text
    }
}

struct Ordered(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Ordered {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries)
    }
}

struct Entries;

impl<'de> Visitor<'de> for Entries {
    type Value = Ordered;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Ordered, M::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Ordered(entries))
    }
}
