//! Redaction of connection strings.

use std::borrow::Cow;

use crate::policy::REDACTED;
use crate::url::{has_encoded_userinfo, has_good_port, split_authority, split_scheme};

/// Settings that name the target of a connection. All other settings of a `key=value` string are dropped.
const TARGETS: &[&str] = &[
    "data source",
    "database",
    "dbname",
    "host",
    "hostaddr",
    "initial catalog",
    "port",
    "server",
];

/// Schemes of a file or socket, which need no login.
const FILE_SCHEMES: &[&str] = &["file", "sqlite", "sqlite3", "unix"];

/// Reduces a connection string to its target, without credentials.
///
/// It parses URLs (`postgres://…`, `redis://…`, `jdbc:mysql://…`), files (`sqlite:shop.db`), and
/// `key=value` settings separated by spaces (`libpq`) or semicolons (ADO). User, password and
/// options are dropped. If a string or a part cannot be parsed, it is replaced by `[redacted]`,
/// since it may contain a secret; so is a path without a scheme.
///
/// # Examples
/// ```
/// use gomon_redact::scrub_dsn;
///
/// let url = "postgres://shop:secret@db:5432/orders?sslmode=require&password=secret";
/// assert_eq!(scrub_dsn(url), "postgres://db:5432/orders");
/// assert_eq!(scrub_dsn("host=db user=shop password='my secret'"), "host=db");
/// assert_eq!(scrub_dsn("shop:secret@tcp(db:3306)/orders"), "[redacted]");
/// ```
#[must_use]
pub fn scrub_dsn(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    let (driver, inner) = match text.split_at_checked(5) {
        Some((jdbc, inner)) if jdbc.eq_ignore_ascii_case("jdbc:") => (jdbc, inner),
        _ => ("", text),
    };
    if let Some((scheme, rest)) = split_scheme(inner) {
        let whole = inner.len() + driver.len();
        return match target(rest) {
            Some((host, path))
                if scheme.len() + 3 + host.len() + path.len() + driver.len() == whole =>
            {
                Cow::Borrowed(text)
            }
            Some((host, path)) => Cow::Owned(format!("{driver}{scheme}://{host}{path}")),
            None => Cow::Owned(format!("{driver}{scheme}://{REDACTED}")),
        };
    }
    if let Some(file) = file(text) {
        return Cow::Borrowed(file);
    }
    settings(text).map_or(Cow::Borrowed(REDACTED), Cow::Owned)
}

/// Splits the text after `://` into host and path; returns `None` if either may contain a password.
fn target(rest: &str) -> Option<(&str, &str)> {
    let (authority, _) = split_authority(rest);
    let end = authority.rfind('@').map_or(0, |at| at + 1);
    let rest = rest
        .get(end..)
        .filter(|rest| !rest.contains('@') && !has_encoded_userinfo(rest))?;
    let rest = rest.split(['?', '#', ';']).next()?;
    let (host, path) = split_authority(rest);
    let sound = host
        .bytes()
        .all(|byte| is_plain(byte) || matches!(byte, b'[' | b']' | b'%' | b','));
    let ports = !host.contains(':') || host.split(',').all(has_good_port);
    (sound && ports && path.bytes().all(|byte| is_plain(byte) || byte == b'%'))
        .then_some((host, path))
}

/// Parses a file such as `sqlite:shop.db?mode=ro`, up to its options.
fn file(text: &str) -> Option<&str> {
    let (scheme, _) = text.split_once(':')?;
    let known = FILE_SCHEMES
        .iter()
        .any(|file| file.eq_ignore_ascii_case(scheme));
    let path = text.split(['?', '#', ';']).next()?;
    (known && path.chars().all(|c| is_plain_char(c) || c == ' ')).then_some(path)
}

/// Parses `key=value` settings; returns those that name the target.
fn settings(text: &str) -> Option<String> {
    let semicolons = text.contains(';');
    let mut targets = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (key, after) = rest.split_once('=')?;
        let key = key.trim();
        if key.is_empty()
            || !key
                .bytes()
                .all(|byte| is_key(byte) || semicolons && byte == b' ')
        {
            return None;
        }
        let (value, after) = setting_value(after.trim_start(), semicolons)?;
        if TARGETS
            .iter()
            .any(|target| target.eq_ignore_ascii_case(key))
        {
            if !targets.is_empty() {
                targets.push(if semicolons { ';' } else { ' ' });
            }
            targets.push_str(key);
            targets.push('=');
            let plain = value.chars().all(|c| is_plain_char(c) || c == ',');
            targets.push_str(if plain { value } else { REDACTED });
        }
        rest = after;
    }
    (!targets.is_empty()).then_some(targets)
}

/// Splits off a value, which may be quoted, and the separator after it.
fn setting_value(text: &str, semicolons: bool) -> Option<(&str, &str)> {
    let separator = |c: char| {
        if semicolons {
            c == ';'
        } else {
            c.is_whitespace()
        }
    };
    if let Some(quote @ ('\'' | '"')) = text.chars().next() {
        let inner = text.get(1..)?;
        let (value, after) = inner.split_once(quote)?;
        let after = after.trim_start_matches(' ');
        let ended = after.is_empty() || after.starts_with(separator) || !semicolons;
        // Escaped and doubled quotes are not supported, but must not be misread.
        let simple = !value.contains('\\') && !after.starts_with(quote);
        return (ended && simple)
            .then(|| (value, after.trim_start_matches([' ', ';', '\t', '\n'])));
    }
    let (value, after) = text.split_at_checked(text.find(separator).unwrap_or(text.len()))?;
    let sound = !value.contains(['\'', '"', '\\', '{']);
    sound.then(|| {
        (
            value.trim(),
            after.trim_start_matches([' ', ';', '\t', '\n']),
        )
    })
}

fn is_key(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

fn is_plain(byte: u8) -> bool {
    !byte.is_ascii()
        || byte.is_ascii_alphanumeric()
        || matches!(byte, b'.' | b'-' | b'_' | b'/' | b':' | b'~' | b'+')
}

fn is_plain_char(c: char) -> bool {
    !c.is_ascii() || u8::try_from(c).is_ok_and(|byte| is_plain(byte) || byte == b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn connection_strings_keep_their_target() {
        for (dsn, shown) in [
            (
                "postgres://user:pw@host:5432/db?sslmode=on&password=pw",
                "postgres://host:5432/db",
            ),
            ("postgres://host/db", "postgres://host/db"),
            ("postgresql:///db?host=/run/pg", "postgresql:///db"),
            (
                "postgres://u:pw@%2Frun%2Fpg/db",
                "postgres://%2Frun%2Fpg/db",
            ),
            ("redis://:pw@h/0", "redis://h/0"),
            ("rediss://h:6379", "rediss://h:6379"),
            ("mongodb+srv://u:pw@a:1,b:2/db", "mongodb+srv://a:1,b:2/db"),
            ("mysql://u:p%40w@[::1]:3306/db", "mysql://[::1]:3306/db"),
            ("mysql://u:p@w@h/db", "mysql://h/db"),
            ("jdbc:mysql://u:pw@h/db", "jdbc:mysql://h/db"),
            (
                "jdbc:sqlserver://h:1433;user=sa;password=pw",
                "jdbc:sqlserver://h:1433",
            ),
            ("sqlite:shop.db", "sqlite:shop.db"),
            ("sqlite::memory:", "sqlite::memory:"),
            ("sqlite:///var/shop.db?key=pw", "sqlite:///var/shop.db"),
            ("file:shop.db?mode=ro", "file:shop.db"),
            (
                "host=h port=5432 user=u password=pw dbname=d",
                "host=h port=5432 dbname=d",
            ),
            ("host = h password = 'a b'", "host=h"),
            (
                "Server=tcp:h,1433;Initial Catalog=d;User ID=u;Password=p w;",
                "Server=tcp:h,1433;Initial Catalog=d",
            ),
        ] {
            assert_eq!(scrub_dsn(dsn), shown, "{dsn}");
        }
    }

    #[test]
    fn unparsable_text_is_redacted() {
        for dsn in [
            "",
            "hunter2",
            "/var/shop.db",
            "u:pw@tcp(h:3306)/db",
            "u/pw@h",
            "password=pw",
            "host=h password='pw",
            "host=h password=a\\ b host=c",
            "host=h password=my pw",
            "host=h password='it''s' host=s",
            "Password=\"a;host=pw\"x;host=h",
            "jdbc:oracle:thin:u/pw@h",
            "host=h;Pwd={a;b};",
            "sqlite:a=pw",
        ] {
            assert_eq!(scrub_dsn(dsn), REDACTED, "{dsn}");
        }
        for dsn in [
            "db://u:p/w@h/d",
            "db://u:pw/d",
            "db://u:p@x/w@h/d",
            "db://h/d?user=a@b",
            "db://(host=h)/d",
        ] {
            assert_eq!(scrub_dsn(dsn), "db://[redacted]", "{dsn}");
        }
    }

    proptest! {
        #[test]
        fn planted_password_is_never_shown(
            password in "[A-Z0-9/?#@:%!;'\"\\\\ =]{0,6}PLANTED[A-Z0-9/?#@:%!;'\"\\\\ =]{0,6}",
            form in 0usize..5,
        ) {
            let dsn = match form {
                0 => format!("postgres://u:{password}@h:5432/d?a=b"),
                1 => format!("redis://:{password}@h/0"),
                2 => format!("host=h password='{password}' dbname=d"),
                3 => format!("Server=h;Password={password};Database=d"),
                _ => format!("u:{password}@tcp(h:3306)/d"),
            };
            let shown = scrub_dsn(&dsn).into_owned();
            let forged = form == 2 && password.contains('\'') || form == 3 && password.contains([';', '=']);
            prop_assert!(forged || !shown.contains("PLANTED"), "{} -> {}", dsn, shown);
            let again = scrub_dsn(&shown).into_owned();
            prop_assert_eq!(again, shown);
        }

        #[test]
        fn any_text_is_accepted(text in ".{0,60}") {
            prop_assert!(scrub_dsn(&text).len() <= text.len() + REDACTED.len());
        }
    }
}
