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

/// Reads the input as a statement of each kind, alone and behind a literal that holds a secret, and looks for that one in
/// what is shown.
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
