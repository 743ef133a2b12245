//! Operations and tables of statements.

use super::super::*;
use super::{operation, tables};
use Dialect::{MySql, PostgreSql, Sqlite, Unknown};

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
        ("EXEC sp_who", "EXEC"),
        ("DESC t", "DESC"),
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

#[track_caller]
fn assert_tables(dialect: Dialect, cases: &[(&str, &str)]) {
    for (sql, expected) in cases {
        assert_eq!(Statement::new(dialect, sql).tables(), *expected, "{sql}");
    }
}

#[test]
fn tables_of_every_clause_of_a_write_are_named() {
    assert_tables(
        PostgreSql,
        &[
            ("UPDATE t SET a = u.a FROM u, v WHERE t.b = u.b", "t, u, v"),
            (
                "UPDATE t SET a = extract(year FROM d), b = c IS DISTINCT FROM d",
                "t",
            ),
            ("DELETE FROM a USING b, c WHERE a.x = b.x", "a, b, c"),
            ("DELETE FROM a USING b JOIN c USING (id)", "a, b, c"),
            (
                "MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN UPDATE SET b = s.b, c = 1 WHEN NOT MATCHED THEN INSERT (a) VALUES (s.a)",
                "t, s",
            ),
            (
                "MERGE INTO t AS x USING (SELECT * FROM s) y ON x.a = y.a WHEN MATCHED THEN DELETE",
                "t, s",
            ),
            (
                "MERGE INTO t USING (VALUES (1), (2)) s (a) ON t.a = s.a WHEN MATCHED THEN DO NOTHING",
                "t",
            ),
            ("SELECT a INTO TEMP t FROM u", "t, u"),
            ("GRANT SELECT, UPDATE (a) ON t TO u", ""),
            (
                "CREATE TRIGGER x AFTER INSERT OR UPDATE OF price ON goods EXECUTE FUNCTION f()",
                "goods",
            ),
            ("COPY (SELECT a FROM t) TO STDOUT", "t"),
            (
                "INSERT INTO t SELECT a FROM u WHERE b ON CONFLICT DO UPDATE SET a = 1, c = 2",
                "t, u",
            ),
        ],
    );
    assert_tables(
        MySql,
        &[
            ("UPDATE LOW_PRIORITY IGNORE t SET a = 1", "t"),
            ("UPDATE t1, t2 AS x SET t1.a = x.a", "t1, t2"),
            (
                "UPDATE t1 JOIN t2 USING (id) SET t1.a = 1, t2.b = 2",
                "t1, t2",
            ),
            ("INSERT t VALUES (1)", "t"),
            ("INSERT LOW_PRIORITY IGNORE t (a) VALUES (1)", "t"),
            ("INSERT DELAYED INTO t VALUES (1)", "t"),
            (
                "INSERT t SET a = 1 ON DUPLICATE KEY UPDATE a = 2, b = 3",
                "t",
            ),
            ("REPLACE t VALUES (1)", "t"),
            (
                "REPLACE LOW_PRIORITY INTO t SELECT replace(a, 'x', 'y') FROM u",
                "t, u",
            ),
            (
                "SELECT insert(a, 1, 2, b), truncate(c, 2), replace(d, e, f) FROM t",
                "t",
            ),
            ("DELETE QUICK FROM t WHERE a = 1", "t"),
            ("DELETE b FROM a JOIN b USING (id)", "b, a"),
            ("DELETE x FROM goods AS x JOIN b ON x.a = b.a", "goods, b"),
            ("DELETE t1.*, t2.* FROM t1 JOIN t2 ON t1.a = t2.a", "t1, t2"),
            ("SELECT a INTO OUTFILE 'x' FROM t", "t"),
            ("LOCK TABLES a READ, b WRITE", "a, b"),
            ("RENAME TABLE a TO b, c TO d", "a, c"),
        ],
    );
    assert_tables(
        Sqlite,
        &[
            ("INSERT OR REPLACE INTO t VALUES (1)", "t"),
            ("INSERT OR ABORT INTO t VALUES (1)", "t"),
            ("UPDATE OR ROLLBACK t SET a = 1", "t"),
            ("REPLACE INTO t VALUES (1)", "t"),
        ],
    );
    assert_tables(
        Unknown,
        &[
            ("DELETE goods WHERE a = 1", "goods"),
            (
                "SELECT a FROM [dbo].[my table] WITH (NOLOCK), [u]",
                "dbo.my table, u",
            ),
            ("INSERT INTO [t] (a) VALUES (1)", "t"),
        ],
    );
}

#[test]
fn tables_of_every_clause_of_a_read_are_named() {
    assert_tables(
        PostgreSql,
        &[
            ("SELECT * FROM (a JOIN b ON a.x = b.x), c", "a, b, c"),
            (
                "SELECT * FROM ((a CROSS JOIN (b)) JOIN c USING (x))",
                "a, b, c",
            ),
            (
                "SELECT * FROM (WITH x AS (SELECT * FROM a) SELECT * FROM b) y, c",
                "a, b, c",
            ),
            ("SELECT * FROM (VALUES (1, 2), (3, 4)) v (a, b), t", "t"),
            ("SELECT * FROM ROWS FROM (f(a, b), g(c)) AS x, t", "t"),
            ("SELECT * FROM rows, t", "rows, t"),
            ("SELECT * FROM ONLY (t), u", "t, u"),
            (
                r#"SELECT * FROM "my schema"."my ""table""""#,
                r#"my schema.my "table""#,
            ),
            ("SELECT * FROM total JOIN count USING (id)", "total, count"),
            ("SELECT * FROM t x FOR UPDATE OF x, y", "t"),
            (
                "SELECT * FROM t, LATERAL (SELECT * FROM u) v, LATERAL f(t.a) w, x",
                "t, u, x",
            ),
            ("TABLE t", "t"),
        ],
    );
    assert_tables(
        MySql,
        &[
            ("SELECT * FROM a STRAIGHT_JOIN b ON a.x = b.x", "a, b"),
            ("SELECT STRAIGHT_JOIN x FROM a JOIN b", "a, b"),
            ("SELECT * FROM a FORCE INDEX FOR JOIN (i), b", "a, b"),
            (
                "SELECT * FROM `order/details`, `a``b`",
                "order/details, a`b",
            ),
        ],
    );
}

#[test]
fn tables_of_lists_are_named() {
    assert_tables(
        PostgreSql,
        &[
            ("TRUNCATE a, b", "a, b"),
            ("TRUNCATE TABLE ONLY a, s.b CASCADE", "a, s.b"),
            ("DROP TABLE IF EXISTS a, b, c", "a, b, c"),
            ("LOCK TABLE a, b IN EXCLUSIVE MODE", "a, b"),
            ("REINDEX TABLE CONCURRENTLY t", "t"),
            ("VACUUM t", "t"),
            ("VACUUM FULL VERBOSE ANALYZE s.t (a, b)", "s.t"),
            ("VACUUM (FULL, VERBOSE)", ""),
            ("CREATE VIEW v AS SELECT 1", ""),
            ("VACUUM", ""),
            (
                "REFRESH MATERIALIZED VIEW CONCURRENTLY s.v WITH DATA",
                "s.v",
            ),
            ("ALTER TABLE t ADD COLUMN a int, ADD COLUMN b int", "t"),
            ("CREATE TABLE t (a int REFERENCES u (a), b int)", "t, u"),
        ],
    );
    let many: Vec<_> = (0..20).map(|at| format!("s.t{at}")).collect();
    let sql = format!("DROP TABLE {}", many.join(", "));
    assert_eq!(tables(&sql), many[..8].join(", "));
}

#[test]
fn main_table_stands_first() {
    for (sql, expected) in [
        ("SELECT (SELECT max(x) FROM b) FROM a", "a, b"),
        (
            "WITH x AS (SELECT * FROM a) INSERT INTO t SELECT * FROM x",
            "t, a",
        ),
        (
            "WITH x AS (SELECT * FROM a JOIN t ON true) UPDATE t SET b = x.b FROM x",
            "t, a",
        ),
        ("SELECT * FROM (SELECT * FROM a) x JOIN b ON true", "a, b"),
        (
            "SELECT 1 FROM z; SELECT (SELECT 1 FROM b) FROM a JOIN z ON true",
            "z, a, b",
        ),
    ] {
        assert_eq!(tables(sql), expected, "{sql}");
    }
    let subqueries: Vec<_> = (0..9).map(|at| format!("(SELECT 1 FROM t{at})")).collect();
    let sql = format!("SELECT {} FROM main", subqueries.join(", "));
    assert!(tables(&sql).starts_with("main, t0, "), "{}", tables(&sql));
}

#[test]
fn statements_that_may_write_are_known() {
    for (sql, writes) in [
        ("SELECT a FROM t FOR UPDATE", false),
        ("SELECT replace(a, 'x', 'y') FROM t", false),
        ("WITH x AS (SELECT 1) SELECT * FROM x", false),
        ("SET TRANSACTION READ ONLY; SHOW search_path", false),
        (
            "WITH x AS (DELETE FROM t RETURNING a) SELECT * FROM x",
            true,
        ),
        ("SELECT a INTO u FROM t", true),
        ("SELECT 1; UPDATE t SET a = 1", true),
        ("EXPLAIN DELETE FROM t", false),
        ("EXPLAIN (VERBOSE) INSERT INTO t VALUES (1)", false),
        ("EXPLAIN ANALYZE SELECT a FROM t FOR UPDATE", false),
        ("EXPLAIN ANALYZE DELETE FROM t", true),
        ("EXPLAIN ANALYZE VERBOSE UPDATE t SET a = 1", true),
        ("EXPLAIN (ANALYZE, BUFFERS) INSERT INTO t VALUES (1)", true),
        ("EXPLAIN ANALYZE EXECUTE p", true),
        (
            "EXPLAIN (VERBOSE, ANALYZE) CREATE TABLE u AS SELECT 1",
            true,
        ),
        ("EXPLAIN ANALYZE REFRESH MATERIALIZED VIEW v", true),
        ("EXPLAIN SELECT 1; DELETE FROM t", true),
        ("CALL f()", true),
        ("SELECT 'no end", true),
    ] {
        assert_eq!(Statement::new(PostgreSql, sql).writes(), writes, "{sql}");
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
