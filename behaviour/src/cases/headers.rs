//! Headers and addresses, and what the policy lets be seen of them.

use gomon_http::HttpConfig;

use super::ok;
use crate::Deviation;
use crate::case::Case;
use crate::script::{Request, get};

pub(super) fn cases() -> Vec<Case> {
    let config = HttpConfig::default;
    let trusting = || config().with_trusted_proxy("127.0.0.0/8".parse().expect("a network"));
    let everything = || {
        config()
            .with_request_headers(["*"])
            .with_response_headers(["*"])
    };
    let forwarded = || {
        get("/fix")
            .with("x-forwarded-for", "198.51.100.1, 203.0.113.9")
            .with("x-forwarded-proto", "https")
    };
    let secret = |path| -> Request {
        get(path)
            .with("authorization", "Bearer SECRET-authorization")
            .with("cookie", "session=SECRET-cookie")
            .with("x-api-key", "SECRET-key")
            .with("x-shown", "yes")
            .with("accept", "text/html")
            .with("accept", "*/*")
    };
    vec![
        Case::ask("headers by default", secret("/cookie")).records(
            ok("/cookie")
                .is("headers.accept.0", "text/html")
                .is("headers.accept.1", "*/*")
                .absent("headers.x-shown")
                .is("response_headers.content-type.0", "text/plain")
                .absent("response_headers.x-plain"),
        ),
        Case::ask("secrets though every header is allowed", secret("/cookie"))
            .config(everything())
            .records(
                ok("/cookie")
                    .is("headers.x-shown.0", "yes")
                    .is("headers.authorization.0", "[redacted]")
                    .is("headers.cookie.0", "[redacted]")
                    .is("headers.x-api-key.0", "[redacted]")
                    .is("response_headers.x-plain.0", "shown")
                    .is("response_headers.set-cookie.0", "[redacted]"),
            ),
        Case::ask("an allow-list of one's own", secret("/cookie"))
            .config(
                config()
                    .with_request_headers(["X-Shown"])
                    .with_response_headers(["x-plain"]),
            )
            .records(
                ok("/cookie")
                    .is("headers.x-shown.0", "yes")
                    .absent("headers.accept")
                    .is("response_headers.x-plain.0", "shown")
                    .absent("response_headers.content-type"),
            ),
        Case::ask("no headers at all", secret("/cookie"))
            .config(
                config()
                    .with_request_headers([""; 0])
                    .with_response_headers([""; 0]),
            )
            .records(ok("/cookie").absent("headers").absent("response_headers")),
        Case::ask(
            "a header that is no UTF-8",
            get("/fix").with("x-latin", b"caf\xe9"),
        )
        .config(everything())
        .records(ok("/fix").present("headers.x-latin.0"))
        .deviates(Deviation::HeadersAreText, |case, _| {
            case.instead(None, Some(ok("/fix").absent("headers.x-latin")))
        }),
        Case::ask("the peer's address", get("/fix"))
            .records(ok("/fix").contains("remoteaddr", "127.0.0.1:")),
        Case::ask("no address where none is wanted", get("/fix"))
            .config(config().with_remote_address(false))
            .records(ok("/fix").absent("remoteaddr")),
        Case::ask("the client behind a trusted proxy", forwarded())
            .config(trusting())
            .records(
                ok("/fix")
                    .is("remoteaddr", "203.0.113.9")
                    .is("url.scheme", "https"),
            ),
        Case::ask("a stranger that claims to be a proxy", forwarded()).records(
            ok("/fix")
                .contains("remoteaddr", "127.0.0.1:")
                .is("url.scheme", "http"),
        ),
        Case::ask(
            "a client that a trusted proxy misnames",
            get("/fix").with("x-forwarded-for", "no address"),
        )
        .config(trusting())
        .records(ok("/fix").contains("remoteaddr", "127.0.0.1")),
        Case::ask("the trace id for the client", get("/fix"))
            .config(config().with_trace_header("x-trace-id".parse().expect("a name")))
            .adds_header("x-trace-id")
            .records(ok("/fix"))
            .check(|seen| {
                let told = seen.answers[0].header("x-trace-id").unwrap_or_default();
                let trace = seen.requests[0].text("trace");
                (told == trace.as_bytes())
                    .then_some(())
                    .ok_or_else(|| format!("{} is not {trace}", told.escape_ascii()))
            }),
    ]
}
