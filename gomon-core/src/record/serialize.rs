//! `Serialize` implementations of event values, in the JSON form of the event model.

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use crate::record::event_value::{EventChildren, EventFields, EventList, EventValue};
use crate::text::saturated_nanos;

impl Serialize for EventList<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for value in self.iter() {
            list.serialize_element(&value)?;
        }
        list.end()
    }
}

impl Serialize for EventFields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (key, value) in self.iter() {
            map.serialize_entry(key, &value)?;
        }
        map.end()
    }
}

impl Serialize for EventChildren<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for event in self.iter() {
            list.serialize_element(&event)?;
        }
        list.end()
    }
}

impl Serialize for EventValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(v) => serializer.serialize_bool(*v),
            Self::I64(v) => serializer.serialize_i64(*v),
            Self::U64(v) => serializer.serialize_u64(*v),
            Self::F64(v) if v.is_finite() => serializer.serialize_f64(*v),
            Self::F64(v) if v.is_nan() => serializer.serialize_str("NaN"),
            Self::F64(v) if *v > 0.0 => serializer.serialize_str("Infinity"),
            Self::F64(_) => serializer.serialize_str("-Infinity"),
            Self::Str(v) => serializer.serialize_str(v),
            Self::Bytes(v) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("base64", &base64(v))?;
                map.end()
            }
            Self::Uuid(v) => v.serialize(serializer),
            Self::Duration(v) => serializer.serialize_u64(saturated_nanos(*v)),
            Self::List(v) => v.serialize(serializer),
            Self::Map(v) => v.serialize(serializer),
            Self::Children(v) => v.serialize(serializer),
        }
    }
}

/// Encodes bytes as base64 with padding (RFC 4648, section 4).
pub(crate) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let word = group
            .iter()
            .zip([16, 8, 0])
            .fold(0, |word, (byte, shift)| word | u32::from(*byte) << shift);
        for (place, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            let digit = DIGITS
                .get((word >> shift) as usize & 63)
                .copied()
                .unwrap_or(b'=');
            text.push(if place <= group.len() {
                digit.into()
            } else {
                '='
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_matches_the_rfc() {
        for (plain, encoded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(plain.as_bytes()), encoded);
        }
    }
}
