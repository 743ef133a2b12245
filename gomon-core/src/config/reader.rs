//! Settings as a serde deserializer, which knows of every problem where it lies.

use serde::de::value::MapAccessDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IntoDeserializer, MapAccess, SeqAccess, Unexpected,
    Visitor,
};
use serde::forward_to_deserialize_any;

use crate::config::problem::{Problem, one_of};
use crate::config::tree::{Item, Value};

/// Reads one value; a value that nothing wants is an unknown key.
pub(super) struct Reader<'a> {
    value: &'a Value,
    siblings: Option<&'static [&'static str]>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(value: &'a Value) -> Self {
        Self {
            value,
            siblings: None,
        }
    }

    fn expected(&self, expected: &str) -> Problem {
        Problem::expected(expected, self.found())
    }

    fn found(&self) -> Unexpected<'a> {
        match self.value {
            Value::Null => Unexpected::Unit,
            Value::Bool(value) => Unexpected::Bool(*value),
            Value::Integer(value) => match (i64::try_from(*value), u64::try_from(*value)) {
                (Ok(value), _) => Unexpected::Signed(value),
                (_, Ok(value)) => Unexpected::Unsigned(value),
                _ => Unexpected::Other("an integer"),
            },
            Value::Float(value) => Unexpected::Float(*value),
            Value::Text(text) => Unexpected::Str(text),
            Value::List(_) => Unexpected::Seq,
            Value::Table(_) => Unexpected::Map,
        }
    }
}

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = Problem;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Integer(value) => match (i64::try_from(*value), u64::try_from(*value)) {
                (Ok(value), _) => visitor.visit_i64(value),
                (_, Ok(value)) => visitor.visit_u64(value),
                _ => visitor.visit_i128(*value),
            },
            Value::Float(value) => visitor.visit_f64(*value),
            Value::Text(text) => visitor.visit_str(text),
            Value::List(items) => {
                let mut list = List {
                    items: items.iter(),
                    index: 0,
                };
                let value = visitor.visit_seq(&mut list)?;
                match list.items.next() {
                    None => Ok(value),
                    Some(_) => {
                        let fewer = format!("{} items", list.index);
                        Err(Problem::invalid_length(items.len(), &fewer.as_str()))
                    }
                }
            }
            Value::Table(_) => self.deserialize_map(visitor),
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

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.value {
            Value::Table(table) => visitor.visit_map(Entries::new(table.iter(), None)),
            _ => Err(self.expected("a table")),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        match self.value {
            Value::Table(table) => visitor.visit_map(Entries::new(table.iter(), Some(fields))),
            _ => Err(self.expected("a table")),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        match self.value {
            Value::Text(name) => visitor.visit_enum(name.as_str().into_deserializer()),
            Value::Table(table) if table.len() == 1 => {
                let entries = Entries::new(table.iter(), None);
                visitor.visit_enum(MapAccessDeserializer::new(entries))
            }
            _ => Err(self.expected(&one_of(variants))),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Problem> {
        Err(Problem::unknown_key(self.siblings))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct identifier
    }
}

struct List<'a> {
    items: std::slice::Iter<'a, Item>,
    index: usize,
}

impl<'de> SeqAccess<'de> for List<'_> {
    type Error = Problem;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Problem> {
        let Some(item) = self.items.next() else {
            return Ok(None);
        };
        let index = self.index;
        self.index = index.saturating_add(1);
        seed.deserialize(Reader::new(&item.value))
            .map(Some)
            .map_err(|problem| problem.below(&index.to_string(), item.line))
    }
}

struct Entries<'a, I> {
    entries: I,
    current: Option<(&'a str, &'a Item)>,
    known: Option<&'static [&'static str]>,
}

impl<'a, I: Iterator<Item = (&'a String, &'a Item)>> Entries<'a, I> {
    fn new(entries: I, known: Option<&'static [&'static str]>) -> Self {
        Self {
            entries,
            current: None,
            known,
        }
    }
}

impl<'a, 'de, I: Iterator<Item = (&'a String, &'a Item)>> MapAccess<'de> for Entries<'a, I> {
    type Error = Problem;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Problem> {
        let Some((key, item)) = self.entries.next() else {
            return Ok(None);
        };
        self.current = Some((key, item));
        seed.deserialize(Reader::new(&Value::Text(key.clone())))
            .map(Some)
            .map_err(|problem| problem.below(key, item.line))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Problem> {
        let Some((key, item)) = self.current.take() else {
            return Err(Problem::custom("a value was asked for before its key"));
        };
        seed.deserialize(Reader {
            value: &item.value,
            siblings: self.known,
        })
        .map_err(|problem| problem.below(key, item.line))
    }
}
