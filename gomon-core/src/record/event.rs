//! A finished tracker, as listeners see it.

use std::time::Duration;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::id::Id;
use crate::id::trace::{SpanId, TraceId};
use crate::record::event_value::{At, EventChildren, EventFields, EventValue, Nested, Walk};
use crate::record::layout::{FLAG_RANDOM, HEADER, Header};
use crate::record::outcome::Outcome;
use crate::record::owned::OwnedEvent;

/// A finished tracker: a view of its record, decoded when it is looked at.
///
/// Its [`Serialize`] form is the JSON of the event model.
///
/// # Examples
///
/// ```
/// use gomon_core::{Event, Monitor, listener};
///
/// let running = Monitor::builder()
///     .listener(listener::from_fn("slow", |event: &Event<'_>| {
///         if event.lapsed().as_millis() > 100 { /* … */ }
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
    /// Reads a record that [`as_bytes`](Self::as_bytes) gave; `app_id` is what the record leaves out.
    ///
    /// `None` if it is not whole or of a version that this crate cannot read.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(gomon_core::Event::from_bytes(b"not a record", "shop").is_none());
    /// ```
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

    /// The record, as a store may keep it.
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

    /// Its id.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_core::{Event, Id};
    /// fn short(event: &Event<'_>) -> String {
    ///     event.id().span().to_string()
    /// }
    /// ```
    #[must_use]
    #[inline]
    pub fn id(&self) -> Id {
        self.header.id
    }

    /// The event that caused it; `None` for the application event only.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_core::Event;
    /// fn is_application(event: &Event<'_>) -> bool {
    ///     event.parent().is_none()
    /// }
    /// ```
    #[must_use]
    #[inline]
    pub fn parent(&self) -> Option<Id> {
        (!self.header.parent.is_nil()).then_some(self.header.parent)
    }

    /// The W3C trace id that it belongs to.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_core::Event;
    /// fn same_trace(a: &Event<'_>, b: &Event<'_>) -> bool {
    ///     a.trace() == b.trace()
    /// }
    /// ```
    #[must_use]
    pub fn trace(&self) -> TraceId {
        self.header.trace()
    }

    /// The W3C span id: the last eight bytes of its id.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_core::Event;
    /// fn span(event: &Event<'_>) -> String {
    ///     event.span_id().to_string()
    /// }
    /// ```
    #[must_use]
    pub fn span_id(&self) -> SpanId {
        self.header.id.span()
    }

    /// The application that it happened in.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_core::Event;
    /// fn ours(event: &Event<'_>) -> bool {
    ///     event.app_id() == "shop"
    /// }
    /// ```
    #[must_use]
    pub fn app_id(&self) -> &'a str {
        self.at.app_id
    }

    /// Which code path made it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_core::Event;
    /// fn is_request(event: &Event<'_>) -> bool {
    ///     event.fingerprint() == "axum-handle"
    /// }
    /// ```
    #[must_use]
    #[inline]
    pub fn fingerprint(&self) -> &'a str {
        let end = HEADER + usize::from(self.header.fingerprint);
        self.record
            .get(HEADER..end)
            .and_then(|fp| std::str::from_utf8(fp).ok())
            .unwrap_or_default()
    }

    /// When it began: nanoseconds since the Unix epoch (UTC).
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_core::Event;
    /// fn seconds(event: &Event<'_>) -> u64 {
    ///     event.start_ns() / 1_000_000_000
    /// }
    /// ```
    #[must_use]
    pub fn start_ns(&self) -> u64 {
        self.header.start
    }

    /// How long it took, by a monotonic clock.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_core::Event;
    /// fn slow(event: &Event<'_>) -> bool {
    ///     event.lapsed().as_millis() > 100
    /// }
    /// ```
    #[must_use]
    #[inline]
    pub fn lapsed(&self) -> Duration {
        Duration::from_nanos(self.header.lapsed)
    }

    /// How it ended.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_core::{Event, Outcome};
    /// fn failed(event: &Event<'_>) -> bool {
    ///     event.outcome() != Outcome::Ok
    /// }
    /// ```
    #[must_use]
    #[inline]
    pub fn outcome(&self) -> Outcome {
        self.header.outcome
    }

    /// What the integration or the user set, in order of the first set.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_core::Event;
    /// fn names<'a>(event: &Event<'a>) -> Vec<&'a str> {
    ///     event.fields().iter().map(|(name, _)| name).collect()
    /// }
    /// ```
    #[must_use]
    pub fn fields(&self) -> EventFields<'a> {
        let (fields, _) = self.regions();
        EventFields(Nested {
            count: self.header.fields.into(),
            bytes: fields,
            at: self.at,
        })
    }

    /// The field of that name, or the section (`error`, `children`, `gomon:busy`, …).
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_core::Event;
    /// fn route<'a>(event: &Event<'a>) -> Option<&'a str> {
    ///     event.get("route")?.as_str()
    /// }
    /// ```
    #[must_use]
    pub fn get(&self, name: &str) -> Option<EventValue<'a>> {
        self.fields().get(name).or_else(|| {
            self.sections()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| value)
        })
    }

    /// Returns whether the trace id is random, by the W3C flag of that name.
    #[must_use]
    pub fn is_random_trace(&self) -> bool {
        self.header.flags & FLAG_RANDOM != 0
    }

    /// The events that were attached to it.
    #[must_use]
    pub fn children(&self) -> Option<EventChildren<'a>> {
        self.sections().find_map(|(_, value)| match value {
            EventValue::Children(children) => Some(children),
            _ => None,
        })
    }

    /// A copy that owns its record.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_core::{Event, OwnedEvent};
    /// fn keep(event: &Event<'_>, kept: &mut Vec<OwnedEvent>) {
    ///     kept.push(event.to_owned());
    /// }
    /// ```
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

    /// Returns the sections of the record, in the order of the event model: `error`, `gomon:busy`, `gomon:polls`,
    /// `gomon:longest-poll`, `children`, `gomon:cut` and `links`, as far as the event has them.
    ///
    /// With [`fields`](Self::fields), an exporter can read a whole event without its JSON form.
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
        map.serialize_entry("gomon:outcome", self.outcome().as_str())?;
        for (key, value) in self.sections() {
            map.serialize_entry(key, &value)?;
        }
        for (key, value) in self.fields().iter() {
            map.serialize_entry(key, &value)?;
        }
        map.end()
    }
}
