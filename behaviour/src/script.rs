//! Scripts of the client.

/// The protocol version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wire {
    H1,
    H2,
}

impl Wire {
    pub(crate) const BOTH: &[Self] = &[Self::H1, Self::H2];

    /// Returns the value of `proto` in events.
    pub(crate) const fn proto(self) -> &'static str {
        match self {
            Self::H1 => "HTTP/1.1",
            Self::H2 => "HTTP/2",
        }
    }
}

/// A request of the client.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) target: String,
    pub(crate) headers: Vec<(&'static str, Vec<u8>)>,
    pub(crate) body: RequestBody,
}

/// The body of a request.
#[derive(Clone, Debug, Default)]
pub(crate) struct RequestBody {
    /// The `content-length`; without it, the pieces are chunks.
    pub(crate) declared: Option<usize>,
    pub(crate) pieces: Vec<Vec<u8>>,
    /// Whether the end is never sent.
    pub(crate) is_cut: bool,
}

impl RequestBody {
    /// Creates a body that declares a length, right or wrong.
    pub(crate) fn declared(length: usize, sent: impl AsRef<[u8]>) -> Self {
        Self {
            declared: Some(length),
            pieces: vec![sent.as_ref().to_vec()],
            is_cut: false,
        }
    }

    pub(crate) fn has_bytes(&self) -> bool {
        self.pieces.iter().any(|piece| !piece.is_empty())
    }
}

impl Request {
    pub(crate) fn new(method: &'static str, target: impl Into<String>) -> Self {
        Self {
            method,
            target: target.into(),
            headers: Vec::new(),
            body: RequestBody::default(),
        }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name, value.as_ref().to_vec()));
        self
    }

    pub(crate) fn body(mut self, body: RequestBody) -> Self {
        self.body = body;
        self
    }

    /// Returns the method, or `_OTHER` for an unknown one.
    pub(crate) fn known_method(&self) -> &'static str {
        if self.method == "FROBNICATE" {
            "_OTHER"
        } else {
            self.method
        }
    }

    /// Returns the path without the query.
    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }
}

pub(crate) fn get(target: impl Into<String>) -> Request {
    Request::new("GET", target)
}

pub(crate) fn post(target: impl Into<String>, body: impl AsRef<[u8]>) -> Request {
    let length = body.as_ref().len();
    Request::new("POST", target).body(RequestBody::declared(length, body))
}

/// When a client leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leave {
    /// While the handler runs, before the head.
    BeforeHead,
    /// After the first bytes of the body.
    InBody,
}

/// How a client leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CloseMode {
    /// Closes the connection.
    Close,
    /// Resets the stream; HTTP/2 only.
    Reset,
}

/// What a client does with one connection.
#[derive(Clone, Debug)]
pub(crate) enum Script {
    /// Sends requests one after the other and reads each answer to its end.
    Sequential(Vec<Request>),
    /// Sends all requests before reading; over HTTP/2 they run concurrently.
    Pipeline(Vec<Request>),
    /// Sends a request and leaves.
    Leave(Request, Leave, CloseMode),
    /// Sends bytes and reads until the server closes; half-closes when the server is silent. HTTP/1.1 only.
    Raw(Vec<u8>),
    /// Upgrades the connection with a GET, sends a line and reads it back. HTTP/1.1 only.
    Upgrade {
        path: &'static str,
        protocol: &'static str,
    },
}

impl Script {
    pub(crate) fn requests(&self) -> &[Request] {
        match self {
            Self::Sequential(requests) | Self::Pipeline(requests) => requests,
            Self::Leave(request, ..) => std::slice::from_ref(request),
            Self::Raw(_) | Self::Upgrade { .. } => &[],
        }
    }
}

/// What a leaving client waits for.
pub(crate) struct Watch<'a> {
    /// Returns once the server handles the request.
    pub(crate) at_work: &'a dyn Fn(),
    /// Returns once the server has dropped the request.
    pub(crate) gone: &'a dyn Fn(),
}

impl Watch<'_> {
    /// Waits for nothing, as the client of an unmonitored server.
    pub(crate) const NONE: Self = Self {
        at_work: &|| (),
        gone: &|| (),
    };
}
