//! The transactions of a connection, managed by its own manager and recorded here.

use std::fmt;
use std::marker::PhantomData;
use std::num::NonZeroU32;

use diesel::QueryResult;
use diesel::connection::{Connection, TransactionManager, TransactionManagerStatus};

use super::connection::{Monitorable, MonitoredConnection};
use gomon_sql::recording::TransactionEnd;

/// The transaction manager of a [`MonitoredConnection`]: that of the connection in it, with each transaction and each
/// savepoint as an event.
pub struct MonitoredTransactionManager<C>(PhantomData<fn(C)>);

impl<C> TransactionManager<MonitoredConnection<C>> for MonitoredTransactionManager<C>
where
    C: Monitorable,
{
    type TransactionStateData =
        <C::TransactionManager as TransactionManager<C>>::TransactionStateData;

    fn begin_transaction(conn: &mut MonitoredConnection<C>) -> QueryResult<()> {
        let (watch, inner) = conn.parts();
        if !watch.is_recording() {
            return watch.silently(|| C::TransactionManager::begin_transaction(inner));
        }
        watch.begin(depth(inner).unwrap_or(0).saturating_add(1));
        let begun = watch.silently(|| C::TransactionManager::begin_transaction(inner));
        watch.begun(&begun);
        begun
    }

    fn rollback_transaction(conn: &mut MonitoredConnection<C>) -> QueryResult<()> {
        let (watch, inner) = conn.parts();
        let ended = watch.silently(|| C::TransactionManager::rollback_transaction(inner));
        watch.ended(TransactionEnd::Rollback, &ended, depth(inner));
        ended
    }

    fn commit_transaction(conn: &mut MonitoredConnection<C>) -> QueryResult<()> {
        let (watch, inner) = conn.parts();
        let ended = watch.silently(|| C::TransactionManager::commit_transaction(inner));
        watch.ended(TransactionEnd::Commit, &ended, depth(inner));
        ended
    }

    fn transaction_manager_status_mut(
        conn: &mut MonitoredConnection<C>,
    ) -> &mut TransactionManagerStatus {
        C::TransactionManager::transaction_manager_status_mut(conn)
    }

    fn is_broken_transaction_manager(conn: &mut MonitoredConnection<C>) -> bool {
        C::TransactionManager::is_broken_transaction_manager(conn)
    }
}

/// How many transactions and savepoints are open; `None` where the connection is broken.
fn depth<C: Connection>(inner: &mut C) -> Option<u32> {
    let status = C::TransactionManager::transaction_manager_status_mut(inner);
    let depth = status.transaction_depth().ok()?;
    Some(depth.map_or(0, NonZeroU32::get))
}

impl<C> fmt::Debug for MonitoredTransactionManager<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MonitoredTransactionManager")
    }
}
