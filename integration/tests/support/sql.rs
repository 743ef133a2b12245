//! Shared sqlx helpers of the database tests.

use integration::Service;
use sqlx::Connection;

pub(crate) async fn connect<C: Connection>(service: Service) -> sqlx::Result<C> {
    C::connect(&service.url().unwrap()).await
}

/// Connects and pings the server.
pub(crate) async fn ping<C: Connection>(service: Service) -> sqlx::Result<()> {
    connect::<C>(service).await?.ping().await
}

pub(crate) async fn refuses_wrong_password<C: Connection>(service: Service) {
    let url = service.url().unwrap().replacen('@', "-not@", 1);
    assert!(matches!(
        C::connect(&url).await,
        Err(sqlx::Error::Database(_))
    ));
}
