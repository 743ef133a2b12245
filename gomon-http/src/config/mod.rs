//! What is recorded of requests and responses.

mod header_name;
mod incoming;
mod outgoing;
mod trace_policy;

use std::borrow::Cow;

use gomon_core::Config;
use http::HeaderName;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::pattern::Patterns;

pub use self::trace_policy::TracePolicy;

/// The most that is kept of a response's body while it is sent, in bytes.
const LARGEST_SAMPLE: usize = 64 * 1024;

/// What is recorded of requests and responses, by this crate and by all that build on it: `gomon/http`.
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
    request_headers: Patterns,
    response_headers: Patterns,
    remote_address: bool,
    trusted_proxies: Vec<IpNet>,
    scheme: Cow<'static, str>,
    response_body: usize,
    body_types: Patterns,
    excluded: Patterns,
    trace_policy: TracePolicy,
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
    /// The request headers to record, in place of the list so far; `*` stands for any text.
    ///
    /// Those that announce a secret are shown as `[redacted]` by the monitor's redaction policy, listed or not.
    #[must_use]
    pub fn with_request_headers<I: IntoIterator<Item: Into<String>>>(mut self, names: I) -> Self {
        self.request_headers = Patterns::new(names);
        self
    }

    /// The response headers to record, in place of the list so far; `*` stands for any text.
    #[must_use]
    pub fn with_response_headers<I: IntoIterator<Item: Into<String>>>(mut self, names: I) -> Self {
        self.response_headers = Patterns::new(names);
        self
    }

    /// Whether the client's address is recorded.
    #[must_use]
    pub fn with_remote_address(mut self, recorded: bool) -> Self {
        self.remote_address = recorded;
        self
    }

    /// How many bytes of the response's body are recorded, at most 65,536 (64 KiB); none where it is 0.
    ///
    /// Only bodies of the listed content types that are not compressed are recorded.
    #[must_use]
    pub fn with_response_body(mut self, bytes: usize) -> Self {
        self.response_body = bytes;
        self
    }

    /// The content types whose bodies may be recorded, in place of the list so far; `*` stands for any text.
    #[must_use]
    pub fn with_body_types<I: IntoIterator<Item: Into<String>>>(mut self, types: I) -> Self {
        self.body_types = Patterns::new(types);
        self
    }

    /// The request headers that are recorded.
    #[must_use]
    pub fn request_headers(&self) -> &[String] {
        self.request_headers.texts()
    }

    /// The response headers that are recorded.
    #[must_use]
    pub fn response_headers(&self) -> &[String] {
        self.response_headers.texts()
    }

    /// Whether the client's address is recorded.
    #[must_use]
    pub fn remote_address(&self) -> bool {
        self.remote_address
    }

    /// How many bytes of a response's body are recorded.
    #[must_use]
    pub fn response_body(&self) -> usize {
        self.response_body.min(LARGEST_SAMPLE)
    }

    /// The content types whose bodies may be recorded.
    #[must_use]
    pub fn body_types(&self) -> &[String] {
        self.body_types.texts()
    }

    pub(crate) fn request_patterns(&self) -> &Patterns {
        &self.request_headers
    }

    pub(crate) fn response_patterns(&self) -> &Patterns {
        &self.response_headers
    }

    pub(crate) fn samples_type(&self, content_type: &str) -> bool {
        self.body_types.fit(content_type)
    }
}

#[cfg(test)]
mod tests {
    use gomon_test::ReadmeTable;

    use super::*;

    #[test]
    fn readme_tells_the_defaults() {
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
