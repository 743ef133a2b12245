//! Messages of the demo on standard error.

use std::io::Write;

use gomon_core::Health;

/// Prints a line to standard error; write errors are ignored.
pub(crate) fn line(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

pub(crate) fn suggestions(port: u16) {
    line(&format!(
        "The shop runs until Ctrl-C. Try:
  curl http://127.0.0.1:{port}/goods
  curl http://127.0.0.1:{port}/goods/3
  curl -H 'authorization: Bearer secret' 'http://127.0.0.1:{port}/goods/3?token=secret'
  curl -X POST -d tea http://127.0.0.1:{port}/cart
  curl http://127.0.0.1:{port}/stock/1
  curl http://127.0.0.1:{port}/checkout
  curl -m 1 http://127.0.0.1:{port}/ticker
  curl http://127.0.0.1:{port}/report"
    ));
}

pub(crate) fn health(health: &Health) {
    for listener in &health.listeners {
        line(&format!(
            "{} events: {} delivered to {}, {} failed, {} dropped, {} trackers open.",
            health.produced,
            listener.delivered,
            listener.name,
            listener.failed,
            listener.dropped.total(),
            health.open,
        ));
    }
}
