//! What the tests of every service share: a client's view of trouble.

use std::fmt::Debug;
use std::io;
use std::time::Duration;

use integration::Disturbance;
use tokio::time::{Instant, sleep, timeout};

/// Longer than any healthy server takes for one answer.
const PATIENCE: Duration = Duration::from_secs(1);
/// Longer than any client takes to come back after trouble.
const RECOVERY: Duration = Duration::from_secs(30);

/// A test for each kind of trouble that `$ask` has to see of `$service`.
macro_rules! trouble_is_seen {
    ($service:expr, $ask:path, $needs:literal) => {
        #[tokio::test]
        #[ignore = $needs]
        async fn stop_is_seen() {
            support::client_sees(|| $service.stop(), $ask).await;
        }

        #[tokio::test]
        #[ignore = $needs]
        async fn pause_is_seen() {
            support::client_sees(|| $service.pause(), $ask).await;
        }

        #[tokio::test]
        #[ignore = $needs]
        async fn cut_is_seen() {
            support::client_sees(|| $service.cut_off(), $ask).await;
        }
    };
}

pub(crate) use trouble_is_seen;

/// No client is answered while the trouble lasts; the next one after is.
pub(crate) async fn client_sees<E: Debug>(
    begin: impl FnOnce() -> io::Result<Disturbance>,
    ask: impl AsyncFn() -> Result<(), E>,
) {
    ask().await.unwrap();
    let trouble = begin().unwrap();
    assert!(!is_answered(&ask).await);
    trouble.end().unwrap();
    recovers(&ask).await;
}

async fn is_answered<E>(ask: &impl AsyncFn() -> Result<(), E>) -> bool {
    matches!(timeout(PATIENCE, ask()).await, Ok(Ok(())))
}

async fn recovers<E: Debug>(ask: &impl AsyncFn() -> Result<(), E>) {
    let deadline = Instant::now() + RECOVERY;
    while !is_answered(ask).await {
        assert!(
            Instant::now() < deadline,
            "no answer {RECOVERY:?} after the trouble ended"
        );
        sleep(Duration::from_millis(50)).await;
    }
}
