//! Owned values of rows and parameters.

mod postgres;

use gomon_core::{Id, Value};
use gomon_redact::floor_char;

/// Maximum number of bytes that are copied of one value; at most as many are recorded.
const MAX_BYTES: usize = 4096;

/// An owned value of a row or a parameter. Text and bytes are cut to 4 KiB.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// `NULL`.
    Null,
    /// A Boolean.
    Bool(bool),
    /// A signed integer.
    Signed(i64),
    /// An unsigned integer.
    Unsigned(u64),
    /// A floating-point number.
    Float(f64),
    /// A UUID.
    Uuid(Id),
    /// Text.
    Text(String),
    /// Bytes that are not text.
    Bytes(Vec<u8>),
}

impl Cell {
    /// Copies text if the bytes are UTF-8, else the bytes.
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Self {
        let kept = bytes.get(..MAX_BYTES).unwrap_or(bytes);
        let text = match std::str::from_utf8(kept) {
            Ok(text) => Some(text),
            // A character that was cut is incomplete, not invalid.
            Err(error) if error.error_len().is_none() => kept
                .get(..error.valid_up_to())
                .and_then(|whole| std::str::from_utf8(whole).ok()),
            Err(_) => None,
        };
        text.map_or_else(
            || Self::Bytes(kept.to_vec()),
            |text| Self::Text(text.to_owned()),
        )
    }

    /// Copies bytes, even if they are UTF-8.
    #[must_use]
    pub fn binary(bytes: &[u8]) -> Self {
        Self::Bytes(bytes.get(..MAX_BYTES).unwrap_or(bytes).to_vec())
    }

    /// Decodes a value of PostgreSQL in its binary format, by the name of its type. Unknown types are bytes.
    #[must_use]
    pub fn of_postgres(kind: &str, bytes: &[u8]) -> Self {
        postgres::decode(kind, bytes)
    }

    /// Cuts text and bytes.
    pub(super) fn cut(mut self, limit: usize) -> Self {
        match &mut self {
            Self::Text(text) => text.truncate(floor_char(text, limit).len()),
            Self::Bytes(bytes) => bytes.truncate(limit),
            _ => {}
        }
        self
    }

    /// Returns the approximate number of bytes in an event.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Text(text) => 8 + text.len(),
            Self::Bytes(bytes) => 8 + bytes.len(),
            _ => 16,
        }
    }

    pub(super) fn as_value(&self) -> Value<'_> {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Signed(value) => Value::I64(*value),
            Self::Unsigned(value) => Value::U64(*value),
            Self::Float(value) => Value::F64(*value),
            Self::Uuid(value) => Value::Uuid(*value),
            Self::Text(value) => Value::Str(value),
            Self::Bytes(value) => Value::Bytes(value),
        }
    }
}

macro_rules! from {
    ($($source:ty => $variant:ident;)*) => {
        $(impl From<$source> for Cell {
            fn from(value: $source) -> Self { Self::$variant(value.into()) }
        })*
    };
}

from! {
    bool => Bool;
    i16 => Signed;
    i32 => Signed;
    i64 => Signed;
    u32 => Unsigned;
    u64 => Unsigned;
    f32 => Float;
    f64 => Float;
    Id => Uuid;
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(floor_char(text, MAX_BYTES).to_owned())
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_is_cut_between_characters() {
        let long = "é€".repeat(2000);
        let Cell::Text(text) = Cell::of_bytes(long.as_bytes()) else {
            panic!("text became bytes");
        };
        assert!(text.len() <= MAX_BYTES && text.len() > MAX_BYTES - 4);
        assert_eq!(Cell::from(&*long), Cell::Text(text));
        assert_eq!(Cell::from("é€").cut(4), Cell::Text("é".to_owned()));
    }

    #[test]
    fn bytes_that_are_not_text_are_bytes() {
        assert_eq!(Cell::of_bytes(&[0xff, 0]), Cell::Bytes(vec![0xff, 0]));
        assert_eq!(Cell::of_bytes(b""), Cell::Text(String::new()));
        assert_eq!(Cell::binary(b"abc").cut(2), Cell::Bytes(b"ab".to_vec()));
    }
}
