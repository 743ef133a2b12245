//! State of an open tracker.
//!
//! Fields are encoded into `record` as they are set. The header in front of them is written when the tracker ends, so
//! the record is copied once. Invariant: `record` begins with room for the header and the fingerprint, followed by
//! exactly `fields` complete fields.

use crate::id::Id;
pub(crate) use crate::id::ids::Ids;
use crate::id::trace::TraceId;
use crate::record::encode::{Encoder, begin_field, tag};
use crate::record::event_value::{At, EventValue, Walk, find_field};
use crate::record::key::{Class, Key};
use crate::record::layout::{End, HEADER, Header};
use crate::record::outcome::Outcome;
use crate::record::scratch::{Scratch, copy_short};
use crate::record::value::{Guarded, HeaderSource, Text, Value};
use crate::state::core::Core;
use crate::text::{floor_char, saturated_nanos};
use crate::tracker::charge::Charge;
use crate::tracker::sections::Cold;
use crate::transport::buffer::{DropCause, PushResult};
use gomon_redact::{REDACTED, UrlParts};

#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) core: &'static Core,
    pub(crate) ids: Ids,
    pub(crate) start: u64,
    pub(crate) fingerprint: &'static str,
    pub(crate) outcome: Outcome,
    /// The thread was already unwinding when the tracker was opened.
    pub(super) opened_unwinding: bool,
    /// The work has completed; a later panic does not change the outcome.
    pub(crate) complete: bool,
    pub(crate) record: Scratch,
    pub(crate) fields: u16,
    /// Union of the Bloom bits of the keys set so far.
    pub(super) seen: u64,
    pub(crate) polls: Polls,
    /// The first link.
    pub(super) link: Option<(TraceId, Id)>,
    pub(crate) cold: Option<Box<Cold>>,
    /// What its memory is charged to.
    pub(super) charge: Charge,
}

/// Statistics of the polls of a future; times in ticks.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Polls {
    pub(crate) count: u64,
    pub(crate) busy: u64,
    pub(crate) longest: u64,
    pub(crate) last_end: u64,
    /// Sum of the poll observer's measurements.
    pub(crate) observed: u64,
}

/// How a value is recorded under a key.
enum Admission<'v> {
    AsItIs,
    AsText(&'v str),
    Hidden,
    Refused,
}

/// Decides how a key of this class records the value.
#[inline]
fn admission<'v>(class: Class, value: &Value<'v>) -> Admission<'v> {
    match (class, value) {
        (Class::Secret, _) => Admission::Hidden,
        (Class::Text | Class::Scrubbed, Value::Str(text)) => Admission::AsText(text),
        (Class::Plain | Class::Scrubbed, _)
        | (Class::Text, Value::Guarded(Guarded(Text::Free(_) | Text::Url(_) | Text::Dsn(_))))
        | (Class::Sql, Value::Guarded(Guarded(Text::Sql(_) | Text::NormalizedSql(_))))
        | (Class::Url, Value::Guarded(Guarded(Text::Url(_))))
        | (Class::Dsn, Value::Guarded(Guarded(Text::Dsn(_))))
        | (Class::Headers, Value::Guarded(Guarded(Text::Headers(_))))
        | (_, Value::Null | Value::Bool(_)) => Admission::AsItIs,
        _ => Admission::Refused,
    }
}

impl Body {
    /// Creates a body whose memory is charged, with a record of this capacity.
    pub(super) fn charged(core: &'static Core, charge: Charge, capacity: usize) -> Box<Self> {
        Box::new(Self {
            core,
            ids: Ids {
                id: Id::NIL,
                other_half: 0,
                flags: 0,
            },
            start: 0,
            fingerprint: "",
            outcome: Outcome::Ok,
            opened_unwinding: false,
            complete: false,
            record: Scratch::with_capacity(capacity),
            fields: 0,
            seen: 0,
            polls: Polls::default(),
            link: None,
            cold: None,
            charge,
        })
    }

    /// Returns what becomes of a record that is not delivered.
    #[cold]
    pub(super) fn unrecorded(&self) -> PushResult {
        if self.ids.is_sampled() {
            PushResult::Dropped(DropCause::OpenBudget)
        } else {
            PushResult::Stored
        }
    }

    /// Begins a tracker in a [cleaned](Self::clean) body.
    #[inline(always)]
    pub(crate) fn begin(
        &mut self,
        core: &'static Core,
        fingerprint: &'static str,
        ids: Ids,
        parent: Id,
        start: u64,
    ) {
        let fingerprint = if fingerprint.len() < 256 {
            fingerprint
        } else {
            floor_char(fingerprint, 255)
        };
        self.core = core;
        self.ids = ids;
        self.start = start;
        self.fingerprint = fingerprint;
        let limit = if ids.is_recorded() {
            core.bounds.event
        } else {
            0
        };
        self.record.begin(self.fields_at(), limit);
        if let Some((head, room)) = self.record.as_mut_slice().split_first_chunk_mut() {
            Header::begin(head, &ids, parent, start);
            copy_short(room, fingerprint.as_bytes());
        }
    }

    /// Resets the body for reuse.
    #[inline]
    pub(crate) fn clean(&mut self) {
        self.outcome = Outcome::Ok;
        self.opened_unwinding = false;
        self.complete = false;
        self.fields = 0;
        self.seen = 0;
        self.link = None;
        if self.polls.count > 0 || self.cold.is_some() {
            self.polls = Polls::default();
            self.cold = None;
        }
    }

    /// Returns the parent's id, or nil.
    pub(crate) fn parent(&self) -> Id {
        Header::decode(self.record.as_slice()).map_or(Id::NIL, |header| header.parent)
    }

    pub(crate) fn set_start(&mut self, start: u64) {
        self.start = start;
        if let Some(head) = self.record.as_mut_slice().first_chunk_mut() {
            Header::set_start(head, start);
        }
    }

    /// Returns the offset of the first field.
    #[inline]
    fn fields_at(&self) -> usize {
        HEADER + self.fingerprint.len()
    }

    #[inline(always)]
    pub(crate) fn set(&mut self, key: Key<'_>, value: Value<'_>) {
        let is_new = self.seen & key.bit() == 0 && self.fields < self.core.bounds.fields;
        if is_new && self.append(key, &value) {
            self.seen |= key.bit();
            self.fields += 1;
            return;
        }
        self.set_slow(key, &value);
    }

    /// Appends a new field; returns false if the slow path is needed.
    #[inline(always)]
    fn append(&mut self, key: Key<'_>, value: &Value<'_>) -> bool {
        let name = key.name();
        let appended = match *value {
            Value::Guarded(Guarded(Text::Url(ref url))) if key.class() == Class::Url => {
                self.append_url(name, url)
            }
            Value::Guarded(Guarded(Text::Headers(headers))) if key.class() == Class::Headers => {
                self.append_headers(name, headers)
            }
            _ if !key.is_plain() => None,
            Value::Str(text) if text.len() <= self.core.bounds.string => self.append_field(
                name,
                tag::STR,
                &(text.len() as u32).to_le_bytes(),
                text.as_bytes(),
            ),
            Value::I64(v) => self.append_field(name, tag::I64, &v.to_le_bytes(), &[]),
            Value::U64(v) => self.append_field(name, tag::U64, &v.to_le_bytes(), &[]),
            Value::F64(v) => self.append_field(name, tag::F64, &v.to_le_bytes(), &[]),
            Value::Duration(v) => {
                self.append_field(name, tag::DURATION, &saturated_nanos(v).to_le_bytes(), &[])
            }
            Value::Bool(true) => self.append_field(name, tag::TRUE, &[], &[]),
            Value::Bool(false) => self.append_field(name, tag::FALSE, &[], &[]),
            _ => None,
        };
        appended.is_some()
    }

    #[inline(always)]
    fn append_field(&mut self, name: &str, tag: u8, word: &[u8], text: &[u8]) -> Option<()> {
        let room = self.record.append(2 + name.len() + word.len() + text.len());
        begin_field(room, name, tag, word)?.copy_from_slice(text);
        Some(())
    }

    #[inline(never)]
    fn append_url(&mut self, name: &str, url: &UrlParts<'_>) -> Option<()> {
        self.append_encoded(name, |encoder| encoder.url_field(name, url))
    }

    #[inline(never)]
    fn append_headers(&mut self, name: &str, headers: &dyn HeaderSource) -> Option<()> {
        self.append_encoded(name, |encoder| encoder.headers_field(name, headers))
    }

    /// Appends what `write` encodes, and removes it if the event exceeds its limit.
    ///
    /// A value cut by a limit is kept: encoding it again would let clients double its cost.
    #[inline(always)]
    fn append_encoded(&mut self, name: &str, write: impl FnOnce(&mut Encoder<'_>)) -> Option<()> {
        if self.record.is_closed() {
            return None;
        }
        let start = self.record.len();
        let cut = self.encode(write);
        if self.size() > self.core.bounds.event || !self.charge_growth() {
            self.undo(start);
            return None;
        }
        if cut {
            self.note_cut(name, true);
        }
        Some(())
    }

    #[inline(never)]
    fn set_slow(&mut self, key: Key<'_>, value: &Value<'_>) {
        if !self.ids.is_recorded() {
            return;
        }
        let text;
        let value = match admission(key.class(), value) {
            Admission::AsItIs => value,
            Admission::AsText(free) => {
                text = Value::text(free);
                &text
            }
            Admission::Hidden => &Value::Str(REDACTED),
            Admission::Refused => {
                self.core.counters.refused_values.add(1);
                &Value::Str(REDACTED)
            }
        };
        // A truncated name may equal another truncated name.
        let is_whole = key.name().len() <= 250;
        let may_be_set = self.seen & key.bit() != 0 || !is_whole;
        let renamed;
        let name = if key.is_taken() {
            self.core.counters.renamed_fields.add(1);
            renamed = format!("user:{}", floor_char(key.name(), 250));
            &renamed
        } else {
            floor_char(key.name(), 255)
        };
        self.set_admitted(name, value, may_be_set);
        // The Bloom bit of a truncated name differs from the bit of the full name.
        self.seen |= if is_whole { key.bit() } else { u64::MAX };
    }

    #[inline]
    fn set_admitted(&mut self, name: &str, value: &Value<'_>, may_be_set: bool) {
        let old = if may_be_set { self.find(name) } else { None };
        if old.is_none() && self.fields >= self.core.bounds.fields {
            self.core.counters.limited_fields.add(1);
            return;
        }
        let end = self.record.len();
        let cut = self.encode(|encoder| encoder.field(name, value));
        let limit = self.core.bounds.event;
        let replaced = old.map_or(0, |(_, length)| length);
        if self.size() - replaced > limit || !self.charge_growth() {
            self.undo(end);
            self.core.counters.limited_fields.add(1);
            self.note_cut(name, true);
            return;
        }
        if let Some((at, length)) = old {
            self.record.replace(at, length, end);
        } else {
            self.fields += 1;
        }
        if cut || self.cold.is_some() {
            self.note_cut(name, cut);
        }
    }

    /// Encodes into the record; returns whether a value was cut.
    #[inline]
    pub(super) fn encode(&mut self, write: impl FnOnce(&mut Encoder<'_>)) -> bool {
        let core = self.core;
        let mut encoder = Encoder::new(&mut self.record, &core.limits, &core.redaction);
        write(&mut encoder);
        encoder.cut
    }

    /// Returns the length of the fields before the sections are appended.
    #[inline(always)]
    fn fields_length(&self) -> usize {
        self.record.len() - self.fields_at()
    }

    pub(super) fn encoded_fields(&self) -> &[u8] {
        self.record
            .as_slice()
            .get(self.fields_at()..)
            .unwrap_or_default()
    }

    /// Returns the offset and length of the field `name`.
    #[cold]
    #[inline(never)]
    fn find(&self, name: &str) -> Option<(usize, usize)> {
        let (at, length) = find_field(self.encoded_fields(), name)?;
        Some((self.fields_at() + at, length))
    }

    pub(crate) fn get(&self, name: &str) -> Option<EventValue<'_>> {
        let (at, _) = find_field(self.encoded_fields(), name)?;
        let mut walk = Walk {
            bytes: self.encoded_fields().get(at..)?,
            at: At {
                depth: 0,
                app_id: "",
            },
        };
        Some(walk.next()?.value)
    }

    /// Completes the record. `end` is in ticks.
    #[inline(always)]
    pub(crate) fn seal(&mut self, end: u64) {
        let mut depth = 0;
        let fields_length;
        if self.cold.is_some() {
            self.set_logs();
            fields_length = self.fields_length();
            depth = self.append_sections();
        } else {
            fields_length = self.fields_length();
            if self.polls.count > 0 || self.link.is_some() {
                self.append_polls();
                self.append_links(&Default::default());
            }
        }
        let end = End {
            length: self.record.len() as u32,
            outcome: self.final_outcome(),
            depth,
            lapsed: end.saturating_sub(self.start),
            fingerprint: self.fingerprint.len() as u16,
            fields: self.fields,
            fields_length: fields_length as u32,
        };
        if let Some(head) = self.record.as_mut_slice().first_chunk_mut() {
            Header::finish(head, &end);
        }
    }
}
