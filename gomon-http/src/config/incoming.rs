//! What concerns requests that come in, and them alone.

use std::borrow::Cow;

use http::HeaderName;
use ipnet::IpNet;

use super::HttpConfig;
use crate::TracePolicy;
use crate::pattern::Patterns;

impl HttpConfig {
    /// Another network whose members are proxies of ours.
    ///
    /// Of a request that comes from one, `X-Forwarded-For` or `Forwarded` tells the client: the rightmost address that
    /// is no trusted proxy's; and `X-Forwarded-Proto` tells the scheme. From anybody else these headers are not believed.
    ///
    /// # Examples
    ///
    /// ```
    /// let http = gomon_http::HttpConfig::default().with_trusted_proxy("10.0.0.0/8".parse()?);
    /// assert_eq!(http.trusted_proxies().len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_trusted_proxy(mut self, network: IpNet) -> Self {
        self.trusted_proxies.push(network);
        self
    }

    /// The scheme of URLs, where neither the request nor a trusted proxy tells it: `https` for a server that speaks TLS
    /// itself.
    #[must_use]
    pub fn with_scheme(mut self, scheme: impl Into<Cow<'static, str>>) -> Self {
        self.scheme = scheme.into();
        self
    }

    /// The routes and paths of which nothing is recorded, nor of what their handlers do; `*` stands for any text.
    ///
    /// # Examples
    ///
    /// ```
    /// let http = gomon_http::HttpConfig::default().with_excluded(["/healthz", "/static/*"]);
    /// assert!(http.is_excluded("/static/logo.svg", None));
    /// ```
    #[must_use]
    pub fn with_excluded<I: IntoIterator<Item: Into<String>>>(mut self, routes: I) -> Self {
        self.excluded = Patterns::new(routes);
        self
    }

    /// What becomes of the `traceparent` that a request brings.
    #[must_use]
    pub fn with_trace_policy(mut self, policy: TracePolicy) -> Self {
        self.trace_policy = policy;
        self
    }

    /// The response header that tells the client the trace id, for reports of errors.
    #[must_use]
    pub fn with_trace_header(mut self, name: HeaderName) -> Self {
        self.trace_header = Some(name);
        self
    }

    /// The networks of our proxies.
    #[must_use]
    pub fn trusted_proxies(&self) -> &[IpNet] {
        &self.trusted_proxies
    }

    /// The scheme of URLs, where nothing else tells it.
    #[must_use]
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    pub(crate) fn excludes_any(&self) -> bool {
        !self.excluded.texts().is_empty()
    }

    /// Whether nothing is recorded of requests for `path`, or for what matched `route`.
    ///
    /// # Examples
    ///
    /// ```
    /// let http = gomon_http::HttpConfig::default().with_excluded(["/users/{id}"]);
    /// assert!(http.is_excluded("/users/7", Some("/users/{id}")));
    /// assert!(!http.is_excluded("/users/7", None));
    /// ```
    #[must_use]
    pub fn is_excluded(&self, path: &str, route: Option<&str>) -> bool {
        self.excluded.fit(path) || route.is_some_and(|route| self.excluded.fit(route))
    }

    /// What becomes of the `traceparent` that a request brings.
    #[must_use]
    pub fn trace_policy(&self) -> TracePolicy {
        self.trace_policy
    }

    /// The response header that tells the trace id.
    #[must_use]
    pub fn trace_header(&self) -> Option<&HeaderName> {
        self.trace_header.as_ref()
    }
}
