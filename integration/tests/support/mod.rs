//! Shared tests of every service: a client's view of a disturbance.

use std::fmt::Debug;
use std::io;
use std::time::Duration;

use integration::Disturbance;
use tokio::time::{Instant, sleep, timeout};

/// Longer than a healthy server takes to respond.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(1);
/// Longer than a client takes to recover from a disturbance.
const RECOVERY_TIMEOUT: Duration = Duration::from_secs(30);

/// Defines a test for each disturbance of `$service` that `$ping` must notice.
macro_rules! disturbances_are_noticed {
    ($service:expr, $ping:path, $needs:literal) => {
        #[tokio::test]
        #[ignore = $needs]
        async fn stop_is_noticed() {
            support::client_notices(|| $service.stop(), $ping).await;
        }

        #[tokio::test]
        #[ignore = $needs]
        async fn pause_is_noticed() {
            support::client_notices(|| $service.pause(), $ping).await;
        }

        #[tokio::test]
        #[ignore = $needs]
        async fn cut_is_noticed() {
            support::client_notices(|| $service.cut_off(), $ping).await;
        }
    };
}

pub(crate) use disturbances_are_noticed;

/// Asserts that a client gets no response during the disturbance, and one after it.
pub(crate) async fn client_notices<E: Debug>(
    begin: impl FnOnce() -> io::Result<Disturbance>,
    ping: impl AsyncFn() -> Result<(), E>,
) {
    ping().await.unwrap();
    let disturbance = begin().unwrap();
    assert!(!responds(&ping).await);
    disturbance.end().unwrap();
    recovers(&ping).await;
}

async fn responds<E>(ping: &impl AsyncFn() -> Result<(), E>) -> bool {
    matches!(timeout(RESPONSE_TIMEOUT, ping()).await, Ok(Ok(())))
}

async fn recovers<E: Debug>(ping: &impl AsyncFn() -> Result<(), E>) {
    let deadline = Instant::now() + RECOVERY_TIMEOUT;
    while !responds(ping).await {
        assert!(
            Instant::now() < deadline,
            "no response {RECOVERY_TIMEOUT:?} after the disturbance ended"
        );
        sleep(Duration::from_millis(50)).await;
    }
}
