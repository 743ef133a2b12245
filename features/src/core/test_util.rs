//! The `Recorder`, in a test of instrumentation.

use gomon_core::{Monitor, Recorder};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let recorder = Recorder::new();
    let running = Monitor::builder().listener(recorder.listener()).build()?;
    drop(running.monitor().root("root"));
    assert_eq!(recorder.wait_for(1).len(), 1);
    Ok(())
}
