//! Key/values that are recorded while the program's drain serializes them.
//!
//! A lazy value is evaluated by its serialization. So that it is evaluated once, the drain gets key/values that record
//! what they serialize. What a drain did not serialize when it returns, such as one that filters, is serialized for the
//! record alone.
//!
//! `slog_async` serializes the key/values of a logger later, on its worker thread, where nothing is recorded.

use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gomon_core::Value;
use gomon_core::adapter::{contain, format_bounded};
use slog::{BorrowedKV, BytesKind, KV, Key, OwnedKVList, SerdeValue, Serializer};

use super::ids::is_of_event;
use super::nested::Tree;
use crate::fields::ERROR;
use crate::guard::{Recording, thread};
use crate::record::Record;

/// A record that is open while the drain runs.
#[derive(Debug)]
pub(super) struct Shared {
    /// Never locked while foreign code runs: the record is out of it then.
    record: Mutex<Option<Record>>,
    thread: Option<usize>,
    has_fields: AtomicBool,
    has_list: AtomicBool,
}

impl Shared {
    fn record(&self) -> MutexGuard<'_, Option<Record>> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with(&self, f: impl FnOnce(&mut Record)) {
        let record = self.record().take();
        if let Some(mut record) = record {
            f(&mut record);
            *self.record() = Some(record);
        }
    }

    fn is_of_this_thread(&self) -> bool {
        self.thread.is_some() && self.thread == thread()
    }
}

/// Owner of an open record. Its drop delivers the event.
#[derive(Debug)]
pub(super) struct Slot(Arc<Shared>);

impl Slot {
    pub(super) fn open(record: Record) -> Self {
        Self(Arc::new(Shared {
            record: Mutex::new(Some(record)),
            thread: thread(),
            has_fields: AtomicBool::new(false),
            has_list: AtomicBool::new(false),
        }))
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.0
    }

    /// Records what the drain did not serialize.
    pub(super) fn complete(self, record: &slog::Record<'_>, values: &OwnedKVList) {
        let shared = &*self.0;
        let _recording = Recording::resume();
        if !shared.has_fields.load(Relaxed) {
            let mut out = Out::alone(shared, false);
            let _ = contain(|| record.kv().serialize(record, &mut out));
        }
        if !shared.has_list.load(Relaxed) {
            let mut out = Out::alone(shared, true);
            let _ = contain(|| values.serialize(record, &mut out));
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        // The drain may keep its copy of the list.
        let record = self.0.record().take();
        drop(record);
    }
}

/// The key/values of a record.
pub(super) struct Tee<'a> {
    fields: BorrowedKV<'a>,
    shared: &'a Shared,
}

impl<'a> Tee<'a> {
    pub(super) fn new(fields: BorrowedKV<'a>, slot: &'a Slot) -> Self {
        Self {
            fields,
            shared: &slot.0,
        }
    }
}

impl KV for Tee<'_> {
    fn serialize(&self, record: &slog::Record<'_>, inner: &mut dyn Serializer) -> slog::Result {
        serialize(&self.fields, record, inner, self.shared, false)
    }
}

/// The key/values of a logger.
#[derive(Debug)]
pub(super) struct ListTee {
    list: OwnedKVList,
    shared: Arc<Shared>,
}

impl ListTee {
    pub(super) fn new(list: OwnedKVList, shared: Arc<Shared>) -> Self {
        Self { list, shared }
    }
}

impl KV for ListTee {
    fn serialize(&self, record: &slog::Record<'_>, inner: &mut dyn Serializer) -> slog::Result {
        serialize(&self.list, record, inner, &self.shared, true)
    }
}

/// Serializes key/values, and records them unless that is done.
fn serialize(
    values: &dyn KV,
    record: &slog::Record<'_>,
    inner: &mut dyn Serializer,
    shared: &Shared,
    is_list: bool,
) -> slog::Result {
    let is_done = match is_list {
        true => &shared.has_list,
        false => &shared.has_fields,
    };
    if is_done.load(Relaxed) || !shared.is_of_this_thread() {
        return values.serialize(record, inner);
    }
    let mut out = Out {
        shared,
        is_list,
        inner: Some(inner),
    };
    values.serialize(record, &mut out)?;
    is_done.store(true, Relaxed);
    Ok(())
}

/// Records values, and passes them on to the serializer of the drain.
struct Out<'a> {
    shared: &'a Shared,
    /// Whether the values are a logger's. Those of the record, and of a descendant of the logger, override them.
    is_list: bool,
    inner: Option<&'a mut dyn Serializer>,
}

impl<'a> Out<'a> {
    fn alone(shared: &'a Shared, is_list: bool) -> Self {
        Self {
            shared,
            is_list,
            inner: None,
        }
    }

    fn record(&mut self, key: &Key, value: Value<'_>) {
        // Its classification takes longer than the rest.
        let key = gomon_core::Key::new(name(key));
        self.shared.with(|record| {
            if !self.is_list || !record.has(key) {
                record.set(key, value);
            }
        });
    }

    fn record_formatted(&mut self, key: &Key, value: &fmt::Arguments<'_>) {
        let _recording = Recording::resume();
        format_bounded(*value, |text| {
            if !is_of_event(name(key), text) {
                self.record(key, Value::Str(text));
            }
        });
    }

    fn forward(&mut self, emit: impl FnOnce(&mut dyn Serializer) -> slog::Result) -> slog::Result {
        match &mut self.inner {
            Some(inner) => emit(*inner),
            None => Ok(()),
        }
    }
}

/// Returns the text of a key, which is a `&str` unless a crate of the program turns on slog's `dynamic-keys`.
#[allow(clippy::useless_asref, reason = "it depends on a feature of slog")]
fn name(key: &Key) -> &str {
    key.as_ref()
}

macro_rules! scalars {
    ($($emit:ident($value:ty) => $convert:expr;)*) => {
        $(fn $emit(&mut self, key: Key, value: $value) -> slog::Result {
            self.record(&key, $convert(value));
            self.forward(|inner| inner.$emit(key, value))
        })*
    };
}

impl Serializer for Out<'_> {
    scalars! {
        emit_bool(bool) => Value::from;
        emit_i8(i8) => Value::from;
        emit_i16(i16) => Value::from;
        emit_i32(i32) => Value::from;
        emit_i64(i64) => Value::from;
        emit_isize(isize) => Value::from;
        emit_u8(u8) => Value::from;
        emit_u16(u16) => Value::from;
        emit_u32(u32) => Value::from;
        emit_u64(u64) => Value::from;
        emit_usize(usize) => Value::from;
        emit_f32(f32) => Value::from;
        emit_f64(f64) => Value::from;
        emit_str(&str) => Value::from;
    }

    fn emit_i128(&mut self, key: Key, value: i128) -> slog::Result {
        match i64::try_from(value) {
            Ok(value) => self.record(&key, value.into()),
            Err(_) => self.record_formatted(&key, &format_args!("{value}")),
        }
        self.forward(|inner| inner.emit_i128(key, value))
    }

    fn emit_u128(&mut self, key: Key, value: u128) -> slog::Result {
        match u64::try_from(value) {
            Ok(value) => self.record(&key, value.into()),
            Err(_) => self.record_formatted(&key, &format_args!("{value}")),
        }
        self.forward(|inner| inner.emit_u128(key, value))
    }

    fn emit_char(&mut self, key: Key, value: char) -> slog::Result {
        self.record(&key, Value::Str(value.encode_utf8(&mut [0; 4])));
        self.forward(|inner| inner.emit_char(key, value))
    }

    fn emit_unit(&mut self, key: Key) -> slog::Result {
        self.record(&key, Value::Null);
        self.forward(|inner| inner.emit_unit(key))
    }

    fn emit_none(&mut self, key: Key) -> slog::Result {
        self.record(&key, Value::Null);
        self.forward(|inner| inner.emit_none(key))
    }

    fn emit_bytes(&mut self, key: Key, bytes: &[u8], kind: BytesKind) -> slog::Result {
        self.record(&key, bytes.into());
        self.forward(|inner| inner.emit_bytes(key, bytes, kind))
    }

    fn emit_arguments(&mut self, key: Key, value: &fmt::Arguments<'_>) -> slog::Result {
        self.record_formatted(&key, value);
        self.forward(|inner| inner.emit_arguments(key, value))
    }

    fn emit_serde(&mut self, key: Key, value: &dyn SerdeValue) -> slog::Result {
        let recording = Recording::resume();
        let tree = Tree::of(value.as_serde());
        drop(recording);
        self.record(&key, tree.value());
        self.forward(|inner| inner.emit_serde(key, value))
    }

    fn emit_error(&mut self, key: Key, error: &(dyn Error + 'static)) -> slog::Result {
        let recording = Recording::resume();
        self.shared.with(|record| record.add_error(error));
        drop(recording);
        if name(&key) != ERROR {
            self.record_formatted(&key, &format_args!("{error}"));
        }
        self.forward(|inner| inner.emit_error(key, error))
    }
}
