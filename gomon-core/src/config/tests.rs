use std::collections::BTreeMap;

use serde::Deserialize;

use crate::record::limits::Limits;

use super::settings::{MAX_BYTES, Settings};

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(super) struct Plugin {
    pub(super) response_body: u32,
    pub(super) rate: f64,
    pub(super) on: bool,
    pub(super) name: String,
    pub(super) byte: u8,
    pub(super) offset: i64,
    pub(super) large: u64,
    pub(super) optional: Option<u16>,
    pub(super) nested: Nested,
    pub(super) list: Vec<Nested>,
    pub(super) pair: (u8, u8),
    pub(super) format: Format,
    pub(super) by_route: BTreeMap<Route, Nested>,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(super) struct Nested {
    pub(super) depth: u8,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Format {
    #[default]
    Human,
    Json,
    Custom(String),
    Columns {
        width: u8,
    },
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(super) struct Route(String);

pub(super) fn json(text: &str) -> Settings {
    Settings::from_json("page", text)
        .expect("JSON")
        .named("shop/cache")
}

fn error_text(text: &str) -> String {
    let error = json(text).parse::<Plugin>().expect_err("rejected");
    assert!(error.is_config());
    let text = error.to_string();
    text.strip_prefix("page: shop/cache: ")
        .expect("origin and name come first")
        .to_owned()
}

#[test]
fn public_types_are_send_and_sync() {
    fn assert_send<T: Send + Sync + Clone + 'static>() {}
    assert_send::<Settings>();
}

#[test]
fn every_kind_of_value_is_read() {
    let read: Plugin = json(
        r#"{"response-body": 7, "rate": 1, "on": true, "name": "é", "byte": 255, "offset": -3,
            "large": 18446744073709551615, "optional": null, "nested": {"depth": 1},
            "list": [{}, {"depth": 2}], "pair": [1, 2], "by-route": {"/a": {"depth": 3}}}"#,
    )
    .parse()
    .expect("accepted");
    let expected = Plugin {
        response_body: 7,
        rate: 1.0,
        on: true,
        name: "é".to_owned(),
        byte: 255,
        offset: -3,
        large: u64::MAX,
        nested: Nested { depth: 1 },
        list: vec![Nested { depth: 0 }, Nested { depth: 2 }],
        pair: (1, 2),
        by_route: BTreeMap::from([(Route("/a".to_owned()), Nested { depth: 3 })]),
        ..Plugin::default()
    };
    assert_eq!(read, expected);
    assert_eq!(
        json(r#"{"optional": 3}"#)
            .parse::<Plugin>()
            .expect("accepted")
            .optional,
        Some(3)
    );
}

#[test]
fn variants_are_read_with_their_data() {
    let format = |text: &str| json(text).parse::<Plugin>().expect("accepted").format;
    assert_eq!(format(r#"{"format": "json"}"#), Format::Json);
    assert_eq!(
        format(r#"{"format": {"custom": "%t"}}"#),
        Format::Custom("%t".to_owned())
    );
    assert_eq!(
        format(r#"{"format": {"columns": {"width": 9}}}"#),
        Format::Columns { width: 9 }
    );
}

#[test]
fn unknown_key_is_rejected_without_deny_unknown_fields() {
    assert!(error_text(r#"{"respnse-body": 1}"#).starts_with(
        r#"unknown key "respnse-body", expected one of "response-body", "rate", "on","#
    ));
}

#[test]
fn unknown_key_is_rejected_at_any_depth_with_its_path() {
    let cases = [
        (
            r#"{"nested": {"deep": 1}}"#,
            r#"unknown key "nested.deep", expected "depth""#,
        ),
        (
            r#"{"list": [{}, {"x": {}}]}"#,
            r#"unknown key "list.1.x", expected "depth""#,
        ),
        (
            r#"{"by-route": {"/a": {"x": 1}}}"#,
            r#"unknown key "by-route./a.x", expected "depth""#,
        ),
        (
            r#"{"format": {"columns": {"width": 1, "x": 1}}}"#,
            r#"unknown key "format.columns.x""#,
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(error_text(text), expected);
    }
}

#[test]
fn unknown_key_is_reported_once_with_deny_unknown_fields() {
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Denying {
        #[serde(rename = "a")]
        _a: Option<u8>,
    }
    let error = json(r#"{"b": 1}"#)
        .parse::<Denying>()
        .expect_err("rejected");
    assert_eq!(
        error.to_string(),
        r#"page: shop/cache: unknown key "b", expected "a""#
    );
}

#[test]
fn type_without_keys_expects_no_keys() {
    #[derive(Debug, Deserialize)]
    struct Nothing {}
    let error = json(r#"{"b": 1}"#)
        .parse::<Nothing>()
        .expect_err("rejected");
    assert!(
        error
            .to_string()
            .ends_with(r#"unknown key "b", expected no keys"#)
    );
}

#[test]
fn wrong_type_names_key_and_expectation() {
    let cases = [
        (
            r#"{"on": "yes"}"#,
            r#"key "on": expected true or false, found a string"#,
        ),
        (
            r#"{"byte": 256}"#,
            r#"key "byte": expected an integer from 0 to 255"#,
        ),
        (
            r#"{"response-body": -1}"#,
            r#"key "response-body": expected an integer from 0 to 4294967295"#,
        ),
        (
            r#"{"rate": [1]}"#,
            r#"key "rate": expected a number, found a list"#,
        ),
        (
            r#"{"name": 1.5}"#,
            r#"key "name": expected a string, found a number"#,
        ),
        (
            r#"{"name": null}"#,
            r#"key "name": expected a string, found null"#,
        ),
        (
            r#"{"nested": [1]}"#,
            r#"key "nested": expected a table, found a list"#,
        ),
        (
            r#"{"nested": {"depth": {}}}"#,
            r#"key "nested.depth": expected an integer from 0 to 255, found a table"#,
        ),
        (
            r#"{"list": true}"#,
            r#"key "list": expected a list, found true or false"#,
        ),
        (
            r#"{"list": [{}, 3]}"#,
            r#"key "list.1": expected a table, found an integer"#,
        ),
        (
            r#"{"pair": [1, 2, 3]}"#,
            r#"key "pair": expected 2 items, found 3"#,
        ),
        (
            r#"{"pair": [1]}"#,
            r#"key "pair": expected a tuple of size 2, found 1"#,
        ),
        (
            r#"{"format": "jsn"}"#,
            r#"key "format": expected one of "human", "json", "custom", "columns""#,
        ),
        (
            r#"{"format": 3}"#,
            r#"key "format": expected one of "human", "json", "custom", "columns""#,
        ),
        (
            r#"{"format": {"columns": {}}}"#,
            r#"key "format.columns": missing key "width""#,
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(error_text(text), expected);
    }
}

#[test]
fn limit_out_of_range_names_key_and_range() {
    for (text, expected) in [
        (
            r#"{"fields": 1025}"#,
            r#"shop.json: key "fields": expected an integer from 0 to 1024"#,
        ),
        (
            r#"{"event": 1048577}"#,
            r#"shop.json: key "event": expected an integer from 1024 to 1048576"#,
        ),
        (
            r#"{"event": 1023}"#,
            r#"shop.json: key "event": expected an integer from 1024 to 1048576"#,
        ),
    ] {
        let settings = Settings::from_json("shop.json", text).unwrap();
        let error = settings.parse::<Limits>().unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
    let text = r#"{"fields": 1024, "event": 1024}"#;
    let settings = Settings::from_json("shop.json", text).unwrap();
    assert_eq!(settings.parse::<Limits>().unwrap().fields(), 1024);
}

#[test]
fn missing_key_is_named() {
    #[derive(Debug, Deserialize)]
    struct Strict {
        #[serde(rename = "path")]
        _path: String,
    }
    let error = json("{}").parse::<Strict>().expect_err("rejected");
    assert_eq!(error.to_string(), r#"page: shop/cache: missing key "path""#);
}

/// Every kind of error of a type.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct Hostile {
    boolean: bool,
    byte: u8,
    wide: i128,
    float: f64,
    character: char,
    text: String,
    bytes: Option<Bytes>,
    unit: (),
    list: Vec<u8>,
    pair: (u8, u8),
    table: BTreeMap<String, u8>,
    nested: Nested,
    format: Format,
    untagged: Option<Untagged>,
    flat: Option<Flat>,
    positive: Option<std::num::NonZeroU8>,
    address: Option<std::net::IpAddr>,
    pause: Option<std::time::Duration>,
    folder: Option<std::path::PathBuf>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
#[allow(dead_code, reason = "only read from settings")]
enum Untagged {
    Byte(u8),
    Nested { depth: u8 },
}

#[derive(Debug, Deserialize)]
struct Flat {
    #[serde(flatten)]
    _inner: Denying,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Denying {
    _depth: u8,
}

#[derive(Debug)]
struct Bytes;

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde::de::IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

const HOSTILE_KEYS: [&str; 20] = [
    "boolean",
    "byte",
    "wide",
    "float",
    "character",
    "text",
    "bytes",
    "unit",
    "list",
    "pair",
    "table",
    "nested",
    "format",
    "untagged",
    "flat",
    "positive",
    "address",
    "pause",
    "folder",
    "unknown",
];

/// Values that contain a secret. Some look like the end of an error.
const HOSTILE_VALUES: [&str; 14] = [
    r#""hunter2""#,
    r#""hunter2, expected hunter2""#,
    r#""hunter2` at line 1 column 2""#,
    r#""\"hunter2\", expected u8""#,
    "4711471147114711",
    "-4711471147114711",
    "4711.4711",
    r#"["hunter2"]"#,
    r#"[1, "hunter2", 4711]"#,
    r#"{"depth": "hunter2"}"#,
    r#"{"_depth": "hunter2"}"#,
    r#"{"columns": "hunter2"}"#,
    r#"{"custom": ["hunter2"]}"#,
    r#"{"secs": "hunter2", "nanos": 4711}"#,
];

#[test]
fn errors_and_debug_contain_no_value() {
    let mut refused = 0;
    for key in HOSTILE_KEYS {
        for value in HOSTILE_VALUES {
            let settings = json(&format!(r#"{{"{key}": {value}}}"#));
            let debug = format!("{settings:?}");
            let read = settings.parse::<Hostile>();
            refused += u32::from(read.is_err());
            let error = read.err().map(|error| error.to_string());
            for text in [debug, error.unwrap_or_default()] {
                assert!(!text.contains("hunter2"), "{key}: {value}: {text}");
                assert!(!text.contains("4711"), "{key}: {value}: {text}");
            }
        }
    }
    assert!(refused > 200, "{refused}");
}

#[test]
fn syntax_errors_do_not_repeat_the_text() {
    let broken_json = [
        r#"{"a": "hunter2"#,
        r#"{"a": hunter2}"#,
        r#"{"a": 4711hunter2}"#,
        r#"{"a": "hunter2\x"}"#,
        r#"{"a": "hunter2", "a": "hunter2"}"#,
        r#"{"a": {"b": "hunter2", "b": "hunter2"}}"#,
        r#""hunter2""#,
    ];
    for text in broken_json {
        let error = Settings::from_json("page", text).expect_err(text);
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
    #[cfg(feature = "toml")]
    for text in [
        "a = hunter2",
        "a = 'hunter2",
        "a = \"hunter2\\x\"",
        "a = 4711hunter2",
        "a = 'hunter2'\na = 'hunter2'",
        "a = ['hunter2' 'hunter2']",
        "a = { b = 'hunter2', b = 'hunter2' }",
        "a = 2026-13-45hunter2",
    ] {
        let error = Settings::from_toml("page", text).expect_err(text);
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}

#[test]
fn duplicate_keys_are_rejected_at_any_depth() {
    for text in [
        r#"{"a": 1, "a": 1}"#,
        r#"{"a": {"b": 1, "c": 2, "b": 1}}"#,
        r#"{"a": [{}, {"b": 1, "\u0062": 1}]}"#,
    ] {
        let error = Settings::from_json("page", text).expect_err(text);
        assert!(error.to_string().contains("is given twice"), "{error}");
    }
}

#[test]
fn list_is_not_read_as_a_table() {
    for text in [r#"{"nested": [1]}"#, r#"{"list": [[1]]}"#] {
        assert!(error_text(text).ends_with("expected a table, found a list"));
    }
    assert_eq!(
        error_text(r#"{"nested": "x"}"#),
        r#"key "nested": expected a table, found a string"#
    );
}

#[test]
fn long_keys_are_truncated_and_control_characters_escaped() {
    let error = error_text(&format!(r#"{{"{}": 1}}"#, "k".repeat(1000)));
    assert!(error.len() < 400 && error.contains('…'), "{error}");
    let error = error_text(r#"{"a\nb\u001b[31m": 1}"#);
    assert!(!error.contains(char::is_control), "{error}");
}

#[test]
fn text_is_limited_to_a_mebibyte() {
    let text = format!("{{}}{}", " ".repeat(MAX_BYTES));
    let error = Settings::from_json("page", &text).expect_err("too long");
    assert_eq!(error.to_string(), "page: expected at most 1048576 bytes");
}

fn list_error(text: &str) -> String {
    let error = json(text).split_listeners().expect_err("rejected");
    assert!(error.is_config());
    error.to_string()
}

#[test]
fn listeners_are_separated_from_the_rest_in_their_order() {
    let text = r#"{"byte": 1, "listener": [{"kind": "b", "depth": 2}, {"kind": "a"}]}"#;
    let (rest, listeners) = json(text).split_listeners().expect("accepted");
    assert_eq!(rest.parse::<Plugin>().expect("fits").byte, 1);
    assert_eq!(
        listeners.iter().map(Settings::name).collect::<Vec<_>>(),
        ["b", "a"]
    );
    assert_eq!(listeners[0].parse::<Nested>().expect("fits").depth, 2);
    assert_eq!(listeners[0].origin(), "page");
}

#[test]
fn listeners_need_a_kind() {
    assert_eq!(
        list_error(r#"{"listener": [{}]}"#),
        r#"page: shop/cache: key "listener.0.kind": expected the kind of a listener, such as "log""#
    );
    assert!(list_error(r#"{"listener": [{"kind": 1}]}"#).contains(r#"key "listener.0.kind""#));
    assert!(list_error(r#"{"listener": [1]}"#).contains(r#"key "listener.0": expected a table"#));
    assert!(list_error(r#"{"listener": {}}"#).contains(r#"key "listener": expected a list"#));
}

#[test]
fn listeners_are_bounded() {
    let many = vec![r#"{"kind": "log"}"#; 65].join(",");
    let error = list_error(&format!(r#"{{"listener": [{many}]}}"#));
    assert!(
        error.contains(r#"key "listener": expected at most 64 listeners"#),
        "{error}"
    );
}

#[test]
fn listeners_inside_listeners_keep_the_whole_path() {
    let text = r#"{"listener": [{"kind": "a", "listener": [{"kind": "b", "x": 1}]}]}"#;
    let (_, outer) = json(text).split_listeners().expect("accepted");
    let (_, inner) = outer[0].split_listeners().expect("accepted");
    let error = inner[0].parse::<Nested>().expect_err("rejected");
    assert_eq!(
        error.to_string(),
        r#"page: b: unknown key "listener.0.listener.0.x", expected "depth""#
    );
}
