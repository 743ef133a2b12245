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
        "SELECT a[1], ARRAY[1, 2], \"it's SECRET\"",
        "SELECT a[?], ARRAY[?, ?], ?",
    );
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
    becomes_anywhere(
        "COPY t (a) FROM STDIN WITH (FORMAT csv)",
        "COPY t (a) FROM STDIN WITH (FORMAT csv)",
    );
}
