//! Conversion of the times in records from ticks to nanoseconds.

use crate::record::event::Event;
use crate::record::event_value::EventValue;
use crate::record::layout as record;
use crate::record::layout::HEADER;
use crate::transport::clock::Anchor;

/// Converts the ticks of whole records to wall-clock times and durations.
#[inline]
pub(super) fn to_nanoseconds(mut bytes: &mut [u8], anchor: &Anchor) {
    while let Some((length, depth)) = head(bytes) {
        let Some((record, rest)) = bytes.split_at_mut_checked(length) else {
            break;
        };
        convert(record, anchor);
        if depth > 0 {
            convert_children(record, anchor);
        }
        bytes = rest;
    }
}

#[inline]
fn head(bytes: &[u8]) -> Option<(usize, u8)> {
    let head = bytes.first_chunk::<HEADER>()?;
    let length = u32::from_le_bytes(record::chunk(head, 0)?) as usize;
    (length >= HEADER).then_some((length, head[7]))
}

#[inline]
fn convert(record: &mut [u8], anchor: &Anchor) {
    let Some(times) = record
        .get_mut(48..64)
        .and_then(|times| times.first_chunk_mut::<16>())
    else {
        return;
    };
    let (start, lapsed) = times.split_at_mut(8);
    let ticks = |bytes: &[u8]| {
        bytes
            .first_chunk()
            .map_or(0, |bytes| u64::from_le_bytes(*bytes))
    };
    let (wall, nanos) = (anchor.wall(ticks(start)), anchor.elapsed(ticks(lapsed)));
    start.copy_from_slice(&wall.to_le_bytes());
    lapsed.copy_from_slice(&nanos.to_le_bytes());
}

/// Converts the children of a record, recursively up to
/// [`MAX_DEPTH`](crate::record::limits::MAX_DEPTH).
#[cold]
fn convert_children(record: &mut [u8], anchor: &Anchor) {
    let Some(range) = children_range(record) else {
        return;
    };
    if let Some(children) = record.get_mut(range) {
        to_nanoseconds(children, anchor);
    }
}

/// Returns the range of the children in the bytes of a record.
fn children_range(record: &[u8]) -> Option<std::ops::Range<usize>> {
    let event = Event::from_bytes(record, "")?;
    let children = event.sections().find_map(|(_, value)| match value {
        EventValue::Children(children) => Some(children.bytes()),
        _ => None,
    })?;
    let start = children.as_ptr().addr() - record.as_ptr().addr();
    Some(start..start + children.len())
}
