//! Serializer of serde that builds a bounded [`Tree`].

use std::cell::OnceCell;
use std::fmt::{self, Display};

use gomon_core::Value;
use gomon_core::adapter::floor_char;
use serde::ser::{self, Serialize, Serializer};

use super::nested::Tree;

/// Maximum number of values.
const MAX_VALUES: usize = 1024;
/// Maximum number of bytes of all text.
const MAX_TEXT: usize = 64 * 1024;
/// Maximum depth; a deeper one is not recorded anyway.
const MAX_DEPTH: usize = 8;

/// Why a value is not complete.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stop {
    TooLarge,
    Failed,
}

impl Stop {
    /// Returns what the tree ends with.
    pub(super) const fn marker(self) -> &'static str {
        match self {
            Self::TooLarge => "<cut>",
            Self::Failed => "<failed>",
        }
    }
}

impl Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.marker())
    }
}

impl std::error::Error for Stop {}

impl ser::Error for Stop {
    fn custom<T: Display>(_: T) -> Self {
        Self::Failed
    }
}

/// A list or map that is not complete.
#[derive(Debug)]
enum Open<'a> {
    List(Vec<Tree<'a>>),
    Map(Vec<(String, Tree<'a>)>, String),
}

#[derive(Debug)]
pub(super) struct Builder<'a> {
    open: Vec<Open<'a>>,
    root: Tree<'a>,
    values: usize,
    text: usize,
}

impl Default for Builder<'_> {
    fn default() -> Self {
        Self {
            open: Vec::new(),
            root: Tree::Scalar(Value::Null),
            values: MAX_VALUES,
            text: MAX_TEXT,
        }
    }
}

impl<'a> Builder<'a> {
    /// Adds a value that says why the tree ends here.
    pub(super) fn mark(&mut self, marker: &str) {
        self.place(Tree::Text(marker.to_owned()));
    }

    /// Returns the tree, with what was not complete.
    pub(super) fn finish(mut self) -> Tree<'a> {
        while !self.open.is_empty() {
            self.close();
        }
        self.root
    }

    fn place(&mut self, tree: Tree<'a>) {
        match self.open.last_mut() {
            None => self.root = tree,
            Some(Open::List(items)) => items.push(tree),
            Some(Open::Map(items, key)) => items.push((std::mem::take(key), tree)),
        }
    }

    fn add(&mut self, tree: Tree<'a>) -> Result<(), Stop> {
        self.values = self.values.checked_sub(1).ok_or(Stop::TooLarge)?;
        self.place(tree);
        Ok(())
    }

    fn scalar(&mut self, value: impl Into<Value<'static>>) -> Result<(), Stop> {
        self.add(Tree::Scalar(value.into()))
    }

    /// Returns as much of a text as fits.
    fn take_text<'t>(&mut self, text: &'t str) -> Result<&'t str, Stop> {
        if self.text == 0 {
            return Err(Stop::TooLarge);
        }
        let shown = floor_char(text, self.text);
        self.text = self.text.saturating_sub(text.len());
        Ok(shown)
    }

    fn begin(&mut self, open: Open<'a>, levels: usize) -> Result<Compound<'_, 'a>, Stop> {
        if self.open.len() >= MAX_DEPTH {
            return Err(Stop::TooLarge);
        }
        self.open.push(open);
        Ok(Compound {
            builder: self,
            levels,
        })
    }

    fn begin_variant(&mut self, name: &str) -> Result<(), Stop> {
        self.begin(Open::Map(Vec::new(), name.to_owned()), 1)?;
        Ok(())
    }

    fn close(&mut self) {
        let tree = match self.open.pop() {
            None => return,
            Some(Open::List(items)) => Tree::List(items, OnceCell::new()),
            Some(Open::Map(items, _)) => Tree::Map(items, OnceCell::new()),
        };
        self.place(tree);
    }

    fn set_key(&mut self, name: &str) -> Result<(), Stop> {
        let name = self.take_text(name)?.to_owned();
        if let Some(Open::Map(_, key)) = self.open.last_mut() {
            *key = name;
        }
        Ok(())
    }
}

macro_rules! scalars {
    ($($method:ident($value:ty))*) => {
        $(fn $method(self, value: $value) -> Result<(), Stop> {
            self.scalar(value)
        })*
    };
}

impl<'b, 'a> Serializer for &'b mut Builder<'a> {
    type Ok = ();
    type Error = Stop;
    type SerializeSeq = Compound<'b, 'a>;
    type SerializeTuple = Compound<'b, 'a>;
    type SerializeTupleStruct = Compound<'b, 'a>;
    type SerializeTupleVariant = Compound<'b, 'a>;
    type SerializeMap = Compound<'b, 'a>;
    type SerializeStruct = Compound<'b, 'a>;
    type SerializeStructVariant = Compound<'b, 'a>;

    scalars! {
        serialize_bool(bool)
        serialize_i8(i8)
        serialize_i16(i16)
        serialize_i32(i32)
        serialize_i64(i64)
        serialize_u8(u8)
        serialize_u16(u16)
        serialize_u32(u32)
        serialize_u64(u64)
        serialize_f32(f32)
        serialize_f64(f64)
    }

    fn serialize_i128(self, value: i128) -> Result<(), Stop> {
        match i64::try_from(value) {
            Ok(value) => self.scalar(value),
            Err(_) => self.serialize_str(&value.to_string()),
        }
    }

    fn serialize_u128(self, value: u128) -> Result<(), Stop> {
        match u64::try_from(value) {
            Ok(value) => self.scalar(value),
            Err(_) => self.serialize_str(&value.to_string()),
        }
    }

    fn serialize_char(self, value: char) -> Result<(), Stop> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<(), Stop> {
        let text = self.take_text(value)?.to_owned();
        self.add(Tree::Text(text))
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Stop> {
        let shown = value.get(..self.text).unwrap_or(value);
        self.text = self.text.saturating_sub(value.len());
        self.add(Tree::Bytes(shown.to_owned()))
    }

    fn serialize_none(self) -> Result<(), Stop> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Stop> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Stop> {
        self.add(Tree::Scalar(Value::Null))
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Stop> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), Stop> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Stop> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Stop> {
        self.begin_variant(variant)?;
        value.serialize(&mut *self)?;
        self.close();
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Compound<'b, 'a>, Stop> {
        self.begin(Open::List(Vec::new()), 1)
    }

    fn serialize_tuple(self, _: usize) -> Result<Compound<'b, 'a>, Stop> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Compound<'b, 'a>, Stop> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Compound<'b, 'a>, Stop> {
        self.begin_variant(variant)?;
        self.begin(Open::List(Vec::new()), 2)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Compound<'b, 'a>, Stop> {
        self.begin(Open::Map(Vec::new(), String::new()), 1)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Compound<'b, 'a>, Stop> {
        self.serialize_map(None)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Compound<'b, 'a>, Stop> {
        self.begin_variant(variant)?;
        self.begin(Open::Map(Vec::new(), String::new()), 2)
    }
}

/// Serializes the items of a list or map.
#[derive(Debug)]
pub(super) struct Compound<'b, 'a> {
    builder: &'b mut Builder<'a>,
    /// Number of lists and maps that it closes: a variant is a map of one list or map.
    levels: usize,
}

impl Compound<'_, '_> {
    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Stop> {
        value.serialize(&mut *self.builder)
    }

    fn close(self) -> Result<(), Stop> {
        (0..self.levels).for_each(|_| self.builder.close());
        Ok(())
    }
}

macro_rules! lists {
    ($($of:ident::$method:ident)*) => {
        $(impl ser::$of for Compound<'_, '_> {
            type Ok = ();
            type Error = Stop;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Stop> {
                self.item(value)
            }

            fn end(self) -> Result<(), Stop> {
                self.close()
            }
        })*
    };
}

lists! {
    SerializeSeq::serialize_element
    SerializeTuple::serialize_element
    SerializeTupleStruct::serialize_field
    SerializeTupleVariant::serialize_field
}

macro_rules! structs {
    ($($of:ident)*) => {
        $(impl ser::$of for Compound<'_, '_> {
            type Ok = ();
            type Error = Stop;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), Stop> {
                self.builder.set_key(name)?;
                self.item(value)
            }

            fn end(self) -> Result<(), Stop> {
                self.close()
            }
        })*
    };
}

structs! {
    SerializeStruct
    SerializeStructVariant
}

impl ser::SerializeMap for Compound<'_, '_> {
    type Ok = ();
    type Error = Stop;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Stop> {
        let mut builder = Builder::default();
        key.serialize(&mut builder)?;
        self.builder.set_key(&builder.finish().to_string())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Stop> {
        self.item(value)
    }

    fn end(self) -> Result<(), Stop> {
        self.close()
    }
}
