//! Answers as seen by a client.

use std::fmt;

/// An answer that can be compared with another.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Headers sorted by lower-case name, without `date`; values of one name keep their order.
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
    pub(crate) trailers: Vec<(String, Vec<u8>)>,
    pub(crate) end: End,
}

/// How an answer ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Complete according to its framing.
    Whole,
    /// Incomplete or missing: the connection was closed.
    Closed,
    /// The stream was reset with this reason.
    Reset(String),
    /// The client left.
    Left,
}

impl Answer {
    /// Returns a missing answer.
    pub(crate) fn none(end: End) -> Self {
        Self {
            status: 0,
            headers: Vec::new(),
            body: Vec::new(),
            trailers: Vec::new(),
            end,
        }
    }

    pub(crate) fn new(status: u16, headers: Vec<(String, Vec<u8>)>) -> Self {
        let mut headers: Vec<_> = headers
            .into_iter()
            .filter(|(name, _)| name != "date")
            .collect();
        // The order is not significant (RFC 9110, 5.3), and some frameworks do not keep it.
        headers.sort_by(|(one, _), (other, _)| one.cmp(other));
        Self {
            status,
            headers,
            ..Self::none(End::Whole)
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers
            .iter()
            .find(|(own, _)| own == name)
            .map(|(_, value)| value.as_slice())
    }

    pub(crate) fn without(mut self, header: Option<&str>) -> Self {
        self.headers
            .retain(|(name, _)| Some(name.as_str()) != header);
        self
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pairs = |f: &mut fmt::Formatter<'_>, pairs: &[(String, Vec<u8>)]| {
            pairs
                .iter()
                .try_for_each(|(name, value)| write!(f, " {name}: {};", value.escape_ascii()))
        };
        write!(f, "{}", self.status)?;
        pairs(f, &self.headers)?;
        let shown = self.body.get(..200).unwrap_or(&self.body);
        write!(
            f,
            " body of {} bytes \"{}\"",
            self.body.len(),
            shown.escape_ascii()
        )?;
        pairs(f, &self.trailers)?;
        write!(f, " {:?}", self.end)
    }
}
