//! Error messages of real databases: they describe the error and never show a value.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use gomon_sqlx::{MonitoredConnection, MonitoredDatabase, MonitoredPool};
use gomon_test::TestMonitor;
use integration::Service;
use sqlx::{Executor as _, MySql, Pool, Postgres, Sqlite};

const PLANTED: [&str; 5] = ["hunter2", "424242", "ann@shop", "s3cr3t", "99-99"];

/// Sends each statement, which must fail, and compares the message of its event.
async fn provoke<DB: MonitoredDatabase>(
    url: &str,
    before: &[&'static str],
    cases: &[(&'static str, &str)],
) {
    let watched = TestMonitor::new();
    let mut conn = MonitoredConnection::<DB>::connect(url)
        .await
        .unwrap()
        .with_monitor(watched.monitor());
    for sql in before {
        conn.execute(*sql).await.unwrap();
    }
    for (sql, _) in cases {
        assert!(conn.execute(*sql).await.is_err(), "{sql}");
    }
    drop(conn);
    let events = watched.events();
    let failed: Vec<_> = events
        .iter()
        .filter(|event| event["gomon:outcome"] == "error")
        .collect();
    assert_eq!(failed.len(), cases.len());
    // Of the servers' databases; it is their owners' to choose.
    let name = url.rsplit('/').next().unwrap_or_default();
    let is_postgres = url.starts_with("postgres");
    let mut wrong = Vec::new();
    for ((sql, expected), event) in cases.iter().zip(failed) {
        let message = event["error"][0]["message"].as_str().unwrap();
        // sqlx adds the line of PostgreSQL's own source.
        let stem = message.rsplit_once(" at line ").filter(|_| is_postgres);
        let expected = expected.replace("{db}", name);
        if stem.map_or(message, |(stem, _)| stem) != expected
            || PLANTED.iter().any(|secret| message.contains(secret))
        {
            wrong.push(format!(
                "{sql}\n  is        {message}\n  should be {expected}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn sqlite_errors_keep_the_cause_and_no_value() {
    let before = [
        "CREATE TABLE goods (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, price INTEGER CHECK (price > 0), kind REFERENCES kinds (id))",
        "CREATE TABLE kinds (id INTEGER PRIMARY KEY) STRICT",
        "CREATE TRIGGER no_free_goods BEFORE UPDATE ON goods WHEN new.price = 1 BEGIN SELECT raise(ABORT, 'no goods for hunter2 at 424242'); END",
        "INSERT INTO goods VALUES (1, 'hunter2', 1, NULL)",
    ];
    provoke::<Sqlite>(
        "sqlite::memory:",
        &before,
        &[
            ("SELECT * FROM nowhere WHERE name = 'hunter2'", "error returned from database: (code: 1) no such table: nowhere"),
            ("SELECT hunter2 FROM goods", "error returned from database: (code: 1) no such column: ?"),
            ("SELECT name FROM goods WHERE name = hunter2", "error returned from database: (code: 1) no such column: ?"),
            ("SELECT shout('hunter2')", "error returned from database: (code: 1) no such function: shout"),
            ("SELECT 'hunter2' hunter2 hunter2", "error returned from database: (code: 1) near ?: syntax error"),
            ("SELECT 'hunter2", "error returned from database: (code: 1) unrecognized token: [redacted]"),
            ("SELECT 424242hunter2", "error returned from database: (code: 1) unrecognized token: [redacted]"),
            ("SELECT count(*", "error returned from database: (code: 1) incomplete input"),
            ("INSERT INTO goods VALUES (2, 'hunter2', 1, NULL)", "error returned from database: (code: 2067) UNIQUE constraint failed: goods.name"),
            ("INSERT INTO goods VALUES (1, 's3cr3t', 1, NULL)", "error returned from database: (code: 1555) UNIQUE constraint failed: goods.id"),
            ("INSERT INTO goods (id) VALUES (424242)", "error returned from database: (code: 1299) NOT NULL constraint failed: goods.name"),
            ("INSERT INTO goods VALUES (2, 'x', -424242, NULL)", "error returned from database: (code: 275) CHECK constraint failed: price > ?"),
            ("INSERT INTO goods VALUES (2, 'x', 1, 424242)", "error returned from database: (code: 787) FOREIGN KEY constraint failed"),
            ("INSERT INTO kinds VALUES ('hunter2')", "error returned from database: (code: 20) datatype mismatch"),
            ("INSERT INTO goods (colour) VALUES ('hunter2')", "error returned from database: (code: 1) table goods has no column named colour"),
            ("UPDATE goods SET price = 1", "error returned from database: (code: 1811) no ? for ? at ?"),
            ("SELECT json('{hunter2')", "error returned from database: (code: 1) malformed JSON"),
            ("SELECT json_extract('{}', 'hunter2')", "error returned from database: (code: 1) bad JSON path: ?"),
            ("SELECT abs(-9223372036854775808)", "error returned from database: (code: 1) integer overflow"),
            ("SELECT 1 LIMIT 'hunter2'", "error returned from database: (code: 20) datatype mismatch"),
            ("CREATE TABLE goods (id)", "error returned from database: (code: 1) table goods already exists"),
            ("COMMIT", "error returned from database: (code: 1) cannot commit - no transaction is active"),
            ("ROLLBACK TO hunter2", "error returned from database: (code: 1) no such savepoint: ?"),
            ("VALUES (1), (2, 'hunter2')", "error returned from database: (code: 1) all VALUES must have the same number of terms"),
        ],
    )
    .await;
}

/// A database in memory attaches others in memory, whatever they are called.
#[tokio::test]
async fn sqlite_error_of_attach_hides_the_uri() {
    let path = concat!(env!("CARGO_TARGET_TMPDIR"), "/messages.db");
    provoke::<Sqlite>(
        &format!("sqlite://{path}?mode=rwc"),
        &[],
        &[(
            "ATTACH 'file:shop.db?mode=hunter2' AS other",
            "error returned from database: (code: 1) no such access mode: ?",
        )],
    )
    .await;
    std::fs::remove_file(path).unwrap();
}

#[tokio::test]
#[ignore = "needs postgres: cargo xtask integration-test"]
async fn postgres_errors_keep_the_cause_and_no_value() {
    let before = [
        "CREATE TEMPORARY TABLE goods (id INT PRIMARY KEY, name VARCHAR(10) NOT NULL UNIQUE, price INT CHECK (price > 0), at DATE)",
        "CREATE TEMPORARY TABLE orders (good INT REFERENCES goods)",
        "CREATE TYPE pg_temp.mood AS ENUM ('happy')",
        "INSERT INTO goods VALUES (1, 'hunter2', 1)",
    ];
    provoke::<Postgres>(
        &Service::POSTGRES.url().unwrap(),
        &before,
        &[
            ("SELECT * FROM nowhere", r#"error returned from database: relation "nowhere" does not exist"#),
            ("SELECT colour FROM goods", r#"error returned from database: column "colour" does not exist"#),
            ("SELECT shout('hunter2', 1)", "error returned from database: function ?, integer) does not exist"),
            ("SELECT 'a' hunter2 hunter2", "error returned from database: syntax error at or near ?"),
            ("SELECT (", "error returned from database: syntax error at end of input"),
            ("SELECT 'hunter2", "error returned from database: unterminated quoted string at or near ?"),
            ("SELECT 'hunter2'::INT", "error returned from database: invalid input syntax for type integer: ?"),
            ("SELECT 'hunter2'::UUID", "error returned from database: invalid input syntax for type uuid: ?"),
            ("SELECT '{hunter2'::JSON", "error returned from database: invalid input syntax for type json"),
            ("SELECT 'hunter2'::pg_temp.mood", "error returned from database: invalid input value for enum ?: ?"),
            ("SELECT '424242424242'::INT", "error returned from database: value ? is out of range for type integer"),
            ("SELECT 424242 * 424242", "error returned from database: integer out of range"),
            ("SELECT '2024-99-99'::DATE", "error returned from database: date/time field value out of range: ?"),
            ("SELECT 'hunter2'::DATE", "error returned from database: invalid input syntax for type date: ?"),
            ("SELECT '424242-01-01'::DATE + 2147483647", "error returned from database: date out of range"),
            ("SELECT to_timestamp('424242424242424242')", "error returned from database: timestamp out of range: ?"),
            ("SELECT make_date(2024, 99, 99)", "error returned from database: date field value out of range: ?"),
            ("SELECT make_time(42, 42, 42)", "error returned from database: time field value out of range: ?"),
            ("SELECT make_timestamp(424242, 99, 99, 1, 1, 1)", "error returned from database: date field value out of range: ?"),
            ("SELECT chr(424242424)", "error returned from database: requested character too large for encoding: ?"),
            ("SELECT 1 / 0", "error returned from database: division by zero"),
            ("SELECT 4242424242::NUMERIC(3)", "error returned from database: numeric field overflow"),
            ("INSERT INTO goods VALUES (2, 'hunter2-s3cr3t', 1)", "error returned from database: value too long for type character ?"),
            ("INSERT INTO goods VALUES (2, 'hunter2', 1)", r#"error returned from database: duplicate key value violates unique constraint "goods_name_key""#),
            ("INSERT INTO goods VALUES (424242)", r#"error returned from database: null value in column "name" of relation "goods" violates not-null constraint"#),
            ("INSERT INTO goods VALUES (2, 'x', -424242)", r#"error returned from database: new row for relation "goods" violates check constraint "goods_price_check""#),
            ("INSERT INTO orders VALUES (424242)", r#"error returned from database: insert or update on table "orders" violates foreign key constraint "orders_good_fkey""#),
            ("DO $$ BEGIN RAISE EXCEPTION 'order of ann@shop for hunter2, % failed', 424242; END $$", "error returned from database: order of ? for ?, ? failed"),
            ("SET statement_timeout = 'hunter2'", "error returned from database: invalid value for parameter ?"),
            ("SELECT 'a' ~ '(hunter2'", "error returned from database: invalid regular expression: parentheses () not balanced"),
            ("SELECT encode('a', 'hunter2')", "error returned from database: unrecognized encoding: ?"),
            ("SELECT decode('hunter2', 'hex')", "error returned from database: invalid hexadecimal digit: ?"),
            ("SELECT nextval('numbers')", r#"error returned from database: relation "numbers" does not exist"#),
            ("ROLLBACK TO hunter2", "error returned from database: ROLLBACK TO SAVEPOINT can only be used in transaction blocks"),
        ],
    )
    .await;
}

#[tokio::test]
#[ignore = "needs mariadb: cargo xtask integration-test"]
async fn mariadb_errors_keep_the_cause_and_no_value() {
    let before = [
        "CREATE TEMPORARY TABLE goods (id INT PRIMARY KEY, name VARCHAR(10) NOT NULL UNIQUE, price TINYINT CHECK (price > 0), at DATE)",
        "INSERT INTO goods VALUES (1, 'hunter2', 1, NULL)",
        "SET sql_mode = 'STRICT_ALL_TABLES'",
    ];
    provoke::<MySql>(
        &Service::MARIADB.url().unwrap(),
        &before,
        &[
            ("SELECT colour FROM goods", "error returned from database: 1054 (42S22): Unknown column 'colour' in ?"),
            ("SELECT 'a' hunter2 hunter2 'hunter2'", "error returned from database: 1064 (42000): You have an error in your SQL syntax; check the manual that corresponds to your MariaDB server version for the right syntax to use near ? at line 1"),
            ("INSERT INTO goods VALUES (2, 'hunter2', 1, NULL)", "error returned from database: 1062 (23000): Duplicate entry ? for key 'name'"),
            ("INSERT INTO goods VALUES (424242, NULL, 1, NULL)", "error returned from database: 1048 (23000): Column 'name' cannot be null"),
            ("INSERT INTO goods VALUES ('hunter2', 'x', 1, NULL)", "error returned from database: 1366 (22007): Incorrect integer value: ? for column `{db}`.? at row 1"),
            ("INSERT INTO goods VALUES (2, 'hunter2-s3cr3t', 1, NULL)", "error returned from database: 1406 (22001): Data too long for column 'name' at row 1"),
            ("INSERT INTO goods VALUES (2, 'x', 424242, NULL)", "error returned from database: 1264 (22003): Out of range value for column 'price' at row 1"),
            ("INSERT INTO goods VALUES (2, 'x', 1, '2024-99-99')", "error returned from database: 1292 (22007): Incorrect date value: ? for column `{db}`.? at row 1"),
            ("UPDATE goods SET price = 'hunter2'", "error returned from database: 1366 (22007): Incorrect integer value: ? for column `{db}`.? at row 1"),
            ("UPDATE goods SET price = 1 WHERE name = 's3cr3t' + 1", "error returned from database: 1292 (22007): Truncated incorrect DOUBLE value: ?"),
            ("INSERT INTO goods VALUES (2, 'x', -42, NULL)", "error returned from database: 4025 (23000): CONSTRAINT `goods.price` failed for ?"),
            ("SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'order of ann@shop for hunter2 failed'", "error returned from database: 1644 (45000): order of ? for ? failed"),
            ("SELECT 18446744073709551615 + 424242", "error returned from database: 1690 (22003): BIGINT UNSIGNED value is out of range in ?"),
            ("SET time_zone = 'hunter2'", "error returned from database: 1298 (HY000): Unknown or incorrect time zone: ?"),
            ("SET sql_mode = 'hunter2'", "error returned from database: 1231 (42000): Variable ?"),
            ("SELECT (SELECT 1 UNION SELECT 424242)", "error returned from database: 1242 (21000): Subquery returns more than ? row"),
            ("CREATE TEMPORARY TABLE goods (id INT)", "error returned from database: 1050 (42S01): Table 'goods' already exists"),
        ],
    )
    .await;
}

#[tokio::test]
async fn file_that_cannot_be_opened_is_not_named() {
    let watched = TestMonitor::new();
    let pool = Pool::<Sqlite>::connect_lazy("sqlite:///no/such/folder/hunter2.db?mode=ro").unwrap();
    let pool = MonitoredPool::new(pool).with_monitor(watched.monitor());
    assert!(pool.execute("SELECT 1").await.is_err());
    let event = watched.one("sql-wconn");
    let message = event["error"][0]["message"].as_str().unwrap();
    assert_eq!(
        message,
        "error returned from database: (code: 14) unable to open database file"
    );
}
