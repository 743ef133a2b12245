//! Any text is taken, in a time that grows with its length.

use proptest::prelude::*;

use super::super::*;
use super::ALL;
use Dialect::{MySql, PostgreSql, Sqlite, Unknown};

#[test]
fn long_statements_are_read_in_part() {
    let rows = "(1, 'SECRET'),".repeat(100_000);
    let long = Statement::new(PostgreSql, &format!("INSERT INTO t VALUES {rows}(1, 'x')"));
    assert_eq!(long.text(), "INSERT INTO t VALUES (?, ?)");
    let short = Statement::new(PostgreSql, "INSERT INTO t VALUES (1, 'x')");
    assert_eq!(long.fingerprint(), short.fingerprint());
    let names = Statement::new(PostgreSql, &"abc ".repeat(100_000));
    assert!(names.text().len() < 8 * 1024 + 16, "{}", names.text().len());
}

#[test]
fn time_is_linear_in_the_length_of_hostile_text() {
    for piece in [
        "'",
        "\"",
        "`",
        "[",
        "[a",
        "$",
        "$a",
        "$a$",
        "-",
        "--\n",
        "/*",
        "/",
        "/**/",
        "#\n",
        "q'[",
        "E'\\",
        "1e",
        "\\",
        "'\\",
        "\u{e9}",
        "(",
        ")",
        "IN (",
        "VALUES (",
        "VALUES (1),",
        "IN (1,",
        ",",
        "(a,",
        "((1),",
        "FROM a,",
        "WITH a AS (",
        ";",
    ] {
        let text = piece.repeat((64 << 10) / piece.len());
        for dialect in ALL {
            let start = std::time::Instant::now();
            assert!(
                Statement::new(dialect, &text).text().len() <= 8 * 1024 + 16,
                "{piece}"
            );
            assert!(
                start.elapsed() < std::time::Duration::from_secs(2),
                "{piece} {dialect:?}"
            );
        }
    }
}

fn any_dialect() -> impl Strategy<Value = Dialect> {
    proptest::sample::select(ALL.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn planted_secrets_are_never_shown(
        (dialect, form) in proptest::sample::select(vec![
            (PostgreSql, "'$'"), (PostgreSql, "'a''$'"), (PostgreSql, "E'a\\'$'"), (PostgreSql, "$$ $ $$"), (PostgreSql, "$t$'$'$t$"),
            (PostgreSql, "/* /* ' */ $ */"), (PostgreSql, "-- it's $\n"), (PostgreSql, "'$"), (PostgreSql, "U&'$'"), (PostgreSql, "'a\\'$'"),
            (MySql, "'$'"), (MySql, "'a\\'b $'"), (MySql, "= \"$\""), (MySql, "\"a\\\"b $\""), (MySql, "# it's $\n"), (MySql, "-- $\n"),
            (MySql, "/*!50000 $ */"), (MySql, "_utf8'$'"), (MySql, "'a\\\\' '$'"), (MySql, "/* $"),
            (Sqlite, "'$'"), (Sqlite, "'a\\' '$'"), (Sqlite, "x'$'"), (Sqlite, "/* $ */"), (Sqlite, "-- $\n"), (Sqlite, "= \"$\""), (Sqlite, "IN (\"$\""),
            (PostgreSql, "; SET app.token = $"), (PostgreSql, ";COPY t FROM stdin;\n$"), (Sqlite, "; PRAGMA key = $"),
            (Sqlite, ";ATTACH x AS y KEY $"), (MySql, "; ALTER USER u IDENTIFIED BY $"), (Unknown, "; CREATE USER u PASSWORD $"),
            (Unknown, "'$'"), (Unknown, "\"$\""), (Unknown, "'a\\'$'"), (Unknown, "/* $ */"), (Unknown, "q'[it's $]'"), (Unknown, "$$ $ $$"),
        ]),
        before in "(((SELECT|INSERT INTO t VALUES|UPDATE t SET a =|FROM|BEGIN|COPY t|WITH a AS) [a-z =(),*\n]{0,12} )?(;|'x'|1[0-9e._]{0,3};)?){0,3} ( |;|[0-9][0-9.]{0,2}|0x1f|1e)?",
        after in "( [ a-zA-Z0-9'\"`$#\\[\\]/*\\\\,()-]{0,16})?",
    ) {
        let form = form.replace("$$", "\u{1}").replace("$t$", "\u{2}").replace('$', "PLANTED").replace('\u{1}', "$$").replace('\u{2}', "$t$");
        let text = format!("{before}{form}{after}");
        let statement = Statement::new(dialect, &text);
        prop_assert!(!statement.text().contains("PLANTED"), "{} -> {}", text, statement.text());
        prop_assert!(!statement.tables().contains("PLANTED"), "{} -> {}", text, statement.tables());
    }

    #[test]
    fn any_text_is_accepted_and_normalising_it_again_changes_nothing(
        dialect in any_dialect(),
        text in prop_oneof![
            ".{0,60}",
            "[a1e '\"`$#\\[\\]/*\\\\\n?:@.qEx(),;=+-]{0,40}",
            "((SELECT|IN|VALUES|FROM|a|1|'x'|\"n\"|`b`|ROW|AND|BETWEEN|SET|WITH|AS|PASSWORD|COPY|STDIN)[ ,()=.;-]{1,3}){0,14}",
        ],
    ) {
        let once = Statement::new(dialect, &text);
        let twice = Statement::new(dialect, once.text());
        prop_assert_eq!(twice.text(), once.text(), "{}", text);
        prop_assert_eq!(twice.fingerprint(), once.fingerprint(), "{} -> {}", text, once.text());
    }

    #[test]
    fn any_bytes_are_accepted(dialect in any_dialect(), bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Statement::from_bytes(dialect, &bytes);
    }
}
