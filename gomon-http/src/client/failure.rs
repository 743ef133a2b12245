//! Classification of failed calls, from the client's error and the phase that the call had reached.

use std::any::Any;
use std::error::Error as StdError;
use std::fmt::{self, Display, Write as _};
use std::io;

use gomon_core::adapter::{TrackerExt, keys};
use gomon_core::{EventTracker, Outcome};

use super::phase::{Phase, marked, open_phase};
use crate::inline_text::InlineText;

/// Maximum number of causes of an error that are examined.
const MAX_CAUSES: usize = 16;

/// Where a call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    /// While the connection was opened.
    Dial,
    /// Before the head of the response.
    Head,
    /// In the response's body.
    Body,
}

/// Properties found in a chain of errors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Signs {
    dns: bool,
    connect: bool,
    timeout: bool,
    canceled: bool,
    redirect: bool,
    decode: bool,
    tls: bool,
}

/// Records an error with its causes. Its kind becomes the error's `type`.
pub(crate) fn fail<E: Display + 'static>(tracker: &mut EventTracker, error: &E, at: At) {
    tracker.set_outcome(Outcome::Error);
    if !tracker.is_recording() {
        return;
    }
    match as_error(error) {
        Some(error) => {
            let kind = kind(Signs::of(error), tracker, at);
            tracker.add_foreign_error(&Chain(error), Some(kind));
        }
        None => {
            let mut signs = Signs::default();
            signs.read(error);
            tracker.add_foreign_error(error, Some(kind(signs, tracker, at)));
        }
    }
}

/// Order matters: later checks also match earlier failures (a DNS failure is a connect error).
fn kind(signs: Signs, tracker: &EventTracker, at: At) -> &'static str {
    let phase = open_phase(tracker);
    let connect = signs.connect || phase.is_some() || at == At::Dial;
    // Some clients hide TLS. A connect error on an established connection must come from the handshake.
    let connected = marked(tracker, keys::CONN_DONE).is_some();
    let tls = signs.tls || connect && connected && (at == At::Dial || is_https(tracker));
    match (at, phase) {
        (At::Body, _) if signs.timeout => "timeout",
        (At::Body, _) => "body",
        (_, Some(Phase::Dns)) => "dns",
        _ if signs.dns => "dns",
        _ if signs.connect && signs.canceled => "cancelled",
        _ if connect && signs.timeout => "connect-timeout",
        (_, Some(Phase::Tls)) => "tls",
        _ if tls => "tls",
        _ if connect => "connect",
        _ if signs.timeout => "timeout",
        _ if signs.redirect => "redirect",
        _ if signs.decode => "decode",
        _ => "request",
    }
}

fn is_https(tracker: &EventTracker) -> bool {
    let url = tracker.get(keys::URL.name());
    let scheme = url.and_then(|url| url.as_map()?.get("scheme")?.as_str());
    scheme == Some("https")
}

impl Signs {
    fn of(error: &(dyn StdError + 'static)) -> Self {
        let mut signs = Self::default();
        for error in causes(error) {
            signs.look(error);
            signs.read(error);
        }
        signs
    }

    /// Examines the type of an error.
    fn look(&mut self, error: &(dyn StdError + 'static)) {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            self.timeout |= error.kind() == io::ErrorKind::TimedOut;
        }
        #[cfg(feature = "rustls")]
        {
            self.tls |= error.is::<rustls::Error>();
        }
        #[cfg(feature = "hyper")]
        if let Some(error) = error.downcast_ref::<hyper::Error>() {
            self.timeout |= error.is_timeout();
            self.canceled |= error.is_canceled();
        }
        #[cfg(feature = "hyper-util")]
        if let Some(error) = error.downcast_ref::<hyper_util::client::legacy::Error>() {
            self.connect |= error.is_connect();
        }
        #[cfg(feature = "reqwest")]
        if let Some(error) = error.downcast_ref::<::reqwest::Error>() {
            self.connect |= error.is_connect();
            self.timeout |= error.is_timeout();
            self.redirect |= error.is_redirect();
            self.decode |= error.is_decode();
        }
    }

    /// Examines the text of an error whose type is private.
    fn read(&mut self, error: &(impl Display + ?Sized)) {
        let text: InlineText<32> = InlineText::of(error);
        match text.as_str() {
            // Text of hyper-util's connector and of reqwest's lookup. hyper-util 0.13.3 and 0.13.4 lack `is_dns`.
            "dns error" | "error resolving DNS" => self.dns = true,
            // Text of tower's and tokio's timeouts.
            "request timed out" | "deadline has elapsed" => self.timeout = true,
            // hyper-util: the connection that this call waited for was abandoned by another call.
            "request was canceled" => self.canceled = true,
            _ => {}
        }
    }
}

/// Returns the error as `dyn Error` if its type is one that clients use. A trait bound cannot express this, because
/// boxed errors do not implement `Error`.
fn as_error<E: 'static>(error: &E) -> Option<&(dyn StdError + 'static)> {
    let any: &dyn Any = error;
    macro_rules! known {
        ($($(#[$on:meta])* $known:ty => |$error:ident| $made:expr;)*) => {
            $($(#[$on])* if let Some($error) = any.downcast_ref::<$known>() {
                return Some($made);
            })*
        };
    }
    known! {
        Box<dyn StdError + Send + Sync> => |error| &**error;
        Box<dyn StdError + Send> => |error| &**error;
        Box<dyn StdError> => |error| &**error;
        io::Error => |error| error;
        #[cfg(feature = "hyper")] hyper::Error => |error| error;
        #[cfg(feature = "hyper-util")] hyper_util::client::legacy::Error => |error| error;
        #[cfg(feature = "hyper-util")] super::plain::ConnectError => |error| error;
        #[cfg(feature = "reqwest")] ::reqwest::Error => |error| error;
        #[cfg(feature = "reqwest-middleware")] ::reqwest_middleware::Error => |error| match error {
            // Its `source` skips the wrapped error.
            ::reqwest_middleware::Error::Reqwest(error) => error,
            ::reqwest_middleware::Error::Middleware(error) => &**error,
        };
    }
    None
}

/// Returns an error and its causes, outermost first.
fn causes<'e>(
    error: &'e (dyn StdError + 'static),
) -> impl Iterator<Item = &'e (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| cause(*error)).take(MAX_CAUSES)
}

fn cause<'e>(error: &'e (dyn StdError + 'static)) -> Option<&'e (dyn StdError + 'static)> {
    match error.downcast_ref::<io::Error>() {
        // Its `source` skips the wrapped error.
        Some(error) => error.get_ref().map(|inner| inner as _),
        None => error.source(),
    }
}

/// Displays an error and its causes in one line, without the URLs in reqwest's errors: the event has them redacted.
struct Chain<'e>(&'e (dyn StdError + 'static));

impl Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut last = String::new();
        for error in causes(self.0) {
            let mut text = String::new();
            write!(text, "{error}")?;
            cut_url(&mut text);
            // Wrappers repeat the text of their cause.
            if last.is_empty() {
                f.write_str(&text)?;
            } else if !last.ends_with(&text) {
                write!(f, ": {text}")?;
            }
            last = text;
        }
        Ok(())
    }
}

fn cut_url(text: &mut String) {
    if let Some(start) = text.find(" for url (") {
        let end = text.rfind(')').map_or(text.len(), |end| end + 1);
        text.replace_range(start..end.max(start), "");
    }
}

#[cfg(test)]
mod tests {
    use gomon_core::adapter::UrlParts;
    use gomon_core::{Monitor, Value};

    use super::super::phase::{CALL, mark};
    use super::*;

    #[derive(Debug)]
    struct Outer(Box<dyn StdError + Send + Sync>);

    impl Display for Outer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("error sending request for url (http://h/?token=a)b)")
        }
    }

    impl StdError for Outer {
        fn source(&self) -> Option<&(dyn StdError + 'static)> {
            Some(&*self.0)
        }
    }

    fn call(marks: &[gomon_core::Key<'static>], scheme: &str) -> EventTracker {
        let running = Monitor::builder().build().unwrap();
        let mut call = running.monitor().root(CALL);
        let url = UrlParts::default().with_scheme(Some(scheme));
        call.set(keys::URL, Value::url(url));
        for key in marks {
            mark(&mut call, *key);
        }
        call
    }

    #[test]
    fn kind_depends_on_the_progress_of_the_call() {
        let none = Signs::default();
        let connect = Signs {
            connect: true,
            ..none
        };
        let timeout = Signs {
            timeout: true,
            ..none
        };
        let dialing = &[keys::CONN_START][..];
        let connected = &[keys::CONN_START, keys::CONN_DONE][..];
        for (signs, marks, at, expected) in [
            (connect, &[keys::DNS_START][..], At::Head, "dns"),
            (connect, dialing, At::Head, "connect"),
            (connect, &[][..], At::Head, "connect"),
            (connect, connected, At::Head, "tls"),
            (none, connected, At::Head, "request"),
            (timeout, dialing, At::Head, "connect-timeout"),
            (timeout, connected, At::Head, "timeout"),
            (timeout, connected, At::Body, "timeout"),
            (none, connected, At::Body, "body"),
            (none, &[][..], At::Dial, "connect"),
            (none, connected, At::Dial, "tls"),
            (timeout, &[][..], At::Dial, "connect-timeout"),
        ] {
            assert_eq!(
                kind(signs, &call(marks, "https"), at),
                expected,
                "{signs:?} {marks:?} {at:?}"
            );
        }
        let plain = call(connected, "http");
        assert_eq!(kind(connect, &plain, At::Head), "connect");
    }

    #[test]
    fn dns_comes_before_connect_before_timeout() {
        let all = Signs {
            dns: true,
            connect: true,
            timeout: true,
            ..Signs::default()
        };
        assert_eq!(kind(all, &call(&[], "https"), At::Head), "dns");
        let late = Signs { dns: false, ..all };
        assert_eq!(kind(late, &call(&[], "https"), At::Head), "connect-timeout");
    }

    #[test]
    fn errors_inside_errors_of_input_are_seen() {
        let inner = io::Error::new(io::ErrorKind::TimedOut, "too late");
        let wrapped = io::Error::other(Outer(Box::new(inner)));
        assert!(Signs::of(&wrapped).timeout);
    }

    #[test]
    fn boxed_errors_are_errors() {
        let boxed: Box<dyn StdError + Send + Sync> = "request timed out".into();
        assert!(Signs::of(as_error(&boxed).unwrap()).timeout);
        assert!(as_error(&"text").is_none());
    }

    #[test]
    fn chain_is_one_line_without_the_url() {
        let error = Outer(Box::new(io::Error::other("refused")));
        assert_eq!(Chain(&error).to_string(), "error sending request: refused");
    }
}
