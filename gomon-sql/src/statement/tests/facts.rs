//! Operations and tables of statements.

use super::super::*;
use super::{operation, tables};
use Dialect::{MySql, PostgreSql, Sqlite};

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
fn operation_is_the_deciding_keyword() {
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
        ("SELECT a INTO @x FROM t", "t"),
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
fn partly_read_statement_shows_the_part_that_was_read() {
    let list = format!(
        "SELECT a FROM t WHERE b IN ({}2); DROP TABLE t",
        "1, ".repeat(30_000)
    );
    let long = Statement::new(PostgreSql, &list);
    assert_eq!(long.text(), "SELECT a FROM t WHERE b IN (?");
    let comment = Statement::new(MySql, "SELECT a FROM t /*!50000 INTO OUTFILE x */");
    assert_eq!(comment.text(), "SELECT a FROM t");
}

#[test]
fn cached_statements_equal_parsed_ones() {
    let [one, two] = [0, 1].map(|_| Statement::cached(Sqlite, "SELECT name FROM cached_goods"));
    assert!(Arc::ptr_eq(&one, &two));
    let other = Statement::cached(MySql, "SELECT name FROM cached_goods");
    assert!(!Arc::ptr_eq(&one, &other));
    assert_eq!(
        *one,
        Statement::new(Sqlite, "SELECT name FROM cached_goods")
    );
}
