//! Fuzz target for SQL statements.

use gomon_sql::{Dialect, Statement};

const SECRET: &str = "PLANTED";
/// Literals and comments of each dialect, with `@` for the secret.
///
/// In MySQL and SQLite, double quotes are a name in front of a dot, and where only a name can stand.
const FORMS: [(Dialect, &[&str]); 4] = [
    (
        Dialect::PostgreSql,
        &[
            "'@'",
            "E'\\'@'",
            "$$'@$$",
            "$t$ $$ @ $t$",
            "/* /* */@*/",
            "x'@'",
            "-- @\n",
            "'a''@'",
        ],
    ),
    (
        Dialect::MySql,
        &[
            "'@'",
            "= \"@\" ",
            "'a\\'b@'",
            "# @\n",
            "/*!50000 @ */",
            "_utf8'@'",
            "'\\\\@'",
            "-- @\n",
        ],
    ),
    (
        Dialect::Sqlite,
        &[
            "'@'",
            "'\\@'",
            "x'@'",
            "/*@*/",
            "= \"@\" ",
            "IN (\"@\" ",
            "-- @\n",
            "'a''@'",
        ],
    ),
    (
        Dialect::Unknown,
        &[
            "'@'", "\"@\"", "N'@'", "/*@*/", "$$@$$", "-- @\n", "q'[@]'", "'\\'@'",
        ],
    ),
];

/// Statements with an unquoted secret.
const BARE: [&str; 8] = [
    "SET app.token = @",
    "SET app.token TO @",
    "PRAGMA key = @",
    "ATTACH x AS y KEY @",
    "ALTER USER u IDENTIFIED BY @",
    "CREATE USER u PASSWORD @",
    "ALTER ROLE u SET app.token TO @",
    "COPY t FROM stdin;\n@",
];

/// Checks that no secret remains in a redacted statement.
///
/// The input is redacted alone, before and after a literal with a secret, and before a statement with an unquoted one.
/// The lowest two bits of the first byte select the dialect, the next three the literal; the rest is the statement.
///
/// # Panics
///
/// Panics if the secret is found, or if redacting the result again changes it.
///
/// # Examples
///
/// ```
/// fuzz::statement(b"\x00SELECT 1");
/// ```
pub fn statement(input: &[u8]) {
    let Some((kind, text)) = input.split_first() else {
        return;
    };
    let text = String::from_utf8_lossy(text);
    // A secret in the input itself is not a leak.
    if text.contains(SECRET) {
        return;
    }
    let Some((dialect, forms)) = FORMS.get(usize::from(kind & 3)) else {
        return;
    };
    read(*dialect, &text);
    let form = forms
        .get(usize::from(kind >> 2 & 7))
        .copied()
        .unwrap_or("'@'");
    let literal = form.replace('@', SECRET);
    for before in [
        "SELECT ",
        "INSERT INTO t VALUES (1, ",
        "UPDATE t SET a = b, c ",
    ] {
        let shown = read(*dialect, &format!("{before}{literal}{text}"));
        assert!(
            !shown.contains(SECRET),
            "{dialect:?} {before}{literal}{text:?} -> {shown}"
        );
    }
    let before = closed(&text);
    if before.contains(SECRET) {
        return;
    }
    let bare = BARE.get(usize::from(kind >> 2 & 7)).copied();
    let bare = bare.unwrap_or_default().replace('@', SECRET);
    for after in [literal, format!(";{bare}")] {
        let shown = read(*dialect, &format!("{before}{after}"));
        assert!(
            !shown.contains(SECRET),
            "{dialect:?} {before:?}{after} -> {shown}"
        );
    }
}

/// Removes characters that could open a quote or comment, so that a literal may follow.
///
/// A space is added after a word, because a prefix of the literal would join it. After a number, none is needed.
fn closed(text: &str) -> String {
    let is_plain = |character: &char| {
        character.is_ascii_alphanumeric()
            || matches!(
                character,
                ' ' | '\n' | ';' | ',' | '(' | ')' | '=' | '<' | '+' | '*'
            )
    };
    let mut closed: String = text.chars().filter(is_plain).collect();
    let last = closed
        .rsplit(|character: char| !character.is_ascii_alphanumeric())
        .next()
        .unwrap_or_default();
    if !last.is_empty() && !last.starts_with(|digit: char| digit.is_ascii_digit()) {
        closed.push(' ');
    }
    closed
}

/// Redacts a statement and checks that redacting it again changes nothing.
fn read(dialect: Dialect, sql: &str) -> String {
    let once = Statement::new(dialect, sql);
    assert_eq!(*Statement::cached(dialect, sql), once, "{sql:?}");
    // A truncated statement may be truncated elsewhere the second time.
    if sql.len() < 4096 {
        let twice = Statement::new(dialect, once.text());
        assert_eq!(twice.text(), once.text(), "{dialect:?} {sql:?}");
        assert_eq!(
            twice.fingerprint(),
            once.fingerprint(),
            "{dialect:?} {sql:?}"
        );
    }
    format!("{} {}", once.text(), once.tables())
}
