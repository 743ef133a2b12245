//! A monitored Rocket application, its clients and its events.

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
        let (sender, receiver) = oneshot::channel();
        let sender = Mutex::new(Some(sender));
        let told_at_liftoff = AdHoc::on_liftoff("address", move |rocket| {
            let config = rocket.config();
            let address = SocketAddr::new(config.address, config.port);
            sender
                .lock()
                .unwrap()
                .take()
                .unwrap()
                .send(address)
                .unwrap();
            Box::pin(async {})
        });
        let rocket = build(rocket().attach(fairing)).attach(told_at_liftoff);
        tokio::spawn(rocket.launch());
        Self {
            running,
            recorder,
            address: receiver.await.unwrap(),
        }
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Returns the whole response to a request, whose head may continue.
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

    /// Returns all events, once no tracker is open.
    pub(crate) fn events(self) -> Vec<OwnedEvent> {
        while self.running.monitor().health().open > 0 {
            std::thread::yield_now();
        }
        self.running.shutdown(Duration::from_secs(30));
        self.recorder.events().into_iter().skip(1).collect()
    }

    /// Returns the only event.
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

/// Listens on any free port of the loopback.
pub(crate) fn rocket() -> Rocket<Build> {
    let figment = Config::figment()
        .merge(("address", Ipv4Addr::LOCALHOST))
        .merge(("port", 0))
        .merge(("log_level", "off"))
        .merge(("shutdown.ctrlc", false))
        .merge(("shutdown.signals", [""; 0]));
    rocket::custom(figment)
}

/// Opens a child of the current request, in the same monitor.
pub(crate) fn child(name: &'static str) {
    current(|request| request.child(name).finish());
}

/// Opens a child of the current request where only its ids are known.
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
