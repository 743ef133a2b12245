//! Periodic callbacks and extensions of a monitor.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use gomon_core::Monitor;
use gomon_core::adapter::MonitorExt;
use gomon_test::TestMonitor;

const SHORT: Duration = Duration::from_millis(10);
const LONG: Duration = Duration::from_secs(3600);

#[test]
fn callback_is_called_repeatedly_and_can_track() {
    let (running, recorder) = TestMonitor::new().into_parts();
    let monitor = running.monitor();
    let every = monitor
        .every(SHORT, move || drop(monitor.report("beat")))
        .unwrap();
    assert!(recorder.wait_for(3).len() >= 3);
    drop(every);
}

#[test]
fn dropped_handle_ends_the_calls_and_drops_the_callback() {
    let running = Monitor::builder().build().unwrap();
    let (alive, dropped) = mpsc::channel::<()>();
    let every = running
        .monitor()
        .every(LONG, move || {
            let _ = alive.send(());
        })
        .unwrap();
    drop(every);
    let error = dropped.recv_timeout(Duration::from_secs(10)).unwrap_err();
    assert_eq!(error, mpsc::RecvTimeoutError::Disconnected);
}

#[test]
fn shutdown_calls_each_once_more_before_the_last_flush() {
    let (running, recorder) = TestMonitor::new().into_parts();
    let monitor = running.monitor();
    let _one = monitor
        .every(LONG, move || drop(monitor.report("one")))
        .unwrap();
    let _two = monitor
        .every(LONG, move || drop(monitor.report("two")))
        .unwrap();
    assert!(running.shutdown(Duration::from_secs(10)).is_complete());
    let mut names: Vec<_> = recorder
        .wait_for(2)
        .iter()
        .map(|event| event.as_event().fingerprint().to_owned())
        .collect();
    names.sort();
    assert_eq!(names, ["one", "two"]);
    let late = monitor
        .every(SHORT, || panic!("called after shutdown"))
        .unwrap();
    assert_eq!(format!("{late:?}"), "Every { interval: None }");
}

#[test]
fn panicking_callback_is_paused_and_does_not_affect_others() {
    let running = Monitor::builder().build().unwrap();
    let (bad, good) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let (bad_calls, good_calls) = (Arc::clone(&bad), Arc::clone(&good));
    let _bad = running.monitor().every(SHORT, move || {
        bad_calls.fetch_add(1, SeqCst);
        panic!("this callback always panics");
    });
    let _good = running.monitor().every(SHORT, move || {
        good_calls.fetch_add(1, SeqCst);
    });
    let begin = Instant::now();
    while good.load(SeqCst) < 40 && begin.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(SHORT);
    }
    assert!(good.load(SeqCst) >= 40);
    assert!(bad.load(SeqCst) < good.load(SeqCst), "{bad:?} {good:?}");
}

#[test]
fn blocked_callback_does_not_delay_shutdown() {
    let running = Monitor::builder().build().unwrap();
    let (release, blocked) = mpsc::channel::<()>();
    let (entered, inside) = mpsc::channel::<()>();
    let _every = running.monitor().every(SHORT, move || {
        let _ = entered.send(());
        let _ = blocked.recv();
    });
    inside.recv().unwrap();
    let begin = Instant::now();
    running.shutdown(Duration::from_millis(200));
    assert!(begin.elapsed() < Duration::from_secs(5));
    drop(release);
}

#[test]
fn callback_may_shut_down_and_add_others() {
    let running = Arc::new(Monitor::builder().build().unwrap());
    let (done, wait) = mpsc::channel::<bool>();
    let owner = Arc::clone(&running);
    let _every = running.monitor().every(SHORT, move || {
        let added = owner.monitor().every(LONG, || {});
        owner.shutdown(Duration::from_secs(5));
        let _ = done.send(added.is_ok());
    });
    assert_eq!(wait.recv_timeout(Duration::from_secs(20)), Ok(true));
}

#[test]
fn extension_exists_once_per_type_until_shutdown() {
    #[derive(Default)]
    struct Counter(AtomicU64);
    let (one, two) = (
        Monitor::builder().build().unwrap(),
        Monitor::builder().build().unwrap(),
    );
    let counter = one.monitor().extension::<Counter>().unwrap();
    std::thread::scope(|threads| {
        for _ in 0..8 {
            threads.spawn(|| {
                one.monitor()
                    .extension::<Counter>()
                    .unwrap()
                    .0
                    .fetch_add(1, SeqCst)
            });
        }
    });
    assert_eq!(counter.0.load(SeqCst), 8);
    assert_eq!(
        two.monitor().extension::<Counter>().unwrap().0.load(SeqCst),
        0
    );
    assert_eq!(Arc::strong_count(&counter), 2);
    one.shutdown(Duration::from_secs(5));
    assert_eq!(Arc::strong_count(&counter), 1);
    assert!(one.monitor().extension::<Counter>().is_none());
    assert!(Monitor::noop().extension::<Counter>().is_none());
}
