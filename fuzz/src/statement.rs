//! SQL that programs and strangers write.

use gomon_sql::{Dialect, Statement};

const SECRET: &str = "PLANTED";
/// Literals and comments, with `*` for the secret, as each dialect has them. In front of a dot, what SQLite has in double
/// quotes is a name.
const FORMS: [(Dialect, &[&str]); 4] = [
    (
        Dialect::PostgreSql,
        &[
            "'*'",
            "E'\\'*'",
            "$$'*$$",
            "$t$ $$ * $t$",
            "/* /* */ * */",
            "x'*'",
            "-- *\n",
            "'a''*'",
        ],
    ),
    (
        Dialect::MySql,
        &[
            "'*'",
            "\"*\"",
            "'a\\'b*'",
            "# *\n",
            "/*!50000 * */",
            "_utf8'*'",
            "'\\\\*'",
            "-- *\n",
        ],
    ),
    (
        Dialect::Sqlite,
        &[
            "'*'",
            "'\\*'",
            "x'*'",
            "/* * */",
            "= \"*\" ",
            "IN (\"*\" ",
            "-- *\n",
            "'a''*'",
        ],
    ),
    (
        Dialect::Unknown,
        &[
            "'*'", "\"*\"", "N'*'", "/* * */", "$$*$$", "-- *\n", "q'[*]'", "'\\'*'",
        ],
    ),
];

/// Statements in which a secret stands without quotes.
const BARE: [&str; 8] = [
    "SET app.token = *",
    "SET app.token TO *",
    "PRAGMA key = *",
    "ATTACH x AS y KEY *",
    "ALTER USER u IDENTIFIED BY *",
    "CREATE USER u PASSWORD *",
    "ALTER ROLE u SET app.token TO *",
    "COPY t FROM stdin;\n*",
];

/// Reads the input as a statement of each kind, alone, before and behind a literal that holds a secret, and before a
/// statement in which one stands without quotes; and looks for the secret in what is shown.
///
/// The lowest two bits of the first byte choose the dialect, the next three the literal; the rest is the statement.
///
/// # Panics
///
/// When the secret is found, or when what is shown is changed by being read once more.
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
    // A mark of its own would be no leak.
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
        .unwrap_or("'*'");
    let literal = form.replace('*', SECRET);
    // `/*` became the secret, too.
    let literal = match form {
        "/* /* */ * */" | "/* * */" => form.replace(" * ", SECRET),
        "/*!50000 * */" => format!("/*!50000 {SECRET} */"),
        _ => literal,
    };
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
    let bare = bare.unwrap_or_default().replace('*', SECRET);
    for after in [literal, format!(";{bare}")] {
        let shown = read(*dialect, &format!("{before}{after}"));
        assert!(
            !shown.contains(SECRET),
            "{dialect:?} {before:?}{after} -> {shown}"
        );
    }
}

/// What of the text leaves no quote and no comment open, so that a literal may follow. Right behind a number it may, but not
/// behind a word, whose end its first letters would be.
fn closed(text: &str) -> String {
    let is_plain = |it: &char| {
        it.is_ascii_alphanumeric()
            || matches!(
                it,
                ' ' | '\n' | ';' | ',' | '(' | ')' | '=' | '<' | '+' | '*'
            )
    };
    let mut closed: String = text.chars().filter(is_plain).collect();
    let last = closed
        .rsplit(|it: char| !it.is_ascii_alphanumeric())
        .next()
        .unwrap_or_default();
    if !last.is_empty() && !last.starts_with(|it: char| it.is_ascii_digit()) {
        closed.push(' ');
    }
    closed
}

/// What is shown of a statement.
fn read(dialect: Dialect, sql: &str) -> String {
    let once = Statement::new(dialect, sql);
    assert_eq!(*Statement::cached(dialect, sql), once, "{sql:?}");
    // What was cut to a limit may be cut elsewhere when it is read again.
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
