//! Why a call was not answered, told from the errors of its client and from how far it had come.

use std::any::Any;
use std::error::Error as StdError;
use std::fmt::{self, Display, Write as _};
use std::io;

use gomon_core::{EventTracker, Outcome, Tracker, keys};

use super::phase::{Phase, marked, open_phase};
use crate::inline_text::InlineText;

/// The most causes of an error that are looked at.
const MOST_CAUSES: usize = 16;

/// Where a call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum At {
    /// The connection.
    Dial,
    /// Anything up to the head of the response.
    Head,
    /// The response's body.
    Body,
}

/// What the errors of a chain say.
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

/// Records an error with its causes, and its kind as the error's `type`.
pub(super) fn fail<E: Display + 'static>(tracker: &mut EventTracker, error: &E, at: At) {
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

/// The order matters, as what fails early is told by the late ones, too: a failed look-up is an error of the connection.
fn kind(signs: Signs, tracker: &EventTracker, at: At) -> &'static str {
    let phase = open_phase(tracker);
    let connect = signs.connect || phase.is_some() || at == At::Dial;
    // Nobody marks where TLS begins below some clients: what fails after the connection was there must be it.
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

    /// By the type.
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

    /// By what it says, where its type is private to its crate.
    fn read(&mut self, error: &(impl Display + ?Sized)) {
        let text: InlineText<32> = InlineText::of(error);
        match text.as_str() {
            // hyper-util's connector, and reqwest's look-ups beside it. Its `is_dns` is missing from 0.13.3 and 0.13.4.
            "dns error" | "error resolving DNS" => self.dns = true,
            // tower's and tokio's timeouts.
            "request timed out" | "deadline has elapsed" => self.timeout = true,
            // hyper-util's, where another call was to open the connection that this one waited for.
            "request was canceled" => self.canceled = true,
            _ => {}
        }
    }
}

/// The error as such, where its type is one that clients use. No bound can ask for it: most are errors, but the boxed
/// ones are none.
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
            // As its `source` leaves out what it wraps.
            ::reqwest_middleware::Error::Reqwest(error) => error,
            ::reqwest_middleware::Error::Middleware(error) => &**error,
        };
    }
    None
}

/// An error and its causes, the outermost first.
fn causes<'e>(
    error: &'e (dyn StdError + 'static),
) -> impl Iterator<Item = &'e (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| cause(*error)).take(MOST_CAUSES)
}

fn cause<'e>(error: &'e (dyn StdError + 'static)) -> Option<&'e (dyn StdError + 'static)> {
    match error.downcast_ref::<io::Error>() {
        // Its `source` leaves out the error that it wraps.
        Some(error) => error.get_ref().map(|inner| inner as _),
        None => error.source(),
    }
}

/// An error with its causes, as one line; without the URLs that reqwest puts into its errors, which the event has
/// redacted.
struct Chain<'e>(&'e (dyn StdError + 'static));

impl Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut last = String::new();
        for error in causes(self.0) {
            let mut text = String::new();
            write!(text, "{error}")?;
            cut_url(&mut text);
            // Wrappers repeat what they wrap.
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
    use gomon_core::{Monitor, UrlParts, Value};

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
        let url = UrlParts {
            scheme: Some(scheme),
            ..UrlParts::default()
        };
        call.set(keys::URL, Value::url(url));
        for key in marks {
            mark(&mut call, *key);
        }
        call
    }

    #[test]
    fn kind_is_told_by_how_far_the_call_had_come() {
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
