//! Over two hundred secrets, recorded in every possible way, appear in no output.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test may fail"
)]

mod probe;

use std::error::Error;
use std::fmt;

use gomon_core::adapter::{HeaderSource, HeaderVisitor, UrlParts, keys};
use gomon_core::{
    ConfigFile, EventTracker, Key, Limits, Monitor, Outcome, Redaction, Settings, Tracker, Value,
};
use probe::Probe;

/// Part of every secret, which no output may contain.
const MARK: &str = "Zq7Wv3";

/// Generates a different secret for each place.
#[derive(Default)]
struct Planter {
    count: usize,
}

impl Planter {
    fn secret(&mut self) -> String {
        self.count += 1;
        format!("{MARK}x{}", self.count)
    }

    /// Returns `template` with a secret in place of `§`.
    fn plant(&mut self, template: &str) -> String {
        assert!(template.contains('§'), "{template}");
        template.replace('§', &self.secret())
    }
}

const SECRET_NAMES: [&str; 44] = [
    "password",
    "db_password",
    "dbPassword",
    "PGPASSWORD",
    "passwd",
    "pwd",
    "passphrase",
    "secret",
    "client_secret",
    "clientSecret",
    "AWS_SECRET_ACCESS_KEY",
    "token",
    "access_token",
    "accessToken",
    "refresh-token",
    "id_token",
    "csrf_token",
    "X-XSRF-Token",
    "authorization",
    "Authorization",
    "proxy-authorization",
    "auth",
    "cookie",
    "set-cookie",
    "session",
    "session_id",
    "PHPSESSID",
    "JSESSIONID",
    "connect.sid",
    "api_key",
    "apiKey",
    "APIKey",
    "x-api-key",
    "X-Goog-Api-Key",
    "ssh_key",
    "private_key",
    "encryptionKey",
    "credentials",
    "signature",
    "card_number",
    "cvv",
    "iban",
    "connectionString",
    "jwt",
];

const SECRET_HEADERS: [&str; 22] = [
    "authorization",
    "Authorization",
    "proxy-authorization",
    "cookie",
    "Cookie",
    "set-cookie",
    "Set-Cookie",
    "x-api-key",
    "X-Api-Key",
    "x-auth-token",
    "x-csrf-token",
    "x-xsrf-token",
    "x-amz-security-token",
    "x-vault-token",
    "x-session-id",
    "api-key",
    "x-goog-api-key",
    "x-access-token",
    "x-client-secret",
    "x-hub-signature-256",
    "x-jwt-assertion",
    "private-token",
];

const COMMON_HEADERS: [&str; 14] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "content-encoding",
    "content-length",
    "content-type",
    "host",
    "referer",
    "retry-after",
    "te",
    "transfer-encoding",
    "user-agent",
    "x-request-id",
];

const QUERIES: [&str; 26] = [
    "token=§",
    "a=§",
    "q=§&page=2",
    "page=2&q=§",
    "user[password]=§",
    "§",
    "a=1&§",
    "§==",
    "a;b=§",
    "%74oken=§",
    "a=%20§",
    "X-Amz-Signature=§&x=1",
    "=§",
    "a=b=§",
    "https://u:§@h/?a=b",
    "token:§=1",
    "token%3D§=x",
    "token%253D§=x",
    "ghp_§abcdefgh=1",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI§In0.c2lnbmF0dXJl=1",
    "a=1;https://u:§@h/",
    "a=1;token%3a§=1",
    "u%40§=1",
    "a/§=1",
    "xoxb-123456789012-§=",
    "§-0123456789abcdef=1",
];

const URLS: [&str; 36] = [
    "https://user:§@example.org/a",
    "https://§@example.org/",
    "https://user:p§/x@example.org/",
    "https://example.org/a?token=§",
    "https://example.org/a#access_token=§",
    "user:§@example.org:80/a",
    "https://user:a@§@example.org/",
    "https://user:§",
    "/a?code=§",
    "/a;jsessionid=§?b=c",
    "https://example.org/a;JSESSIONID=§",
    "ftp://u:§@h/x",
    "https://example.org/login/password=§",
    "/reset/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI§In0.c2lnbmF0dXJl",
    "https://example.org/invite/ghp_§abcdefghijklmnopqrstuvwxyz0123456789",
    "//u:§@h/x",
    "//§@h/x",
    "//u:a/§@h/x",
    "//u:§/x",
    "http:/u:§@h",
    "http:\\u:§@h/x",
    "http:\\\\u:§@h/x",
    "http:\\/u:§@h/x",
    "/\\u:§@h/x",
    "/proxy/http:/u:§@h/x",
    "/proxy/https:/§@h/x",
    "/proxy/http:\\\\§@h/x",
    "/u:§@h",
    "/a/u:§%40h",
    "http://u:§%40h/x",
    "http://u%3A§%40h/x",
    "http://u%253a§%2540h/x",
    "//u%3A§%40h/x",
    "/http%3A%2F%2Fu%3A§%40h%2Fx",
    "/a;token=§",
    "u:§%40h/x",
];

const STATEMENTS: [&str; 43] = [
    "SELECT * FROM t WHERE a = '§'",
    "SELECT * FROM t WHERE a = \"§\"",
    "SELECT $1, '§'",
    "INSERT INTO t VALUES (1, '§', 2)",
    "UPDATE t SET a = 'it''s §' WHERE b = 1",
    "SELECT 'a\\'§'",
    "SELECT N'§'",
    "SELECT E'\\'§'",
    "SELECT $$§$$ || '§'",
    "SELECT $a$ § $a$",
    "SELECT 1 -- §",
    "SELECT 1 # §",
    "SELECT /* § */ 1",
    "SELECT /* /* § */ § */ 1",
    "SELECT '§",
    "SELECT \"§",
    "SELECT q'[it's §]' FROM dual",
    "SELECT x'§'",
    "SELECT 0x9§",
    "CREATE USER u IDENTIFIED BY '§'",
    "CREATE USER u IDENTIFIED BY §",
    "SELECT '' '§'",
    "ALTER ROLE r PASSWORD '§'",
    "SET PASSWORD = '§'",
    "SELECT * FROM t WHERE a IN ('b','§')",
    "SELECT 'a'\n'§'",
    "ALTER USER u PASSWORD §",
    "ALTER USER u WITH ENCRYPTED PASSWORD §",
    "alter role r password §",
    "CREATE USER u PASSWORD §",
    "CREATE LOGIN l WITH PASSWORD = §",
    "ALTER ROLE r SET app.secret TO §",
    "SET PASSWORD = §",
    "SET PASSWORD FOR u = §",
    "SET app.secret = §",
    "SET SESSION app.secret TO §",
    "SET @secret := §",
    "SELECT 1; SET app.secret=§",
    "PRAGMA key = §",
    "PRAGMA main.hexkey(§)",
    "ATTACH DATABASE x AS y KEY §",
    "COPY t FROM STDIN;\n1\t§\n\\.",
    "COPY t (a, b) FROM stdin WITH (FORMAT csv);\n1,§\n",
];

const DSNS: [&str; 23] = [
    "postgres://user:§@db:5432/shop",
    "postgres://§@db/shop",
    "postgres://db/shop?password=§",
    "postgres://user:p/§@db/shop",
    "mysql://root:§@localhost:3306/shop?ssl=1",
    "redis://:§@h/0",
    "redis://h:6379?password=§",
    "host=h user=u password=§ dbname=d",
    "host=h user=u password='§ §' dbname=d",
    "host=h password = §",
    "u:§@tcp(h:3306)/d",
    "Server=h;Database=d;User Id=u;Password=§;",
    "Server=h;Pwd=\"§\";Database=d",
    "jdbc:postgresql://h/d?user=u&password=§",
    "jdbc:oracle:thin:u/§@h:1521:x",
    "mongodb+srv://u:§@cluster/d?retryWrites=true",
    "amqp://u:§@h/%2f",
    "sqlite:x.db?key=§",
    "kafka://h1,h2?sasl.password=§",
    "§",
    "postgres://u%3A§%40h/d",
    "postgres://h/u%3A§%40x",
    "postgres://u%253A§%2540h/d",
];

const MESSAGES: [&str; 71] = [
    "login failed, password=§",
    "password: §",
    "password = \"§\"",
    "pwd='§' is wrong",
    "{\"apiKey\": \"§\"}",
    "{\"user\":\"u\",\"password\":\"§\"}",
    "api_key=§&x=1",
    "token=§ expired",
    "Authorization: Bearer §",
    "authorization: Basic §",
    "Bearer §",
    "Cookie: sid=§; a=§",
    "Set-Cookie: session=§; HttpOnly",
    "cannot reach https://user:§@example.org/",
    "redis://:§@h refused",
    "postgres://u:§@h/d: refused",
    "<password>§</password>",
    "--password §",
    "--token=§",
    "-----BEGIN PRIVATE KEY-----\n§\n-----END PRIVATE KEY-----",
    "secret=§",
    "client_secret=§",
    "AWS_SECRET_ACCESS_KEY=§",
    "access_token=§",
    "refresh_token: §",
    "session_id=§",
    "X-Api-Key: §",
    "PGPASSWORD=§ psql",
    "passphrase: §",
    "csrf_token=§",
    "GET /a?token=§ HTTP/1.1",
    "GET /a?x=1&api_key=§",
    "jwt=§",
    "credentials=§",
    "private_key=§",
    "ghp_§AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "xoxb-123456789012-§",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI§.§§§§§§§§",
    "GET //u:§@h/x",
    "bad URL http:/u:§@h",
    "bad URL http:\\\\u:§@h/x",
    "http://u%3A§%40h/ refused",
    "https://h/?token:§=1",
    "https://h/?token%3D§=x",
    "https://h/?a=b;https://u:§@h/",
    "https://h/?a=b&ghp_§abcdefgh=x",
    "https://h/?x%3a§=1",
    "password[0]=§",
    "Password(\"§\")",
    "<password type=\"x\">§</password>",
    "api key: §",
    "https://h/p#§",
    "password\\u003d§",
    "password=a,§",
    "password=a;§",
    "password=a&§",
    "u:§@tcp(h:3306)/d",
    "u:§@h:5432/d refused",
    "jdbc:oracle:thin:u/§@h",
    "sqlite:x.db?key=§",
    "-----BEGIN PGP PRIVATE KEY BLOCK-----\\n§\\n-----END PGP PRIVATE KEY BLOCK-----",
    "---- BEGIN SSH2 PRIVATE KEY ----\n§\n---- END SSH2 PRIVATE KEY ----",
    "AKIA§AAAAAAAA",
    "glpat-§AAAAAAAA",
    "npm_§AAAAAAAAAAAAAAAAAAAAAAAA",
    "shpat_0123456789abcdef-0123456789abcdef password=§",
    "hvs.§AAAAAAAAAAAAAAAA",
    "SG.§AAAAAAAAAA.AAAAAAAAAAAAAAAA",
    "dop_v1_0123456789abcdef0123456789abcdef; token=§",
    "https://hooks.slack.com/services/T0AAAAAAA/B0AAAAAAA/§AAAAAAAA",
    "\"key\\\":\\\"x\\\",\\\"secret\\\":\\\"§\\\"",
];

struct Planted(Vec<(String, String)>);

impl HeaderSource for Planted {
    fn visit(&self, visitor: &mut dyn HeaderVisitor) {
        for (name, value) in &self.0 {
            visitor.header(name, &mut [Some(value.as_bytes()), None].into_iter());
        }
    }
}

/// A header whose value is marked as sensitive.
struct Sensitive(String);

impl HeaderSource for Sensitive {
    fn visit(&self, visitor: &mut dyn HeaderVisitor) {
        let marked = (!self.0.is_empty()).then_some(None).into_iter();
        visitor.header("x-harmless", &mut marked.map(|value: Option<&[u8]>| value));
    }
}

/// A header with one value.
struct Single<'h>(&'h str, &'h str);

impl HeaderSource for Single<'_> {
    fn visit(&self, visitor: &mut dyn HeaderVisitor) {
        visitor.single(self.0, Some(self.1.as_bytes()));
    }
}

#[derive(Debug)]
struct Chained(String, Option<Box<Chained>>);

impl fmt::Display for Chained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Chained {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.1.as_deref().map(|cause| cause as _)
    }
}

/// Asserts that a text contains no planted secret.
#[track_caller]
fn assert_clean(what: &str, shown: &str) {
    assert!(!shown.contains(MARK), "{what}: {shown}");
}

/// Records each template in a separate event, so that a failure names the template.
fn each(
    probe: &Probe,
    planter: &mut Planter,
    templates: &[&str],
    set: impl Fn(&mut EventTracker, &str),
) {
    for template in templates {
        let planted = planter.plant(template);
        let mut tracker = probe.root("secrets");
        set(&mut tracker, &planted);
        assert_clean(template, &format!("{tracker:?}"));
        for name in [
            "x",
            "url",
            "query",
            "dsn",
            "message",
            "headers",
            "response_headers",
            "encoding",
            "upgrade",
        ] {
            assert_clean(template, &format!("{:?}", Tracker::get(&tracker, name)));
        }
        tracker.finish();
        let event = probe.next();
        assert_clean(template, &event.to_json());
        assert_clean(template, &format!("{event:?} {:?}", event.as_event()));
        let record = String::from_utf8_lossy(event.as_event().as_bytes()).into_owned();
        assert_clean(template, &record);
    }
}

fn fields(probe: &Probe, planter: &mut Planter) {
    for name in SECRET_NAMES {
        each(probe, planter, &["§"], |tracker, secret| {
            tracker.set(Key::new(name), secret);
        });
    }
    for name in SECRET_NAMES {
        each(probe, planter, &["§"], |tracker, secret| {
            tracker.set(
                Key::new("x"),
                Value::Map(&[("a", 1.into()), (name, secret.into())]),
            );
        });
    }
    for name in SECRET_NAMES {
        each(probe, planter, &["§"], |tracker, secret| {
            let fields = [(Key::new("a"), 1.into()), (Key::new(name), secret.into())];
            tracker.set(Key::new("x"), Value::fields(&fields));
        });
    }
    each(probe, planter, &["§"], |tracker, secret| {
        let inner = [("token", Value::Bytes(secret.as_bytes()))];
        let list = [Value::Map(&inner)];
        tracker.set(Key::new("x"), Value::Map(&[("list", Value::List(&list))]));
        tracker.set(Key::new("password"), Value::List(&[secret.into()]));
        tracker.set(Key::new("secrets"), Value::Map(&[("a", secret.into())]));
        tracker.set(Key::new("api_key"), Value::long(secret));
        tracker.set(Key::new("user:password"), secret);
    });
}

fn headers(probe: &Probe, planter: &mut Planter) {
    for name in SECRET_HEADERS {
        each(
            probe,
            planter,
            &["§", "Bearer §", "a=§; b=§"],
            |tracker, secret| {
                let headers = Planted(vec![(name.to_owned(), secret.to_owned())]);
                tracker.set(keys::HEADERS, Value::headers(&headers));
                tracker.set(keys::RESPONSE_HEADERS, Value::headers(&headers));
                tracker.set(Key::new("x"), Value::headers(&headers));
            },
        );
    }
    each(probe, planter, &["§"], |tracker, secret| {
        tracker.set(keys::HEADERS, Value::headers(&Sensitive(secret.to_owned())));
    });
}

/// Checks the headers without a secret name, even the common ones.
fn common_headers(probe: &Probe, planter: &mut Planter) {
    for name in COMMON_HEADERS {
        each(probe, planter, &MESSAGES, |tracker, value| {
            let headers = Planted(vec![(name.to_owned(), value.to_owned())]);
            tracker.set(keys::HEADERS, Value::headers(&headers));
            let header = Single(name, value);
            tracker.set(keys::RESPONSE_HEADERS, Value::headers(&header));
        });
    }
    each(probe, planter, &MESSAGES, |tracker, value| {
        tracker.set(keys::ENCODING, value);
        tracker.set(keys::UPGRADE, value);
        let url = UrlParts::default().with_host(Some(value));
        tracker.set(keys::URL, Value::url(url.with_scheme(Some(value))));
    });
}

fn texts(probe: &Probe, planter: &mut Planter) {
    each(probe, planter, &QUERIES, |tracker, query| {
        let url = UrlParts::new("/a").with_query(Some(query));
        tracker.set(keys::URL, Value::url(url));
        tracker.set(Key::new("x"), Value::url(url));
    });
    each(probe, planter, &URLS, |tracker, url| {
        tracker.set(keys::URL, Value::url(UrlParts::parse(url)));
    });
    let hosts = ["u:§@example.org:80", "u:§%40example.org", "u%3A§%40h:80"];
    each(probe, planter, &hosts, |tracker, host| {
        tracker.set(
            keys::URL,
            Value::url(UrlParts::default().with_host(Some(host))),
        );
    });
    each(probe, planter, &STATEMENTS, |tracker, statement| {
        tracker.set(keys::QUERY, Value::sql(statement));
        tracker.set(Key::new("x"), Value::sql(statement));
    });
    each(probe, planter, &DSNS, |tracker, dsn| {
        tracker.set(keys::DSN, Value::dsn(dsn));
        tracker.set(Key::new("x"), Value::dsn(dsn));
    });
    each(probe, planter, &MESSAGES, |tracker, message| {
        tracker.set(keys::MESSAGE, message);
        tracker.set(Key::new("x"), Value::List(&[Value::text(message)]));
    });
}

fn errors(probe: &Probe, planter: &mut Planter) {
    each(probe, planter, &MESSAGES, |tracker, message| {
        let cause = Chained(message.to_owned(), None);
        let middle = Chained(format!("cannot order: {message}"), Some(Box::new(cause)));
        tracker.add_error(&Chained("failed".to_owned(), Some(Box::new(middle))));
        tracker.add_error_text(message, None);
        let borrowed: &mut dyn Tracker = tracker;
        borrowed.add_error(&Chained(message.to_owned(), None));
        assert_eq!(tracker.outcome(), Outcome::Error);
    });
}

/// Checks that renamed user fields are scrubbed like free text.
fn taken_names(probe: &Probe, planter: &mut Planter) {
    for name in ["dsn", "query", "url", "message"] {
        let template = "postgres://shop:§@db/goods?password=§";
        each(probe, planter, &[template], |tracker, value| {
            tracker.set(Key::new(name), value);
        });
    }
}

/// Checks that a value of the wrong type for its key is not recorded.
fn wrong_kinds(probe: &Probe, planter: &mut Planter) {
    let before = probe.health().refused_values;
    for key in [
        keys::URL,
        keys::DSN,
        keys::QUERY,
        keys::HEADERS,
        keys::RESPONSE_HEADERS,
    ] {
        each(probe, planter, &["§"], |tracker, secret| {
            tracker.set(key, secret);
            tracker.set(key, Value::List(&[secret.into()]));
            tracker.set(key, Value::long(secret));
            tracker.set(key, Value::Bytes(secret.as_bytes()));
        });
    }
    assert_eq!(probe.health().refused_values - before, 5 * 4);
}

#[test]
fn planted_secrets_are_in_no_event() {
    let probe = Probe::new(Limits::default());
    let mut planter = Planter::default();
    fields(&probe, &mut planter);
    headers(&probe, &mut planter);
    common_headers(&probe, &mut planter);
    texts(&probe, &mut planter);
    errors(&probe, &mut planter);
    taken_names(&probe, &mut planter);
    wrong_kinds(&probe, &mut planter);
    assert!(planter.count >= 200, "{}", planter.count);
}

#[test]
fn secret_cut_by_a_limit_is_not_partially_shown() {
    let limits = Limits::default().with_string(64).with_long_string(64);
    let probe = Probe::new(limits);
    let mut planter = Planter::default();
    for length in 0..64 {
        let padding = "a ".repeat(length / 2) + &"b".repeat(length % 2);
        let pad = |templates: &[&str]| -> Vec<String> {
            templates
                .iter()
                .map(|template| format!("{padding} {template}"))
                .collect()
        };
        let templates = pad(&[
            "https://user:§@example.org/",
            "ghp_§AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "password=\"§ §\"",
            "Bearer §",
        ]);
        let templates: Vec<_> = templates.iter().map(String::as_str).collect();
        each(&probe, &mut planter, &templates, |tracker, message| {
            tracker.set(keys::MESSAGE, message);
            tracker.add_error_text(message, None);
        });
        let templates = pad(&["SELECT '§ §'", "SELECT \"§\" -- §"]);
        let templates: Vec<_> = templates.iter().map(String::as_str).collect();
        each(&probe, &mut planter, &templates, |tracker, statement| {
            tracker.set(keys::QUERY, Value::sql(statement));
        });
        let dsn = format!("postgres://{}:12345{MARK}@h/d", "u".repeat(length));
        each(&probe, &mut planter, &["§"], |tracker, _| {
            tracker.set(keys::DSN, Value::dsn(&dsn));
        });
    }
}

#[test]
fn numeric_password_cut_by_a_limit_does_not_look_like_a_port() {
    let probe = Probe::new(Limits::default().with_long_string(32));
    let mut tracker = probe.root("job");
    tracker.set(
        keys::DSN,
        Value::dsn("postgres://a_user:4711471147114711@example.org/shop"),
    );
    tracker.finish();
    assert!(!probe.next().to_json().contains("4711"));
}

#[test]
fn application_event_contains_no_secret() {
    let mut planter = Planter::default();
    let builder = Monitor::builder()
        .app_id("shop")
        .field("api_key", planter.secret())
        .field("db.password", planter.secret())
        .redaction(Redaction::default().with_denied("x-tenant"));
    assert_clean("builder", &format!("{builder:?}"));
    let probe = Probe::with_application(builder);
    assert_clean("application", &probe.next().to_json());
    assert_clean(
        "running",
        &format!("{probe:?} {:?} {:?}", probe.monitor(), probe.health()),
    );
}

#[test]
fn debug_output_shows_no_secret() {
    let mut planter = Planter::default();
    let secret = planter.secret();
    let planted = Planted(vec![("cookie".to_owned(), secret.clone())]);
    let url = format!("https://u:{secret}@example.org/a");
    for value in [
        Value::text(&secret),
        Value::sql(&secret),
        Value::normalized_sql(&secret),
        Value::dsn(&secret),
        Value::long(&secret),
        Value::long_bytes(secret.as_bytes()),
        Value::url(UrlParts::parse(&url)),
        Value::headers(&planted),
    ] {
        assert_clean("value", &format!("{value:?}"));
        assert_clean("value", &format!("{:?}", Value::List(&[value])));
    }
    assert_clean("url", &format!("{:?}", UrlParts::parse(&url)));
    let json = format!(
        r#"{{"gomon/x": {{"password": "{secret}"}}, "listener": [{{"kind": "k", "token": "{secret}"}}]}}"#
    );
    let file = ConfigFile::parse("gomon.json", &json).unwrap();
    assert_clean("file", &format!("{file:?}"));
    let settings = Settings::from_json("page", &format!(r#"{{"a": ["{secret}"]}}"#)).unwrap();
    assert_clean("settings", &format!("{settings:?}"));
}

#[test]
fn cut_header_shows_no_part_of_a_secret() {
    let probe = Probe::new(Limits::default());
    for secret in ["https://u:5551234567@example.org/", "4111111111111111"] {
        let before = "x ".repeat(1_024);
        for kept in 1..secret.len() {
            let value = format!("{}{secret}", &before[..1_024 - kept]);
            let mut tracker = probe.monitor().root("request");
            let headers = Planted(vec![("x-note".to_owned(), value)]);
            tracker.set(keys::HEADERS, Value::headers(&headers));
            tracker.finish();
            let json = probe.next().to_json();
            // Ids and times may contain such digits.
            let (_, headers) = json
                .split_once(r#""headers":{"#)
                .expect("headers are recorded");
            assert!(
                !headers.contains("555") && !headers.contains("1111"),
                "{kept}: {headers}"
            );
        }
    }
}

#[test]
fn configuration_errors_do_not_repeat_values() {
    let mut planter = Planter::default();
    for (origin, template) in [
        ("a.json", r#"{"app-id": ["§"]}"#),
        ("a.json", r#"{"enabled": "§"}"#),
        ("a.json", r#"{"listener": "§"}"#),
        ("a.json", r#"{"gomon/x": "§"}"#),
        ("a.json", r#"{"gomon/x": {"password": "§"#),
        ("a.json", r#"{"gomon/x": {"password": "§\q"}}"#),
        ("a.json", "§"),
        ("a.toml", "enabled = \"§\""),
        ("a.toml", "password = §"),
        ("a.toml", "[\"gomon/x\"]\npassword = \"§\nx = 1"),
        ("a.toml", "[\"gomon/x\"]\npassword = '§' '§'"),
        ("a.toml", "§"),
        ("a.toml", "[gomon/x]\npassword = \"§\""),
    ] {
        let error = ConfigFile::parse(origin, &planter.plant(template)).unwrap_err();
        assert_clean(template, &error.to_string());
        assert_clean(template, &format!("{error:?}"));
    }
    for template in [
        r#"{"rate": "§"}"#,
        r#"{"rules": ["§"]}"#,
        r#"{"rules": [{"rate": "§"}]}"#,
    ] {
        let probe = Probe::new(Limits::default());
        let settings = Settings::from_json("page", &planter.plant(template)).unwrap();
        let error = probe
            .monitor()
            .set_config_named("gomon/sampling", settings)
            .unwrap_err();
        assert_clean(template, &format!("{error} {error:?}"));
        assert_clean(template, &format!("{:?}", probe.monitor().config_errors()));
    }
}
