//! Cases of malformed and oversized requests: answers equal those of the unmonitored server, and events are bounded.

use super::{answered, ok};
use crate::case::{Case, Reaction};
use crate::expect::Expect;
use crate::script::{Request, RequestBody, Wire, get};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = malformed();
    cases.extend(unusual());
    cases.extend(heads());
    cases
}

/// Malformed HTTP/1.1 requests. If a server accepts one, its event must be well formed.
fn malformed() -> Vec<Case> {
    let head = |start: &[u8]| {
        [
            start,
            b" HTTP/1.1\r\nhost: site\r\nconnection: close\r\n\r\n",
        ]
        .concat()
    };
    let long = |prefix: &str, byte: &str, count, suffix: &str| {
        head(format!("{prefix}{}{suffix}", byte.repeat(count)).as_bytes())
    };
    let echo = |rest: &str| {
        format!("POST /echo HTTP/1.1\r\nhost: site\r\nconnection: close\r\n{rest}").into_bytes()
    };
    let get = |rest: &str| {
        format!("GET /fix HTTP/1.1\r\nhost: site\r\nconnection: close\r\n{rest}\r\n\r\n")
            .into_bytes()
    };
    [
        ("nothing at all", Vec::new()),
        ("an empty line", b"\r\n".to_vec()),
        ("half a head", b"GET /fix HTTP/1.1\r\nhost: si".to_vec()),
        ("not HTTP", b"EHLO example.org\r\n\r\n".to_vec()),
        (
            "the beginning of TLS",
            b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03".to_vec(),
        ),
        (
            "the beginning of HTTP/2, and garbage",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\ngarbage".to_vec(),
        ),
        (
            "an unknown version",
            b"GET /fix HTTP/9.9\r\nhost: site\r\nconnection: close\r\n\r\n".to_vec(),
        ),
        ("two spaces", head(b"GET  /fix")),
        ("a control character in the path", head(b"GET /f\x01x")),
        ("a path that is not UTF-8", head(b"GET /users/caf\xe9")),
        ("a path of 60 KiB", long("GET /users/", "a", 60 * 1024, "")),
        (
            "a path of 100 KiB",
            long("GET /users/", "a", 100 * 1024, ""),
        ),
        (
            "a query of 60 KiB",
            long("GET /fix?q=", "a&b=", 15 * 1024, ""),
        ),
        ("a method of 300 letters", long("", "M", 300, " /fix")),
        ("a method with a space before it", head(b" GET /fix")),
        ("a header without a colon", get("nonsense")),
        ("a header name with a space", get("a b: c")),
        ("a NUL in a header", get("x-nul: a\0b")),
        ("a folded header", get("x-folded: a\r\n b")),
        ("200 headers", get(&vec!["x-many: 1"; 200].join("\r\n"))),
        (
            "no host",
            b"GET /fix HTTP/1.1\r\nconnection: close\r\n\r\n".to_vec(),
        ),
        ("two hosts", get("host: other")),
        (
            "an invalid host",
            b"GET /fix HTTP/1.1\r\nhost: a b/\xff@c\r\nconnection: close\r\n\r\n".to_vec(),
        ),
        (
            "two lengths",
            echo("content-length: 5\r\ncontent-length: 6\r\n\r\nhello!"),
        ),
        ("a negative length", echo("content-length: -1\r\n\r\nhello")),
        (
            "a length that overflows",
            echo("content-length: 99999999999999999999999\r\n\r\nhello"),
        ),
        (
            "a length that is too large",
            echo("content-length: 50\r\n\r\nhello"),
        ),
        (
            "a length that is too small",
            echo("content-length: 2\r\n\r\nhello"),
        ),
        (
            "a length and chunks",
            echo("content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"),
        ),
        (
            "a chunk size that is not a number",
            echo("transfer-encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n"),
        ),
        (
            "a chunk size that overflows",
            echo("transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\nhello"),
        ),
        (
            "chunks without an end",
            echo("transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n"),
        ),
        (
            "an unknown encoding",
            echo("transfer-encoding: rot13\r\n\r\nhello"),
        ),
        ("a CONNECT", head(b"CONNECT site:443")),
        ("an OPTIONS of everything", head(b"OPTIONS *")),
        (
            "a malformed request after a valid one",
            b"GET /fix HTTP/1.1\r\nhost: site\r\n\r\nbroken\r\n\r\n".to_vec(),
        ),
    ]
    .map(|(name, bytes)| Case::raw(name, bytes).at_most(2))
    .to_vec()
}

/// Valid but unusual requests.
fn unusual() -> Vec<Case> {
    let close = "host: site\r\nconnection: close\r\n\r\n";
    vec![
        Case::raw("HTTP/1.0", "GET /fix HTTP/1.0\r\n\r\n")
            .answers(Reaction::status(200).body("hello"))
            .records(ok("/fix").is("proto", "HTTP/1.0")),
        Case::raw(
            "a target with a user and a password",
            format!("GET http://me:SECRET@site/fix HTTP/1.1\r\n{close}"),
        )
        .answers(Reaction::status(200).body("hello"))
        .records(ok("/fix").is("url.host", "site").is("url.path", "/fix")),
        Case::raw(
            "invalid percent-encoding",
            format!("GET /nowhere/%zz%00%ff%0d%0a HTTP/1.1\r\n{close}"),
        )
        .records(answered("ok", 404, "<unmatched>").is("url.path", "/nowhere/%zz%00%ff%0d%0a")),
        Case::raw(
            "a lower-case method",
            format!("get /fix HTTP/1.1\r\n{close}"),
        )
        .records(Expect::outcome("ok").at_least("response_code", 400))
        .deviates(crate::Deviation::WrongMethodIsNotFound, |case, _| Case {
            events: Vec::new(),
            spare: 1,
            ..case
        }),
    ]
}

/// Large or inconsistent heads, over both protocols.
fn heads() -> Vec<Case> {
    let large = |bytes| get("/fix").with("x-large", "v".repeat(bytes));
    let lying =
        |declared| Request::new("POST", "/echo").body(RequestBody::declared(declared, "hello"));
    vec![
        Case::request("a header of 12 KiB", large(12 * 1024))
            .config(gomon_http::HttpConfig::default().with_request_headers(["*"]))
            .records(answered("ok", 200, "/fix").is("gomon:cut.0", "headers"))
            .check(|seen| {
                let bytes = seen.requests[0].text("headers.x-large.0").len();
                (bytes > 1024).then(|| format!("{bytes} bytes of a header"))
            }),
        Case::request("headers of 64 KiB", large(64 * 1024))
            .config(gomon_http::HttpConfig::default().with_request_headers(["*"]))
            .at_most(1),
        Case::request(
            "a path of 8 KiB",
            get(format!("/users/{}", "a".repeat(8 * 1024))),
        )
        .records(answered("ok", 200, "/users/{id}").is("gomon:cut.0", "url")),
        Case::request("a declared length that is too large", lying(50))
            .over(&[Wire::H2])
            .at_most(1),
        Case::request("a declared length that is too small", lying(2))
            .over(&[Wire::H2])
            .at_most(1),
    ]
}
