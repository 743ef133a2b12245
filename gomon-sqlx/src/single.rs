//! Queries with a single answer.

use sqlx_core::database::Database;
use sqlx_core::error::Error;
use sqlx_core::sql_str::SqlStr;

use super::connection::Parts;
use super::database::MonitoredDatabase;
use super::failure::complete;
use super::query::TakenQuery;
use super::query_watch::{Kind, QueryWatch};
use super::source::Source;
use gomon_sql::adapter::Own;
use gomon_sql::recording::StatementKind;

pub(super) async fn fetch_optional<'e, DB: MonitoredDatabase, R: Source<'e, DB>>(
    parts: Parts<'e, R>,
    query: TakenQuery<DB>,
) -> Result<Option<DB::Row>, Error> {
    let mut watch = QueryWatch::begin(parts.scope, &query, Kind::Fetch);
    let dialect = parts.scope.database().dialect();
    let fetched = Own::new(parts.raw.fetch_optional(query), dialect).await;
    match &fetched {
        Ok(row) => {
            if let Some(row) = row {
                watch.row::<DB>(row);
            }
            watch.complete();
        }
        Err(error) => watch.failed(error),
    }
    fetched
}

pub(super) async fn fetch_one<'e, DB: MonitoredDatabase, R: Source<'e, DB>>(
    parts: Parts<'e, R>,
    query: TakenQuery<DB>,
) -> Result<DB::Row, Error> {
    fetch_optional(parts, query)
        .await?
        .ok_or(Error::RowNotFound)
}

pub(super) async fn prepare<'e, DB: MonitoredDatabase, R: Source<'e, DB>>(
    parts: Parts<'e, R>,
    sql: SqlStr,
    parameters: &'e [<DB as Database>::TypeInfo],
) -> Result<DB::Statement, Error> {
    let event = parts.scope.statement(StatementKind::Prepare, sql.as_str());
    let prepared = parts.raw.prepare_with(sql, parameters).await;
    complete(event, prepared.as_ref().err());
    prepared
}
