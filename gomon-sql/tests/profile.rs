//! The profile of statements, and statements that repeat under one event.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::time::Duration;

use gomon_core::adapter::keys;
use gomon_core::{Monitor, Recorder, Running, Sampling};
use gomon_sql::recording::{ConnectionEvent, Database, Failure, Scope, StatementKind};
use gomon_sql::{Dialect, Setup, SqlConfig, SqlProfile};
use serde_json::Value as Json;

fn running(recorder: &Recorder, config: SqlConfig) -> Running {
    Monitor::builder()
        .config(config)
        .listener(recorder.listener())
        .build()
        .unwrap()
}

fn database(running: &Running) -> Database {
    let setup = Setup::new().with_monitor(running.monitor());
    Database::new(setup, Dialect::Sqlite, "sqlite:shop.db")
}

fn run(scope: &Scope, sql: &str) {
    let mut query = scope.statement(StatementKind::Query, sql);
    let _ = query.row();
    query.complete();
}

fn json(recorder: &Recorder, fingerprint: &str) -> Json {
    let is = |json: &Json| json["gomon:fp"] == fingerprint;
    let parse = |event: &gomon_core::OwnedEvent| serde_json::from_str(&event.to_json()).unwrap();
    let events = recorder.wait_until(|events| events.iter().any(|event| is(&parse(event))));
    let found = events.iter().map(parse).find(is);
    found.unwrap_or_else(|| panic!("no {fingerprint} in {events:#?}"))
}

#[test]
fn runs_are_summed_by_statement_and_caller() {
    let running = running(&Recorder::new(), SqlConfig::default());
    let database = database(&running);
    for route in ["/goods/{id}", "/goods/{id}", "/cart"] {
        let mut request = running.monitor().root("http-service");
        request.set(keys::ROUTE, route);
        request.scope(|| {
            let mut connection = ConnectionEvent::begin(&database);
            std::thread::sleep(Duration::from_millis(2));
            connection.acquired();
            run(connection.scope(), "SELECT name FROM goods WHERE id = 7");
            let mut transaction = connection.transaction();
            transaction.begun();
            run(transaction.scope(), "SELECT name FROM goods WHERE id = 8");
        });
    }
    let scope = Scope::without_connection(&database);
    running.monitor().root("nightly").scope(|| {
        let mut failed = scope.statement(StatementKind::Execute, "DELETE FROM cart");
        failed.fail(&Failure::new(&"locked", "sqlx::Error"));
        failed.complete();
    });
    drop(scope.statement(StatementKind::Execute, "DELETE FROM cart"));
    drop(scope.statement(StatementKind::Prepare, "SELECT 1"));
    let profile = SqlProfile::of(running.monitor());
    assert_eq!(profile.statements().len(), 2, "{profile}");
    let find = |operation: &str| {
        let is = |statement: &&gomon_sql::StatementProfile| {
            statement.statement().unwrap().operation() == operation
        };
        profile.statements().iter().find(is).unwrap()
    };
    let select = find("SELECT");
    assert_eq!(
        (
            select.count(),
            select.errors(),
            select.cancelled(),
            select.rows()
        ),
        (6, 0, 0, 6)
    );
    // Only the first statement of each checkout has waited.
    assert!(
        select.wait() >= Duration::from_millis(6) && select.wait() < Duration::from_secs(5),
        "{profile}"
    );
    let mut callers: Vec<_> = select
        .callers()
        .iter()
        .map(|caller| {
            (
                caller.name().unwrap().to_owned(),
                caller.in_transaction(),
                caller.count(),
            )
        })
        .collect();
    callers.sort();
    let cart = |in_transaction| ("/cart".to_owned(), in_transaction, 1);
    let goods = |in_transaction| ("/goods/{id}".to_owned(), in_transaction, 2);
    assert_eq!(
        callers,
        [cart(false), cart(true), goods(false), goods(true)]
    );
    let delete = find("DELETE");
    assert_eq!(
        (delete.count(), delete.errors(), delete.cancelled()),
        (2, 1, 1)
    );
    let names: Vec<_> = delete
        .callers()
        .iter()
        .map(|caller| caller.name().map(str::to_owned))
        .collect();
    assert!(
        names.contains(&Some("nightly".to_owned())) && names.contains(&None),
        "{names:?}"
    );
    let folded = profile.folded();
    let stack = "/goods/{id};transaction;SELECT name FROM goods WHERE id = ? ";
    assert!(
        folded.lines().any(|line| line.starts_with(stack)),
        "{folded}"
    );
    for line in folded.lines() {
        let (_, value) = line.rsplit_once(' ').unwrap();
        value.parse::<u64>().unwrap();
    }
}

#[test]
fn table_is_aligned_and_has_no_literals() {
    let running = running(&Recorder::new(), SqlConfig::default());
    let scope = Scope::without_connection(&database(&running));
    running.monitor().root("job").scope(|| {
        for id in 0..120 {
            run(
                &scope,
                &format!("SELECT name FROM goods WHERE id = {id} AND x = 'hunter2'"),
            );
        }
        run(&scope, "SELECT 1");
    });
    let table = SqlProfile::of(running.monitor()).to_string();
    assert!(!table.contains("hunter2"), "{table}");
    let lines: Vec<_> = table.lines().collect();
    assert!(
        lines[0].starts_with("SQL: 2 statements, 121 calls, "),
        "{table}"
    );
    let column = lines[1].find("statement").unwrap();
    let starts = |line: &str| line.chars().skip(column).collect::<String>();
    assert!(starts(lines[2]).starts_with("SELECT "), "{table}");
    assert!(starts(lines[3]).starts_with("└ job "), "{table}");
    assert!(starts(lines[4]).starts_with("SELECT "), "{table}");
}

#[test]
fn profile_is_an_event_at_its_interval() {
    let recorder = Recorder::new();
    let config = SqlConfig::default().with_profile_interval(Duration::from_secs(1));
    let running = running(&recorder, config);
    let scope = Scope::without_connection(&database(&running));
    run(&scope, "SELECT name FROM goods WHERE id = 'hunter2'");
    let event = json(&recorder, "sql-profile");
    let statement = &event["statements"][0];
    assert_eq!(statement["query"], "SELECT name FROM goods WHERE id = ?");
    assert_eq!(statement["table"], "goods");
    assert_eq!(statement["count"], 1);
    assert_eq!(statement["rows"], 1);
    assert_eq!(statement["callers"][0]["count"], 1);
    assert!(statement["p99"].is_u64() && event["interval"].as_u64().unwrap() >= 1_000_000_000);
    // A recorded interval stays part of the whole.
    let whole = SqlProfile::of(running.monitor());
    assert_eq!(whole.statements()[0].count(), 1);
}

#[test]
fn interval_is_that_of_the_first_pool() {
    let recorder = Recorder::new();
    let running = running(&recorder, SqlConfig::default());
    let pool = |seconds: u64| {
        let config = SqlConfig::default().with_profile_interval(Duration::from_secs(seconds));
        let setup = Setup::new()
            .with_monitor(running.monitor())
            .with_config(config);
        Scope::without_connection(&Database::new(setup, Dialect::Sqlite, ""))
    };
    let (first, other) = (pool(1), pool(3600));
    run(&first, "SELECT a FROM b");
    run(&other, "SELECT a FROM b");
    assert_eq!(json(&recorder, "sql-profile")["statements"][0]["count"], 2);
}

#[test]
fn interval_can_be_ended_at_once_and_begins_anew() {
    let recorder = Recorder::new();
    let running = running(&recorder, SqlConfig::default());
    let scope = Scope::without_connection(&database(&running));
    run(&scope, "SELECT 1");
    SqlProfile::end_interval(running.monitor());
    run(&scope, "SELECT 1");
    SqlProfile::end_interval(running.monitor());
    SqlProfile::end_interval(running.monitor());
    let is = |event: &gomon_core::OwnedEvent| event.as_event().fingerprint() == "sql-profile";
    let events = recorder.wait_until(|events| events.iter().filter(|event| is(event)).count() == 2);
    running.monitor().flush(Duration::from_secs(5));
    assert_eq!(
        recorder.events().iter().filter(|event| is(event)).count(),
        2,
        "{events:?}"
    );
    assert_eq!(SqlProfile::of(running.monitor()).statements()[0].count(), 2);
}

#[test]
fn last_interval_is_recorded_at_shutdown() {
    let recorder = Recorder::new();
    let running = running(&recorder, SqlConfig::default());
    run(&Scope::without_connection(&database(&running)), "SELECT 1");
    running.shutdown(Duration::from_secs(5));
    assert_eq!(json(&recorder, "sql-profile")["statements"][0]["count"], 1);
}

#[test]
fn unsampled_statements_are_in_the_profile() {
    let recorder = Recorder::new();
    let running = Monitor::builder()
        .config(Sampling::default().with_rate(0.0))
        .listener(recorder.listener())
        .build()
        .unwrap();
    run(&Scope::without_connection(&database(&running)), "SELECT 1");
    SqlProfile::end_interval(running.monitor());
    assert_eq!(json(&recorder, "sql-profile")["statements"][0]["count"], 1);
}

#[test]
fn profile_that_is_off_counts_nothing() {
    let running = running(&Recorder::new(), SqlConfig::default().with_profile(false));
    run(&Scope::without_connection(&database(&running)), "SELECT 1");
    assert!(SqlProfile::of(running.monitor()).statements().is_empty());
}

#[test]
fn statements_beyond_the_maximum_are_one_entry() {
    let running = running(&Recorder::new(), SqlConfig::default());
    let scope = Scope::without_connection(&database(&running));
    for table in 0..400 {
        run(&scope, &format!("SELECT name FROM goods_{table}"));
    }
    let profile = SqlProfile::of(running.monitor());
    let statements = profile.statements();
    assert_eq!(statements.len(), 257);
    let other = statements
        .iter()
        .find(|entry| entry.statement().is_none())
        .unwrap();
    assert_eq!(other.count(), 400 - 256);
    assert!(profile.to_string().contains("other"));
}

#[test]
fn threads_lose_no_counts() {
    let running = running(&Recorder::new(), SqlConfig::default());
    let scope = Scope::without_connection(&database(&running));
    std::thread::scope(|threads| {
        for _ in 0..16 {
            threads.spawn(|| {
                for _ in 0..500 {
                    run(&scope, "SELECT 1");
                }
            });
        }
        for _ in 0..50 {
            let _ = SqlProfile::of(running.monitor());
            SqlProfile::end_interval(running.monitor());
        }
    });
    let profile = SqlProfile::of(running.monitor());
    let counted = profile.statements()[0].count();
    assert_eq!(counted + profile.missed(), 16 * 500);
}

#[test]
fn repeats_are_marked_on_the_event_that_they_run_under() {
    let recorder = Recorder::new();
    let running = running(&recorder, SqlConfig::default().with_repeats(5));
    let database = database(&running);
    let mut request = running.monitor().root("http-service");
    request.scope(|| {
        for id in 0..9 {
            let mut connection = ConnectionEvent::begin(&database);
            connection.acquired();
            run(
                connection.scope(),
                &format!("SELECT name FROM goods WHERE id = {id}"),
            );
            run(
                connection.scope(),
                &format!("SELECT amount_{id} FROM goods"),
            );
        }
        for _ in 0..6 {
            run(&Scope::without_connection(&database), "SELECT 2");
        }
    });
    request.finish();
    let mark = &json(&recorder, "http-service")["n-plus-one"];
    assert_eq!(mark["count"], 9);
    assert_eq!(mark["query"], "SELECT name FROM goods WHERE id = ?");
    assert_eq!(mark["query-fp"].as_str().unwrap().len(), 16);
}

#[test]
fn repeats_outside_of_requests_are_marked_on_the_connection_or_transaction() {
    let recorder = Recorder::new();
    let running = running(&recorder, SqlConfig::default().with_repeats(3));
    let mut connection = ConnectionEvent::begin(&database(&running));
    connection.opened();
    for _ in 0..4 {
        run(connection.scope(), "SELECT 3");
    }
    let mut transaction = connection.transaction();
    transaction.begun();
    for _ in 0..5 {
        run(transaction.scope(), "SELECT 3");
    }
    drop(transaction);
    drop(connection);
    assert_eq!(json(&recorder, "conn-begintx")["n-plus-one"]["count"], 5);
    assert_eq!(json(&recorder, "sql-wconn")["n-plus-one"]["count"], 4);
}

#[test]
fn few_repeats_are_not_marked() {
    let recorder = Recorder::new();
    let running = running(&recorder, SqlConfig::default().with_repeats(5));
    let scope = Scope::without_connection(&database(&running));
    for _ in 0..3 {
        let mut request = running.monitor().root("http-service");
        request.scope(|| (0..4).for_each(|_| run(&scope, "SELECT 4")));
    }
    running.monitor().flush(Duration::from_secs(5));
    let events = recorder.events();
    assert!(
        events
            .iter()
            .all(|event| !event.to_json().contains("n-plus-one")),
        "{events:#?}"
    );
}
