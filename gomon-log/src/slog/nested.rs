//! Nested values of serde, as bounded trees.

use std::cell::OnceCell;
use std::fmt::{self, Display};

use gomon_core::Value;
use gomon_core::adapter::contain;
use serde::Serialize;

use super::serializer::Builder;

/// A nested value. It holds what it lends as a [`Value`].
#[derive(Debug)]
pub(super) enum Tree<'a> {
    /// A value without text.
    Scalar(Value<'static>),
    Text(String),
    Bytes(Vec<u8>),
    List(Vec<Tree<'a>>, OnceCell<Vec<Value<'a>>>),
    Map(Vec<(String, Tree<'a>)>, OnceCell<Vec<(&'a str, Value<'a>)>>),
}

impl<'a> Tree<'a> {
    /// Serializes a value. It ends with a marker if it is too large, fails or panics.
    pub(super) fn of(value: &(impl Serialize + ?Sized)) -> Self {
        let mut builder = Builder::default();
        match contain(|| value.serialize(&mut builder)) {
            Some(Ok(())) => {}
            Some(Err(stop)) => builder.mark(stop.marker()),
            None => builder.mark("<panicked>"),
        }
        builder.finish()
    }

    /// Returns the value, whose text passes the redaction policy.
    pub(super) fn value(&'a self) -> Value<'a> {
        match self {
            Self::Scalar(value) => *value,
            Self::Text(text) => Value::text(text),
            Self::Bytes(bytes) => Value::Bytes(bytes),
            Self::List(items, lent) => {
                Value::List(lent.get_or_init(|| items.iter().map(Self::value).collect()))
            }
            Self::Map(items, lent) => Value::Map(lent.get_or_init(|| {
                let values = items.iter().map(|(key, item)| (key.as_str(), item.value()));
                values.collect()
            })),
        }
    }
}

/// The text of a scalar, as the key of a map.
impl Display for Tree<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Scalar(Value::Bool(value)) => value.fmt(f),
            Self::Scalar(Value::I64(value)) => value.fmt(f),
            Self::Scalar(Value::U64(value)) => value.fmt(f),
            Self::Scalar(Value::F64(value)) => value.fmt(f),
            _ => f.write_str("<key>"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[derive(Serialize)]
    enum Shape {
        Unit,
        New(u8),
        Tuple(u8, i8),
        Struct { side: f32 },
    }

    #[derive(Serialize)]
    struct All<'a> {
        text: &'a str,
        symbol: char,
        none: Option<u8>,
        some: Option<bool>,
        unit: (),
        pair: (u64, i64),
        big: u128,
        shapes: Vec<Shape>,
        keys: BTreeMap<u32, &'a str>,
    }

    fn shown(value: &(impl Serialize + ?Sized)) -> String {
        format!("{:?}", Tree::of(value).value())
    }

    #[test]
    fn every_shape_has_its_tree() {
        let shapes = vec![
            Shape::Unit,
            Shape::New(1),
            Shape::Tuple(2, -2),
            Shape::Struct { side: 0.5 },
        ];
        let all = All {
            text: "a",
            symbol: 'b',
            none: None,
            some: Some(true),
            unit: (),
            pair: (1, -1),
            big: u128::MAX,
            shapes,
            keys: BTreeMap::from([(7, "seven")]),
        };
        let tree = Tree::of(&all);
        let Value::Map(fields) = tree.value() else {
            panic!("{tree:?}");
        };
        let names: Vec<_> = fields.iter().map(|(name, _)| *name).collect();
        assert_eq!(
            names,
            [
                "text", "symbol", "none", "some", "unit", "pair", "big", "shapes", "keys"
            ]
        );
        let Value::List([unit, new, tuple, map]) = fields[7].1 else {
            panic!("{fields:?}");
        };
        assert_eq!(format!("{unit:?}"), "Guarded([redacted])");
        assert_eq!(format!("{new:?}"), r#"Map([("New", U64(1))])"#);
        assert_eq!(
            format!("{tuple:?}"),
            r#"Map([("Tuple", List([U64(2), I64(-2)]))])"#
        );
        assert_eq!(
            format!("{map:?}"),
            r#"Map([("Struct", Map([("side", F64(0.5))]))])"#
        );
        assert!(matches!(fields[8].1, Value::Map([("7", _)])));
    }

    #[test]
    fn size_and_depth_are_bounded() {
        let Tree::List(items, _) = Tree::of(&vec![0_u8; 1 << 20]) else {
            panic!("not a list");
        };
        assert!(items.len() <= 1025, "{}", items.len());
        assert_eq!(items.last().unwrap().to_string(), "<cut>");
        let huge = ["x".repeat(1 << 20), "y".to_owned()];
        let Tree::List(items, _) = Tree::of(&huge) else {
            panic!("not a list");
        };
        assert!(items[0].to_string().len() <= 64 * 1024);
        assert_eq!(items[1].to_string(), "<cut>");

        /// Nested without end.
        struct Endless;
        impl Serialize for Endless {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_newtype_variant("E", 0, "E", &Self)
            }
        }
        assert!(shown(&Endless).matches("Map").count() <= 16);
    }

    #[test]
    fn value_that_fails_or_panics_ends_with_a_marker() {
        struct Fails(bool);
        impl Serialize for Fails {
            fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
                match self.0 {
                    true => Err(serde::ser::Error::custom("planned")),
                    false => std::panic::panic_any("planned"),
                }
            }
        }
        for (fails, marker) in [(true, "<failed>"), (false, "<panicked>")] {
            let Tree::List(items, _) = Tree::of(&[Fails(fails)]) else {
                panic!("not a list");
            };
            assert_eq!(items[0].to_string(), marker);
            assert_eq!(Tree::of(&Fails(fails)).to_string(), marker);
        }
    }
}
