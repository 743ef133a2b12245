//! What a field has to be.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

use crate::record::event_value::EventValue;
use crate::record::value::Value;

/// A value that a field is compared with.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Condition {
    Null,
    Bool(bool),
    /// Any integer, signed or not, and durations in nanoseconds.
    Integer(i128),
    Float(f64),
    Text(String),
    Bytes(Vec<u8>),
    Nothing,
}

impl Condition {
    pub(super) fn is_met_by(&self, value: &EventValue<'_>) -> bool {
        match (self, value) {
            (Self::Null, EventValue::Null) => true,
            (Self::Bool(wanted), EventValue::Bool(value)) => wanted == value,
            (Self::Text(wanted), EventValue::Str(value)) => wanted == value,
            (Self::Text(wanted), EventValue::Uuid(value)) => wanted == value.encode(&mut [0; 36]),
            (Self::Bytes(wanted), EventValue::Bytes(value)) => wanted == value,
            (Self::Float(wanted), EventValue::F64(value)) => wanted == value,
            (Self::Integer(wanted), EventValue::F64(value)) => *wanted as f64 == *value,
            (Self::Integer(wanted), _) => integer(value) == Some(*wanted),
            (Self::Float(wanted), _) => integer(value).is_some_and(|value| value as f64 == *wanted),
            _ => false,
        }
    }
}

fn integer(value: &EventValue<'_>) -> Option<i128> {
    match value {
        EventValue::I64(value) => Some((*value).into()),
        EventValue::U64(value) => Some((*value).into()),
        EventValue::Duration(value) => value.as_nanos().try_into().ok(),
        _ => None,
    }
}

impl From<Value<'_>> for Condition {
    fn from(value: Value<'_>) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(v) => Self::Bool(v),
            Value::I64(v) => Self::Integer(v.into()),
            Value::U64(v) => Self::Integer(v.into()),
            Value::Duration(v) => v.as_nanos().try_into().map_or(Self::Nothing, Self::Integer),
            Value::F64(v) => Self::Float(v),
            Value::Str(v) => Self::Text(v.to_owned()),
            Value::Uuid(v) => Self::Text(v.to_string()),
            Value::Bytes(v) => Self::Bytes(v.to_owned()),
            Value::List(_) | Value::Map(_) | Value::Guarded(_) => Self::Nothing,
        }
    }
}

/// Names and values, as a configuration file has them.
pub(super) fn map<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<(String, Condition)>, D::Error> {
    BTreeMap::deserialize(deserializer).map(|fields| fields.into_iter().collect())
}

impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Scalar;

        impl Visitor<'_> for Scalar {
            type Value = Condition;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string, a number or a truth value")
            }

            fn visit_bool<E: Error>(self, v: bool) -> Result<Condition, E> {
                Ok(Condition::Bool(v))
            }

            fn visit_i64<E: Error>(self, v: i64) -> Result<Condition, E> {
                Ok(Condition::Integer(v.into()))
            }

            fn visit_u64<E: Error>(self, v: u64) -> Result<Condition, E> {
                Ok(Condition::Integer(v.into()))
            }

            fn visit_f64<E: Error>(self, v: f64) -> Result<Condition, E> {
                Ok(Condition::Float(v))
            }

            fn visit_str<E: Error>(self, v: &str) -> Result<Condition, E> {
                Ok(Condition::Text(v.to_owned()))
            }
        }

        deserializer.deserialize_any(Scalar)
    }
}
