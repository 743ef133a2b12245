//! Parser of JSON settings that rejects duplicate keys.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::config::read::shorten;
use crate::error::Error;

/// Parses text of any depth without a stack overflow: `serde_json` rejects more than 128 levels.
pub(super) fn read(origin: &str, text: &str) -> Result<Map<String, Value>, Error> {
    match serde_json::from_str(text) {
        Ok(Unique(Value::Object(table))) => Ok(table),
        Ok(_) => Err(Error::config(format!("{origin}:1: expected a JSON object"))),
        Err(error) => {
            let line = error.line();
            Err(Error::config(format!(
                "{origin}:{line}: not valid JSON: {error}"
            )))
        }
    }
}

/// Value without duplicate keys. [`Value`] itself would keep the last one.
struct Unique(Value);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Values).map(Self)
    }
}

struct Values;

impl<'de> Visitor<'de> for Values {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(Unique(item)) = list.next_element()? {
            items.push(item);
        }
        Ok(items.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut table = Map::new();
        while let Some((key, Unique(value))) = map.next_entry::<String, _>()? {
            if table.contains_key(&key) {
                let key = shorten(&key);
                return Err(A::Error::custom(format_args!("key {key:?} is given twice")));
            }
            table.insert(key, value);
        }
        Ok(table.into())
    }
}
