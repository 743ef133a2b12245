//! What the tests of every service share: a client's view of trouble.

use std::fmt::Debug;
use std::time::Duration;

use integration::Service;
use tokio::time::{Instant, sleep, timeout};

/// Longer than any healthy server takes for one answer.
const PATIENCE: Duration = Duration::from_secs(1);
/// Longer than any client takes to come back after trouble.
const RECOVERY: Duration = Duration::from_secs(30);

/// No client is answered while the server is down; the next one after is.
pub(crate) async fn client_sees_stop<E: Debug>(
    service: Service,
    ask: impl AsyncFn() -> Result<(), E>,
) {
    ask().await.unwrap();
    let trouble = service.stop().unwrap();
    assert!(!is_answered(&ask).await);
    trouble.end().unwrap();
    recovers(&ask).await;
}

/// No client is answered while the server is frozen; the next one after is.
pub(crate) async fn client_sees_pause<E: Debug>(
    service: Service,
    ask: impl AsyncFn() -> Result<(), E>,
) {
    ask().await.unwrap();
    let trouble = service.pause().unwrap();
    assert!(!is_answered(&ask).await);
    trouble.end().unwrap();
    recovers(&ask).await;
}

/// No client is answered while the network is cut; the next one after is.
pub(crate) async fn client_sees_cut<E: Debug>(
    service: Service,
    ask: impl AsyncFn() -> Result<(), E>,
) {
    ask().await.unwrap();
    let trouble = service.cut_off().unwrap();
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
