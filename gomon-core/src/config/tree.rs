//! What was written in a configuration, whichever format it was written in.

use std::collections::BTreeMap;

/// The most text that is read as one configuration, in bytes.
pub(crate) const MAX_BYTES: usize = 1 << 20;

pub(super) type Table = BTreeMap<String, Item>;

/// A value and the line that it, or in a table its key, stands on.
#[derive(Clone)]
pub(super) struct Item {
    pub(super) line: Option<usize>,
    pub(super) value: Value,
}

#[derive(Clone)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Integer(i128),
    Float(f64),
    Text(String),
    List(Vec<Item>),
    Table(Table),
}
