//! Traits of diesel that the connection inside answers for.

use std::any::Any;

use diesel::QueryResult;
use diesel::connection::{MultiConnectionHelper, WithMetadataLookup};
use diesel::migration::MigrationConnection;
use diesel::query_dsl::UpdateAndFetchResults;
use diesel::sql_types::TypeMetadata;

use super::connection::{Monitorable, MonitoredConnection};

impl<C> MigrationConnection for MonitoredConnection<C>
where
    C: Monitorable + MigrationConnection,
{
    fn setup(&mut self) -> QueryResult<usize> {
        (**self).setup()
    }
}

/// `save_changes`. What it sends depends on the database, so the connection inside sends it, and its instrumentation
/// tells.
impl<C, Changes, Output> UpdateAndFetchResults<Changes, Output> for MonitoredConnection<C>
where
    C: Monitorable + UpdateAndFetchResults<Changes, Output>,
{
    fn update_and_fetch(&mut self, changeset: Changes) -> QueryResult<Output> {
        (**self).update_and_fetch(changeset)
    }
}

impl<C> WithMetadataLookup for MonitoredConnection<C>
where
    C: Monitorable + WithMetadataLookup,
{
    fn metadata_lookup(&mut self) -> &mut <Self::Backend as TypeMetadata>::MetadataLookup {
        (**self).metadata_lookup()
    }
}

/// For `#[derive(MultiConnection)]`.
impl<C> MultiConnectionHelper for MonitoredConnection<C>
where
    C: Monitorable + MultiConnectionHelper,
{
    fn to_any<'a>(
        lookup: &mut <Self::Backend as TypeMetadata>::MetadataLookup,
    ) -> &mut (dyn Any + 'a) {
        C::to_any(lookup)
    }

    fn from_any(
        lookup: &mut dyn Any,
    ) -> Option<&mut <Self::Backend as TypeMetadata>::MetadataLookup> {
        C::from_any(lookup)
    }
}

/// A ping is the pool's own question, and no event.
#[cfg(feature = "r2d2")]
impl<C> diesel::r2d2::R2D2Connection for MonitoredConnection<C>
where
    C: Monitorable + diesel::r2d2::R2D2Connection,
{
    fn ping(&mut self) -> QueryResult<()> {
        let (watch, inner) = self.parts();
        watch.silently(|| inner.ping())
    }

    fn is_broken(&mut self) -> bool {
        (**self).is_broken()
    }
}
