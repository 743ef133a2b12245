//! Possible secrets are not shown.

use super::super::*;
use super::{becomes, becomes_anywhere, becomes_anywhere_in, becomes_in};
use Dialect::{MySql, PostgreSql, Sqlite, Unknown};

#[test]
fn text_that_modes_read_in_two_ways_hides_the_rest() {
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
fn token_without_an_end_hides_the_rest() {
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
        "SELECT a[1], ARRAY[1, 2]",
        "SELECT a[?], ARRAY[?, ?]",
    );
}

#[test]
fn names_of_any_characters_stay_in_quotes_that_only_names_can_have() {
    for name in [
        "2023_sales",
        "my#table",
        "order/details",
        "it's",
        "a;b",
        "a--b",
        "é 1",
    ] {
        for (dialect, open, close) in [
            (PostgreSql, '"', '"'),
            (MySql, '`', '`'),
            (Sqlite, '`', '`'),
            (Sqlite, '[', ']'),
        ] {
            let sql = format!("SELECT {open}{name}{close} FROM {open}{name}{close}");
            becomes_in(dialect, &sql, &sql);
            assert_eq!(Statement::new(dialect, &sql).tables(), name, "{sql}");
        }
    }
    let [one, two] = ["2023_sales", "2024_sales"]
        .map(|name| Statement::new(PostgreSql, &format!("SELECT a FROM \"{name}\"")));
    assert_ne!(one.fingerprint(), two.fingerprint());
    becomes_in(PostgreSql, "SELECT \"a\nb\", \"\"", "SELECT ?, ?");
    becomes_in(Unknown, "SELECT `my#table`", "SELECT ?");
    becomes_in(
        Unknown,
        "SELECT a FROM [my#table] WHERE b[1]",
        "SELECT a FROM [my#table] WHERE b[?]",
    );
    // What may not be shown as a name is not read in another way.
    becomes_in(Unknown, "SELECT a FROM [b\nc], d", "SELECT a FROM ?");
    let long = format!("SELECT a FROM [{} b], c", "x".repeat(130));
    becomes_in(Unknown, &long, "SELECT a FROM ?");
}

#[test]
fn double_quotes_that_may_be_strings_are_names_where_only_names_can_stand() {
    let shown = [
        r#"SELECT a FROM "2023#sales", "it's" AS "it's all""#,
        r#"SELECT "2023#t"."1#c" FROM "2023#t""#,
        r#"INSERT INTO "my#table" ("1#a", "2#b") VALUES (?, ?)"#,
        r#"UPDATE "my#table" SET "1#a" = ?"#,
        r#"DROP TABLE "1#a", "2#b""#,
    ];
    for sql in shown {
        becomes_in(Sqlite, sql, sql);
    }
    for sql in [
        r#"SELECT a FROM "goods" JOIN "my#table" ON x = y"#,
        r#"UPDATE "goods" SET "goods"."a" = ?"#,
    ] {
        becomes_in(MySql, sql, sql);
    }
    for (from, to) in [
        (
            r#"SELECT "SECRET#", f("SECRET#") FROM t WHERE "SECRET#" = a"#,
            "SELECT ?, f(?) FROM t WHERE ? = a",
        ),
        (
            r#"INSERT INTO t (a) VALUES ("SECRET#")"#,
            "INSERT INTO t (a) VALUES (?)",
        ),
        (
            r#"SELECT a FROM t WHERE b IS DISTINCT FROM "SECRET#" OR trim(c FROM "SECRET#") = a"#,
            "SELECT a FROM t WHERE b IS DISTINCT FROM ? OR trim(c FROM ?) = a",
        ),
    ] {
        becomes_in(Sqlite, from, to);
        becomes_in(MySql, from, to);
    }
    becomes_in(
        MySql,
        r#"SELECT a INTO OUTFILE "SECRET" FIELDS TERMINATED BY "SECRET" FROM t"#,
        "SELECT a INTO OUTFILE ? FIELDS TERMINATED BY ? FROM t",
    );
    becomes_in(MySql, r#"SELECT a FROM "\\SECRET""#, "SELECT a FROM ?");
}

#[test]
fn hidden_value_does_not_hide_the_next_statement() {
    becomes_anywhere_in(
        MySql,
        "SET @x = 'SECRET', @y = SECRET; SELECT a FROM t",
        "SET @x = ?; SELECT a FROM t",
    );
    becomes_anywhere(
        "SET app.token = 'SECRET'; SELECT a FROM t",
        "SET app.token = ?; SELECT a FROM t",
    );
    becomes_anywhere(
        "ALTER USER u IDENTIFIED BY SECRET; SELECT a FROM t WHERE b = 'SECRET'",
        "ALTER USER u IDENTIFIED ?; SELECT a FROM t WHERE b = ?",
    );
    becomes_anywhere_in(
        Sqlite,
        "PRAGMA key = 'SECRET; x'; SELECT 1",
        "PRAGMA key ?; SELECT ?",
    );
    // Where the string ends is not clear.
    becomes_anywhere_in(MySql, r"SET @x = 'a\'; SELECT SECRET", "SET @x = ?");
    becomes_anywhere_in(PostgreSql, "SET a.b = 'SECRET; SELECT c", "SET a.b = ?");
}

#[test]
fn unquoted_passwords_are_removed() {
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
fn data_after_copy_is_removed() {
    becomes_anywhere(
        "COPY t FROM stdin;\nSECRET\t7\n\\.\n",
        "COPY t FROM stdin; ?",
    );
    for data in [
        "COPY t FROM STDIN\nSECRET\t7\n\\.\n",
        "COPY t FROM STDIN -- x\r\n\r\n  'SECRET'",
        "COPY t FROM STDIN\nWITH SECRET",
        "COPY t FROM STDIN\n(SECRET)",
    ] {
        becomes_anywhere(data, "COPY t FROM STDIN ?");
    }
    for data in [
        "COPY t FROM STDIN WITH (FORMAT csv)\nSECRET,7",
        "COPY t FROM STDIN\nWITH (FORMAT csv)\nWITH (SECRET)",
    ] {
        becomes_anywhere(data, "COPY t FROM STDIN WITH (FORMAT csv) ?");
    }
    becomes_anywhere(
        "COPY t FROM STDIN\n WITH (FORMAT csv)\n",
        "COPY t FROM STDIN WITH (FORMAT csv)",
    );
    becomes_anywhere(
        "COPY t (a) FROM STDIN WITH (FORMAT csv)",
        "COPY t (a) FROM STDIN WITH (FORMAT csv)",
    );
}
