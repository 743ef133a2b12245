//! What a client does.

/// The protocol it speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wire {
    H1,
    H2,
}

impl Wire {
    pub(crate) const BOTH: &[Self] = &[Self::H1, Self::H2];

    /// What `proto` says.
    pub(crate) const fn proto(self) -> &'static str {
        match self {
            Self::H1 => "HTTP/1.1",
            Self::H2 => "HTTP/2",
        }
    }
}

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) target: String,
    pub(crate) headers: Vec<(&'static str, Vec<u8>)>,
    pub(crate) body: RequestBody,
}

#[derive(Clone, Debug)]
pub(crate) enum RequestBody {
    None,
    /// With a `content-length`.
    Sized(Vec<u8>),
    /// In pieces of unknown total.
    Pieces(Vec<Vec<u8>>),
    /// The first bytes of what was to be more; the client never sends the rest.
    Cut {
        sent: Vec<u8>,
        declared: usize,
    },
    /// Whole, with a `content-length` that is not its own.
    Lying {
        sent: Vec<u8>,
        declared: usize,
    },
}

impl RequestBody {
    pub(crate) fn has_bytes(&self) -> bool {
        match self {
            Self::None => false,
            Self::Sized(sent) | Self::Cut { sent, .. } | Self::Lying { sent, .. } => {
                !sent.is_empty()
            }
            Self::Pieces(pieces) => !pieces.is_empty(),
        }
    }
}

impl Request {
    pub(crate) fn new(method: &'static str, target: impl Into<String>) -> Self {
        Self {
            method,
            target: target.into(),
            headers: Vec::new(),
            body: RequestBody::None,
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

    /// Its method, or what stands for all that HTTP does not know.
    pub(crate) fn known_method(&self) -> &'static str {
        if self.method == "FROBNICATE" {
            "_OTHER"
        } else {
            self.method
        }
    }

    /// Its path alone.
    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }
}

pub(crate) fn get(target: impl Into<String>) -> Request {
    Request::new("GET", target)
}

pub(crate) fn post(target: impl Into<String>, body: impl AsRef<[u8]>) -> Request {
    Request::new("POST", target).body(RequestBody::Sized(body.as_ref().to_vec()))
}

/// When a client leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leave {
    /// When the handler is at work and no head has come.
    BeforeHead,
    /// After the first bytes of the body.
    InBody,
}

/// How it leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    /// It closes the connection.
    Close,
    /// It resets the stream; HTTP/2 only.
    Reset,
}

/// What a client does with one connection.
#[derive(Clone, Debug)]
pub(crate) enum Script {
    /// Sends requests one after the other and reads each answer to its end.
    Ask(Vec<Request>),
    /// Sends all requests before it reads; over HTTP/2 they run side by side.
    Pipeline(Vec<Request>),
    /// Sends one and leaves.
    Leave(Request, Leave, Door),
    /// Sends bytes and reads until the server closes, half-closing when it falls silent; HTTP/1.1 only.
    Raw(Vec<u8>),
    /// Upgrades the connection with a GET, sends a line and reads it back; HTTP/1.1 only.
    Upgrade {
        path: &'static str,
        protocol: &'static str,
    },
}

impl Script {
    pub(crate) fn requests(&self) -> &[Request] {
        match self {
            Self::Ask(requests) | Self::Pipeline(requests) => requests,
            Self::Leave(request, ..) => std::slice::from_ref(request),
            Self::Raw(_) | Self::Upgrade { .. } => &[],
        }
    }
}

/// What a client that leaves waits for; the bare twin's client waits for nothing.
pub(crate) struct Watch<'a> {
    /// Returns when the server is at work on the request.
    pub(crate) at_work: &'a dyn Fn(),
    /// Returns when the server has let go of it.
    pub(crate) gone: &'a dyn Fn(),
}
