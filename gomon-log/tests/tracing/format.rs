//! Lines of the fmt layer with the trace and the id of the current event.

use std::sync::{Arc, Mutex};

use gomon_log::{MonitoringLayer, TraceFormat};
use gomon_test::TestMonitor;
use serde_json::Value;
use tracing::{Dispatch, info, info_span};
use tracing_subscriber::{fmt, prelude::*, registry};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Lines {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

fn log(subscriber: impl Into<Dispatch>) {
    tracing::dispatcher::with_default(&subscriber.into(), || {
        info!("outside");
        info_span!("work").in_scope(|| info!("inside"));
    });
}

#[test]
fn text_begins_with_trace_and_id_of_the_current_event() {
    let (gomon, lines) = (TestMonitor::new(), Lines::default());
    let layer = MonitoringLayer::new().with_monitor(gomon.monitor());
    let writer = lines.clone();
    let format = fmt::format().with_ansi(false).without_time();
    let printed = fmt::layer()
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .event_format(TraceFormat::new(format));
    log(registry().with(printed).with(layer.filtered()));
    let span = gomon.one("tracing-span");
    let [trace, id] = ["trace", "id"].map(|key| span[key].as_str().unwrap());
    let text = lines.text();
    let lines: Vec<_> = text.lines().collect();
    assert!(
        lines[0].starts_with(" INFO tracing::format: outside"),
        "{text}"
    );
    assert!(
        lines[1].starts_with(&format!("trace={trace} id={id}  INFO work:")),
        "{text}"
    );
}

#[test]
fn json_has_trace_and_id_of_the_current_event() {
    let (gomon, lines) = (TestMonitor::new(), Lines::default());
    let layer = MonitoringLayer::new().with_monitor(gomon.monitor());
    let writer = lines.clone();
    let printed = fmt::layer()
        .json()
        .with_writer(move || writer.clone())
        .event_format(TraceFormat::json(fmt::format().json()));
    log(registry().with(printed).with(layer.filtered()));
    let span = gomon.one("tracing-span");
    let text = lines.text();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        (lines[0].get("trace"), &lines[0]["fields"]["message"]),
        (None, &"outside".into())
    );
    assert_eq!(
        (&lines[1]["trace"], &lines[1]["id"]),
        (&span["trace"], &span["id"])
    );
    assert_eq!(lines[1]["fields"]["message"], "inside");
}
