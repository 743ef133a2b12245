//! Serde functions for header names in configuration files.

use http::HeaderName;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Parses a header name or null.
pub(crate) fn deserialize<'d, D: Deserializer<'d>>(
    deserializer: D,
) -> Result<Option<HeaderName>, D::Error> {
    Option::<String>::deserialize(deserializer)?
        .map(|name| name.parse())
        .transpose()
        .map_err(|_| D::Error::custom("expected the name of a header"))
}

pub(crate) fn serialize<S: Serializer>(
    name: &Option<HeaderName>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let name = name.as_ref().map(HeaderName::as_str);
    name.serialize(serializer)
}

#[cfg(test)]
mod tests {
    use gomon_core::Settings;
    use http::HeaderName;

    use crate::HttpConfig;

    #[test]
    fn name_that_no_header_can_have_is_an_error_that_names_the_key() {
        let parse = |text| {
            let settings = Settings::from_json("shop.json", text)?;
            settings.parse::<HttpConfig>()
        };
        let error = parse(r#"{"trace-header": "x trace"}"#).unwrap_err();
        assert_eq!(
            error.to_string(),
            r#"shop.json: key "trace-header": expected the name of a header"#
        );
        for text in [
            r#"{"trace-header": ""}"#,
            r#"{"trace-header": "x\ntrace"}"#,
            r#"{"trace-header": 3}"#,
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        for (text, name) in [
            (r#"{"trace-header": "X-Trace"}"#, Some("x-trace")),
            (r#"{"trace-header": null}"#, None),
        ] {
            let config = parse(text).unwrap();
            assert_eq!(
                config.trace_header().map(HeaderName::as_str),
                name,
                "{text}"
            );
        }
    }
}
