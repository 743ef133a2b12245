//! Messages as the databases and their clients write them, some with planted values.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use super::*;

/// CPU time of this thread, which other programs do not add to.
fn cpu_time() -> Duration {
    clock_gettime(ClockId::ThreadCPUTime)
        .try_into()
        .unwrap_or_default()
}

fn shown(message: &str) -> String {
    Message(&message).to_string()
}

#[track_caller]
fn becomes(from: &str, to: &str) {
    assert_eq!(shown(from), to, "{from}");
}

/// Messages without values; all of each is shown.
const INNOCENT: &[&str] = &[
    // SQLite
    "no such table: goods",
    "no such table: main.goods",
    "no such function: shout",
    "no such collation sequence: german",
    "UNIQUE constraint failed: users.email",
    "UNIQUE constraint failed: users.first_name, users.last_name",
    "UNIQUE constraint failed: index 'by_lower_name'",
    "NOT NULL constraint failed: goods.name",
    "CHECK constraint failed: price_is_positive",
    "FOREIGN KEY constraint failed",
    "datatype mismatch",
    "database is locked",
    "database table is locked: goods",
    "database disk image is malformed",
    "database or disk is full",
    "disk I/O error",
    "attempt to write a readonly database",
    "table goods already exists",
    "index by_name already exists",
    "table goods has no column named colour",
    "ambiguous column name: id",
    "incomplete input",
    "cannot start a transaction within a transaction",
    "cannot commit - no transaction is active",
    "string or blob too big",
    "interrupted",
    "out of memory",
    "file is not a database",
    "unable to open database file",
    "sub-select returns columns - expected",
    // PostgreSQL
    r#"relation "users" does not exist"#,
    r#"column "colour" does not exist"#,
    r#"column "colour" of relation "goods" does not exist"#,
    r#"duplicate key value violates unique constraint "users_email_key""#,
    r#"null value in column "name" of relation "goods" violates not-null constraint"#,
    r#"insert or update on table "orders" violates foreign key constraint "orders_good_fkey""#,
    r#"new row for relation "goods" violates check constraint "goods_price_check""#,
    r#"database "shop" does not exist"#,
    "permission denied for table goods",
    "must be owner of table goods",
    "deadlock detected",
    "division by zero",
    "integer out of range",
    "bigint out of range",
    "numeric field overflow",
    "could not serialize access due to concurrent update",
    "could not serialize access due to read/write dependencies among transactions",
    "current transaction is aborted, commands ignored until end of transaction block",
    "canceling statement due to statement timeout",
    "canceling statement due to user request",
    "canceling statement due to lock timeout",
    "terminating connection due to administrator command",
    "terminating connection due to idle-in-transaction timeout",
    "sorry, too many clients already",
    "remaining connection slots are reserved for non-replication superuser connections",
    "the database system is starting up",
    "the database system is shutting down",
    "cannot execute INSERT in a read-only transaction",
    "could not determine data type of parameter $1",
    "there is no parameter $2",
    "subquery must return only one column",
    "more than one row returned by a subquery used as an expression",
    "each UNION query must have the same number of columns",
    "INSERT has more expressions than target columns",
    "syntax error at end of input",
    "no pg_hba entry",
    "cached plan must not change result type",
    "server closed the connection unexpectedly",
    // MySQL and MariaDB
    "Table 'shop.goods' doesn't exist",
    "Table 'goods' already exists",
    "Unknown column 'colour' in ?",
    "Duplicate entry ? for key 'users.email'",
    "Duplicate column name ?",
    "Deadlock found when trying to get lock; try restarting transaction",
    "Lock wait timeout exceeded; try restarting transaction",
    "Too many connections",
    "Query execution was interrupted",
    "Column 'name' cannot be null",
    "Data too long for column 'name' at row 1",
    "Data truncated for column 'kind' at row 12",
    "Out of range value for column 'price' at row 3",
    "Field ? doesn't have a default value",
    "Column count doesn't match value count at row 1",
    "Subquery returns more than",
    "MySQL server has gone away",
    "Lost connection to server during query",
    "Cannot execute statement in a READ ONLY transaction",
    // Libraries and the system
    "error returned from database: (code: 2067) UNIQUE constraint failed: users.email",
    "error returned from database: 1213 (40001): Deadlock found when trying to get lock; try restarting transaction",
    "pool timed out while waiting for an open connection",
    "attempted to acquire a connection on a closed pool",
    "timed out waiting for connection",
    "Connection refused (os error 111)",
    "error communicating with database: Connection reset by peer (os error 104)",
    "Broken pipe (os error 32)",
    "invalid peer certificate: UnknownIssuer",
    "its values could not be bound",
    "the statement failed",
    "Record not found",
];

#[test]
fn messages_without_values_stay_as_they_are() {
    for message in INNOCENT {
        becomes(message, message);
    }
}

#[test]
fn values_are_replaced_quoted_or_not() {
    for (from, to) in [
        // SQLite
        (
            "unable to open database: file:/srv/shop.db?key=hunter2&hexkey=68756e74",
            "unable to open database: ?",
        ),
        ("no such column: hunter2", "no such column: ?"),
        (
            r#"no such column: "hunter2" - should this be a string literal in single-quotes?"#,
            "no such column: ? - should this be a string literal in single-quotes?",
        ),
        (r#"near "hunter2": syntax error"#, "near ?: syntax error"),
        (r#"unrecognized token: "'hunter2""#, "unrecognized token: ?"),
        (
            r#"unrecognized token: "4242hunter2""#,
            "unrecognized token: ?",
        ),
        (
            "CHECK constraint failed: price > 424242",
            "CHECK constraint failed: price > ?",
        ),
        ("unknown database hunter2", "unknown database ?"),
        ("malformed JSON", "malformed JSON"),
        ("bad JSON path: 'hunter2'", "bad JSON path: ?"),
        ("parse error in: hunter2 at 42", "parse error in: ? at ?"),
        (
            "cannot open file at line 49448 of [b77dc5e0f5]",
            "cannot open file at line 49448 of [?]",
        ),
        // PostgreSQL
        (
            "timestamp out of range: 424242-99-99",
            "timestamp out of range: ?",
        ),
        ("date out of range: 424242-99-99 BC", "date out of range: ?"),
        (
            r#"date/time field value out of range: "424242-99-99""#,
            "date/time field value out of range: ?",
        ),
        (
            r#"invalid input syntax for type integer: "hunter2""#,
            "invalid input syntax for type integer: ?",
        ),
        (
            r#"value "424242424242" is out of range for type integer"#,
            "value ? is out of range for type integer",
        ),
        (
            "value too long for type character varying(3)",
            "value too long for type character ?",
        ),
        (
            "Key (email)=(ann@shop.example) already exists.",
            "Key (?) already exists.",
        ),
        (
            "duplicate key\nDETAIL:  Key (email)=(ann@shop.example) already exists.",
            "duplicate key",
        ),
        (
            r#"syntax error at or near "hunter2" at character 15"#,
            "syntax error at or near ? at character 15",
        ),
        (
            "function shout(text, unknown) does not exist",
            "function ?, unknown) does not exist",
        ),
        (
            r#"password authentication failed for user "ann""#,
            "password authentication failed for user ?",
        ),
        (
            "bind message supplies 1 parameters, but prepared statement \"\" requires 2",
            "bind message supplies ? parameters, but prepared statement ? requires ?",
        ),
        (
            "connection to server at \"db.example\" (10.0.0.7), port 5432 failed: Connection refused",
            "connection to server at ? (?), port ? failed: Connection refused",
        ),
        (
            "invalid input value for enum mood: \"hunter2\"",
            "invalid input value for enum ?: ?",
        ),
        (
            "index row size 424242 exceeds maximum",
            "index row size ? exceeds maximum",
        ),
        ("column \"it is a secret\" does", "column ? does"),
        ("column \"4242\" does", "column ? does"),
        // MySQL and MariaDB
        (
            "Duplicate entry 'O'Brien' for key 'x'' for key 'users.email'",
            "Duplicate entry ? for key 'users.email'",
        ),
        (
            "Incorrect integer value: 'hunter2' for column 'id' at row 1",
            "Incorrect integer value: ? for column 'id' at row 1",
        ),
        (
            "Incorrect integer value: 'hunter2' for column `shop`.`goods`.`id` at row 1",
            "Incorrect integer value: ? for column `shop`.? at row 1",
        ),
        (
            "Truncated incorrect DOUBLE value: 'hunter2'",
            "Truncated incorrect DOUBLE value: ?",
        ),
        (
            "Incorrect datetime value: '424242-99-99' for column 'at' at row 1",
            "Incorrect datetime value: ? for column 'at' at row 1",
        ),
        (
            "You have an error in your SQL syntax; check the manual that corresponds to your MariaDB server version for the \
             right syntax to use near 'x' for password hunter2' at line 1",
            "You have an error in your SQL syntax; check the manual that corresponds to your MariaDB server version for the \
             right syntax to use near ? at line 1",
        ),
        (
            "Access denied for user 'ann'@'10.0.0.7' (using password: YES)",
            "Access denied for user ? (using password: YES)",
        ),
        (
            "error returned from database: 1062 (23000): Duplicate entry 'hunter2' for key 'users.email'",
            "error returned from database: 1062 (23000): Duplicate entry ? for key 'users.email'",
        ),
        (
            "error returned from database: 1054 (42S22): Unknown column 'colour' in 'SELECT'",
            "error returned from database: 1054 (42S22): Unknown column 'colour' in ?",
        ),
        // RAISE EXCEPTION '%', pin
        (
            "error returned from database: 4711",
            "error returned from database: ?",
        ),
        (
            "error returned from database: 4711 (pin)",
            "error returned from database: ? (pin)",
        ),
        (
            "error returned from database: 4711 (40001) x",
            "error returned from database: ? (?) ?",
        ),
        ("wrong key 'hunter2'", "wrong key ?"),
        ("no such \"key\" key \"hunter2\"", "no such ?"),
        (
            "foreign key 'users_fkey' for key 'hunter2'",
            "foreign key 'users_fkey' for key 'hunter2'",
        ),
        (
            "order returned from 1054 (4242X)",
            "order returned from ? (?)",
        ),
        ("(conn=42) Unknown error 424242", "(?) Unknown error ?"),
        // The program's own, by RAISE and SIGNAL, and by its libraries
        ("order 424242 of Ann Smith failed", "order ? of ? failed"),
        ("code: 424242", "code: ?"),
        ("line 424242", "line ?"),
        ("4111 1111 1111 1111 is invalid", "? is invalid"),
        ("user ann@shop.example, pin 4242", "user ?, pin ?"),
        ("your token is sk_live_4242:", "your token is ?:"),
        ("password=hunter2;host=db", "?"),
        ("invalid value (hunter2).", "invalid value (?)."),
        ("invalid value [{hunter2}]", "invalid value ?"),
        ("invalid value !!!!!!!!", "invalid value ?"),
        ("invalid value:\u{a0}hunter2", "invalid value:\u{a0}?"),
        ("invalid\nhunter2 value", "invalid\n? value"),
        ("near x'68756e74' end", "near ? end"),
        ("near 'hunter2", "near ?"),
        ("", ""),
        ("  ", "  "),
    ] {
        becomes(from, to);
    }
}

#[test]
fn messages_in_other_languages_keep_their_names_only() {
    for (from, to) in [
        (
            "ungültige Eingabesyntax für Typ integer: »hunter2«",
            "? integer: ?",
        ),
        (
            "syntaxe en entrée invalide pour le type integer : « hunter2 »",
            "? type integer : ?",
        ),
        (
            "doppelter Schlüsselwert verletzt Unique-Constraint »users_email_key«",
            "? Unique-Constraint »users_email_key«",
        ),
        ("Отношение hunter2 не существует", "?"),
    ] {
        becomes(from, to);
    }
}

#[test]
fn planted_values_are_never_shown_in_any_context() {
    let secrets = [
        "hunter2",
        "424242-99-99",
        "ann@shop.example",
        "4242",
        "sk_live_4242",
        "0xdeadbeef",
        "p4ss/w0rd",
    ];
    let around = [
        ("", ""),
        ("(", ")"),
        ("'", "'"),
        ("\"", "\""),
        ("`", "`"),
        ("«", "»"),
        ("=", ";"),
        ("((((", "))))"),
        ("x'", "'"),
        ("it's ", "'s"),
        ("for key ", ","),
        ("\t", "\n"),
        ("value:", "."),
        ("$", "$"),
        ("-", "-"),
    ];
    for message in INNOCENT {
        let words: Vec<_> = message.split(' ').collect();
        for secret in secrets {
            for (open, close) in around {
                for at in 0..=words.len() {
                    let (before, after) = words.split_at(at);
                    // What follows these is a name of the schema.
                    let is_name = |word: &&str| {
                        let word = word.to_ascii_lowercase();
                        let word = word.trim_end_matches(':');
                        NOUNS.contains(&word)
                            || ["failed", "locked", "named", "name", "function", "sequence"]
                                .contains(&word)
                    };
                    if before.last().is_some_and(is_name)
                        || before.last().is_some_and(|word| word.ends_with(','))
                    {
                        continue;
                    }
                    let before = before.join(" ");
                    // Positions and codes are shown, if they are short.
                    let is_number = secret == "4242"
                        && (before.ends_with("at row")
                            || before.ends_with("os error")
                            || before.ends_with("parameter")
                            || before.ends_with("(code:"));
                    if is_number || open == "for key " {
                        continue;
                    }
                    let message = format!("{before} {open}{secret}{close} {}", after.join(" "));
                    let shown = shown(&message);
                    assert!(!shown.contains(secret), "{message:?}: {shown:?}");
                }
            }
        }
    }
}

#[test]
fn effort_is_linear_in_the_length() {
    // As much as is read of an error.
    const LENGTH: usize = 10 * 1024;
    let time = |text: &str| {
        let start = cpu_time();
        let shown = shown(text);
        assert!(shown.len() <= 2 * text.len());
        cpu_time() - start
    };
    for unit in [
        "a ",
        "'",
        "table ",
        "table a, ",
        "(",
        "((a ",
        "?",
        "a-",
        "hunter2 ",
        "n't ",
        "'a' ",
        "«»",
        "x'",
        "\u{a0}",
        "1 ",
        "table 'a' ",
        "entry 'a' for ",
        "«",
        "\"a",
        "a\"`'«",
    ] {
        let [short, long] = [LENGTH / 16, LENGTH].map(|length| unit.repeat(length / unit.len()));
        // Sixteen times as long; if it were quadratic, 256 times as much. Caches may spoil an attempt.
        let is_linear = (0..10).any(|_| {
            let of_short = (0..5).map(|_| time(&short)).min().unwrap_or_default();
            time(&long) < of_short * 64
        });
        assert!(is_linear, "{unit:?}");
    }
}
