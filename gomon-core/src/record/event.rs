//! Finished tracker, as listeners see it.

use std::time::Duration;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::id::Id;
use crate::id::trace::{SpanId, TraceId};
use crate::record::event_value::{At, EventChildren, EventFields, EventValue, Nested, Walk};
use crate::record::layout::{FLAG_RANDOM, HEADER, Header};
use crate::record::outcome::Outcome;
use crate::record::owned::OwnedEvent;

/// A finished event, as listeners see it: a view of its record, decoded on access.
///
/// It serializes as the JSON of the event model.
///
/// # Examples
///
/// ```
/// use gomon_core::{Event, Monitor, listener};
///
/// let running = Monitor::builder()
///     .listener(listener::from_fn("slow", |event: &Event<'_>| {
///         if event.elapsed().as_millis() > 100 { /* … */ }
///     }))
///     .build()?;
/// # drop(running);
/// # Ok::<(), gomon_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    header: Header,
    record: &'a [u8],
    at: At<'a>,
}

impl<'a> Event<'a> {
    /// Decodes a record returned by [`as_bytes`](Self::as_bytes). The record does not contain
    /// `app_id`.
    ///
    /// Returns `None` if the record is incomplete or of an unknown version.
    #[must_use]
    #[inline]
    pub fn from_bytes(record: &'a [u8], app_id: &'a str) -> Option<Self> {
        let header = Header::decode(record)?;
        let fixed = HEADER + usize::from(header.fingerprint);
        let whole = header.length as usize == record.len()
            && fixed.checked_add(header.fields_length as usize)? <= record.len();
        whole.then_some(Self {
            header,
            record,
            at: At { depth: 0, app_id },
        })
    }

    pub(crate) fn empty(app_id: &'a str) -> Self {
        Self {
            header: Header::EMPTY,
            record: &[],
            at: At { depth: 0, app_id },
        }
    }

    pub(crate) fn nested(record: &'a [u8], at: At<'a>) -> Option<Self> {
        Some(Self {
            at,
            ..Self::from_bytes(record, at.app_id)?
        })
    }

    /// Returns the record, in a form that can be stored.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_core::{Event, Monitor, Recorder};
    /// # let recorder = Recorder::new();
    /// # let running = Monitor::builder().listener(recorder.listener()).build()?;
    /// running.monitor().root("job");
    /// let events = recorder.wait_for(1);
    /// let bytes = events[0].as_event().as_bytes();
    /// assert_eq!(Event::from_bytes(bytes, "shop").unwrap().fingerprint(), "job");
    /// # Ok::<(), gomon_core::Error>(())
    /// ```
    #[must_use]
    pub fn as_bytes(&self) -> &'a [u8] {
        self.record
    }

    /// Returns the id of the event.
    #[must_use]
    #[inline]
    pub fn id(&self) -> Id {
        self.header.id
    }

    /// Returns the id of the parent, or `None` for the application event.
    #[must_use]
    #[inline]
    pub fn parent(&self) -> Option<Id> {
        (!self.header.parent.is_nil()).then_some(self.header.parent)
    }

    /// Returns the W3C trace id.
    #[must_use]
    pub fn trace(&self) -> TraceId {
        self.header.trace()
    }

    /// Returns the W3C span id: the last eight bytes of the id.
    #[must_use]
    pub fn span_id(&self) -> SpanId {
        self.header.id.span()
    }

    /// Returns the id of the application.
    #[must_use]
    pub fn app_id(&self) -> &'a str {
        self.at.app_id
    }

    /// Returns the fingerprint, which names the code path of the event.
    #[must_use]
    #[inline]
    pub fn fingerprint(&self) -> &'a str {
        let end = HEADER + usize::from(self.header.fingerprint);
        self.record
            .get(HEADER..end)
            .and_then(|fp| std::str::from_utf8(fp).ok())
            .unwrap_or_default()
    }

    /// Returns the start in nanoseconds since the Unix epoch (UTC).
    #[must_use]
    pub fn start_ns(&self) -> u64 {
        self.header.start
    }

    /// Returns the duration, measured by a monotonic clock.
    #[must_use]
    #[inline]
    pub fn elapsed(&self) -> Duration {
        Duration::from_nanos(self.header.lapsed)
    }

    /// Returns the outcome.
    #[must_use]
    #[inline]
    pub fn outcome(&self) -> Outcome {
        self.header.outcome
    }

    /// Returns the fields that the integration or the user set, in order of their first `set`.
    #[must_use]
    pub fn fields(&self) -> EventFields<'a> {
        let (fields, _) = self.regions();
        EventFields(Nested {
            count: self.header.fields.into(),
            bytes: fields,
            at: self.at,
        })
    }

    /// Returns the field or section called `name`. Sections are `error`, `children`, `gomon:busy`
    /// and others.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<EventValue<'a>> {
        self.fields().get(name).or_else(|| {
            self.sections()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| value)
        })
    }

    /// Returns whether the trace id is random, according to the W3C random flag.
    #[must_use]
    pub fn is_random_trace(&self) -> bool {
        self.header.flags & FLAG_RANDOM != 0
    }

    /// Returns the children that were attached to the event.
    #[must_use]
    pub fn children(&self) -> Option<EventChildren<'a>> {
        self.sections().find_map(|(_, value)| match value {
            EventValue::Children(children) => Some(children),
            _ => None,
        })
    }

    /// Returns a copy that owns its record.
    #[must_use]
    pub fn to_owned(&self) -> OwnedEvent {
        OwnedEvent {
            record: self.record.into(),
            app_id: self.at.app_id.into(),
        }
    }

    fn regions(&self) -> (&'a [u8], &'a [u8]) {
        let start = HEADER + usize::from(self.header.fingerprint);
        let body = self.record.get(start..).unwrap_or_default();
        body.split_at_checked(self.header.fields_length as usize)
            .unwrap_or((body, &[]))
    }

    /// Returns the sections that the event has, in the order of the event model: `error`,
    /// `gomon:busy`, `gomon:polls`, `gomon:longest-poll`, `children`, `gomon:cut` and `links`.
    ///
    /// Together with [`fields`](Self::fields), it gives an exporter the whole event without its
    /// JSON form.
    pub fn sections(&self) -> impl Iterator<Item = (&'a str, EventValue<'a>)> + use<'a> {
        let (_, sections) = self.regions();
        Walk {
            bytes: sections,
            at: self.at.deeper(),
        }
        .map(|field| (field.key, field.value))
    }
}

impl Serialize for Event<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.id())?;
        if let Some(parent) = self.parent() {
            map.serialize_entry("parent", &parent)?;
        }
        map.serialize_entry(
            "trace",
            std::str::from_utf8(&self.trace().hex()).unwrap_or_default(),
        )?;
        map.serialize_entry("app-id", self.at.app_id)?;
        map.serialize_entry("gomon:fp", self.fingerprint())?;
        map.serialize_entry("gomon:start", &self.header.start)?;
        map.serialize_entry("gomon:lapsed", &self.header.lapsed)?;
        if self.outcome() != Outcome::Unknown {
            map.serialize_entry("gomon:outcome", self.outcome().as_str())?;
        }
        for (key, value) in self.sections() {
            map.serialize_entry(key, &value)?;
        }
        for (key, value) in self.fields().iter() {
            map.serialize_entry(key, &value)?;
        }
        map.end()
    }
}
