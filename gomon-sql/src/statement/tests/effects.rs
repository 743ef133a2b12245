//! What statements do to the open transaction.

use super::super::*;
use super::ALL;
use Dialect::{MySql, PostgreSql, Sqlite, Unknown};

#[track_caller]
fn effects(dialects: &[Dialect], sql: &str, expected: &[Effect]) {
    for dialect in dialects {
        let statement = Statement::new(*dialect, sql);
        assert_eq!(statement.effects(), expected, "{dialect:?}: {sql}");
    }
}

#[test]
fn statements_that_commit_implicitly_are_known() {
    for (sql, commits) in [
        ("CREATE TABLE t (a int)", true),
        ("SELECT 1; truncate t", true),
        ("CREATE TEMPORARY TABLE t (a int)", false),
        ("CREATE OR REPLACE TEMPORARY TABLE t (a int)", false),
        ("DROP TEMPORARY TABLE t", false),
        ("CREATE TABLE temp (a int)", true),
        ("CREATE TABLE weather (temp int, temporary int)", true),
        ("CREATE OR REPLACE TABLE temporary (a int)", true),
        ("DROP TABLE temporary", true),
        ("INSERT INTO t VALUES (1)", false),
        ("ANALYZE TABLE t", true),
        ("ANALYZE LOCAL TABLE t", true),
        ("ANALYZE FORMAT=JSON SELECT * FROM t", false),
        ("ANALYZE UPDATE t SET a = 1", false),
        ("SET PASSWORD = 'x'", true),
        ("SET password_history = 1", false),
    ] {
        let effect = [Effect::ImplicitCommit];
        effects(&[MySql], sql, if commits { &effect } else { &[] });
        effects(&[PostgreSql, Sqlite, Unknown], sql, &[]);
    }
}

#[test]
fn statements_that_end_a_transaction_are_known() {
    use Effect::{Begin, Commit, ImplicitCommit, Rollback};
    for (sql, expected) in [
        ("COMMIT", &[Commit][..]),
        ("commit work and chain", &[Commit]),
        ("COMMIT AND NO CHAIN", &[Commit]),
        ("COMMIT PREPARED 'a'", &[]),
        ("ROLLBACK", &[Rollback]),
        ("ROLLBACK TRANSACTION", &[Rollback]),
        ("ROLLBACK AND NO CHAIN", &[Rollback]),
        ("ROLLBACK AND CHAIN", &[Rollback, Begin]),
        ("ROLLBACK TO a", &[]),
        ("ROLLBACK WORK TO SAVEPOINT a", &[]),
        ("ROLLBACK PREPARED 'a'", &[]),
        ("SAVEPOINT a; RELEASE a", &[]),
        ("BEGIN", &[Begin]),
        ("start transaction read only", &[Begin]),
        ("BEGIN NOT ATOMIC SELECT 1", &[]),
        (
            "ROLLBACK; BEGIN; DELETE FROM t; COMMIT",
            &[Rollback, Begin, Commit],
        ),
        ("SELECT commit, rollback FROM t", &[]),
    ] {
        effects(&ALL, sql, expected);
    }
    effects(&[PostgreSql, Sqlite, Unknown], "END", &[Commit]);
    effects(&[PostgreSql, Sqlite, Unknown], "END TRANSACTION", &[Commit]);
    effects(&[PostgreSql, Unknown], "ABORT", &[Rollback]);
    // The ends of bodies.
    let trigger = "CREATE TRIGGER x AFTER INSERT ON t BEGIN DELETE FROM u; END";
    effects(&[PostgreSql, Sqlite, Unknown], trigger, &[]);
    effects(&[MySql], trigger, &[ImplicitCommit]);
    let many = "ROLLBACK; BEGIN; ".repeat(100);
    assert!(Statement::new(PostgreSql, &many).effects().len() <= 8);
}
