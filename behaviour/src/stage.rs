//! A monitored server for one case, and its recorded events.

use std::time::Duration;

use gomon_core::{Monitor, Recorder, Running};
use gomon_http::TracePolicy;

use crate::answer::Answer;
use crate::case::{Case, Seen};
use crate::expect::Expect;
use crate::json::EventJson;
use crate::ledger::Ledger;
use crate::script::{Request, Watch, Wire};
use crate::wait::until;
use crate::{Deviation, Server, Setup, Subject, h1, h2, schema};

/// Maximum time to wait for an event.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A monitored server.
pub(crate) struct Stage {
    running: Running,
    recorder: Recorder,
    server: Server,
}

impl Stage {
    pub(crate) fn open(subject: &dyn Subject, case: &Case) -> Self {
        let recorder = Recorder::new();
        let running = Monitor::builder()
            .app_id("behaviour")
            .health_interval(None)
            .listener(recorder.listener())
            .build()
            .expect("a monitor");
        let ledger = Ledger::new(running.monitor());
        let server = subject.start(Setup::monitored(ledger, case.config.clone()));
        Self {
            running,
            recorder,
            server,
        }
    }

    pub(crate) fn drive(&self, case: &Case, wire: Wire) -> Vec<Answer> {
        let watch = Watch {
            at_work: &|| {
                assert!(
                    until(TIMEOUT, || self.running.monitor().health().open > 0),
                    "no tracker was opened"
                );
            },
            gone: &|| {
                assert!(
                    until(TIMEOUT, || self.running.monitor().health().open == 0),
                    "a tracker stayed open"
                );
            },
        };
        play(&self.server, case, wire, &watch)
    }

    /// Stops the server and checks its events.
    pub(crate) fn close(
        self,
        subject: &dyn Subject,
        case: &Case,
        wire: Wire,
        answers: Vec<Answer>,
    ) -> (Vec<String>, Seen) {
        let Self {
            running,
            recorder,
            server,
        } = self;
        let mut errors = Vec::new();
        let ended = || {
            let events = recorder.events();
            let of_requests = events
                .iter()
                .filter(|event| event.as_event().fingerprint() == subject.fingerprint());
            of_requests.count() >= case.events.len() && running.monitor().health().open == 0
        };
        if !until(TIMEOUT, ended) {
            errors.push(format!(
                "{} trackers still open after {TIMEOUT:?}",
                running.monitor().health().open
            ));
        }
        drop(server);
        if !running.monitor().flush(TIMEOUT).is_complete() {
            errors.push("the flush timed out".to_owned());
        }
        let mut events = recorder.events().into_iter();
        let application = events
            .next()
            .map(|event| event.as_event().id().to_string())
            .unwrap_or_default();
        let parsed = events.filter_map(|event| match EventJson::parse(event.to_json()) {
            Ok(event) => Some(event),
            Err(error) => {
                errors.push(format!("an event is not a JSON object: {error}"));
                None
            }
        });
        let (mut own, others): (Vec<_>, Vec<_>) =
            parsed.partition(|event| event.text("gomon:fp") == subject.fingerprint());
        own.sort_by_key(|event| event.number("gomon:start"));
        let expected = case.events.len()..=case.events.len() + case.spare;
        if !expected.contains(&own.len()) {
            errors.push(format!(
                "expected {expected:?} request events, got {}",
                own.len()
            ));
        }
        let has_routes = !subject.deviations().contains(&Deviation::NoRoutes);
        let of_own = own
            .iter()
            .flat_map(|event| schema::of_request(event, has_routes));
        let of_all = of_own.chain(others.iter().flat_map(schema::of_any));
        errors.extend(of_all.map(|error| format!("event model: {error}")));
        let requests = paired(own, case.script.requests());
        for (number, (expect, event)) in case.events.iter().zip(&requests).enumerate() {
            let unmet = expect.unmet(event).into_iter();
            errors.extend(unmet.map(|unmet| format!("event {number}: {unmet}")));
        }
        if let (Some(request), Some(event)) = (case.script.requests().first(), requests.first()) {
            errors.extend(common(request, wire).unmet(event));
        }
        if case.config.trace_policy() != TracePolicy::Trust {
            let is_stray = |event: &&EventJson| event.text("parent") != application;
            let error = "the application is not the parent of the request";
            errors.extend(requests.iter().filter(is_stray).map(|_| error.to_owned()));
        }
        (
            errors,
            Seen {
                answers,
                requests,
                others,
                application,
            },
        )
    }
}

/// Expects the fields that every request's event has.
fn common(request: &Request, wire: Wire) -> Expect {
    Expect::default()
        .is("proto", wire.proto())
        .is("method", request.known_method())
        .is("url.host", "site")
}

/// Sorts events by request, because concurrent requests start in any order.
fn paired(mut events: Vec<EventJson>, requests: &[Request]) -> Vec<EventJson> {
    let mut paired = Vec::new();
    for request in requests {
        let at = events
            .iter()
            .position(|event| event.text("url.path") == request.path())
            .unwrap_or_default();
        if at < events.len() {
            paired.push(events.remove(at));
        }
    }
    paired.extend(events);
    paired
}

/// Plays the script of `case` against a server.
pub(crate) fn play(server: &Server, case: &Case, wire: Wire, watch: &Watch<'_>) -> Vec<Answer> {
    match wire {
        Wire::H1 => h1::play(server.address(), &case.script, watch),
        Wire::H2 => h2::play(server.address(), &case.script, watch),
    }
}
