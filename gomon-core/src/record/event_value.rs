//! Values of a finished event, decoded on access.

use std::time::Duration;

use crate::id::Id;
use crate::record::encode::tag;
use crate::record::event::Event;
use crate::record::layout as record;
use crate::record::layout::chunk;
use crate::record::limits::MAX_DEPTH;

/// Value of an event, borrowed from its record.
///
/// # Examples
///
/// ```
/// use gomon_core::{EventValue, Key, Monitor, Recorder};
///
/// let recorder = Recorder::new();
/// let running = Monitor::builder().listener(recorder.listener()).build()?;
/// running.monitor().root("job").set(Key::new("size"), 7_u64);
/// let events = recorder.wait_for(1);
/// assert_eq!(events[0].as_event().get("size"), Some(EventValue::U64(7)));
/// # Ok::<(), gomon_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum EventValue<'a> {
    /// JSON null.
    Null,
    /// A boolean.
    Bool(bool),
    /// A signed integer.
    I64(i64),
    /// An unsigned integer.
    U64(u64),
    /// A floating-point number.
    F64(f64),
    /// A string.
    Str(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
    /// An event id.
    Uuid(Id),
    /// A duration, in nanoseconds in JSON.
    Duration(Duration),
    /// A list.
    List(EventList<'a>),
    /// A map.
    Map(EventFields<'a>),
    /// Child events, delivered inside their parent.
    Children(EventChildren<'a>),
}

impl<'a> EventValue<'a> {
    /// Returns the string, or `None` for any other value.
    #[must_use]
    pub fn as_str(&self) -> Option<&'a str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the value as an unsigned integer if the conversion is lossless. A duration is in
    /// nanoseconds.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(gomon_core::EventValue::I64(5).as_u64(), Some(5));
    /// ```
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        match *self {
            Self::U64(v) => Some(v),
            Self::I64(v) => v.try_into().ok(),
            Self::Duration(v) => v.as_nanos().try_into().ok(),
            _ => None,
        }
    }

    /// Returns the map, or `None` for any other value.
    #[must_use]
    pub fn as_map(&self) -> Option<EventFields<'a>> {
        match *self {
            Self::Map(fields) => Some(fields),
            _ => None,
        }
    }

    /// Returns the list, or `None` for any other value.
    #[must_use]
    pub fn as_list(&self) -> Option<EventList<'a>> {
        match *self {
            Self::List(list) => Some(list),
            _ => None,
        }
    }

    /// Decodes the payload of `tag`. Returns the value and the remaining bytes.
    fn decode(tag: u8, bytes: &'a [u8], at: At<'a>) -> Option<(Self, &'a [u8])> {
        let (payload, rest) = split_payload(tag, bytes)?;
        let value = match tag {
            tag::NULL => Self::Null,
            tag::FALSE => Self::Bool(false),
            tag::TRUE => Self::Bool(true),
            tag::I64 => Self::I64(i64::from_le_bytes(chunk(payload, 0)?)),
            tag::U64 => Self::U64(u64::from_le_bytes(chunk(payload, 0)?)),
            tag::F64 => Self::F64(f64::from_le_bytes(chunk(payload, 0)?)),
            tag::DURATION => {
                Self::Duration(Duration::from_nanos(u64::from_le_bytes(chunk(payload, 0)?)))
            }
            tag::UUID => Self::Uuid(Id::from_bytes(chunk(payload, 0)?)),
            tag::STR => std::str::from_utf8(payload).map_or(Self::Bytes(payload), Self::Str),
            tag::BYTES => Self::Bytes(payload),
            tag::LIST | tag::MAP | tag::CHILDREN => {
                let inner = Nested {
                    count: u32::from_le_bytes(chunk(payload, 0)?),
                    bytes: payload.get(4..)?,
                    at,
                };
                // Too deep for a record of this version. Decoding a foreign record must not exhaust
                // the stack.
                match tag {
                    _ if at.depth > 4 * MAX_DEPTH => Self::Null,
                    tag::LIST => Self::List(EventList(inner)),
                    tag::MAP => Self::Map(EventFields(inner)),
                    _ => Self::Children(EventChildren(inner)),
                }
            }
            _ => return None,
        };
        Some((value, rest))
    }
}

/// Splits the payload of `tag` from the bytes after it. Returns `None` for an unknown tag.
fn split_payload(tag: u8, bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    match tag {
        tag::NULL | tag::FALSE | tag::TRUE => bytes.split_at_checked(0),
        tag::I64 | tag::U64 | tag::F64 | tag::DURATION => bytes.split_at_checked(8),
        tag::UUID => bytes.split_at_checked(16),
        tag::STR | tag::BYTES | tag::LIST | tag::MAP | tag::CHILDREN => {
            let length = u32::from_le_bytes(chunk(bytes, 0)?) as usize;
            bytes.get(4..)?.split_at_checked(length)
        }
        _ => None,
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Nested<'a> {
    pub(crate) count: u32,
    pub(crate) bytes: &'a [u8],
    pub(crate) at: At<'a>,
}

impl<'a> Nested<'a> {
    /// Returns the items in order. `decode` returns the first item of the bytes and the rest.
    fn items<T>(
        self,
        decode: impl Fn(&'a [u8], At<'a>) -> Option<(T, &'a [u8])>,
    ) -> impl Iterator<Item = T> {
        let Self {
            count,
            mut bytes,
            at,
        } = self;
        (0..count).map_while(move |_| {
            let (item, rest) = decode(bytes, at.deeper())?;
            bytes = rest;
            Some(item)
        })
    }
}

/// Position of a value in an event.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct At<'a> {
    pub(crate) depth: usize,
    pub(crate) app_id: &'a str,
}

impl At<'_> {
    pub(crate) fn deeper(self) -> Self {
        Self {
            depth: self.depth + 1,
            ..self
        }
    }
}

/// Elements of a list.
///
/// # Examples
///
/// ```
/// # use gomon_core::{Key, Monitor, Recorder, Value};
/// # let recorder = Recorder::new();
/// # let running = Monitor::builder().listener(recorder.listener()).build()?;
/// running.monitor().root("job").set(Key::new("tags"), Value::List(&["a".into(), "b".into()]));
/// let events = recorder.wait_for(1);
/// let tags = events[0].as_event().get("tags").and_then(|tags| tags.as_list()).unwrap();
/// assert_eq!(tags.iter().filter_map(|tag| tag.as_str()).collect::<Vec<_>>(), ["a", "b"]);
/// # Ok::<(), gomon_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EventList<'a>(Nested<'a>);

impl<'a> EventList<'a> {
    /// Returns the elements in order.
    pub fn iter(&self) -> impl Iterator<Item = EventValue<'a>> + use<'a> {
        self.0.items(|bytes, at| {
            let (tag, rest) = bytes.split_first()?;
            EventValue::decode(*tag, rest, at)
        })
    }
}

/// Fields of an event or of a map, in order.
///
/// # Examples
///
/// ```
/// # use gomon_core::{Key, Monitor, Recorder};
/// # let recorder = Recorder::new();
/// # let running = Monitor::builder().listener(recorder.listener()).build()?;
/// running.monitor().root("job").set(Key::new("size"), 7_u64);
/// let events = recorder.wait_for(1);
/// assert_eq!(events[0].as_event().fields().iter().next().unwrap().0, "size");
/// # Ok::<(), gomon_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EventFields<'a>(pub(crate) Nested<'a>);

impl<'a> EventFields<'a> {
    /// Returns names and values in order.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, EventValue<'a>)> + use<'a> {
        let Nested { count, bytes, at } = self.0;
        Walk {
            bytes,
            at: at.deeper(),
        }
        .take(count as usize)
        .map(|field| (field.key, field.value))
    }

    /// Returns the value of the field called `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<EventValue<'a>> {
        self.iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
    }
}

/// Decoded field of a record.
pub(crate) struct RawField<'a> {
    pub(crate) key: &'a str,
    pub(crate) value: EventValue<'a>,
}

/// Iterator over encoded fields. It ends at the first incomplete one.
pub(crate) struct Walk<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) at: At<'a>,
}

impl<'a> Iterator for Walk<'a> {
    type Item = RawField<'a>;

    fn next(&mut self) -> Option<RawField<'a>> {
        let (&[length, tag], rest) = self.bytes.split_first_chunk::<2>()?;
        let (key, rest) = rest.split_at_checked(length.into())?;
        let (value, rest) = EventValue::decode(tag, rest, self.at)?;
        self.bytes = rest;
        let key = std::str::from_utf8(key).ok()?;
        Some(RawField { key, value })
    }
}

/// Finds the first field called `name`. Returns its offset in the encoded fields and its length.
///
/// Decodes no value on the way.
pub(crate) fn find_field(bytes: &[u8], name: &str) -> Option<(usize, usize)> {
    let mut field = bytes;
    loop {
        let (&[key_length, tag], rest) = field.split_first_chunk::<2>()?;
        let (key, rest) = rest.split_at_checked(key_length.into())?;
        let (_, rest) = split_payload(tag, rest)?;
        if key == name.as_bytes() {
            return Some((bytes.len() - field.len(), field.len() - rest.len()));
        }
        field = rest;
    }
}

/// Children that were attached to an event and are delivered inside it.
///
/// # Examples
///
/// ```
/// # use gomon_core::{Monitor, Recorder, Tracker};
/// # let recorder = Recorder::new();
/// # let running = Monitor::builder().listener(recorder.listener()).build()?;
/// let mut parent = running.monitor().root("parent");
/// let child = parent.child("child");
/// parent.attach(child);
/// parent.finish();
/// let events = recorder.wait_for(1);
/// let children = events[0].as_event().children().unwrap();
/// assert_eq!(children.iter().next().unwrap().fingerprint(), "child");
/// # Ok::<(), gomon_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EventChildren<'a>(Nested<'a>);

impl<'a> EventChildren<'a> {
    pub(crate) fn bytes(&self) -> &'a [u8] {
        self.0.bytes
    }

    /// Returns the children in the order of their ends.
    pub fn iter(&self) -> impl Iterator<Item = Event<'a>> + use<'a> {
        self.0.items(|bytes, at| {
            let (first, rest) = record::split_first(bytes)?;
            Some((Event::nested(first, at)?, rest))
        })
    }
}
