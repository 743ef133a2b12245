//! A Rocket that is monitored, and what its clients and its monitor see.

#![allow(dead_code, reason = "each test program uses some of it")]

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Mutex;
use std::time::Duration;

use gomon_core::{EventValue, Monitor, OwnedEvent, Recorder, Running, TrackerContext, current};
use gomon_rocket::{HttpConfig, MonitoringFairing};
use rocket::fairing::AdHoc;
use rocket::{Build, Config, Rocket};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

pub(crate) struct Site {
    pub(crate) running: Running,
    pub(crate) recorder: Recorder,
    address: SocketAddr,
}

impl Site {
    pub(crate) async fn start(build: impl FnOnce(Rocket<Build>) -> Rocket<Build>) -> Self {
        Self::configured(HttpConfig::default(), build).await
    }

    pub(crate) async fn configured(
        config: HttpConfig,
        build: impl FnOnce(Rocket<Build>) -> Rocket<Build>,
    ) -> Self {
        let (running, recorder) = monitor();
        let fairing = MonitoringFairing::new()
            .with_monitor(running.monitor())
            .with_config(config);
        let (tell, told) = oneshot::channel();
        let tell = Mutex::new(Some(tell));
        let told_at_liftoff = AdHoc::on_liftoff("address", move |rocket| {
            let config = rocket.config();
            let address = SocketAddr::new(config.address, config.port);
            tell.lock().unwrap().take().unwrap().send(address).unwrap();
            Box::pin(async {})
        });
        let rocket = build(rocket().attach(fairing)).attach(told_at_liftoff);
        tokio::spawn(rocket.launch());
        Self {
            running,
            recorder,
            address: told.await.unwrap(),
        }
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// The whole answer to a request, whose head may go on.
    pub(crate) async fn answer(&self, head: &str) -> String {
        self.answer_to(head, "").await
    }

    pub(crate) async fn answer_to(&self, head: &str, body: &str) -> String {
        let version = if head.contains("HTTP/1.1") {
            ""
        } else {
            " HTTP/1.1"
        };
        let text = format!("{head}{version}\r\nhost: shop\r\nconnection: close\r\n\r\n{body}");
        let mut client = self.connect().await;
        client.write_all(text.as_bytes()).await.unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        answer
    }

    /// All events, when no tracker is open any more.
    pub(crate) fn events(self) -> Vec<OwnedEvent> {
        while self.running.health().open > 0 {
            std::thread::yield_now();
        }
        self.running.shutdown(Duration::from_secs(30));
        self.recorder.events().into_iter().skip(1).collect()
    }

    /// The only event.
    pub(crate) fn event(self) -> OwnedEvent {
        let events = self.events();
        assert_eq!(events.len(), 1);
        events[0].clone()
    }
}

pub(crate) fn monitor() -> (Running, Recorder) {
    let recorder = Recorder::new();
    let running = Monitor::builder()
        .health_interval(None)
        .listener(recorder.listener())
        .build()
        .unwrap();
    (running, recorder)
}

/// One on any free port of the loopback.
pub(crate) fn rocket() -> Rocket<Build> {
    let figment = Config::figment()
        .merge(("address", Ipv4Addr::LOCALHOST))
        .merge(("port", 0))
        .merge(("log_level", "off"))
        .merge(("shutdown.ctrlc", false))
        .merge(("shutdown.signals", [""; 0]));
    rocket::custom(figment)
}

/// A child of the request at hand, of the same monitor, whichever that is.
pub(crate) fn child(name: &'static str) {
    current(|request| request.child(name).finish());
}

/// A child of the request at hand, where its ids are all that is left of it.
pub(crate) fn child_by_ids(name: &'static str) {
    if let Some(context) = TrackerContext::current() {
        context.child(name).finish();
    }
}

pub(crate) fn text(event: &OwnedEvent, key: &str) -> String {
    let value = event.as_event().get(key);
    value
        .as_ref()
        .and_then(EventValue::as_str)
        .unwrap_or_default()
        .to_owned()
}

pub(crate) fn number(event: &OwnedEvent, key: &str) -> Option<u64> {
    event
        .as_event()
        .get(key)
        .as_ref()
        .and_then(EventValue::as_u64)
}
