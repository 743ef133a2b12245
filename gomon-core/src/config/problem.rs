//! What does not fit between settings and the type that they are for.

use std::fmt;

use serde::de::{Error, Expected, Unexpected};

/// A path from the outermost table to a value, and what was expected there.
///
/// Text that was found is never repeated: it may be a password in the wrong place.
#[derive(Debug)]
pub(super) struct Problem {
    /// From the innermost key outwards.
    path: Vec<String>,
    pub(super) line: Option<usize>,
    unknown: bool,
    expectation: String,
}

/// The most characters of a key that an error repeats.
const MAX_KEY: usize = 64;

impl Problem {
    fn new(expectation: String) -> Self {
        Self {
            path: Vec::new(),
            line: None,
            unknown: false,
            expectation,
        }
    }

    pub(super) fn message(message: &str) -> Self {
        Self::new(message.to_owned())
    }

    pub(super) fn expected(expected: &str, found: Unexpected<'_>) -> Self {
        Self::new(format!("expected {expected}, found {}", Found(found)))
    }

    /// `known` are the keys that could have been meant, where that can be told.
    pub(super) fn unknown_key(known: Option<&[&str]>) -> Self {
        let expectation = match known {
            None => String::new(),
            Some([]) => "expected no keys".to_owned(),
            Some(known) => format!("expected {}", one_of(known)),
        };
        Self {
            unknown: true,
            ..Self::new(expectation)
        }
    }

    /// Adds something else that could have been meant.
    #[must_use]
    pub(super) fn or(mut self, other: &str) -> Self {
        self.expectation.push_str(" or ");
        self.expectation.push_str(other);
        self
    }

    /// Tells that the problem lies below `key`; the innermost line is kept.
    #[must_use]
    pub(super) fn below(mut self, key: &str, line: Option<usize>) -> Self {
        let mut shown: String = key.chars().take(MAX_KEY).collect();
        if shown.len() < key.len() {
            shown.push('…');
        }
        self.path.push(shown);
        self.line = self.line.or(line);
        self
    }

    /// Tells the problem with the path from `place` on.
    pub(super) fn describe(&self, place: &str) -> String {
        let place = Some(place).filter(|place| !place.is_empty());
        let path: Vec<&str> = place
            .into_iter()
            .chain(self.path.iter().rev().map(String::as_str))
            .collect();
        let path = path.join(".");
        let Self {
            unknown,
            expectation,
            ..
        } = self;
        match (unknown, path.is_empty(), expectation.is_empty()) {
            (true, _, true) => format!("unknown key {path:?}"),
            (true, _, false) => format!("unknown key {path:?}, {expectation}"),
            (false, true, _) => expectation.clone(),
            (false, false, true) => format!("key {path:?}"),
            (false, false, false) => format!("key {path:?}: {expectation}"),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.describe(""))
    }
}

impl std::error::Error for Problem {}

impl Error for Problem {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(message.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::expected(&in_words(expected), found)
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::expected(&in_words(expected), found)
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Self::new(format!("expected {expected}, found {length} items"))
    }

    fn unknown_variant(_: &str, known: &'static [&'static str]) -> Self {
        Self::new(format!("expected {}", one_of(known)))
    }

    fn unknown_field(_: &str, known: &'static [&'static str]) -> Self {
        Self::unknown_key(Some(known))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(format!("missing key {field:?}"))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(format!("key {field:?} is given twice"))
    }
}

/// Lists what could have been meant, in quotes.
pub(super) fn one_of(known: &[&str]) -> String {
    match known {
        [only] => format!("{only:?}"),
        known => {
            let quoted: Vec<String> = known.iter().map(|name| format!("{name:?}")).collect();
            format!("one of {}", quoted.join(", "))
        }
    }
}

/// Says in words what serde calls by the name of a Rust type.
fn in_words(expected: &dyn Expected) -> String {
    let expected = expected.to_string();
    let range = |low: i128, high: i128| format!("an integer from {low} to {high}");
    match expected.as_str() {
        "a boolean" => "true or false".to_owned(),
        "f32" | "f64" => "a number".to_owned(),
        "u8" => range(u8::MIN.into(), u8::MAX.into()),
        "u16" => range(u16::MIN.into(), u16::MAX.into()),
        "u32" => range(u32::MIN.into(), u32::MAX.into()),
        "u64" | "usize" => range(u64::MIN.into(), u64::MAX.into()),
        "i8" => range(i8::MIN.into(), i8::MAX.into()),
        "i16" => range(i16::MIN.into(), i16::MAX.into()),
        "i32" => range(i32::MIN.into(), i32::MAX.into()),
        "i64" | "isize" => range(i64::MIN.into(), i64::MAX.into()),
        "a sequence" => "a list".to_owned(),
        "a map" => "a table".to_owned(),
        _ => expected,
    }
}

struct Found<'a>(Unexpected<'a>);

impl fmt::Display for Found<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Unexpected::Bool(value) => write!(f, "{value}"),
            Unexpected::Unsigned(value) => write!(f, "the integer {value}"),
            Unexpected::Signed(value) => write!(f, "the integer {value}"),
            Unexpected::Float(value) => write!(f, "the number {value}"),
            Unexpected::Str(_) | Unexpected::Char(_) | Unexpected::Bytes(_) => {
                f.write_str("a string")
            }
            Unexpected::Unit | Unexpected::Option => f.write_str("null"),
            Unexpected::Seq => f.write_str("a list"),
            Unexpected::Map => f.write_str("a table"),
            Unexpected::UnitVariant => f.write_str("a name alone"),
            _ => f.write_str("something else"),
        }
    }
}
