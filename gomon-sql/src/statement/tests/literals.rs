//! How literals and lists are shown.

use super::super::*;
use super::{becomes, becomes_in};
use Dialect::{MySql, PostgreSql, Sqlite, Unknown};

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
fn strings_end_by_the_rules_of_their_dialect() {
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
fn truth_values_and_null_are_literals() {
    becomes(
        "SELECT TRUE, null FROM t WHERE a = FALSE AND b IN (NULL, 1) OR c LIKE NULL",
        "SELECT ?, ? FROM t WHERE a = ? AND b IN (?) OR c LIKE ?",
    );
    becomes(
        "INSERT INTO t VALUES (NULL, true), (1, false)",
        "INSERT INTO t VALUES (?, ?)",
    );
    becomes(
        "SELECT CASE WHEN TRUE THEN NULL ELSE f(NULL) END FROM a JOIN b ON TRUE",
        "SELECT CASE WHEN ? THEN ? ELSE f(?) END FROM a JOIN b ON ?",
    );
    // Conditions, actions and definitions.
    for sql in [
        "SELECT a FROM t WHERE b IS NULL AND c IS NOT NULL AND d IS TRUE",
        "CREATE TABLE t (a int NULL, b varchar(?) NULL, c int NOT NULL)",
        "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u (a) ON DELETE SET NULL",
        "SELECT t.null FROM t ORDER BY a NULLS FIRST",
    ] {
        becomes(sql, sql);
    }
    let of = |sql: &str| Statement::new(PostgreSql, sql).fingerprint();
    assert_eq!(of("UPDATE t SET a = NULL"), of("UPDATE t SET a = $1"));
}

#[test]
fn backslash_after_escape_is_one_character_in_postgresql() {
    becomes_in(
        PostgreSql,
        r"SELECT a FROM t WHERE b LIKE $1 ESCAPE '\' AND c = 'x' ORDER BY d",
        "SELECT a FROM t WHERE b LIKE ? ESCAPE ? AND c = ? ORDER BY d",
    );
    becomes_in(PostgreSql, r"a LIKE b ESCAPE '\'", "a LIKE b ESCAPE ?");
    // Not a single character in one of the modes.
    becomes_in(
        PostgreSql,
        r"a LIKE b ESCAPE '\'' SECRET",
        "a LIKE b ESCAPE ?",
    );
    becomes_in(MySql, r"a LIKE b ESCAPE '\' SECRET'", "a LIKE b ESCAPE ?");
    becomes_in(
        Sqlite,
        r"a LIKE b ESCAPE '\' AND c",
        "a LIKE b ESCAPE ? AND c",
    );
}
