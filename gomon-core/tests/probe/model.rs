//! Reference model of an event, written from the documentation.

use std::time::Duration;

use gomon_core::{EventValue, Id, Limits, OwnedEvent, Value};

/// Reserved names and secret names that the tests use.
const RESERVED: [&str; 4] = ["route", "id", "method", "children"];
const SECRETS: [&str; 3] = ["password", "api_key", "user:token"];
const REDACTED: &str = "[redacted]";

/// Bytes reserved for the heads of sections, and the size of a record's header.
const SECTION_HEADS: usize = 256;
const HEADER: usize = 72;
const MAX_DEPTH: usize = 8;
const MAX_CUT_NAMES: usize = 16;

/// An owned value.
#[derive(Clone, Debug)]
pub enum Model {
    Null,
    Bool(bool),
    I64(i64),
    U64(u64),
    F64(f64),
    Str(String),
    Long(String),
    Bytes(Vec<u8>),
    Uuid(Id),
    Duration(Duration),
    List(Vec<Model>),
    Map(Vec<(String, Model)>),
}

/// Returns the value of `model`. Nested lists are leaked, as values borrow them.
pub fn lent(model: &Model) -> Value<'_> {
    match model {
        Model::Null => Value::Null,
        Model::Bool(v) => (*v).into(),
        Model::I64(v) => (*v).into(),
        Model::U64(v) => (*v).into(),
        Model::F64(v) => (*v).into(),
        Model::Str(v) => v.into(),
        Model::Long(v) => Value::long(v),
        Model::Bytes(v) => Value::Bytes(v),
        Model::Uuid(v) => (*v).into(),
        Model::Duration(v) => (*v).into(),
        Model::List(items) => Value::List(items.iter().map(lent).collect::<Vec<_>>().leak()),
        Model::Map(fields) => {
            let fields = fields
                .iter()
                .map(|(name, value)| (name.as_str(), lent(value)));
            Value::Map(fields.collect::<Vec<_>>().leak())
        }
    }
}

/// The expected fields of one event.
pub struct Expected<'a> {
    limits: &'a Limits,
    fields: Vec<(String, Model)>,
    cut: Vec<String>,
    fixed: usize,
    pub limited: u64,
    pub renamed: u64,
}

impl<'a> Expected<'a> {
    pub fn new(limits: &'a Limits, fingerprint: &str) -> Self {
        let fixed = HEADER + fingerprint.len();
        Self {
            limits,
            fields: Vec::new(),
            cut: Vec::new(),
            fixed,
            limited: 0,
            renamed: 0,
        }
    }

    pub fn set(&mut self, name: &str, value: &Model) {
        let is_secret = SECRETS.contains(&name);
        let taken =
            RESERVED.contains(&name) || name.starts_with("gomon:") || name.starts_with("user:");
        self.renamed += u64::from(taken);
        let name = if taken {
            format!("user:{}", floor(name, 250))
        } else {
            floor(name, 255)
        };
        let mut cut = false;
        let value = match value {
            _ if is_secret => Model::Str(REDACTED.to_owned()),
            value => self.kept(value, 0, &mut cut),
        };
        let old = self.fields.iter().position(|(other, _)| *other == name);
        if old.is_none() && self.fields.len() >= self.limits.fields() {
            self.limited += 1;
            return;
        }
        let mut fields = self.fields.clone();
        match old {
            Some(at) => fields[at].1 = value,
            None => fields.push((name.clone(), value)),
        }
        if self.size(&fields) > self.limits.event() - SECTION_HEADS {
            self.limited += 1;
            self.note_cut(name, true);
            return;
        }
        self.fields = fields;
        self.note_cut(name, cut);
    }

    fn note_cut(&mut self, name: String, cut: bool) {
        if !cut {
            self.cut.retain(|other| *other != name);
        } else if !self.cut.contains(&name) && self.cut.len() < MAX_CUT_NAMES {
            self.cut.push(name);
            if self.size(&self.fields) > self.limits.event() - SECTION_HEADS {
                self.cut.pop();
            }
        }
    }

    fn size(&self, fields: &[(String, Model)]) -> usize {
        let cut: usize = self.cut.iter().map(|name| name.len() + 5).sum();
        self.fixed + fields.iter().map(field_size).sum::<usize>() + cut
    }

    /// Returns the value cut to the limits.
    fn kept(&self, value: &Model, depth: usize, cut: &mut bool) -> Model {
        let text = |text: &str, limit, cut: &mut bool| {
            *cut |= text.len() > limit;
            Model::Str(floor(text, limit))
        };
        let max = if depth + 1 >= MAX_DEPTH {
            0
        } else {
            self.limits.fields()
        };
        match value {
            Model::Str(v) => text(v, self.limits.string(), cut),
            Model::Long(v) => text(v, self.limits.long_string(), cut),
            Model::Bytes(v) => {
                *cut |= v.len() > self.limits.string();
                Model::Bytes(v.iter().copied().take(self.limits.string()).collect())
            }
            Model::Duration(v) => {
                let ns = u64::try_from(v.as_nanos()).unwrap_or(u64::MAX);
                Model::Duration(Duration::from_nanos(ns))
            }
            Model::List(items) => {
                *cut |= items.len() > max;
                Model::List(
                    items
                        .iter()
                        .take(max)
                        .map(|v| self.kept(v, depth + 1, cut))
                        .collect(),
                )
            }
            Model::Map(fields) => {
                *cut |= fields.len() > max;
                let kept = fields.iter().take(max).map(|(name, value)| {
                    *cut |= name.len() > 255;
                    let value = match value {
                        _ if SECRETS.contains(&name.as_str()) => Model::Str(REDACTED.to_owned()),
                        value => self.kept(value, depth + 1, cut),
                    };
                    (floor(name, 255), value)
                });
                Model::Map(kept.collect())
            }
            other => other.clone(),
        }
    }

    /// Compares the event and its JSON with the model.
    pub fn check(&self, event: &OwnedEvent) {
        let view = event.as_event();
        let names: Vec<_> = view.fields().iter().map(|(name, _)| name).collect();
        let expected: Vec<_> = self.fields.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, expected);
        for ((name, value), (_, model)) in view.fields().iter().zip(&self.fields) {
            assert!(
                same(&value, model),
                "{name:?}: {value:?} instead of {model:?}"
            );
        }
        let text = event.to_json();
        let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        for (name, model) in &self.fields {
            assert_eq!(json[name], to_json(model), "{name:?}");
        }
        let cut: Vec<_> = json["gomon:cut"].as_array().into_iter().flatten().collect();
        assert_eq!(cut, self.cut.iter().map(String::as_str).collect::<Vec<_>>());
        let header = 8 + usize::from(!self.cut.is_empty());
        assert_eq!(
            json.as_object().map(serde_json::Map::len),
            Some(header + self.fields.len())
        );
    }
}

fn floor(text: &str, limit: usize) -> String {
    let ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
    let end = ends.take_while(|end| *end <= limit).last().unwrap_or(0);
    text[..end].to_owned()
}

fn field_size((name, value): &(String, Model)) -> usize {
    2 + name.len() + size(value)
}

fn size(value: &Model) -> usize {
    match value {
        Model::Null | Model::Bool(_) => 0,
        Model::I64(_) | Model::U64(_) | Model::F64(_) | Model::Duration(_) => 8,
        Model::Uuid(_) => 16,
        Model::Str(v) | Model::Long(v) => 4 + v.len(),
        Model::Bytes(v) => 4 + v.len(),
        Model::List(v) => 8 + v.iter().map(|value| 1 + size(value)).sum::<usize>(),
        Model::Map(v) => 8 + v.iter().map(field_size).sum::<usize>(),
    }
}

fn same(value: &EventValue<'_>, model: &Model) -> bool {
    match (value, model) {
        (EventValue::Null, Model::Null) => true,
        (EventValue::Bool(a), Model::Bool(b)) => a == b,
        (EventValue::I64(a), Model::I64(b)) => a == b,
        (EventValue::U64(a), Model::U64(b)) => a == b,
        (EventValue::F64(a), Model::F64(b)) => a.to_bits() == b.to_bits(),
        (EventValue::Str(a), Model::Str(b)) => a == b,
        (EventValue::Bytes(a), Model::Bytes(b)) => a == b,
        (EventValue::Uuid(a), Model::Uuid(b)) => a == b,
        (EventValue::Duration(a), Model::Duration(b)) => a == b,
        (EventValue::List(a), Model::List(b)) => {
            a.iter().count() == b.len() && a.iter().zip(b).all(|(a, b)| same(&a, b))
        }
        (EventValue::Map(a), Model::Map(b)) => {
            a.iter().count() == b.len()
                && a.iter()
                    .zip(b)
                    .all(|((a, x), (b, y))| a == b && same(&x, y))
        }
        _ => false,
    }
}

fn to_json(model: &Model) -> serde_json::Value {
    match model {
        Model::Null => serde_json::Value::Null,
        Model::Bool(v) => (*v).into(),
        Model::I64(v) => (*v).into(),
        Model::U64(v) => (*v).into(),
        Model::F64(v) if v.is_nan() => "NaN".into(),
        Model::F64(f64::INFINITY) => "Infinity".into(),
        Model::F64(f64::NEG_INFINITY) => "-Infinity".into(),
        Model::F64(v) => serde_json::from_str(&serde_json::to_string(v).unwrap()).unwrap(),
        Model::Str(v) | Model::Long(v) => v.as_str().into(),
        Model::Bytes(v) => serde_json::json!({ "base64": base64(v) }),
        Model::Uuid(v) => v.to_string().into(),
        Model::Duration(v) => u64::try_from(v.as_nanos()).unwrap().into(),
        Model::List(v) => v.iter().map(to_json).collect(),
        // JSON parsers keep the last value of a duplicate name.
        Model::Map(v) => v
            .iter()
            .map(|(name, value)| (name.clone(), to_json(value)))
            .collect(),
    }
}

/// Encodes bit by bit, unlike the code under test.
fn base64(bytes: &[u8]) -> String {
    let bits: Vec<u8> = bytes
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1))
        .collect();
    let mut text: String = bits
        .chunks(6)
        .map(|six| {
            let digit = (0..6).fold(0, |n, at| n << 1 | six.get(at).copied().unwrap_or(0));
            match digit {
                0..=25 => char::from(b'A' + digit),
                26..=51 => char::from(b'a' + digit - 26),
                52..=61 => char::from(b'0' + digit - 52),
                62 => '+',
                _ => '/',
            }
        })
        .collect();
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}
