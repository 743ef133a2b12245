use std::collections::BTreeMap;

use serde::Deserialize;

use super::*;

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct Plugin {
    response_body: u32,
    rate: f64,
    on: bool,
    name: String,
    byte: u8,
    offset: i64,
    large: u64,
    optional: Option<u16>,
    nested: Nested,
    list: Vec<Nested>,
    pair: (u8, u8),
    format: Format,
    by_route: BTreeMap<Route, Nested>,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct Nested {
    depth: u8,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Format {
    #[default]
    Human,
    Json,
    Custom(String),
    Columns {
        width: u8,
    },
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct Route(String);

fn json(text: &str) -> Settings {
    Settings::from_json("page", text)
        .expect("JSON")
        .named("shop/cache")
}

fn refusal(text: &str) -> String {
    let error = json(text).parse::<Plugin>().expect_err("refused");
    assert!(error.is_config());
    let text = error.to_string();
    text.strip_prefix("page: shop/cache: ")
        .expect("origin and name come first")
        .to_owned()
}

#[test]
fn public_types_may_cross_threads() {
    fn sendable<T: Send + Sync + Clone + 'static>() {}
    sendable::<Settings>();
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
fn variants_are_read_with_what_they_hold() {
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
fn unknown_key_is_found_although_the_type_would_ignore_it() {
    assert!(refusal(r#"{"respnse-body": 1}"#).starts_with(
        r#"unknown key "respnse-body", expected one of "response-body", "rate", "on","#
    ));
}

#[test]
fn unknown_key_is_found_at_any_depth_with_its_path() {
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
        assert_eq!(refusal(text), expected);
    }
}

#[test]
fn unknown_key_is_told_once_where_the_type_denies_it_too() {
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Denying {
        #[serde(rename = "a")]
        _a: Option<u8>,
    }
    let error = json(r#"{"b": 1}"#).parse::<Denying>().expect_err("refused");
    assert_eq!(
        error.to_string(),
        r#"page: shop/cache: unknown key "b", expected "a""#
    );
}

#[test]
fn type_without_keys_says_so() {
    #[derive(Debug, Deserialize)]
    struct Nothing {}
    let error = json(r#"{"b": 1}"#).parse::<Nothing>().expect_err("refused");
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
            r#"key "byte": expected an integer from 0 to 255, found the integer 256"#,
        ),
        (
            r#"{"response-body": -1}"#,
            r#"key "response-body": expected an integer from 0 to 4294967295, found the integer -1"#,
        ),
        (
            r#"{"rate": [1]}"#,
            r#"key "rate": expected a number, found a list"#,
        ),
        (
            r#"{"name": 1.5}"#,
            r#"key "name": expected a string, found the number 1.5"#,
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
            r#"key "list": expected a list, found true"#,
        ),
        (
            r#"{"list": [{}, 3]}"#,
            r#"key "list.1": expected a table, found the integer 3"#,
        ),
        (
            r#"{"pair": [1, 2, 3]}"#,
            r#"key "pair": expected 2 items, found 3 items"#,
        ),
        (
            r#"{"pair": [1]}"#,
            r#"key "pair": expected a tuple of size 2, found 1 items"#,
        ),
        (
            r#"{"format": "jsn"}"#,
            r#"key "format": expected one of "human", "json", "custom", "columns""#,
        ),
        (
            r#"{"format": 3}"#,
            r#"key "format": expected one of "human", "json", "custom", "columns", found the integer 3"#,
        ),
        (
            r#"{"format": {"columns": {}}}"#,
            r#"key "format.columns": missing key "width""#,
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(refusal(text), expected);
    }
}

#[test]
fn key_that_is_needed_is_named() {
    #[derive(Debug, Deserialize)]
    struct Strict {
        #[serde(rename = "path")]
        _path: String,
    }
    let error = json("{}").parse::<Strict>().expect_err("refused");
    assert_eq!(error.to_string(), r#"page: shop/cache: missing key "path""#);
}

#[test]
fn neither_errors_nor_debug_repeat_text_that_may_be_a_secret() {
    for text in [
        r#"{"byte": "hunter2"}"#,
        r#"{"nested": "hunter2"}"#,
        r#"{"format": "hunter2"}"#,
        r#"{"respnse": "hunter2"}"#,
        r#"{"list": ["hunter2"]}"#,
    ] {
        assert!(!refusal(text).contains("hunter2"), "{text}");
        assert!(!format!("{:?}", json(text)).contains("hunter2"), "{text}");
    }
    let error = Settings::from_json("page", r#"{"a": "hunter2"#).expect_err("no end");
    assert!(!error.to_string().contains("hunter2"));
}

#[test]
fn long_keys_are_cut_and_control_characters_escaped() {
    let error = refusal(&format!(r#"{{"{}": 1}}"#, "k".repeat(1000)));
    assert!(error.len() < 400 && error.contains('…'), "{error}");
    let error = refusal(r#"{"a\nb\u001b[31m": 1}"#);
    assert!(!error.contains(char::is_control), "{error}");
}

#[test]
fn longer_text_than_a_mebibyte_is_refused() {
    let text = format!("{{}}{}", " ".repeat(MAX_BYTES));
    let error = Settings::from_json("page", &text).expect_err("too long");
    assert_eq!(error.to_string(), "page: expected at most 1048576 bytes");
}

#[cfg(feature = "toml")]
mod toml_text {
    use super::*;

    fn refusal(text: &str) -> String {
        let settings = Settings::from_toml("gomon.toml", text)
            .expect("TOML")
            .named("shop/cache");
        settings.parse::<Plugin>().expect_err("refused").to_string()
    }

    #[test]
    fn lines_are_those_of_the_innermost_key() {
        let cases = [
            (
                "byte = 1\nbyt = 1",
                "gomon.toml:2: shop/cache: unknown key \"byt\"",
            ),
            (
                "\n[nested]\n\ndepth = -1",
                "gomon.toml:4: shop/cache: key \"nested.depth\"",
            ),
            (
                "\n[nested.deep]\nx = 1",
                "gomon.toml:2: shop/cache: unknown key \"nested.deep\"",
            ),
            (
                "list = [\n{},\n3\n]",
                "gomon.toml:3: shop/cache: key \"list.1\"",
            ),
            (
                "[[list]]\n[[list]]\ndepth = ''",
                "gomon.toml:3: shop/cache: key \"list.1.depth\"",
            ),
            (
                "a.\"b\".c = 1",
                "gomon.toml:1: shop/cache: unknown key \"a\"",
            ),
            (
                "\r\n\r\nbyt = 1",
                "gomon.toml:3: shop/cache: unknown key \"byt\"",
            ),
        ];
        for (text, expected) in cases {
            let error = refusal(text);
            assert!(error.starts_with(expected), "{error}");
        }
    }

    #[test]
    fn numbers_are_read_in_every_notation() {
        let text = "byte = 0xff\nlarge = 18446744073709551615\noffset = -1_000\nrate = 1e-3";
        let read: Plugin = Settings::from_toml("a", text)
            .expect("TOML")
            .parse()
            .expect("fits");
        assert_eq!(
            (read.byte, read.large, read.offset, read.rate),
            (255, u64::MAX, -1000, 0.001)
        );
        for (text, expected) in [
            (
                "\nrate = nan",
                "a:2: not valid TOML: expected a finite number",
            ),
            (
                "rate = -inf",
                "a:1: not valid TOML: expected a finite number",
            ),
            (
                "rate = 1e999",
                "a:1: not valid TOML: expected a finite number",
            ),
        ] {
            let error = Settings::from_toml("a", text).expect_err("refused");
            assert_eq!(error.to_string(), expected);
        }
        let huge = format!("large = {}", "9".repeat(60));
        let error = Settings::from_toml("a", &huge).expect_err("refused");
        assert!(error.to_string().contains("at most 64 bits"), "{error}");
        assert!(refusal("large = 18446744073709551616").contains("\"large\""));
    }

    #[test]
    fn name_with_a_slash_and_no_quotes_is_told_how_to_be_written() {
        let error = Settings::from_toml("a", "x = 1\n[ gomon/http ] # requests").expect_err("bare");
        assert_eq!(
            error.to_string(),
            r#"a:2: not valid TOML: a name with a slash stands in quotes: ["gomon/http"]"#
        );
        for text in ["[a b/c]", "[a]/b", "x/y = 1"] {
            let error = Settings::from_toml("a", text).expect_err("no TOML");
            assert!(!error.to_string().contains("in quotes: ["), "{error}");
        }
    }

    #[test]
    fn time_is_read_as_text() {
        let settings = Settings::from_toml("a", "name = 2026-11-23").expect("TOML");
        assert_eq!(settings.parse::<Plugin>().expect("fits").name, "2026-11-23");
    }

    #[test]
    fn an_unusable_value_is_told_with_its_line() {
        let settings = Settings::from_toml("a", "\nname = ''")
            .expect("TOML")
            .named("file");
        let error = settings.invalid("name", "expected a path");
        assert_eq!(
            error.to_string(),
            r#"a:2: file: key "name": expected a path"#
        );
    }
}

mod listeners {
    use super::*;

    fn refusal(text: &str) -> String {
        let error = json(text).split_listeners().expect_err("refused");
        assert!(error.is_config());
        error.to_string()
    }

    #[test]
    fn are_parted_from_the_rest_in_their_order() {
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
    fn without_a_kind_are_refused() {
        assert_eq!(
            refusal(r#"{"listener": [{}]}"#),
            r#"page: key "listener.0.kind": expected the kind of a listener, such as "log""#
        );
        assert!(refusal(r#"{"listener": [{"kind": 1}]}"#).contains(r#"key "listener.0.kind""#));
        assert!(refusal(r#"{"listener": [1]}"#).contains(r#"key "listener.0": expected a table"#));
        assert!(refusal(r#"{"listener": {}}"#).contains(r#"key "listener": expected a list"#));
    }

    #[test]
    fn beyond_the_limit_are_refused() {
        let many = vec![r#"{"kind": "log"}"#; 65].join(",");
        let error = refusal(&format!(r#"{{"listener": [{many}]}}"#));
        assert!(
            error.contains(r#"key "listener": expected at most 64 listeners"#),
            "{error}"
        );
    }

    #[test]
    fn inside_listeners_keep_the_whole_path() {
        let text = r#"{"listener": [{"kind": "a", "listener": [{"kind": "b", "x": 1}]}]}"#;
        let (_, outer) = json(text).split_listeners().expect("accepted");
        let (_, inner) = outer[0].split_listeners().expect("accepted");
        let error = inner[0].parse::<Nested>().expect_err("refused");
        assert_eq!(
            error.to_string(),
            r#"page: b: unknown key "listener.0.listener.0.x", expected "depth""#
        );
    }
}
