//! Probe.
use gomon_core::{Monitor, Recorder};
use std::time::{Duration, Instant};
#[test]
fn probe() {
    for i in 0..20000 {
        let recorder = Recorder::new();
        let gomon = Monitor::builder()
            .health_interval(None)
            .listener(recorder.listener())
            .build()
            .unwrap();
        gomon.root("job").finish();
        let begin = Instant::now();
        let report = gomon.shutdown(Duration::from_secs(1));
        let lapsed = begin.elapsed();
        let n = recorder.events().len();
        if n != 2 {
            println!(
                "{i}: {n} events after {lapsed:?}: {report:#?} later {:#?}",
                gomon.health()
            );
            std::thread::sleep(Duration::from_secs(1));
            println!("{} later {:#?}", recorder.events().len(), gomon.health());
            panic!();
        }
    }
}
