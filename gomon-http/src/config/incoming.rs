//! Configuration of incoming requests.

use std::borrow::Cow;

use http::HeaderName;
use ipnet::IpNet;

use super::HttpConfig;
use crate::TracePolicy;
use crate::pattern::Patterns;

impl HttpConfig {
    /// Adds a network of trusted proxies.
    ///
    /// If a request comes from a trusted proxy, `X-Forwarded-For` or `Forwarded` names the client: the rightmost
    /// address that is not a trusted proxy's. `X-Forwarded-Proto` names the scheme. These headers are ignored on all
    /// other requests.
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

    /// Sets the scheme of URLs for requests that carry none. Use `https` if the server itself speaks TLS.
    #[must_use]
    pub fn with_scheme(mut self, scheme: impl Into<Cow<'static, str>>) -> Self {
        self.scheme = scheme.into();
        self
    }

    /// Sets the routes and paths that are not recorded, nor what their handlers do. `*` matches any text.
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

    /// Sets what happens with the `traceparent` of a request.
    #[must_use]
    pub fn with_trace_policy(mut self, policy: TracePolicy) -> Self {
        self.trace_policy = policy;
        self
    }

    /// Sets the response header that carries the trace id to the client, for error reports.
    #[must_use]
    pub fn with_trace_header(mut self, name: HeaderName) -> Self {
        self.trace_header = Some(name);
        self
    }

    /// Returns the networks of trusted proxies.
    #[must_use]
    pub fn trusted_proxies(&self) -> &[IpNet] {
        &self.trusted_proxies
    }

    /// Returns the scheme of URLs for requests that carry none.
    #[must_use]
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    pub(crate) fn excludes_any(&self) -> bool {
        !self.excluded.texts().is_empty()
    }

    /// Returns whether requests for `path`, or matched by `route`, are excluded.
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
        self.excludes(path) || route.is_some_and(|route| self.excludes(route))
    }

    /// Returns whether a path or a route is excluded.
    pub(crate) fn excludes(&self, text: &str) -> bool {
        self.excluded.fit(text)
    }

    /// Returns what happens with the `traceparent` of a request.
    #[must_use]
    pub fn trace_policy(&self) -> TracePolicy {
        self.trace_policy
    }

    /// Returns the response header that carries the trace id.
    #[must_use]
    pub fn trace_header(&self) -> Option<&HeaderName> {
        self.trace_header.as_ref()
    }
}
