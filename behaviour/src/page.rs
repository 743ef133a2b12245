//! Pages of the test site that every subject serves.

/// A page of the test site.
///
/// [`Site::answer`](crate::Site::answer) implements all pages except [`Echo`](Page::Echo) and
/// [`Upgrade`](Page::Upgrade). These two depend on the framework, because they use the request's body and connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Page {
    /// `GET /fix`: `hello`, with a known length.
    Fix,
    /// `GET /big`: 1 MiB with a known length.
    Big,
    /// `GET /empty`: 204.
    Empty,
    /// `GET /nm`: 304, with a body that must not be sent.
    NotModified,
    /// `GET /chunked`: three chunks of unknown length.
    Chunked,
    /// `GET /declared`: three chunks, and a `content-length` set by the handler.
    Declared,
    /// `GET /stream`: five chunks, 20 ms between them.
    Stream,
    /// `GET /sse`: an endless event stream, one event every 10 ms.
    Sse,
    /// `GET /slow`: the head after 300 ms.
    Slow,
    /// `GET /panic`: panics with `boom` before the first await.
    Panic,
    /// `GET /panic-await`: panics with `boom` after an await.
    PanicAwait,
    /// `GET /panic-late`: a chunk, then a panic with `late boom`.
    PanicLate,
    /// `GET /break`: a chunk, then the error `broken`.
    Break,
    /// `GET /fail`: 500.
    Fail,
    /// `GET /refuse`: 403.
    Refuse,
    /// `GET /error`: 200, and an error added to the current tracker.
    Error,
    /// `POST /echo`: the body of the request. Implemented by the framework; see [`Reply::echo`](crate::Reply::echo).
    Echo,
    /// `POST /unread`: answers without reading the body of the request.
    Unread,
    /// `GET /child`: opens trackers across awaits, in a join, in a spawned task and in the body of the response.
    Child,
    /// `GET /users/{id}`.
    User,
    /// `GET /nested/{x}/b/{id}`: a nested route, if the framework supports nesting.
    Nested,
    /// `GET /set`: sets `cart` and the reserved key `url` on the current tracker.
    Set,
    /// `GET /context`: the `traceparent` and `tracestate` of an outgoing call, one per line.
    Context,
    /// `GET /upgrade`: 101 with `upgrade: echo`, then echoes all bytes. Implemented by the framework.
    Upgrade,
    /// `GET /trailers`: a chunk, and the trailer `x-sum: 7`.
    Trailers,
    /// `GET /json`: `{"name":"value"}`.
    Json,
    /// `GET /binary`: three bytes as `application/octet-stream`.
    Binary,
    /// `GET /latin`: `text/plain` that is not valid UTF-8.
    Latin,
    /// `GET /long`: 4,000 bytes in two-byte characters.
    Long,
    /// `GET /cookie`: sets a cookie and `x-plain: shown`.
    Cookie,
    /// `GET /healthz`: excluded from monitoring by a case.
    Healthz,
    /// `GET /vanish/{id}`: awaits and chunks chosen by the id.
    Vanish,
}

/// All pages with their path templates, in the form used in events.
const PAGES: &[(Page, &str)] = &[
    (Page::Fix, "/fix"),
    (Page::Big, "/big"),
    (Page::Empty, "/empty"),
    (Page::NotModified, "/nm"),
    (Page::Chunked, "/chunked"),
    (Page::Declared, "/declared"),
    (Page::Stream, "/stream"),
    (Page::Sse, "/sse"),
    (Page::Slow, "/slow"),
    (Page::Panic, "/panic"),
    (Page::PanicAwait, "/panic-await"),
    (Page::PanicLate, "/panic-late"),
    (Page::Break, "/break"),
    (Page::Fail, "/fail"),
    (Page::Refuse, "/refuse"),
    (Page::Error, "/error"),
    (Page::Echo, "/echo"),
    (Page::Unread, "/unread"),
    (Page::Child, "/child"),
    (Page::User, "/users/{id}"),
    (Page::Nested, "/nested/{x}/b/{id}"),
    (Page::Set, "/set"),
    (Page::Context, "/context"),
    (Page::Upgrade, "/upgrade"),
    (Page::Trailers, "/trailers"),
    (Page::Json, "/json"),
    (Page::Binary, "/binary"),
    (Page::Latin, "/latin"),
    (Page::Long, "/long"),
    (Page::Cookie, "/cookie"),
    (Page::Healthz, "/healthz"),
    (Page::Vanish, "/vanish/{id}"),
];

impl Page {
    /// Returns all pages.
    pub fn all() -> impl Iterator<Item = Self> {
        PAGES.iter().map(|(page, _)| *page)
    }

    /// Returns the path template, in the form used in events.
    ///
    /// # Panics
    ///
    /// Panics if the page is missing in the table of all pages.
    #[must_use]
    pub fn path(self) -> &'static str {
        let row = PAGES.iter().find(|(page, _)| *page == self);
        row.expect("every page is in the table").1
    }

    /// Returns the only allowed method; GET also allows HEAD.
    #[must_use]
    pub const fn method(self) -> &'static str {
        match self {
            Self::Echo | Self::Unread => "POST",
            _ => "GET",
        }
    }
}
