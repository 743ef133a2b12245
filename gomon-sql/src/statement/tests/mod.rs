//! Normalised statements.

mod bounds;
mod effects;
mod facts;
mod literals;
mod secrets;

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

/// Alone, and after another statement.
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
