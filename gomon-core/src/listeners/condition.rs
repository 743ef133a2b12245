//! Condition on the value of a field.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

use crate::record::event_value::EventValue;
use crate::record::value::Value;

/// Value to which a field must be equal.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Condition {
    Null,
    Bool(bool),
    /// Any integer, signed or not, and durations in nanoseconds.
    Integer(i128),
    Float(f64),
    Text(String),
    Bytes(Vec<u8>),
    /// Equal to no value.
    Never,
}

impl Condition {
    /// Returns whether `value` meets the condition.
    pub(super) fn is_met_by(&self, value: &EventValue<'_>) -> bool {
        match (self, value) {
            (Self::Null, EventValue::Null) => true,
            (Self::Bool(expected), EventValue::Bool(value)) => expected == value,
            (Self::Text(expected), EventValue::Str(value)) => expected == value,
            (Self::Text(expected), EventValue::Uuid(value)) => {
                expected == value.encode(&mut [0; 36])
            }
            (Self::Bytes(expected), EventValue::Bytes(value)) => expected == value,
            (Self::Float(expected), EventValue::F64(value)) => expected == value,
            (Self::Integer(expected), EventValue::F64(value)) => *expected as f64 == *value,
            (Self::Integer(expected), _) => integer(value) == Some(*expected),
            (Self::Float(expected), _) => {
                integer(value).is_some_and(|value| value as f64 == *expected)
            }
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
            Value::Duration(v) => v.as_nanos().try_into().map_or(Self::Never, Self::Integer),
            Value::F64(v) => Self::Float(v),
            Value::Str(v) => Self::Text(v.to_owned()),
            Value::Uuid(v) => Self::Text(v.to_string()),
            Value::Bytes(v) => Self::Bytes(v.to_owned()),
            Value::List(_) | Value::Map(_) | Value::Guarded(_) => Self::Never,
        }
    }
}

/// Deserializes a table of names and values.
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
