//! The one error of the core.

use std::error::Error as StdError;
use std::fmt;
use std::io;

use crate::text::printable;

/// Tells why monitoring could not be started, configured or delivered.
///
/// It prints as one line that names what failed, where, and what was expected; the line ends with
/// the cause, which [`source`](StdError::source) also hands out for a closer look. Control
/// characters are escaped, so that nothing read from a file can forge a line of a log.
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
    /// The message begins with where it happened.
    placed: bool,
    source: Option<Source>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Config,
    AlreadyStarted,
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

    /// `message` names the place, the key and what was expected.
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

    /// `name` is the thread that could not be had.
    pub(crate) fn thread(name: &str, source: io::Error) -> Self {
        Self::new(
            Kind::Thread,
            format!("cannot start thread {name:?}"),
            Some(source.into()),
        )
    }

    /// Puts where it happened before what happened.
    #[must_use]
    pub(crate) fn within(mut self, place: &str) -> Self {
        self.0.message = format!("{place}: {}", self.0.message);
        self.0.placed = true;
        self
    }

    /// Whether it says already where it happened.
    pub(crate) fn is_placed(&self) -> bool {
        self.0.placed
    }

    /// Wraps what went wrong inside a listener, for whoever writes one.
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
    /// assert!(send("no number").is_err_and(|error| error.is_listener()));
    /// ```
    #[must_use]
    pub fn listener(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(Kind::Listener, "the listener failed", Some(source.into()))
    }

    /// Returns whether a configuration was refused: an unknown key, a wrong type, an unreadable file.
    ///
    /// # Examples
    /// ```
    /// assert!(!gomon_core::Error::listener("full").is_config());
    /// ```
    #[must_use]
    pub fn is_config(&self) -> bool {
        self.0.kind == Kind::Config
    }

    /// Returns whether a global monitor was running already.
    ///
    /// # Examples
    /// ```
    /// assert!(!gomon_core::Error::listener("full").is_already_started());
    /// ```
    #[must_use]
    pub fn is_already_started(&self) -> bool {
        self.0.kind == Kind::AlreadyStarted
    }

    /// Returns whether the operating system refused a thread that monitoring needs.
    ///
    /// # Examples
    /// ```
    /// assert!(!gomon_core::Error::listener("full").is_thread());
    /// ```
    #[must_use]
    pub fn is_thread(&self) -> bool {
        self.0.kind == Kind::Thread
    }

    /// Returns whether reading or writing failed.
    ///
    /// # Examples
    /// ```
    /// let error = gomon_core::Error::from(std::io::Error::other("disk full"));
    /// assert!(error.is_io());
    /// ```
    #[must_use]
    pub fn is_io(&self) -> bool {
        self.0.kind == Kind::Io
    }

    /// Returns whether a listener failed for a reason of its own.
    ///
    /// # Examples
    /// ```
    /// assert!(gomon_core::Error::listener("full").is_listener());
    /// ```
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

/// The same line as [`Display`](fmt::Display): it is what a `main` that returns an error prints.
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

    fn sendable<T: Send + Sync + 'static>() {}

    #[test]
    fn is_one_pointer_and_may_cross_threads() {
        sendable::<Error>();
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }

    #[test]
    fn each_kind_answers_to_its_own_predicate_only() {
        let kinds = [
            Error::config("x"),
            Error::already_started(),
            Error::thread("gomon", io::Error::other("limit")),
            Error::from(io::Error::other("disk")),
            Error::listener("full"),
        ];
        for (index, error) in kinds.iter().enumerate() {
            let answers = [
                error.is_config(),
                error.is_already_started(),
                error.is_thread(),
                error.is_io(),
                error.is_listener(),
            ];
            assert_eq!(answers.iter().position(|&yes| yes), Some(index), "{error}");
            assert_eq!(answers.iter().filter(|&&yes| yes).count(), 1, "{error}");
        }
    }

    #[test]
    fn names_the_cause_and_keeps_it() {
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
    fn says_where_it_happened_first_and_stays_of_its_kind() {
        let error = Error::from(io::Error::other("disk full")).within("gomon.toml:3: file");
        assert!(error.is_io());
        assert_eq!(
            error.to_string(),
            "gomon.toml:3: file: cannot read or write: disk full"
        );
    }

    #[test]
    fn prints_one_line_whatever_the_cause_holds() {
        let error = Error::config_caused_by("a\nb", "c\r\u{1b}[31md");
        assert_eq!(error.to_string(), r"a\nb: c\r\u{1b}[31md");
    }
}
