//! Rarely used parts of a tracker: errors, links, attached children and the names of cut fields.
//!
//! They become the sections of the record when it is sealed.

use crate::id::Id;
use crate::id::trace::TraceId;
use crate::id::tracestate::TraceState;
use crate::record::encode::{Encoder, begin_field, tag};
use crate::record::limits::{Limits, MAX_DEPTH};
use crate::record::scratch::{Scratch, copy_short};
use crate::text::floor_char;
use crate::tracker::body::{Body, Polls};
use crate::tracker::logs::Logs;

/// Maximum number of names in `gomon:cut`.
const MAX_CUT_NAMES: usize = 16;
/// Maximum length of a poll observer's key. The event limit reserves room for it.
const MAX_OBSERVED_NAME: usize = 64;
/// Encoded size of a name minus its length.
const NAME_OVERHEAD: usize = 5;

/// Maximum number of links of one event.
const MAX_LINKS: u32 = 32;
/// Encoded size of a link.
const LINK_BYTES: usize = LINK_HEAD.len() + 32 + LINK_ID.len() + 16;
/// Head of a map of 67 bytes and two fields; the first is `trace`, a text of 32 bytes.
#[rustfmt::skip]
const LINK_HEAD: [u8; 20] = [
    tag::MAP, 67, 0, 0, 0, 2, 0, 0, 0,
    5, tag::STR, b't', b'r', b'a', b'c', b'e', 32, 0, 0, 0,
];
/// Head of the second field.
const LINK_ID: [u8; 4] = [2, tag::UUID, b'i', b'd'];

/// Parts that most trackers do not have.
#[derive(Debug, Default)]
pub(crate) struct Cold {
    /// Encoded elements of a list, and their number.
    pub(crate) errors: (Scratch, u32),
    /// Links after the first one, which is in the body.
    links: (Scratch, u32),
    /// Names of fields that were cut.
    cut: Vec<Box<str>>,
    pub(crate) children: (Scratch, u32),
    pub(crate) depth: u8,
    /// An error was reported, even if there was no room for it.
    pub(crate) failed: bool,
    pub(crate) state: Option<TraceState>,
    pub(super) logs: Logs,
}

impl Cold {
    /// Returns the bytes of these parts and all that they own.
    pub(super) fn held(&self) -> usize {
        let lists = [&self.errors.0, &self.links.0, &self.children.0];
        let lists: usize = lists.into_iter().map(Scratch::capacity).sum();
        let cut: usize = self
            .cut
            .iter()
            .map(|name| size_of_val(name) + name.len())
            .sum();
        let state = self.state.as_ref().map_or(0, |state| state.as_str().len());
        size_of::<Self>() + lists + cut + state
    }
}

impl Body {
    /// Returns the rarely used parts.
    ///
    /// Code that adds bytes to them must reserve these bytes in the record: the fast path of `set` compares the limit
    /// with the record's own length only.
    pub(crate) fn cold(&mut self) -> &mut Cold {
        self.cold.get_or_insert_default()
    }

    /// Returns the size of the record with its sections.
    pub(super) fn size(&self) -> usize {
        let cold = self.cold.as_ref().map_or(0, |cold| {
            let cut: usize = cold.cut.iter().map(|name| name.len() + NAME_OVERHEAD).sum();
            cold.errors.0.len() + cold.links.0.len() + cut + cold.children.0.len()
        });
        let link = self.link.map_or(0, |_| LINK_BYTES);
        self.record.len() + link + cold
    }

    /// Returns whether the event limit leaves room for `bytes` more.
    pub(crate) fn has_room(&self, bytes: usize) -> bool {
        self.size().saturating_add(bytes) <= self.core.bounds.event
    }

    /// Adds `name` to the cut names or removes it.
    #[cold]
    #[inline(never)]
    pub(super) fn note_cut(&mut self, name: &str, cut: bool) {
        let is_listed = self
            .cold
            .as_ref()
            .is_some_and(|cold| cold.cut.iter().any(|other| **other == *name));
        if cut {
            self.core.counters.cut_values.add(1);
        }
        if is_listed && !cut {
            self.cold().cut.retain(|other| **other != *name);
        } else if cut && !is_listed && self.has_room(name.len() + NAME_OVERHEAD) {
            let names = &mut self.cold().cut;
            if names.len() < MAX_CUT_NAMES {
                names.push(name.into());
                self.record.reserve(name.len() + NAME_OVERHEAD);
                self.recharge();
            }
        }
    }

    /// Adds an element to a list, unless the list has `max` elements or the event is full.
    pub(crate) fn append_to_list(
        &mut self,
        list: impl Fn(&mut Cold) -> &mut (Scratch, u32),
        max: u32,
        write: impl FnOnce(&mut Encoder<'_>),
    ) {
        let limits: &Limits = &self.core.limits;
        let redaction = &self.core.redaction;
        let room = self.core.bounds.event.saturating_sub(self.size());
        let (bytes, count) = list(self.cold());
        if *count >= max {
            self.core.counters.limited_fields.add(1);
            return;
        }
        let end = bytes.len();
        write(&mut Encoder::new(bytes, limits, redaction));
        let added = bytes.len() - end;
        *count += 1;
        if added > room || !self.charge_growth() {
            let (bytes, count) = list(self.cold());
            bytes.truncate(end);
            bytes.shrink();
            *count -= 1;
            self.core.counters.limited_fields.add(1);
        } else {
            self.record.reserve(added);
        }
    }

    /// Adds a link. The first one is stored inline, as few events have more.
    pub(crate) fn add_link(&mut self, trace: TraceId, id: Id) {
        if self.link.is_none() && self.has_room(LINK_BYTES) {
            self.link = Some((trace, id));
            self.record.reserve(LINK_BYTES);
            return;
        }
        self.append_to_list(
            |cold| &mut cold.links,
            MAX_LINKS - 1,
            |encoder| encoder.encoded(&encoded_link(trace, id)),
        );
    }

    /// Appends the sections in the order of the event model; returns the depth of attached children.
    #[cold]
    #[inline(never)]
    pub(super) fn append_sections(&mut self) -> u8 {
        let cold = self.cold.take().map_or_else(Cold::default, |cold| *cold);
        self.append_section("error", tag::LIST, &cold.errors);
        self.append_polls();
        self.append_section("children", tag::CHILDREN, &cold.children);
        let mut cut = (Scratch::default(), cold.cut.len() as u32);
        for name in &cold.cut {
            cut.0.write(&[tag::STR]);
            cut.0.write(&(name.len() as u32).to_le_bytes());
            cut.0.write(name.as_bytes());
        }
        self.append_section("gomon:cut", tag::LIST, &cut);
        self.append_links(&cold.links);
        self.recharge();
        cold.depth
    }

    /// Appends the first link, then `more`. There are none without a first one.
    pub(super) fn append_links(&mut self, (more, count): &(Scratch, u32)) {
        let Some((trace, id)) = self.link else { return };
        self.append_head("links", tag::LIST, LINK_BYTES + more.len(), count + 1);
        self.record.write(&encoded_link(trace, id));
        self.record.write(more.as_slice());
    }

    /// Appends the statistics of polls, if there were any.
    pub(super) fn append_polls(&mut self) {
        let Polls {
            count,
            busy,
            longest,
            observed,
            last_end: _,
        } = self.polls;
        if count == 0 {
            return;
        }
        let clock = &self.core.clock;
        let (busy, longest) = (
            clock.nanos_between(0, busy),
            clock.nanos_between(0, longest),
        );
        self.append_word("gomon:busy", tag::DURATION, busy);
        self.append_word("gomon:polls", tag::U64, count);
        self.append_word("gomon:longest-poll", tag::DURATION, longest);
        if let Some(name) = crate::poll_observer::observed_name() {
            let name = floor_char(name, MAX_OBSERVED_NAME);
            self.encode(|encoder| encoder.field(name, &observed.into()));
        }
    }

    #[inline(always)]
    fn append_word(&mut self, name: &'static str, tag: u8, word: u64) {
        let word = word.to_le_bytes();
        let room = self.record.room(2 + name.len() + word.len());
        begin_field(room, name, tag, &word);
    }

    fn append_section(&mut self, name: &str, tag: u8, (bytes, count): &(Scratch, u32)) {
        if *count == 0 {
            return;
        }
        self.append_head(name, tag, bytes.len(), *count);
        self.record.write(bytes.as_slice());
    }

    /// Appends the head of a section.
    fn append_head(&mut self, name: &str, tag: u8, length: usize, count: u32) {
        self.record.write(&[name.len() as u8, tag]);
        self.record.write(name.as_bytes());
        self.record.write(&(length as u32 + 4).to_le_bytes());
        self.record.write(&count.to_le_bytes());
    }

    /// Inserts the sealed record of `child` into this one; returns `child` as an error if that is impossible.
    pub(crate) fn adopt(&mut self, child: Box<Self>) -> Result<Box<Self>, Box<Self>> {
        // Another monitor has other listeners, limits and redaction. An unsampled event reaches no listener.
        if !std::ptr::eq(self.core, child.core) || !self.ids.is_recorded() {
            return Err(child);
        }
        let depth = child.record.as_slice().get(7).copied().unwrap_or_default() + 1;
        let length = child.record.len();
        if usize::from(depth) > MAX_DEPTH || !self.has_room(length + 32) {
            return Err(child);
        }
        let end = self.cold().children.0.len();
        self.cold().children.0.write(child.record.as_slice());
        let fits = self.charge_growth();
        let cold = self.cold();
        if !fits {
            cold.children.0.truncate(end);
            cold.children.0.shrink();
            return Err(child);
        }
        cold.children.1 += 1;
        cold.depth = cold.depth.max(depth);
        self.record.reserve(length);
        Ok(child)
    }
}

/// Encodes a link as the element of a list.
fn encoded_link(trace: TraceId, id: Id) -> [u8; LINK_BYTES] {
    let mut link = [0; LINK_BYTES];
    let (trace, id) = (trace.hex(), id.to_bytes());
    let mut room = &mut link[..];
    for part in [&LINK_HEAD[..], &trace, &LINK_ID, &id] {
        let (to, rest) = room.split_at_mut_checked(part.len()).unwrap_or_default();
        copy_short(to, part);
        room = rest;
    }
    link
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::value::Value;
    use gomon_redact::Redaction;

    #[test]
    fn link_is_encoded_like_a_map() {
        let (limits, redaction) = (Limits::default(), Redaction::default());
        let mut out = Scratch::default();
        let (trace, id) = (TraceId::from_u128(7), Id::from_parts(1, 2));
        let hex = trace.to_string();
        let map = [("trace", Value::Str(&hex)), ("id", Value::Uuid(id))];
        Encoder::new(&mut out, &limits, &redaction).element(&Value::Map(&map), 0);
        assert_eq!(out.as_slice(), encoded_link(trace, id));
    }
}
