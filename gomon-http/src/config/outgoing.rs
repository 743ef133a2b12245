//! What concerns calls that go out, and them alone.

use super::HttpConfig;
use crate::pattern::Patterns;

impl HttpConfig {
    /// The hosts that learn of the trace, in place of the list so far; `*` stands for any text.
    ///
    /// Calls to them carry `traceparent`, and the `tracestate` that came in with the request; `"*"`, the default, is
    /// everybody. To any other host the request goes as the program made it.
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

    /// The hosts that learn of the trace.
    #[must_use]
    pub fn propagate_to(&self) -> &[String] {
        self.propagate_to.texts()
    }

    /// Whether the host, without its port, learns of the trace.
    pub(crate) fn is_propagated_to<'h>(&self, host: impl FnOnce() -> &'h str) -> bool {
        self.propagate_to.is_all() || self.propagate_to.fit(host())
    }

    /// Whether the event of a call is delivered inside the event that it is a child of, under `children`, where that is
    /// current when the call ends: in the handler that made it. Elsewhere it is delivered on its own.
    #[must_use]
    pub fn with_attached_calls(mut self, attached: bool) -> Self {
        self.attached_calls = attached;
        self
    }

    /// Whether calls are delivered inside the event that they are children of.
    #[must_use]
    pub fn attached_calls(&self) -> bool {
        self.attached_calls
    }
}
