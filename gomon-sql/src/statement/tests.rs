//! What is shown of statements, and what is not.

use proptest::prelude::*;

use super::*;
use Dialect::{MySql, PostgreSql, Sqlite, Unknown};

const ALL: [Dialect; 4] = [PostgreSql, MySql, Sqlite, Unknown];

#[track_caller]
fn becomes_in(dialect: Dialect, from: &str, to: &str) {
    let statement = Statement::new(dialect, from);
    assert_eq!(statement.text(), to, "{dialect:?}: {from}");
    let again = Statement::new(dialect, to);
    assert_eq!(again.text(), to, "{dialect:?}, again");
    assert_eq!(
        again.fingerprint(),
        statement.fingerprint(),
        "{dialect:?}: {from}"
    );
}

#[track_caller]
fn becomes(from: &str, to: &str) {
    for dialect in ALL {
        becomes_in(dialect, from, to);
    }
}

/// As it is, and as what follows another statement.
#[track_caller]
fn becomes_anywhere_in(dialect: Dialect, from: &str, to: &str) {
    becomes_in(dialect, from, to);
    for (before, shown) in [("SELECT 1; ", "SELECT ?; "), ("BEGIN;", "BEGIN; ")] {
        becomes_in(dialect, &format!("{before}{from}"), &format!("{shown}{to}"));
    }
}

#[track_caller]
fn becomes_anywhere(from: &str, to: &str) {
    for dialect in ALL {
        becomes_anywhere_in(dialect, from, to);
    }
}

fn operation(sql: &str) -> &'static str {
    Statement::new(PostgreSql, sql).operation()
}

fn tables(sql: &str) -> String {
    Statement::new(PostgreSql, sql).tables().to_owned()
}

#[test]
fn literals_of_every_style_become_question_marks() {
    becomes(
        "SELECT 1, -2, 3.5, .5, 1e-9, 0xFF, 1_000 FROM t WHERE a = 'x' AND b = 'it''s'",
        "SELECT ?, ?, ?, ?, ?, ?, ? FROM t WHERE a = ? AND b = ?",
    );
    becomes(
        "a = x'0F' OR b = N'x' OR c = B'01'",
        "a = ? OR b = ? OR c = ?",
    );
    becomes("a1 = 1-2 AND t2.c3 = ''", "a1 = ?-? AND t2.c3 = ?");
    becomes("x = '\u{e9}\u{1f600}' \u{e9}", "x = ? \u{e9}");
}

#[test]
fn comments_and_blanks_become_one_blank() {
    becomes(
        "  SELECT\ta /* 'x' */ ,b\n-- it's\nFROM   t ; ",
        "SELECT a, b FROM t",
    );
    becomes_in(MySql, "SELECT a # it's\nFROM t", "SELECT a FROM t");
    becomes_in(PostgreSql, "a /* /* 'x' */ ' */ b", "a b");
    becomes_in(Sqlite, "a /* /* 'x' */ b", "a b");
    becomes_in(MySql, "SELECT 5--3", "SELECT ?- -?");
    becomes_in(MySql, "a --`b", "a - - ?");
    becomes_in(MySql, "SELECT /*! SECRET */ a", "SELECT a");
}

#[test]
fn lists_are_as_long_as_one_element() {
    becomes("a IN (1,2 , 3)", "a IN (?)");
    becomes(
        "a IN ('x') AND b NOT IN (-1, +2)",
        "a IN (?) AND b NOT IN (?)",
    );
    becomes("(a, b) IN ((1, 'x'), (2, 'y'))", "(a, b) IN ((?, ?))");
    becomes(
        "INSERT INTO t (a, b) VALUES (1, now()), (2, now()),(3,now()) ON CONFLICT DO NOTHING",
        "INSERT INTO t(a, b) VALUES (?, now()) ON CONFLICT DO NOTHING"
            .replace("t(a", "t (a")
            .as_str(),
    );
    becomes("VALUES (1, 2), (3, 4)", "VALUES (?, ?)");
    becomes("IN (1, x, 2, 3)", "IN (?, x, ?)");
    becomes("f(1, 2)", "f(?, ?)");
    becomes(
        "IN (SELECT a FROM t WHERE b IN (1, 2))",
        "IN (SELECT a FROM t WHERE b IN (?))",
    );
    becomes_in(
        MySql,
        "INSERT INTO t VALUES (1),(2) ON DUPLICATE KEY UPDATE a = VALUES(a), b = VALUES(b)",
        "INSERT INTO t VALUES (?) ON DUPLICATE KEY UPDATE a = VALUES(a), b = VALUES(b)",
    );
}

#[test]
fn placeholders_are_values() {
    becomes_in(PostgreSql, "a = $1 AND b IN ($2, $3)", "a = ? AND b IN (?)");
    becomes_in(
        Sqlite,
        "a = ?1 AND b = :name AND c = @p AND d = $x",
        "a = ? AND b = ? AND c = ? AND d = ?",
    );
    becomes_in(
        MySql,
        "a = ? AND @x := @@session.y",
        "a = ? AND @x := @@session.y",
    );
    becomes_in(
        PostgreSql,
        "a::text || b->>'x' @> c ?| d",
        "a::text || b->>? @> c ?| d",
    );
}

#[test]
fn strings_end_where_their_dialect_says() {
    becomes_in(
        PostgreSql,
        r"a = E'it\'s' AND b = 'c:\x' AND c",
        "a = ? AND b = ? AND c",
    );
    becomes_in(PostgreSql, "$$it's$$, $a$ $b$ ' $a$, c", "?, ?, c");
    becomes_in(
        MySql,
        r#"a = 'it''s' AND b = "x""y" AND c = _utf8mb4'x' AND d = 'a\nb'"#,
        "a = ? AND b = ? AND c = ? AND d = ?",
    );
    becomes_in(Sqlite, r"a = 'c:\' AND b", "a = ? AND b");
    becomes_in(MySql, r"a = 'c:\\' AND b", "a = ? AND b");
}

#[test]
fn what_modes_read_in_two_ways_takes_the_rest() {
    becomes_in(PostgreSql, r"a = 'x\' SECRET '", "a = ?");
    becomes_in(MySql, r"a = 'x\' AND b = ' SECRET '", "a = ?");
    // In the mode `NO_BACKSLASH_ESCAPES` the string ends before the x.
    becomes_in(MySql, r"SELECT 'c:\'x, 'SECRET y'", "SELECT ?");
    becomes_in(MySql, r"a = 'it\'s SECRET'", "a = ?");
    becomes_in(Unknown, r"a = 'it\'s SECRET'", "a = ?");
    becomes_in(Unknown, "a /* /* x */ 'SECRET' */", "a ?");
    becomes_in(MySql, "a /*! 'x' */ SECRET", "a ?");
    becomes_in(Unknown, "a # b", "a ?");
}

#[test]
fn what_has_no_end_takes_the_rest() {
    for text in ["a = 'SECRET", "a = `SECRET", "a = 'x''SECRET"] {
        becomes(text, "a = ?");
    }
    becomes("a /* SECRET", "a ?");
    becomes("a \0 SECRET", "a ?");
    becomes("a \\ SECRET", "a ?");
    becomes_in(PostgreSql, "a = $$SECRET", "a = ?");
    becomes_in(PostgreSql, "a = \"SECRET", "a = ?");
    becomes_in(Sqlite, "a = [SECRET", "a = ?");
}

#[test]
fn names_in_quotes_stay_where_only_names_can_be() {
    let sea = r#"SELECT "cake"."id", COUNT("cake"."name") AS "n" FROM "cake" WHERE "cake"."id" = ? ORDER BY "n" LIMIT ?"#;
    becomes_in(Sqlite, sea, sea);
    becomes_in(PostgreSql, sea, sea);
    let insert = r#"INSERT INTO "goods" ("name", "price") VALUES (?, ?) RETURNING "id", "name""#;
    becomes_in(Sqlite, insert, insert);
    becomes_in(
        Sqlite,
        r#"UPDATE "goods" SET "name" = "SECRET" WHERE "id" = 7"#,
        r#"UPDATE "goods" SET "name" = ? WHERE "id" = ?"#,
    );
    becomes_in(
        Sqlite,
        r#"WHERE a IN ("SECRET", "x") AND b LIKE "SECRET" AND c BETWEEN "a" AND "SECRET""#,
        "WHERE a IN (?) AND b LIKE ? AND c BETWEEN ? AND ?",
    );
    becomes_in(
        Sqlite,
        r#"VALUES ("SECRET"), (lower("SECRET"))"#,
        "VALUES (?), (lower(?))",
    );
    becomes_in(
        MySql,
        "SELECT `a b`.`c` FROM `t` WHERE x = \"SECRET\"",
        "SELECT `a b`.`c` FROM `t` WHERE x = ?",
    );
    becomes_in(
        Sqlite,
        r#"WHERE a = ("SECRET") AND ("b" = ? OR b LIKE (("SECRET")))"#,
        r#"WHERE a = (?) AND ("b" = ? OR b LIKE ((?)))"#,
    );
    becomes_in(
        Sqlite,
        r#"SELECT a FROM json_each("SECRET") JOIN "f"("SECRET") WHERE "lower"("SECRET")"#,
        r#"SELECT a FROM json_each(?) JOIN "f"(?) WHERE "lower"(?)"#,
    );
    becomes_in(Sqlite, "SELECT [a b] FROM `t`", "SELECT [a b] FROM `t`");
    becomes_in(
        PostgreSql,
        "SELECT a[1], ARRAY[1, 2], \"it's SECRET\"",
        "SELECT a[?], ARRAY[?, ?], ?",
    );
}

#[test]
fn passwords_without_quotes_go() {
    becomes_anywhere(
        "ALTER USER u IDENTIFIED BY SECRET",
        "ALTER USER u IDENTIFIED ?",
    );
    becomes_anywhere(
        "CREATE USER u WITH PASSWORD SECRET",
        "CREATE USER u WITH PASSWORD ?",
    );
    becomes_anywhere(
        "ALTER ROLE u SET app.key TO SECRET",
        "ALTER ROLE u SET app.key TO ?",
    );
    becomes_anywhere("SET app.token = SECRET", "SET app.token = ?");
    becomes_anywhere("SET PASSWORD SECRET", "SET PASSWORD ?");
    becomes_anywhere(
        "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
        "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
    );
    becomes_anywhere_in(Sqlite, "PRAGMA key = SECRET", "PRAGMA key ?");
    becomes_anywhere_in(
        Sqlite,
        "PRAGMA foreign_keys = on",
        "PRAGMA foreign_keys = on",
    );
    becomes_anywhere_in(
        Sqlite,
        "ATTACH DATABASE ? AS x KEY SECRET",
        "ATTACH DATABASE ? AS x KEY ?",
    );
    becomes_anywhere(
        "SELECT password FROM users WHERE password = 'SECRET'",
        "SELECT password FROM users WHERE password = ?",
    );
    becomes_anywhere(
        "CREATE TABLE t (password text, key int)",
        "CREATE TABLE t (password text, key int)",
    );
}

#[test]
fn data_after_copy_goes() {
    becomes_anywhere(
        "COPY t FROM stdin;\nSECRET\t7\n\\.\n",
        "COPY t FROM stdin; ?",
    );
    becomes_anywhere(
        "COPY t (a) FROM STDIN WITH (FORMAT csv)",
        "COPY t (a) FROM STDIN WITH (FORMAT csv)",
    );
}

#[test]
fn spelling_does_not_change_the_fingerprint() {
    let of = |sql: &str| Statement::new(PostgreSql, sql).fingerprint();
    let one = of("SELECT a, b FROM t WHERE c IN (1) AND d = $1");
    for other in [
        "select a,b from t where c in (1,2,3) and d='x'",
        "SELECT  a ,b FROM t /* x */ WHERE c IN ( $1, $2 ) AND d = 7;",
    ] {
        assert_eq!(of(other), one, "{other}");
    }
    for other in [
        "SELECT a, c FROM t WHERE c IN (1) AND d = $1",
        "SELECT ab FROM t",
        "SELECT a b FROM t",
    ] {
        assert_ne!(of(other), one, "{other}");
    }
    assert_ne!(of("SELECT ab"), of("SELECT a b"));
}

#[test]
fn operation_is_what_a_statement_does() {
    for (sql, expected) in [
        ("select 1", "SELECT"),
        ("(SELECT 1) UNION (SELECT 2)", "SELECT"),
        ("/* x */ Insert INTO t VALUES (1)", "INSERT"),
        (
            "WITH a AS (SELECT 1), b AS (DELETE FROM t) UPDATE u SET x = 1",
            "UPDATE",
        ),
        (
            "WITH RECURSIVE a(n) AS (SELECT 1) SELECT * FROM a",
            "SELECT",
        ),
        ("EXPLAIN SELECT 1", "EXPLAIN"),
        ("frobnicate", "OTHER"),
        ("", "OTHER"),
        ("'x'", "OTHER"),
    ] {
        assert_eq!(operation(sql), expected, "{sql}");
    }
}

#[test]
fn tables_are_named() {
    for (sql, expected) in [
        ("SELECT * FROM a", "a"),
        (
            "SELECT * FROM a x, s.b AS y LEFT JOIN \"C d\" ON x.i = y.i WHERE z IN (SELECT q FROM e)",
            "a, s.b, C d, e",
        ),
        (
            "SELECT extract(year FROM d) FROM t WHERE a IS DISTINCT FROM b",
            "t",
        ),
        ("SELECT * FROM generate_series(1, 2) g", ""),
        ("SELECT * FROM (SELECT * FROM a) x JOIN a ON true", "a"),
        ("INSERT INTO s.t (a) SELECT b FROM u", "s.t, u"),
        ("UPDATE t SET a = 1", "t"),
        ("UPDATE OR IGNORE t SET a = 1", "t"),
        ("DELETE FROM ONLY t WHERE a = 1", "t"),
        ("SELECT * FROM t FOR UPDATE", "t"),
        (
            "WITH x AS (SELECT * FROM a) SELECT * FROM x JOIN b ON true",
            "a, b",
        ),
        (
            "CREATE TABLE IF NOT EXISTS t (a int REFERENCES u (a))",
            "t, u",
        ),
        ("DROP TABLE IF EXISTS t", "t"),
        ("CREATE INDEX i ON t (a)", "t"),
        ("TRUNCATE t", "t"),
        ("COPY t FROM STDIN", "t"),
        ("SELECT 1", ""),
        (
            "SELECT * FROM a; UPDATE b SET x = 1; INSERT INTO c VALUES (1); CREATE INDEX i ON d (a)",
            "a, b, c, d",
        ),
        ("WITH x AS (SELECT 1) SELECT * FROM x; SELECT * FROM x", "x"),
    ] {
        assert_eq!(tables(sql), expected, "{sql}");
    }
}

#[test]
fn only_what_reads_is_a_single_select() {
    let is = |sql: &str| Statement::new(PostgreSql, sql).is_single_select();
    assert!(is(
        "SELECT a FROM t WHERE replace(b, 'x', 'y') = 'z' FOR UPDATE;"
    ));
    assert!(is("WITH a AS (SELECT 1) SELECT * FROM a"));
    for sql in [
        "WITH a AS (DELETE FROM t RETURNING *) SELECT * FROM a",
        "WITH a AS (UPDATE t SET x = 1 RETURNING *) SELECT * FROM a",
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP TABLE t",
        "SELECT * INTO u FROM t",
        "SELECT 'x",
        "DELETE FROM t",
    ] {
        assert!(!is(sql), "{sql}");
    }
}

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
fn what_was_not_read_is_no_single_select() {
    let list = format!(
        "SELECT a FROM t WHERE b IN ({}2); DROP TABLE t",
        "1, ".repeat(30_000)
    );
    let long = Statement::new(PostgreSql, &list);
    assert_eq!(long.text(), "SELECT a FROM t WHERE b IN (?");
    assert!(!long.is_single_select());
    let comment = Statement::new(MySql, "SELECT a FROM t /*!50000 INTO OUTFILE x */");
    assert_eq!(comment.text(), "SELECT a FROM t");
    assert!(!comment.is_single_select());
    assert!(Statement::new(MySql, "SELECT a /* b */ FROM t").is_single_select());
}

#[test]
fn numbers_end_where_strings_and_comments_begin() {
    becomes_in(PostgreSql, "SELECT 1$$my SECRET$$", "SELECT ??");
    becomes_in(PostgreSql, "SELECT 1.5$a$my $$ SECRET$a$", "SELECT ??");
    // Older servers read a name that begins with the letter.
    becomes_in(PostgreSql, "SELECT 1e$$ ' $$ SECRET '", "SELECT ?");
    becomes_in(PostgreSql, r"SELECT 1E'\' SECRET'", "SELECT ?");
    becomes_in(Unknown, "SELECT 1q'[it's SECRET]'", "SELECT ?");
    becomes_in(MySql, "SELECT 1e-- SECRET\n", "SELECT ?");
    becomes("SELECT 1e-9, 1E+9", "SELECT ?, ?");
}

#[test]
fn hostile_text_takes_no_longer_than_its_length() {
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

#[test]
fn cached_statements_are_those_that_were_read() {
    let [one, two] = [0, 1].map(|_| Statement::cached(Sqlite, "SELECT name FROM cached_goods"));
    assert!(Arc::ptr_eq(&one, &two));
    let other = Statement::cached(MySql, "SELECT name FROM cached_goods");
    assert!(!Arc::ptr_eq(&one, &other));
    assert_eq!(
        *one,
        Statement::new(Sqlite, "SELECT name FROM cached_goods")
    );
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
            (MySql, "'$'"), (MySql, "'a\\'b $'"), (MySql, "\"$\""), (MySql, "\"a\\\"b $\""), (MySql, "# it's $\n"), (MySql, "-- $\n"),
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
    fn any_text_is_taken_and_reading_it_again_changes_nothing(
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
    fn any_bytes_are_taken(dialect in any_dialect(), bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Statement::from_bytes(dialect, &bytes);
    }
}
