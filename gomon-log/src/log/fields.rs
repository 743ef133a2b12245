//! Conversion of the key/values of `log`.

use gomon_core::{Key, Value};
use log::kv::{self, Error, VisitSource, VisitValue};

use crate::record::Record;

/// Sets key/values as fields of a record.
#[derive(Debug)]
pub(super) struct Fields<'a>(pub(super) &'a mut Record);

impl<'kvs> VisitSource<'kvs> for Fields<'_> {
    fn visit_pair(&mut self, key: kv::Key<'kvs>, value: kv::Value<'kvs>) -> Result<(), Error> {
        value.visit(Field {
            record: self.0,
            key: Key::new(key.as_str()),
        })
    }
}

struct Field<'a> {
    record: &'a mut Record,
    key: Key<'a>,
}

impl Field<'_> {
    fn set<'v>(&mut self, value: impl Into<Value<'v>>) -> Result<(), Error> {
        self.record.set(self.key, value.into());
        Ok(())
    }
}

impl VisitValue<'_> for Field<'_> {
    fn visit_any(&mut self, value: kv::Value<'_>) -> Result<(), Error> {
        self.record.set_formatted(self.key, format_args!("{value}"));
        Ok(())
    }

    fn visit_null(&mut self) -> Result<(), Error> {
        self.set(Value::Null)
    }

    fn visit_u64(&mut self, value: u64) -> Result<(), Error> {
        self.set(value)
    }

    fn visit_i64(&mut self, value: i64) -> Result<(), Error> {
        self.set(value)
    }

    fn visit_f64(&mut self, value: f64) -> Result<(), Error> {
        self.set(value)
    }

    fn visit_bool(&mut self, value: bool) -> Result<(), Error> {
        self.set(value)
    }

    fn visit_str(&mut self, value: &str) -> Result<(), Error> {
        self.set(value)
    }
}
