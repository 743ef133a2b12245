//! How transactions end, by the answers to their statements.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use gomon_sql::recording::{
    Database, Failure, Scope, StatementKind, TransactionEnd, TransactionEvent,
};
use gomon_sql::{Dialect, Setup};
use gomon_test::TestMonitor;
use serde_json::Value as Json;

use Dialect::{MySql, PostgreSql, Sqlite};

/// The answer to a statement.
#[derive(Clone, Copy)]
enum Answer {
    Ok,
    /// An error of the database, with this code.
    Error(&'static str),
    /// An error at which the database rolled back, as its number shows.
    RolledBack,
    /// An error of the library.
    Foreign,
    Cancelled,
}

/// What happens in a transaction.
#[derive(Clone, Copy)]
enum Step<'a> {
    Run(&'static str, Answer),
    Savepoint(&'a [Step<'a>], Option<TransactionEnd>),
}

use Answer::{Cancelled, Error, Foreign, RolledBack};
use Step::{Run, Savepoint};
use TransactionEnd::{Commit, Rollback};

fn run(scope: &Scope, steps: &[Step<'_>]) {
    for step in steps {
        match *step {
            Run(sql, answer) => {
                let mut statement = scope.statement(StatementKind::Execute, sql);
                let failure = Failure::new(&"failed", "sqlx::Error");
                match answer {
                    Answer::Ok => {}
                    Error(code) => statement.fail(&failure.with_code(code)),
                    RolledBack => {
                        let error = "1020 (HY000): Record has changed since last read";
                        let failure = failure.with_code("HY000").with_number_of(&error);
                        statement.fail(&failure);
                    }
                    Foreign => statement.fail(&failure),
                    Cancelled => continue,
                }
                statement.complete();
            }
            Savepoint(steps, end) => {
                let mut savepoint = TransactionEvent::begin(scope);
                savepoint.begun();
                run(savepoint.scope(), steps);
                if let Some(end) = end {
                    savepoint.end(end);
                }
            }
        }
    }
}

/// Returns the event of a transaction with these steps; it is dropped without an `end`.
fn transaction(dialect: Dialect, steps: &[Step<'_>], end: Option<TransactionEnd>) -> Json {
    let watched = TestMonitor::new();
    let setup = Setup::new().with_monitor(watched.monitor());
    let scope = Scope::without_connection(&Database::new(setup, dialect, ""));
    let mut transaction = TransactionEvent::begin(&scope);
    transaction.begun();
    run(transaction.scope(), steps);
    match end {
        Some(end) => transaction.end(end),
        None => drop(transaction),
    }
    watched.of("conn-begintx").pop().unwrap()
}

#[track_caller]
fn ends(event: &Json, end: &str, outcome: &str) {
    assert_eq!(
        (event["end"].as_str(), event["gomon:outcome"].as_str()),
        (Some(end), Some(outcome)),
        "{event:#}"
    );
}

const OK: Step<'_> = Run("SELECT 1", Answer::Ok);
const WRITE: Step<'_> = Run("DELETE FROM t", Answer::Ok);
const FAILED: Step<'_> = Run("DELETE FROM t", Error("23505"));

#[test]
fn commit_after_an_error_is_a_rollback_in_postgresql() {
    let event = transaction(PostgreSql, &[WRITE, FAILED], Some(Commit));
    ends(&event, "rollback", "error");
    assert_eq!(event["error"][0]["type"], "gomon_sql::TransactionEnd");
    let message = event["error"][0]["message"].as_str().unwrap();
    assert!(message.contains("rolled back"), "{message}");
    ends(
        &transaction(PostgreSql, &[FAILED], Some(Rollback)),
        "rollback",
        "ok",
    );
    for dialect in [MySql, Sqlite] {
        ends(
            &transaction(dialect, &[FAILED], Some(Commit)),
            "commit",
            "ok",
        );
    }
}

#[test]
fn error_that_a_savepoint_undid_leaves_the_commit() {
    for end in [Some(Rollback), None] {
        let undone = Savepoint(&[FAILED], end);
        ends(
            &transaction(PostgreSql, &[WRITE, undone], Some(Commit)),
            "commit",
            "ok",
        );
    }
    // By statements of the program: the server refuses all others.
    let undone = [
        Run("SAVEPOINT a", Answer::Ok),
        FAILED,
        Run("ROLLBACK TO a", Answer::Ok),
    ];
    ends(
        &transaction(PostgreSql, &undone, Some(Commit)),
        "commit",
        "ok",
    );
    let inner = [Savepoint(&[FAILED], Some(Rollback)), FAILED];
    let failed = Savepoint(&inner, Some(Rollback));
    ends(
        &transaction(PostgreSql, &[failed, FAILED], Some(Commit)),
        "rollback",
        "error",
    );
}

#[test]
fn error_of_the_library_leaves_the_commit() {
    let foreign = Run("SELECT 1", Foreign);
    ends(
        &transaction(PostgreSql, &[WRITE, foreign], Some(Commit)),
        "commit",
        "ok",
    );
}

#[test]
fn deadlock_rolls_back_in_mysql_and_a_timeout_of_a_lock_does_not() {
    let deadlock = Run("UPDATE t SET a = 1", Error("40001"));
    ends(
        &transaction(MySql, &[WRITE, deadlock, WRITE], Some(Commit)),
        "rollback",
        "error",
    );
    let steps = [deadlock];
    let inner = Savepoint(&steps, Some(Rollback));
    ends(
        &transaction(MySql, &[inner], Some(Commit)),
        "rollback",
        "error",
    );
    ends(
        &transaction(MySql, &[deadlock], Some(Rollback)),
        "rollback",
        "ok",
    );
    let changed = Run("UPDATE t SET a = 1", RolledBack);
    ends(
        &transaction(MySql, &[WRITE, changed], Some(Commit)),
        "rollback",
        "error",
    );
    let timeout = Run("UPDATE t SET a = 1", Error("HY000"));
    ends(
        &transaction(MySql, &[WRITE, timeout], Some(Commit)),
        "commit",
        "ok",
    );
}

#[test]
fn definition_commits_in_mysql() {
    let create = Run("CREATE TABLE u (a INT)", Answer::Ok);
    for end in [Some(Rollback), None] {
        let event = transaction(MySql, &[WRITE, create], end);
        ends(&event, "commit", "error");
        let message = event["error"][0]["message"].as_str().unwrap();
        assert!(message.contains("committed"), "{message}");
    }
    ends(&transaction(MySql, &[create], Some(Commit)), "commit", "ok");
    ends(
        &transaction(PostgreSql, &[create], Some(Rollback)),
        "rollback",
        "ok",
    );
    let exists = Run("CREATE TABLE u (a INT)", Error("42S01"));
    ends(
        &transaction(MySql, &[WRITE, exists], Some(Rollback)),
        "commit",
        "error",
    );
    let typo = Run("CREATE TABLE u (a", Error("42000"));
    ends(
        &transaction(MySql, &[WRITE, typo], Some(Rollback)),
        "rollback",
        "ok",
    );
}

#[test]
fn definition_with_a_name_like_temporary_commits_in_mysql() {
    for sql in [
        "CREATE TABLE temp (a int)",
        "CREATE TABLE weather (temp int)",
        "START TRANSACTION",
        "BEGIN",
    ] {
        let create = Run(sql, Answer::Ok);
        let event = transaction(MySql, &[WRITE, create], Some(Rollback));
        ends(&event, "commit", "error");
    }
    for sql in [
        "CREATE TEMPORARY TABLE t (a int)",
        // It is on already, unless the program set it off.
        "SET autocommit = 1",
    ] {
        let event = transaction(MySql, &[WRITE, Run(sql, Answer::Ok)], Some(Rollback));
        ends(&event, "rollback", "ok");
    }
}

#[test]
fn end_by_a_statement_of_the_program_decides() {
    let run = |sql| Run(sql, Answer::Ok);
    for dialect in [PostgreSql, MySql, Sqlite] {
        for sql in ["ROLLBACK", "rollback work"] {
            let event = transaction(dialect, &[WRITE, run(sql)], Some(Commit));
            ends(&event, "rollback", "error");
            let event = transaction(dialect, &[WRITE, run(sql)], Some(Rollback));
            ends(&event, "rollback", "ok");
        }
        let event = transaction(dialect, &[WRITE, run("COMMIT")], Some(Rollback));
        ends(&event, "commit", "error");
        let event = transaction(dialect, &[WRITE, run("COMMIT")], Some(Commit));
        ends(&event, "commit", "ok");
        // A new transaction, which the wrapper then ends.
        let again = [WRITE, run("ROLLBACK"), run("BEGIN"), WRITE];
        ends(&transaction(dialect, &again, Some(Commit)), "commit", "ok");
        let to = [run("SAVEPOINT a"), run("ROLLBACK TO SAVEPOINT a")];
        ends(&transaction(dialect, &to, Some(Commit)), "commit", "ok");
        let refused = [WRITE, Run("COMMIT", Foreign), Run("ROLLBACK", Cancelled)];
        ends(
            &transaction(dialect, &refused, Some(Commit)),
            "commit",
            "ok",
        );
    }
    ends(
        &transaction(PostgreSql, &[WRITE, run("ABORT")], Some(Commit)),
        "rollback",
        "error",
    );
    ends(
        &transaction(PostgreSql, &[WRITE, run("END")], Some(Rollback)),
        "commit",
        "error",
    );
    // PostgreSQL answers it with a rollback.
    let aborted = [WRITE, FAILED, run("COMMIT")];
    ends(
        &transaction(PostgreSql, &aborted, Some(Rollback)),
        "rollback",
        "ok",
    );
    let restarted = [WRITE, FAILED, run("ROLLBACK AND CHAIN"), WRITE];
    ends(
        &transaction(PostgreSql, &restarted, Some(Commit)),
        "commit",
        "ok",
    );
}

#[test]
fn explained_write_is_one_only_if_it_runs() {
    let explain = Run("EXPLAIN DELETE FROM t", Answer::Ok);
    ends(&transaction(PostgreSql, &[explain], None), "dropped", "ok");
    let analyze = Run("EXPLAIN (ANALYZE, BUFFERS) EXECUTE p", Answer::Ok);
    ends(
        &transaction(PostgreSql, &[analyze], None),
        "dropped",
        "cancelled",
    );
}

#[test]
fn dropped_transaction_is_ok_if_nothing_was_written_and_nothing_failed() {
    ends(&transaction(Sqlite, &[OK, OK], None), "dropped", "ok");
    ends(&transaction(PostgreSql, &[], None), "dropped", "ok");
    let kept = Savepoint(&[WRITE], Some(Commit));
    for steps in [
        &[WRITE][..],
        &[OK, FAILED],
        &[Run("SELECT 1", Foreign)],
        &[Run("SELECT 1", Cancelled)],
        &[kept],
        &[Run(
            "WITH x AS (INSERT INTO t VALUES (1)) SELECT 1",
            Answer::Ok,
        )],
    ] {
        ends(
            &transaction(PostgreSql, steps, None),
            "dropped",
            "cancelled",
        );
    }
    let undone = Savepoint(&[WRITE], Some(Rollback));
    ends(
        &transaction(PostgreSql, &[OK, undone], None),
        "dropped",
        "ok",
    );
}

#[test]
fn failed_commit_records_what_the_server_did() {
    for (dialect, code, end) in [
        (PostgreSql, "23503", "rollback"),
        (MySql, "40001", "rollback"),
        // There is no transaction to commit.
        (Sqlite, "1", "rollback"),
        // It may be committed later.
        (Sqlite, "787", "dropped"),
    ] {
        let watched = TestMonitor::new();
        let setup = Setup::new().with_monitor(watched.monitor());
        let scope = Scope::without_connection(&Database::new(setup, dialect, ""));
        let mut transaction = TransactionEvent::begin(&scope);
        transaction.begun();
        transaction.fail(&Failure::new(&"failed", "sqlx::Error").with_code(code));
        drop(transaction);
        ends(&watched.one("conn-begintx"), end, "error");
    }
}
