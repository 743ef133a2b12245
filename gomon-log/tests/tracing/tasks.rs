//! Spans across tasks and threads.

use std::future::pending;
use std::time::Duration;

use gomon_core::{FutureExt as _, tracker};
use tokio::task::yield_now;
use tracing::{Instrument as _, Span, info, info_span, instrument};

use crate::{monitor, named};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn span_is_the_parent_in_spawned_tasks() {
    #[instrument]
    async fn step(number: u32) {
        yield_now().await;
        tracker("query").finish();
        yield_now().await;
        info!("step {number}");
    }
    let gomon = monitor();
    let request = async {
        let tasks: Vec<_> = (0..100)
            .map(|number| {
                let span = info_span!("task", number);
                tokio::spawn(async move { step(number).await }.instrument(span))
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    };
    gomon.request(request).await;
    gomon.assert_tree(&["query", "tracing-span", "tracing-span"], 100);
    let request = gomon.one("request");
    let events = gomon.events();
    let tasks = events.iter().filter(|event| event["message"] == "task");
    assert!(tasks.clone().all(|task| task["parent"] == request["id"]));
    for number in 0..100 {
        let line = named(&events, &format!("step {number}"));
        let step = events
            .iter()
            .find(|event| event["id"] == line["parent"])
            .unwrap();
        assert_eq!(
            (&step["message"], &step["number"]),
            (&"step".into(), &number.into())
        );
    }
    assert_eq!(gomon.running.monitor().health().open, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn requests_that_interleave_keep_their_lines() {
    let gomon = monitor();
    let work = |name: &'static str| {
        let request = gomon.monitor().root(name);
        async move {
            for _ in 0..50 {
                info_span!("part").in_scope(|| info!("{name}"));
                yield_now().await;
            }
        }
        .instrument(Span::none())
        .tracked(request)
    };
    tokio::join!(work("one"), work("two"));
    let events = gomon.events();
    for name in ["one", "two"] {
        let request = gomon.one(name);
        let lines: Vec<_> = events
            .iter()
            .filter(|event| event["message"] == name)
            .collect();
        assert_eq!(lines.len(), 50);
        assert!(lines.iter().all(|line| line["trace"] == request["trace"]));
        assert_eq!(request["logs"], 50);
    }
}

#[tokio::test]
async fn dropped_future_ends_its_span_once() {
    let gomon = monitor();
    let request = gomon.request(async {
        let never = pending::<()>().instrument(info_span!("never"));
        let timeout = tokio::time::timeout(Duration::from_millis(1), never).await;
        assert!(timeout.is_err());
    });
    request.await;
    assert_eq!(named(&gomon.events(), "never")["gomon:polls"], 3);
}

#[test]
fn span_that_is_entered_on_many_threads_at_once_is_their_parent() {
    let gomon = monitor();
    let span = gomon
        .root()
        .scope(|| info_span!("shared", hits = tracing::field::Empty));
    std::thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| {
                for hits in 0..200 {
                    let _entered = span.enter();
                    span.record("hits", hits);
                    info!("line");
                }
            });
        }
    });
    drop(span);
    let span = gomon.one("tracing-span");
    assert_eq!(span["gomon:polls"], 800);
    let lines = gomon.of("tracing-event");
    assert!(lines.iter().all(|line| line["parent"] == span["id"]));
    // Its record limit is that of a request.
    assert_eq!((lines.len(), &span["logs-omitted"]), (500, &300.into()));
    assert_eq!(gomon.monitor().health().orphans, 0);
}
