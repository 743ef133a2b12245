//! A value of a database, as far as it is recorded.

pub(crate) mod postgres;

use gomon_core::{Id, Value};

/// The most that is copied of one value, bytes; what is recorded is less or as much.
const MOST: usize = 4096;

/// A value of a database, as far as it is recorded.
#[derive(Clone, Debug, PartialEq)]
#[doc(hidden)]
pub enum Cell {
    Null,
    Bool(bool),
    Signed(i64),
    Unsigned(u64),
    Float(f64),
    Uuid(Id),
    Text(String),
    Bytes(Vec<u8>),
}

impl Cell {
    /// Text where the bytes are, without what is beyond the limit.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        let kept = bytes.get(..MOST).unwrap_or(bytes);
        let text = match std::str::from_utf8(kept) {
            Ok(text) => Some(text),
            // Only a character that was cut is missing.
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

    pub fn binary(bytes: &[u8]) -> Self {
        Self::Bytes(bytes.get(..MOST).unwrap_or(bytes).to_vec())
    }

    pub fn as_value(&self) -> Value<'_> {
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
        let Cell::Text(text) = Cell::of_bytes("é€".repeat(2000).as_bytes()) else {
            panic!("text was taken for bytes");
        };
        assert!(text.len() <= MOST && text.len() > MOST - 4);
    }

    #[test]
    fn what_is_no_text_is_bytes() {
        assert_eq!(Cell::of_bytes(&[0xff, 0]), Cell::Bytes(vec![0xff, 0]));
        assert_eq!(Cell::of_bytes(b""), Cell::Text(String::new()));
    }
}
