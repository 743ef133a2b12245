//! Configuration: what is recorded of requests, responses and calls.

mod header_name;
mod incoming;
mod outgoing;
mod patterns;
mod trace_policy;

use std::borrow::Cow;

use gomon_core::Config;
use gomon_core::adapter::within;
use http::HeaderName;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::pattern::Patterns;

pub use self::trace_policy::TracePolicy;

/// Maximum number of bytes of a response's body that are kept while it is sent.
const MAX_SAMPLE: usize = 64 * 1024;

/// Configures what this crate and the crates built on it record. Its key in a configuration file is `gomon/http`.
///
/// # Examples
///
/// ```
/// use gomon_core::Monitor;
/// use gomon_http::HttpConfig;
///
/// let http = HttpConfig::default()
///     .with_response_body(1024)
///     .with_excluded(["/healthz"]);
/// let running = Monitor::builder().config(http).build()?;
/// # drop(running);
/// # Ok::<(), gomon_core::Error>(())
/// ```
///
/// In a configuration file:
///
/// ```
/// # let json = r#"
/// {"response-body": 1024, "excluded": ["/healthz"], "trace-policy": "trust"}
/// # "#;
/// # let http: gomon_http::HttpConfig = serde_json::from_str(json)?;
/// # assert_eq!((http.response_body(), http.is_excluded("/healthz", None)), (1024, true));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct HttpConfig {
    #[serde(deserialize_with = "patterns::headers")]
    pub(crate) request_headers: Patterns,
    #[serde(deserialize_with = "patterns::headers")]
    pub(crate) response_headers: Patterns,
    remote_address: bool,
    trusted_proxies: Vec<IpNet>,
    scheme: Cow<'static, str>,
    #[serde(deserialize_with = "within::<0, MAX_SAMPLE, _>")]
    response_body: usize,
    #[serde(deserialize_with = "patterns::types")]
    pub(crate) body_types: Patterns,
    excluded: Patterns,
    trace_policy: TracePolicy,
    #[serde(deserialize_with = "patterns::hosts")]
    propagate_to: Patterns,
    attached_calls: bool,
    #[serde(with = "header_name")]
    trace_header: Option<HeaderName>,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            request_headers: Patterns::new([
                "accept",
                "accept-encoding",
                "content-length",
                "content-type",
                "user-agent",
                "x-request-id",
            ]),
            response_headers: Patterns::new([
                "cache-control",
                "content-encoding",
                "content-length",
                "content-type",
                "retry-after",
                "x-request-id",
            ]),
            remote_address: true,
            trusted_proxies: Vec::new(),
            scheme: Cow::Borrowed("http"),
            response_body: 0,
            body_types: Patterns::new([
                "text/*",
                "application/json",
                "application/*+json",
                "application/xml",
                "application/*+xml",
                "application/x-www-form-urlencoded",
            ]),
            excluded: Patterns::default(),
            trace_policy: TracePolicy::default(),
            propagate_to: Patterns::new(["*"]),
            attached_calls: false,
            trace_header: None,
        }
    }
}

impl Config for HttpConfig {
    const NAME: &'static str = "gomon/http";
}

impl HttpConfig {
    /// Sets the request headers to record, replacing the current list. `*` matches any text.
    ///
    /// The redaction policy of the monitor applies: values of secret headers are recorded as `[redacted]`.
    #[must_use]
    pub fn with_request_headers<I: IntoIterator<Item: Into<String>>>(mut self, names: I) -> Self {
        self.request_headers = Patterns::new(names);
        self
    }

    /// Sets the response headers to record, replacing the current list. `*` matches any text.
    #[must_use]
    pub fn with_response_headers<I: IntoIterator<Item: Into<String>>>(mut self, names: I) -> Self {
        self.response_headers = Patterns::new(names);
        self
    }

    /// Sets whether the client's address is recorded.
    #[must_use]
    pub fn with_remote_address(mut self, recorded: bool) -> Self {
        self.remote_address = recorded;
        self
    }

    /// Sets how many bytes of a response's body are recorded, at most 65,536 (64 KiB). 0 records none.
    ///
    /// Only uncompressed bodies of the configured content types are recorded.
    #[must_use]
    pub fn with_response_body(mut self, bytes: usize) -> Self {
        self.response_body = bytes;
        self
    }

    /// Sets the content types whose bodies may be recorded, replacing the current list. `*` matches any text.
    #[must_use]
    pub fn with_body_types<I: IntoIterator<Item: Into<String>>>(mut self, types: I) -> Self {
        self.body_types = Patterns::new(types);
        self
    }

    /// Returns the request headers that are recorded.
    #[must_use]
    pub fn request_headers(&self) -> &[String] {
        self.request_headers.texts()
    }

    /// Returns the response headers that are recorded.
    #[must_use]
    pub fn response_headers(&self) -> &[String] {
        self.response_headers.texts()
    }

    /// Returns whether the client's address is recorded.
    #[must_use]
    pub fn remote_address(&self) -> bool {
        self.remote_address
    }

    /// Returns how many bytes of a response's body are recorded.
    #[must_use]
    pub fn response_body(&self) -> usize {
        self.response_body.min(MAX_SAMPLE)
    }

    /// Returns the content types whose bodies may be recorded.
    #[must_use]
    pub fn body_types(&self) -> &[String] {
        self.body_types.texts()
    }
}

#[cfg(test)]
mod tests {
    use gomon_test::ReadmeTable;

    use super::*;

    #[test]
    fn readme_lists_the_defaults() {
        let table = ReadmeTable::under("## Configuration", include_str!("../../README.md"));
        table.assert_defaults(&HttpConfig::default());
    }

    #[test]
    fn config_survives_its_own_text() {
        let config = HttpConfig::default()
            .with_trusted_proxy("10.0.0.0/8".parse().unwrap())
            .with_trace_policy(TracePolicy::Trust)
            .with_trace_header("x-trace-id".parse().unwrap());
        let text = serde_json::to_string(&config).unwrap();
        assert!(text.contains(r#""trace-policy":"trust""#), "{text}");
        assert_eq!(serde_json::from_str::<HttpConfig>(&text).unwrap(), config);
    }
}
