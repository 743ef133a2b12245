//! Configuration of outgoing calls.

use super::HttpConfig;
use crate::pattern::Patterns;

impl HttpConfig {
    /// Sets the hosts that receive trace headers, replacing the current list. `*` matches any text.
    ///
    /// Calls to these hosts carry `traceparent`, and the `tracestate` of the request that is being served. The default,
    /// `"*"`, matches every host. Requests to other hosts are not changed.
    ///
    /// A host is a name or an address: a pattern with a scheme, a port or a path matches none. In a configuration file
    /// such a pattern is an error.
    ///
    /// # Examples
    ///
    /// ```
    /// let http = gomon_http::HttpConfig::default().with_propagate_to(["*.shop.internal", "localhost"]);
    /// assert_eq!(http.propagate_to(), ["*.shop.internal", "localhost"]);
    /// ```
    #[must_use]
    pub fn with_propagate_to<I: IntoIterator<Item: Into<String>>>(mut self, hosts: I) -> Self {
        self.propagate_to = Patterns::new(hosts);
        self
    }

    /// Returns the hosts that receive trace headers.
    #[must_use]
    pub fn propagate_to(&self) -> &[String] {
        self.propagate_to.texts()
    }

    /// Returns whether the host, without its port, receives trace headers.
    pub(crate) fn is_propagated_to<'h>(&self, host: impl FnOnce() -> &'h str) -> bool {
        self.propagate_to.is_all() || self.propagate_to.fit(host())
    }

    /// Sets whether the event of a call is delivered inside its parent event, under `children`.
    ///
    /// This applies if the parent is current when the call ends, as in the handler that made the call. Other calls are
    /// delivered on their own.
    #[must_use]
    pub fn with_attached_calls(mut self, attached: bool) -> Self {
        self.attached_calls = attached;
        self
    }

    /// Returns whether calls are delivered inside their parent event.
    #[must_use]
    pub fn attached_calls(&self) -> bool {
        self.attached_calls
    }
}
