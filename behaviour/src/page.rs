//! The pages that every subject serves: the one place where they are listed.

/// A page of the test site: where it is, and what it does.
///
/// All but [`Echo`](Page::Echo) and [`Upgrade`](Page::Upgrade) are answered by [`Site::answer`](crate::Site::answer);
/// those two need what only the framework has, the request's body and its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Page {
    /// `GET /fix`: `hello`, of a known length.
    Fix,
    /// `GET /big`: a mebibyte of a known length.
    Big,
    /// `GET /empty`: 204.
    Empty,
    /// `GET /nm`: 304, with a body that may not go out.
    NotModified,
    /// `GET /chunked`: three chunks, no known length.
    Chunked,
    /// `GET /declared`: three chunks, and a `content-length` that the handler sets.
    Declared,
    /// `GET /stream`: five chunks, 20 ms between them.
    Stream,
    /// `GET /sse`: events without end, every 10 ms.
    Sse,
    /// `GET /slow`: the head after 300 ms.
    Slow,
    /// `GET /panic`: panics with `boom` before any await.
    Panic,
    /// `GET /panic-await`: panics with `boom` after one.
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
    /// `POST /echo`: the body of the request. Of the framework; see [`Reply::echo`](crate::Reply::echo).
    Echo,
    /// `POST /unread`: answers and leaves the body of the request alone.
    Unread,
    /// `GET /child`: opens trackers across awaits, in a join, in a spawned task and in the body.
    Child,
    /// `GET /users/{id}`.
    User,
    /// `GET /nested/{x}/b/{id}`; nest it, where the framework can.
    Nested,
    /// `GET /set`: sets `cart` on the current tracker, and `url`, which is not its to set.
    Set,
    /// `GET /context`: the `traceparent` and `tracestate` that an outgoing call would carry, a line each.
    Context,
    /// `GET /upgrade`: 101 with `upgrade: echo`, then what comes in goes out. Of the framework.
    Upgrade,
    /// `GET /trailers`: a chunk, and the trailer `x-sum: 7`.
    Trailers,
    /// `GET /json`: `{"name":"value"}`.
    Json,
    /// `GET /binary`: three bytes of `application/octet-stream`.
    Binary,
    /// `GET /latin`: `text/plain` that is not UTF-8.
    Latin,
    /// `GET /long`: 4,000 bytes of two-byte characters.
    Long,
    /// `GET /cookie`: sets one, and `x-plain: shown`.
    Cookie,
    /// `GET /healthz`, which a case leaves out.
    Healthz,
    /// `GET /vanish/{id}`: awaits and chunks that depend on the number.
    Vanish,
}

impl Page {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::Fix,
        Self::Big,
        Self::Empty,
        Self::NotModified,
        Self::Chunked,
        Self::Declared,
        Self::Stream,
        Self::Sse,
        Self::Slow,
        Self::Panic,
        Self::PanicAwait,
        Self::PanicLate,
        Self::Break,
        Self::Fail,
        Self::Refuse,
        Self::Error,
        Self::Echo,
        Self::Unread,
        Self::Child,
        Self::User,
        Self::Nested,
        Self::Set,
        Self::Context,
        Self::Upgrade,
        Self::Trailers,
        Self::Json,
        Self::Binary,
        Self::Latin,
        Self::Long,
        Self::Cookie,
        Self::Healthz,
        Self::Vanish,
    ];

    /// Its template, in the form that events show.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Fix => "/fix",
            Self::Big => "/big",
            Self::Empty => "/empty",
            Self::NotModified => "/nm",
            Self::Chunked => "/chunked",
            Self::Declared => "/declared",
            Self::Stream => "/stream",
            Self::Sse => "/sse",
            Self::Slow => "/slow",
            Self::Panic => "/panic",
            Self::PanicAwait => "/panic-await",
            Self::PanicLate => "/panic-late",
            Self::Break => "/break",
            Self::Fail => "/fail",
            Self::Refuse => "/refuse",
            Self::Error => "/error",
            Self::Echo => "/echo",
            Self::Unread => "/unread",
            Self::Child => "/child",
            Self::User => "/users/{id}",
            Self::Nested => "/nested/{x}/b/{id}",
            Self::Set => "/set",
            Self::Context => "/context",
            Self::Upgrade => "/upgrade",
            Self::Trailers => "/trailers",
            Self::Json => "/json",
            Self::Binary => "/binary",
            Self::Latin => "/latin",
            Self::Long => "/long",
            Self::Cookie => "/cookie",
            Self::Healthz => "/healthz",
            Self::Vanish => "/vanish/{id}",
        }
    }

    /// The only method it answers to, besides HEAD for GET.
    #[must_use]
    pub const fn method(self) -> &'static str {
        match self {
            Self::Echo | Self::Unread => "POST",
            _ => "GET",
        }
    }

    /// Whether the framework answers it itself.
    #[must_use]
    pub const fn is_of_the_framework(self) -> bool {
        matches!(self, Self::Echo | Self::Upgrade)
    }
}
