use super::*;
use proptest::prelude::*;

#[track_caller]
fn becomes(from: &str, to: &str) {
    assert_eq!(scrub_text(from), to, "{from}");
    assert!(
        matches!(scrub_text(to), Cow::Borrowed(_)),
        "again: {}",
        scrub_text(to)
    );
}

#[test]
fn clean_text_is_unchanged() {
    for text in [
        "",
        "GET /orders/42 200 in 13 ms",
        "listening on http://localhost:8080, see https://example.org/@scope/pkg.",
        "connect to http://10.0.0.1:9092: refused",
        "at 2026-11-23 13:09:55.123456 +01:00 (1763902195123456789)",
        "trace 4bf92f3577b34da6a3ce929d0e0e4736, span 00f067aa0ba902b7",
        "id 123e4567-e89b-12d3-a456-426614174000; 3.4999999999999999",
        "token: null, password=None session.timeout.ms=5 token_count=7 key=a author: me monkey=1 keyboard: us",
        "app::auth::login, basic usage, Basic Authentication, the bearer token",
        "sk-learn-something-long, npm_config_registry, task-1, xoxo, eyJ",
        "5 10 20 400 30 11 12 4111 1111",
        "a->b, x>y, <b>bold</b>, -- dash, --verbose on",
        r"C:\me\a, file:/a/b:c, //host/a, \\host\a, // note: b, mailto:me@example.org",
        "caf\u{e9} \u{1f600} \u{2028} \u{feff}",
    ] {
        assert!(
            matches!(scrub_text(text), Cow::Borrowed(_)),
            "{text} -> {}",
            scrub_text(text)
        );
    }
}

#[test]
fn values_of_secret_pairs_are_redacted() {
    becomes("password=hunter2", "password=[redacted]");
    becomes(
        "password = hunter2, user=me",
        "password = [redacted], user=me",
    );
    becomes("api_key: abc def", "api_key: [redacted] def");
    becomes(
        r#"{"token": "a\"b c", "n": 1}"#,
        r#"{"token": "[redacted]", "n": 1}"#,
    );
    becomes(
        r#"{\"token\": \"a b\", \"n\": 1}"#,
        r#"{\"token\": \"[redacted]\", \"n\": 1}"#,
    );
    becomes(r#"{"pin":1234}"#, r#"{"pin":[redacted]}"#);
    becomes("password='it''s me' x", "password='[redacted]' x");
    becomes("password => :x, a", "password => [redacted], a");
    becomes("user[password]=x&a=b", "user[password]=[redacted]&a=b");
    becomes("?a=b&access_token=x#y z", "?a=b&access_token=[redacted] z");
    becomes("u%3Fa%3Db%26pwd%3Dx y", "u%3Fa%3Db%26pwd%3D[redacted] y");
    becomes(
        "Login { password: \"a b\", n: 1 }",
        "Login { password: \"[redacted]\", n: 1 }",
    );
    becomes(
        "Login { password: Some(\"a b\"), n: 1 }",
        "Login { password: [redacted], n: 1 }",
    );
    becomes(
        "secret: Secret { inner: \"a b\" }, n",
        "secret: [redacted], n",
    );
    becomes("tokens: [\"a b\", \"c]\"], n", "tokens: [redacted], n");
    becomes("token: b\"a b\", n", "token: [redacted], n");
    becomes("auth=Basic abc, n", "auth=[redacted], n");
    becomes(
        "curl --password hunter2 --url x",
        "curl --password [redacted] --url x",
    );
    becomes(
        "curl --password=hunter2 -v",
        "curl --password=[redacted] -v",
    );
    becomes(
        "<a><Password>x y</Password></a>",
        "<a><Password>[redacted]</Password></a>",
    );
    becomes(
        "{\"msg\":\"password=x\"}",
        "{\"msg\":\"password=[redacted]\"}",
    );
    becomes(
        "pass\u{e9} password=p\u{e9}\u{1f600} \u{e9}",
        "pass\u{e9} password=[redacted] \u{e9}",
    );
}

#[test]
fn unclosed_quote_or_bracket_extends_to_the_end() {
    becomes("token=\"a b, c", "token=\"[redacted]");
    becomes("token=Some(\"a b\", c", "token=[redacted]");
}

#[test]
fn secret_headers_are_redacted_to_the_end_of_the_line() {
    becomes(
        "Authorization: Digest a=b, c=d\nHost: x",
        "Authorization: [redacted]\nHost: x",
    );
    becomes("set-cookie: a=b; Path=/\r\n", "set-cookie: [redacted]\r\n");
    becomes(
        "{\"cookie\": \"a=b; c=d\", \"x\": 1}",
        "{\"cookie\": \"[redacted]\", \"x\": 1}",
    );
}

#[test]
fn credentials_are_detected_by_their_scheme() {
    becomes("sent Bearer abc.def, ok", "sent Bearer [redacted], ok");
    becomes("sent bearer hunter", "sent bearer [redacted]");
    becomes("Basic dXNlcjpwdw== x", "Basic [redacted] x");
}

#[test]
fn user_and_password_of_urls_are_redacted() {
    becomes("http://me@h/", "http://[redacted]@h/");
    becomes(
        "'postgres://u:p@h:5432/d'",
        "'postgres://[redacted]@h:5432/d'",
    );
    becomes("postgres://u:p/w@h/d x@y", "postgres://[redacted]@h/d x@y");
    becomes("redis://:p@ss@h/0", "redis://[redacted]@h/0");
    becomes(
        "http://a:80,http://u:p@b:80",
        "http://a:80,http://[redacted]@b:80",
    );
    becomes("http://u:hunter/", "http://[redacted]/");
    becomes("xBearer://u:hunter x", "xBearer:[redacted] x");
    becomes("http:/u:p@h", "http:/[redacted]@h");
    becomes("at http:\\\\u:p/w@h/x", "at http:\\\\[redacted]@h/x");
    becomes("GET //u:p@h/x", "GET //[redacted]@h/x");
    becomes("http://u%3Ap%40h/", "http://[redacted]/");
    for (from, to) in USERS {
        becomes(from, to);
    }
    becomes(
        "token=x ap://u:p//u:p?c d",
        "token=[redacted] ap://[redacted]//u:p?[redacted] d",
    );
    becomes(
        "token=x //a:b?http://h?c d",
        "token=[redacted] //a:b?http://h?[redacted] d",
    );
}

/// Users and passwords behind any number of slashes, with signs encoded once or more.
const USERS: &[(&str, &str)] = &[
    ("GET //:pw@h/x", "GET //[redacted]@h/x"),
    ("GET //::pw@h", "GET //[redacted]@h"),
    ("GET //u::pw@h", "GET //[redacted]@h"),
    ("GET //u+v:pw@h", "GET //[redacted]@h"),
    ("GET //u%40x:pw@h", "GET //[redacted]@h"),
    ("GET //u?a,(\u{e9}'!:pw@h", "GET //[redacted]@h"),
    ("GET //u:pw%40h", "GET //[redacted]%40h"),
    ("GET //u%3Apw@h", "GET //[redacted]@h"),
    ("GET %2F%2fu%3apw%40h", "GET %2F%2f[redacted]%40h"),
    ("GET //u%25253Apw%252540h", "GET //[redacted]%252540h"),
    ("http:///:pw@h", "http:///[redacted]@h"),
    ("http:////pw@h", "http:////[redacted]@h"),
    ("http://\\pw@h", "http://\\[redacted]@h"),
    ("a:///u:pw@h", "a:///[redacted]@h"),
    (
        "next=http%3A%2F%2Fu%3Apw%40h%2Fa",
        "next=http%3A%2F%2F[redacted]%40h%2Fa",
    ),
    (
        "http%253A%252F%252Fu%253Apw%2540h",
        "http%253A%252F%252F[redacted]%2540h",
    ),
    ("http:%2F%2Fu:p%2Fw@h", "http:%2F%2F[redacted]@h"),
    ("token%253Dpw x", "token%253D[redacted] x"),
    (
        "ht://:#:https%3A%2F%2Fu%3Apw%40h",
        "ht://[redacted]#[redacted]",
    ),
    ("//ghp_16C7e42F292c6912E771:pw@h", "//[redacted]@h"),
];

#[test]
fn slashes_without_a_user_are_unchanged() {
    for text in [
        "file:///C:/me/a",
        "file:///home/me%20x/a",
        "at http%3A%2F%2Fh%3A80%2Fa%40b",
        "//h:80/a@b",
        "//[::1]:80/a@b",
        "//a::b, C:\\\\me@x\\\\a",
        "http%3A//h/a, 100%25 %253 %25",
    ] {
        assert!(
            matches!(scrub_text(text), Cow::Borrowed(_)),
            "{text} -> {}",
            scrub_text(text)
        );
    }
}

#[test]
fn tokens_and_keys_are_detected_by_their_shape() {
    for token in [
        "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
        "github_pat_11ABCDEFG0abcdefghijkl_mnop",
        "AKIAIOSFODNN7EXAMPLE",
        "AIzaSyA1234567890abcdefghijklmnopqrstuv",
        "sk-proj-abcDEF123456789",
        "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
        "xoxb-123456789012-abcdefGHIJ",
        "glpat-ABCdef123456_-xyz789",
        "SG.abcdefGHIJK123.lmnopqrstuvwxyz0123456789",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.SflKxwRJSMeKKF2QT4",
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN OPENSSH PRIVATE KEY-----\\nb3Blbn\\n-----END OPENSSH PRIVATE KEY-----",
        "4111111111111111",
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "378282246310005",
        "3782 822463 10005",
        "6011000990139424",
    ] {
        becomes(&format!("got {token} from x"), "got [redacted] from x");
        becomes(&format!("\"{token}\""), "\"[redacted]\"");
    }
    becomes("x -----BEGIN PRIVATE KEY-----\nMIIE", "x [redacted]");
    becomes("4111111111111112", "4111111111111112");
}

/// Pieces of text that keep the scan busy.
const PIECES: &[&str] = &[
    "=",
    ":",
    "://",
    "a://",
    "a:b",
    "a://b:c",
    "a:/",
    "//a:",
    "a:\\",
    "a:\\/\\",
    "\\",
    "/",
    "?a=",
    "http://u:p@",
    "jdbc:",
    "jdbc:thin:",
    "@tcp(",
    "@",
    "x:[",
    ",",
    ";",
    "&",
    " ",
    "\t",
    "\n",
    "--",
    "-",
    " --a",
    ".--a",
    "_",
    ".",
    "token",
    "token=",
    "token:  ",
    "token=[redacted]",
    "token=\\\"",
    "token=(a b)",
    "password",
    "<token>",
    "</",
    ">",
    "<",
    "%3D",
    "%3A",
    "%2F%2F",
    "%25",
    "%",
    "\"",
    "'",
    "(",
    ")",
    "{",
    "]",
    "basic",
    "Basic a ",
    "Bearer ",
    "bearer token ",
    "eyJ",
    "eyJ-",
    "eyJa.",
    "eyJhbGciOi.",
    "ghp_",
    "sk-a-",
    "xoxb-",
    "4",
    "4 ",
    "411-",
    "4111-",
    "4111 ",
    "a",
    "en_",
    "aB",
    "A1",
    "key_",
    "-----BEGIN ",
    "PRIVATE KEY",
    "-----END ",
    "cookie:",
    "\u{e9}",
    "\\u003d",
    "\\n",
    "#",
    "[0]=",
    "(\"",
    "Pw(",
    "api key:",
    "MII",
    "dp.st.",
    "t1.",
    "Q~",
    "u:p@h(",
    ":AA",
    "4111%20",
    "&quot;",
    "pat",
];

/// Returns the steps of a scan of repeated pieces, up to `length` bytes, between `before` and `after`.
fn steps(scrub: Scrub, before: &str, piece: &str, after: &str, length: usize) -> usize {
    let text = format!("{before}{}{after}", piece.repeat(length / piece.len()));
    reach::counter::counted(|| drop(scrub(&text)))
}

type Scrub = fn(&str) -> Cow<'_, str>;

/// Maximum number of steps per byte.
const MAX_STEPS: usize = 32;
const MAX_PATH_STEPS: usize = MAX_STEPS + 8;

/// Asserts that twice the text takes at most twice the steps, and that the steps per byte are bounded.
#[track_caller]
fn is_linear(before: &str, piece: &str, after: &str) {
    const LENGTH: usize = 600;
    // Scrubbing a path scrubs it as free text first.
    for (scrub, max_steps) in [
        (scrub_text as Scrub, MAX_STEPS),
        (scrub_path, MAX_PATH_STEPS),
    ] {
        let once = steps(scrub, before, piece, after, LENGTH);
        let twice = steps(scrub, before, piece, after, 2 * LENGTH);
        let what = format!("{before:?}, {piece:?}, {after:?}: {once}, then {twice}");
        // The text around the pieces is visited once.
        let around = max_steps * (before.len() + after.len()) + 2 * scan::MAX_NAME;
        assert!(twice <= 2 * LENGTH * max_steps + around, "{what}");
        assert!(10 * twice <= 22 * once + 10 * around, "{what}");
    }
}

#[test]
fn steps_per_byte_are_bounded_in_any_context() {
    for first in PIECES {
        is_linear("", first, "");
        for second in PIECES {
            is_linear("", &format!("{first}{second}"), "");
            is_linear(first, second, "");
        }
    }
}

/// A search that the steps do not count would take minutes here.
#[test]
fn long_texts_are_searched_at_once() {
    for piece in ["jdbc:", "jdbc:thin:", "jdbc:oci:a/", "a:b@c", "//a:b@"] {
        let text = piece.repeat((1 << 21) / piece.len()) + "x@h";
        assert!(scrub_text(&text).len() <= 2 * text.len());
    }
}

#[test]
fn texts_that_once_took_quadratic_time_are_linear() {
    for (before, piece, after) in [
        ("", "=basic", ""),
        ("http://u:p@", "a:b", ""),
        ("http://u:p@", "a:b", "?c"),
        ("", ".--a", " x"),
        ("token=(a b) ", "411-", ""),
        ("http://h/token=(a b)", "a://u:p", "@h?x"),
    ] {
        is_linear(before, piece, after);
    }
}

fn secret() -> impl Strategy<Value = String> {
    "[A-Za-z0-9]{0,6}PLANTED7[A-Za-z0-9]{8,20}"
}

/// Every context that announces a secret, with `$` in place of the secret.
const FORMS: &[&str] = &[
    "password=$",
    "password: $",
    "\"password\": \"a $ b\"",
    "{\\\"client_secret\\\":\\\"a $ b\\\"}",
    "token => '$'",
    "Authorization: Bearer $",
    "authorization: Digest a=\"b\", c=\"$\"",
    "Cookie: a=b; sid=$",
    "Bearer $",
    "Basic Zm9v$",
    "https://u:$@host/path",
    "https://$@host/path",
    "https://u:a/$@host",
    "https:///:$@host",
    "//:$@host",
    "//u+v:a/$@host",
    "//u%40v:$%40host",
    "https%3A%2F%2Fu%3A$%40host",
    "https://h/?a=b&api_key=$&c=d",
    "https://h/?a=b&c=$",
    "http://h/p?$#top",
    "\"https:\\/\\/h\\/p?a=b&c=$\"",
    "\"https:\\/\\/u:$@h\\/p\"",
    "(https://h?x=$)",
    "ghp_$",
    "xoxb-$",
    "AKIA$",
    "sk-$",
    "glpat-$",
    "eyJhbGciOi.$.$",
    "-----BEGIN EC PRIVATE KEY-----\n$\n-----END EC PRIVATE KEY-----",
    "--token $",
    "<secret>$</secret>",
    "password: Some(\"$\")",
    "session_id=$;",
    "X-Api-Key: $",
    "redirect%3Ftoken%3D$",
    "password[0]=$",
    "Password(\"$\")",
    "<password type=\"x\">$</password>",
    "api key: $",
    "https://h/p#$",
    "password\\u003d$",
    "password=a,$",
    "password=a;b&$",
    "u:$@tcp(h:3306)/d",
    "u:a,$@h:3306/d",
    "jdbc:oracle:thin:u/$@h",
    "sqlite:x.db?key=$",
    "-----BEGIN PGP PRIVATE KEY BLOCK-----\\n$",
];

#[test]
fn queries_of_urls_show_only_their_keys() {
    becomes(
        "error sending request for url (http://h:80/a?code=x1&b=&y#top): refused",
        "error sending request for url (http://h:80/a?code=[redacted]&b=&[redacted]#[redacted]): refused",
    );
    becomes(
        "from 'ftp://h/?a=b', to \"s3+x://h?c=d\".",
        "from 'ftp://h/?a=[redacted]', to \"s3+x://h?c=[redacted]\".",
    );
    becomes(
        "http://h/?u=http://i/?a=b http://j",
        "http://h/?u=[redacted] http://j",
    );
    becomes(
        "http://h/?x=token=\"a b\"",
        "http://h/?x=[redacted]\"[redacted]\"",
    );
    becomes("is it http://h/?a=b?!", "is it http://h/?a=[redacted]");
    becomes(
        "to http://h/?a=b.), then",
        "to http://h/?a=[redacted]), then",
    );
    becomes(
        "http://h/?c2VjcmV0LXJlc2V0LXRva2VuLTQ3MTE= x",
        "http://h/?[redacted] x",
    );
    becomes(
        "see http://h/?c2VjcmV0LXJlc2V0LXRva2VuLTQ3MTE=.",
        "see http://h/?[redacted]",
    );
    for (from, to) in [
        (
            r#"{"u":"https:\/\/h\/?code=4711"}"#,
            r#"{"u":"https:\/\/h\/?code=[redacted]"}"#,
        ),
        (
            r#"{\"u\":\"https:\\/\\/h\\/cb?a=&code=4711&x"#,
            r#"{\"u\":\"https:\\/\\/h\\/cb?a=&code=[redacted]&[redacted]"#,
        ),
        (
            r#""https:\/\/u:4711@h:80\/a""#,
            r#""https:\/\/[redacted]@h:80\/a""#,
        ),
    ] {
        becomes(from, to);
    }
    for text in [
        r#""https:\/\/h:80\/a", "https:\/\/h", "x:\/\""#,
        "why? see http://h/a, or not?a=b",
        "://h/?a=b",
        "/a?b=c",
    ] {
        assert!(matches!(scrub_text(text), Cow::Borrowed(_)), "{text}");
    }
}

proptest! {
    #[test]
    fn planted_secrets_are_never_in_the_output(
        secret in secret(), form in proptest::sample::select(FORMS), before in "(.{0,12}[ ,(;])?", after in "([ ,\n].{0,12})?",
    ) {
        let text = format!("{before}{}{after}", form.replace('$', &secret));
        let scrubbed = scrub_text(&text);
        prop_assert!(!scrubbed.contains("PLANTED7"), "{} -> {}", text, scrubbed);
        prop_assert_eq!(scrub_text(&scrubbed), scrubbed.clone());
    }

    #[test]
    fn scrubbing_again_shows_no_more(
        parts in proptest::collection::vec(prop_oneof![
            ".{0,6}", "[a-z=:&;,'\"(){}\\[\\]@/?# ]{0,6}", "(ht|s3\\+)://[a-z@:/?&=#'\"(). ]{0,12}",
            "ht:\\\\{0,2}/\\\\{0,2}/[a-z@:/?&=#\\\\\"]{0,12}", "ht://h/\\?[a-z=&+\\[\\]]{14,24}[=.]?",
            proptest::sample::select(FORMS).prop_map(str::to_owned),
        ], 0..8),
    ) {
        let text = parts.concat();
        let once = scrub_text(&text).into_owned();
        let again = scrub_text(&once);
        prop_assert!(hides_more(&again, &once), "{once} -> {again}");
    }
}

#[test]
fn text_shorter_than_the_minimum_has_no_secret_shape() {
    assert!(matches!(scrub_text("/ghp_1234567"), Cow::Borrowed(_)));
    becomes("/ghp_12345678", "/[redacted]");
}

/// Returns whether all that `again` shows is shown by `once` too, in the same order.
///
/// The first redaction may remove the slashes of a URL, so that the login before it extends further.
fn hides_more(again: &str, once: &str) -> bool {
    let mut rest = once;
    again.split("[redacted]").all(|part| {
        let after = rest.split_once(part).map(|(_, after)| after);
        rest = after.unwrap_or_default();
        after.is_some()
    })
}

proptest! {
    // The fast path agrees with the full scan.
    #[test]
    fn harmless_text_is_clean_in_the_full_scan_too(
        text in "[a-zA-Z0-9 ,;=/_.()\"*+-]{0,24}|([a-zA-Z0-9._]{1,12}[ ,;/=(\"-]){0,6}|([a-z]{2,3}_[a-z0-9]{8}|[0-9]{11,13}|(ghp_|sk-|AKIA|eyJ)[a-zA-Z0-9.]{5,9})(/[a-zA-Z0-9._-]{0,12}){0,3}|([0-9]{4}[ -]){2,4}[0-9]{0,4}|(Bearer|basic|pw=|pw =|pw\\() ?[a-z0-9\"]{1,9}",
    ) {
        if is_harmless(&text) {
            prop_assert!(matches!(search(&text), Cow::Borrowed(_)), "{text} -> {}", search(&text));
        }
    }
}
