//! What may be told of a connection string.

use std::borrow::Cow;

use crate::policy::REDACTED;
use crate::url::{has_encoded_userinfo, has_good_port, split_authority, split_scheme};

/// Settings that say where a connection leads; everything else of a `key=value` string is left out.
const PLACES: &[&str] = &[
    "data source",
    "database",
    "dbname",
    "host",
    "hostaddr",
    "initial catalog",
    "port",
    "server",
];

/// Schemes that name a file or socket, with nobody to log in.
const FILES: &[&str] = &["file", "sqlite", "sqlite3", "unix"];

/// Gives the text of a connection string for people: where it leads, and nothing about who may.
///
/// It reads URLs (`postgres://…`, `redis://…`, `jdbc:mysql://…`), files (`sqlite:shop.db`), and
/// settings `key=value` with spaces (`libpq`) or semicolons (ADO) between them. User, password
/// and options are left out. Whatever it cannot read in full is `[redacted]`, since a secret may
/// be in it; so is a path without a scheme.
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
        return match place(rest) {
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

/// Splits what follows `://` into host and path, or `None` if a password may be in either.
fn place(rest: &str) -> Option<(&str, &str)> {
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

/// Reads `sqlite:shop.db?mode=ro` and its like, up to the options.
fn file(text: &str) -> Option<&str> {
    let (scheme, _) = text.split_once(':')?;
    let known = FILES.iter().any(|file| file.eq_ignore_ascii_case(scheme));
    let path = text.split(['?', '#', ';']).next()?;
    (known && path.chars().all(|c| is_plain_char(c) || c == ' ')).then_some(path)
}

/// Reads `key=value` settings and gives those that say where the connection leads.
fn settings(text: &str) -> Option<String> {
    let semicolons = text.contains(';');
    let mut places = String::new();
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
        if PLACES.iter().any(|place| place.eq_ignore_ascii_case(key)) {
            if !places.is_empty() {
                places.push(if semicolons { ';' } else { ' ' });
            }
            places.push_str(key);
            places.push('=');
            let plain = value.chars().all(|c| is_plain_char(c) || c == ',');
            places.push_str(if plain { value } else { REDACTED });
        }
        rest = after;
    }
    (!places.is_empty()).then_some(places)
}

/// Splits off one value, which may be quoted, and what separates it from the next setting.
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
        // Escaped or doubled quotes need not be read, only not misread.
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
    fn connection_strings_tell_where_they_lead() {
        for (dsn, told) in [
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
            assert_eq!(scrub_dsn(dsn), told, "{dsn}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_not_told() {
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
        fn a_planted_password_is_never_told(
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
            let told = scrub_dsn(&dsn).into_owned();
            let forged = form == 2 && password.contains('\'') || form == 3 && password.contains([';', '=']);
            prop_assert!(forged || !told.contains("PLANTED"), "{} -> {}", dsn, told);
            let again = scrub_dsn(&told).into_owned();
            prop_assert_eq!(again, told);
        }

        #[test]
        fn any_text_is_taken(text in ".{0,60}") {
            prop_assert!(scrub_dsn(&text).len() <= text.len() + REDACTED.len());
        }
    }
}
