//! Deserializer of settings.
//!
//! The deserializer of `serde_json` is not used: its errors repeat the value, it reads a list as a
//! struct, and it ignores unknown keys. `serde_ignored` would not report the known keys, and
//! `serde_path_to_error` loses keys that are newtypes.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error, Expected, IntoDeserializer, MapAccess,
    SeqAccess, Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Value};

/// Maximum length of a key in an error, in characters.
const MAX_KEY: usize = 64;

/// Path from a table to a value, and what was expected there.
///
/// Invariant: it contains the kind of the value found, never the value.
#[derive(Debug)]
pub(super) struct Problem {
    path: Vec<String>,
    is_unknown_key: bool,
    expectation: String,
}

impl Problem {
    pub(super) fn at(path: &[&str], expectation: impl Into<String>) -> Self {
        Self {
            path: path.iter().map(|&key| key.to_owned()).collect(),
            is_unknown_key: false,
            expectation: expectation.into(),
        }
    }

    pub(super) fn unknown_key(path: &[&str], expectation: String) -> Self {
        Self {
            is_unknown_key: true,
            ..Self::at(path, expectation)
        }
    }

    /// Adds `key` to the front of the path.
    fn below(mut self, key: &str) -> Self {
        self.path.insert(0, key.to_owned());
        self
    }

    pub(super) fn path(&self) -> &[String] {
        &self.path
    }

    /// Returns the problem as text, with its path below `place`.
    pub(super) fn describe<'a>(&'a self, place: impl Iterator<Item = &'a String>) -> String {
        let keys: Vec<String> = place.chain(&self.path).map(|key| shorten(key)).collect();
        let path = keys.join(".");
        let (key, separator) = match self.is_unknown_key {
            true => ("unknown key", ", "),
            false => ("key", ": "),
        };
        match self.expectation.as_str() {
            expectation if keys.is_empty() => expectation.to_owned(),
            "" => format!("{key} {path:?}"),
            expectation => format!("{key} {path:?}{separator}{expectation}"),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.describe([].iter()))
    }
}

impl std::error::Error for Problem {}

impl Error for Problem {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::at(&[], message.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let (expected, found) = (in_words(expected), kind(&found));
        Self::at(&[], format!("expected {expected}, found {found}"))
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::at(&[], format!("expected {}", in_words(expected)))
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Self::at(&[], format!("expected {expected}, found {length}"))
    }

    fn unknown_variant(_: &str, known: &'static [&'static str]) -> Self {
        Self::at(&[], format!("expected {}", one_of(known)))
    }

    fn unknown_field(_: &str, known: &'static [&'static str]) -> Self {
        let expectation = match known {
            [] => "expected no keys".to_owned(),
            known => format!("expected {}", one_of(known)),
        };
        Self::unknown_key(&[], expectation)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::at(&[], format!("missing key {field:?}"))
    }
}

pub(super) fn read<T: DeserializeOwned>(table: Map<String, Value>) -> Result<T, Problem> {
    T::deserialize(Reader::new(Value::Object(table)))
}

/// Truncates a key that is too long for an error.
pub(super) fn shorten(key: &str) -> String {
    let mut shown: String = key.chars().take(MAX_KEY).collect();
    if shown.len() < key.len() {
        shown.push('…');
    }
    shown
}

/// Joins quoted alternatives.
pub(super) fn one_of(known: &[&str]) -> String {
    let quoted: Vec<String> = known.iter().map(|name| format!("{name:?}")).collect();
    match quoted.as_slice() {
        [only] => only.clone(),
        all => format!("one of {}", all.join(", ")),
    }
}

struct Reader {
    value: Value,
    /// Keys of the struct that contains the value.
    known: Option<&'static [&'static str]>,
}

impl Reader {
    fn new(value: Value) -> Self {
        Self { value, known: None }
    }

    fn read<'de, S: DeserializeSeed<'de>>(self, seed: S, key: &str) -> Result<S::Value, Problem> {
        seed.deserialize(self).map_err(|problem| problem.below(key))
    }
}

impl<'de> Deserializer<'de> for Reader {
    type Error = Problem;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(value),
            Value::Number(value) => match (value.as_u64(), value.as_i64()) {
                (Some(value), _) => visitor.visit_u64(value),
                (_, Some(value)) => visitor.visit_i64(value),
                _ => visitor.visit_f64(value.as_f64().unwrap_or(f64::NAN)),
            },
            Value::String(text) => visitor.visit_string(text),
            Value::Array(items) => {
                let count = items.len();
                let items = items.into_iter().enumerate();
                let items = items.map(|(index, item)| (index.to_string(), item));
                let mut list = Entries::new(items, None);
                let value = visitor.visit_seq(&mut list)?;
                match list.entries.len() {
                    0 => Ok(value),
                    unread => {
                        let expected = format!("{} items", count.saturating_sub(unread));
                        Err(Problem::invalid_length(count, &expected.as_str()))
                    }
                }
            }
            Value::Object(table) => visitor.visit_map(Entries::new(table.into_iter(), None)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Problem> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        match self.value {
            Value::Object(table) => {
                visitor.visit_map(Entries::new(table.into_iter(), Some(fields)))
            }
            // A visitor would read the items as the fields in order.
            Value::Array(_) => Err(Problem::invalid_type(Unexpected::Seq, &"a map")),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        match self.value {
            Value::String(name) => visitor.visit_enum(name.into_deserializer()),
            Value::Object(table) if table.len() == 1 => visitor.visit_enum(
                MapAccessDeserializer::new(Entries::new(table.into_iter(), None)),
            ),
            _ => Err(Problem::unknown_variant("", variants)),
        }
    }

    /// Rejects a value that nothing reads, since its key is unknown.
    fn deserialize_ignored_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Problem> {
        Err(match self.known {
            Some(known) => Problem::unknown_field("", known),
            None => Problem::unknown_key(&[], String::new()),
        })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map identifier
    }
}

/// Entries of a table, or items of a list with their indices.
struct Entries<I> {
    entries: I,
    current: Option<(String, Value)>,
    known: Option<&'static [&'static str]>,
}

impl<I: Iterator<Item = (String, Value)>> Entries<I> {
    fn new(entries: I, known: Option<&'static [&'static str]>) -> Self {
        Self {
            entries,
            current: None,
            known,
        }
    }
}

impl<'de, I: Iterator<Item = (String, Value)>> SeqAccess<'de> for Entries<I> {
    type Error = Problem;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Problem> {
        let item = self.entries.next();
        item.map(|(index, value)| Reader::new(value).read(seed, &index))
            .transpose()
    }
}

impl<'de, I: Iterator<Item = (String, Value)>> MapAccess<'de> for Entries<I> {
    type Error = Problem;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Problem> {
        self.current = self.entries.next();
        let key = self.current.as_ref().map(|(key, _)| key.as_str());
        key.map(|key| Reader::new(key.into()).read(seed, key))
            .transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Problem> {
        let Some((key, value)) = self.current.take() else {
            return Err(Problem::custom("a value was requested before its key"));
        };
        let known = self.known;
        Reader { value, known }.read(seed, &key)
    }
}

/// Replaces the name of a Rust type with a description.
fn in_words(expected: &dyn Expected) -> String {
    let expected = expected.to_string();
    let range = |low: i64, high: u64| format!("an integer from {low} to {high}");
    match expected.as_str() {
        "a boolean" => "true or false".to_owned(),
        "f32" | "f64" => "a number".to_owned(),
        "u8" => range(0, u8::MAX.into()),
        "u16" => range(0, u16::MAX.into()),
        "u32" => range(0, u32::MAX.into()),
        "u64" | "usize" => range(0, u64::MAX),
        "i8" => range(i8::MIN.into(), i8::MAX as u64),
        "i16" => range(i16::MIN.into(), i16::MAX as u64),
        "i32" => range(i32::MIN.into(), i32::MAX as u64),
        "i64" | "isize" => range(i64::MIN, i64::MAX as u64),
        "a sequence" => "a list".to_owned(),
        "a map" => "a table".to_owned(),
        name if name.starts_with("struct ") => "a table".to_owned(),
        _ => expected,
    }
}

fn kind(found: &Unexpected<'_>) -> &'static str {
    match found {
        Unexpected::Bool(_) => "true or false",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) => "an integer",
        Unexpected::Float(_) => "a number",
        Unexpected::Unit | Unexpected::Option => "null",
        Unexpected::Seq => "a list",
        Unexpected::Map => "a table",
        _ => "a string",
    }
}
