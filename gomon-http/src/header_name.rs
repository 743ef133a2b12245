//! Names of headers in configuration files.

use http::HeaderName;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// A name that a header can have, or none.
pub(crate) fn header_name<'d, D: Deserializer<'d>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    let name = Option::<String>::deserialize(deserializer)?;
    match &name {
        Some(text) if HeaderName::from_bytes(text.as_bytes()).is_err() => {
            Err(D::Error::custom("expected the name of a header"))
        }
        _ => Ok(name),
    }
}

#[cfg(test)]
mod tests {
    use gomon_core::Settings;

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
            r#"{"trace-header": "x-trace"}"#,
            r#"{"trace-header": null}"#,
        ] {
            assert!(parse(text).is_ok(), "{text}");
        }
    }
}
