//! Error type of the core.

use std::error::Error as StdError;
use std::fmt;
use std::io;

use crate::text::printable;

/// Reason why monitoring could not be started or configured, or an event could not be delivered.
///
/// It is displayed as one line: what failed, where, what was expected, and the cause. The cause is
/// also available from [`source`](StdError::source). Control characters are escaped, so that text
/// from a file cannot forge a log line.
///
/// # Examples
/// ```
/// use gomon_core::Error;
///
/// let error = Error::listener("the disk is full");
/// assert!(error.is_listener());
/// assert_eq!(error.to_string(), "the listener failed: the disk is full");
/// ```
pub struct Error(Box<Inner>);

type Source = Box<dyn StdError + Send + Sync>;

struct Inner {
    kind: Kind,
    message: String,
    /// Whether the message starts with a place.
    placed: bool,
    source: Option<Source>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Config,
    AlreadyStarted,
    NotStarted,
    Thread,
    Io,
    Listener,
}

impl Error {
    fn new(kind: Kind, message: impl Into<String>, source: Option<Source>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            placed: false,
            source,
        }))
    }

    /// Creates a configuration error. `message` names the place, the key and what was expected.
    pub(crate) fn config(message: impl Into<String>) -> Self {
        Self::new(Kind::Config, message, None)
    }

    pub(crate) fn config_caused_by(message: impl Into<String>, source: impl Into<Source>) -> Self {
        Self::new(Kind::Config, message, Some(source.into()))
    }

    pub(crate) fn already_started() -> Self {
        Self::new(
            Kind::AlreadyStarted,
            "a global monitor is already running",
            None,
        )
    }

    pub(crate) fn not_started() -> Self {
        let message = "no monitor is running; start one by `Monitor::builder().start()`";
        Self::new(Kind::NotStarted, message, None)
    }

    /// Creates the error for a thread `name` that could not be started.
    pub(crate) fn thread(name: &str, source: io::Error) -> Self {
        Self::new(
            Kind::Thread,
            format!("cannot start thread {name:?}"),
            Some(source.into()),
        )
    }

    /// Prefixes the message with a place.
    #[must_use]
    pub(crate) fn within(mut self, place: &str) -> Self {
        self.0.message = format!("{place}: {}", self.0.message);
        self.0.placed = true;
        self
    }

    /// Returns whether the message names a place.
    pub(crate) fn is_placed(&self) -> bool {
        self.0.placed
    }

    /// Wraps the error of a [`Listener`](crate::Listener).
    ///
    /// # Examples
    /// ```
    /// use gomon_core::Error;
    ///
    /// fn send(line: &str) -> Result<(), Error> {
    ///     let port: u16 = line.parse().map_err(Error::listener)?;
    ///     assert_ne!(port, 0);
    ///     Ok(())
    /// }
    /// assert!(send("not a number").is_err_and(|error| error.is_listener()));
    /// ```
    #[must_use]
    pub fn listener(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(Kind::Listener, "the listener failed", Some(source.into()))
    }

    /// Returns whether a configuration was rejected: an unknown key, a wrong type, an unreadable
    /// file.
    #[must_use]
    pub fn is_config(&self) -> bool {
        self.0.kind == Kind::Config
    }

    /// Returns whether a global monitor was already running.
    #[must_use]
    pub fn is_already_started(&self) -> bool {
        self.0.kind == Kind::AlreadyStarted
    }

    /// Returns whether no monitor was running yet: the call was made on a no-op monitor.
    #[must_use]
    pub fn is_not_started(&self) -> bool {
        self.0.kind == Kind::NotStarted
    }

    /// Returns whether the operating system failed to start a thread.
    #[must_use]
    pub fn is_thread(&self) -> bool {
        self.0.kind == Kind::Thread
    }

    /// Returns whether reading or writing failed.
    #[must_use]
    pub fn is_io(&self) -> bool {
        self.0.kind == Kind::Io
    }

    /// Returns whether the error came from a listener itself.
    #[must_use]
    pub fn is_listener(&self) -> bool {
        self.0.kind == Kind::Listener
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner {
            message, source, ..
        } = &*self.0;
        f.write_str(&printable(message))?;
        match source {
            Some(source) => write!(f, ": {}", printable(&source.to_string())),
            None => Ok(()),
        }
    }
}

/// Writes the same line as [`Display`](fmt::Display), since a `main` that returns an error prints
/// this form.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

impl From<io::Error> for Error {
    fn from(source: io::Error) -> Self {
        Self::new(Kind::Io, "cannot read or write", Some(source.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_send<T: Send + Sync + 'static>() {}

    #[test]
    fn error_is_one_pointer_and_send() {
        assert_send::<Error>();
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }

    #[test]
    fn each_kind_has_exactly_one_predicate() {
        let kinds = [
            Error::config("x"),
            Error::already_started(),
            Error::not_started(),
            Error::thread("gomon", io::Error::other("limit")),
            Error::from(io::Error::other("disk")),
            Error::listener("full"),
        ];
        for (index, error) in kinds.iter().enumerate() {
            let answers = [
                error.is_config(),
                error.is_already_started(),
                error.is_not_started(),
                error.is_thread(),
                error.is_io(),
                error.is_listener(),
            ];
            assert_eq!(answers.iter().position(|&yes| yes), Some(index), "{error}");
            assert_eq!(answers.iter().filter(|&&yes| yes).count(), 1, "{error}");
        }
    }

    #[test]
    fn display_and_source_give_the_cause() {
        let error = Error::thread("gomon-dispatch", io::Error::from(io::ErrorKind::WouldBlock));
        assert!(
            error
                .to_string()
                .starts_with("cannot start thread \"gomon-dispatch\": ")
        );
        let source = error
            .source()
            .and_then(|source| source.downcast_ref::<io::Error>());
        assert_eq!(source.map(io::Error::kind), Some(io::ErrorKind::WouldBlock));
    }

    #[test]
    fn within_adds_a_place_and_keeps_the_kind() {
        let error = Error::from(io::Error::other("disk full")).within("gomon.toml:3: file");
        assert!(error.is_io());
        assert_eq!(
            error.to_string(),
            "gomon.toml:3: file: cannot read or write: disk full"
        );
    }

    #[test]
    fn display_is_one_line_for_any_cause() {
        let error = Error::config_caused_by("a\nb", "c\r\u{1b}[31md");
        assert_eq!(error.to_string(), r"a\nb: c\r\u{1b}[31md");
    }
}
