//! A case and its builder.

use gomon_http::HttpConfig;

use crate::Deviation;
use crate::answer::{Answer, End};
use crate::expect::Expect;
use crate::json::EventJson;
use crate::script::{CloseMode, Leave, Request, Script, Wire};

/// A client's script with the expected answers and events.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) wires: &'static [Wire],
    pub(crate) config: HttpConfig,
    pub(crate) script: Script,
    pub(crate) answers: Vec<Reaction>,
    pub(crate) events: Vec<Expect>,
    /// Maximum number of optional events; a host may reject a request before the middleware sees it.
    pub(crate) spare: usize,
    pub(crate) checks: Vec<Check>,
    pub(crate) deviations: Vec<(Deviation, Change)>,
}

/// An additional check of a case's result; returns an error, if any.
pub(crate) type Check = fn(&Seen) -> Option<String>;

/// Adapts a case to a deviation.
pub(crate) type Change = fn(Case, Wire) -> Case;

/// The result of a case.
#[derive(Debug)]
pub(crate) struct Seen {
    /// Answers of the monitored server, by request.
    pub(crate) answers: Vec<Answer>,
    /// Events of the requests, in the order of the expectations.
    pub(crate) requests: Vec<EventJson>,
    /// Events with other fingerprints, in the order of their end.
    pub(crate) others: Vec<EventJson>,
    /// Id of the application event.
    pub(crate) application: String,
}

/// What a case expects of an answer, besides equality with the unmonitored server.
#[derive(Clone, Debug)]
pub(crate) struct Reaction {
    pub(crate) status: u16,
    pub(crate) body: Option<Vec<u8>>,
    pub(crate) header: Option<(&'static str, &'static str)>,
    pub(crate) end: Option<End>,
}

impl Reaction {
    pub(crate) fn status(status: u16) -> Self {
        Self {
            status,
            body: None,
            header: None,
            end: Some(End::Whole),
        }
    }

    /// Expects an incomplete answer: the connection was closed or the stream reset.
    pub(crate) fn broken(status: u16) -> Self {
        Self {
            end: None,
            ..Self::status(status)
        }
    }

    pub(crate) fn body(mut self, body: impl AsRef<[u8]>) -> Self {
        self.body = Some(body.as_ref().to_vec());
        self
    }

    pub(crate) fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.header = Some((name, value));
        self
    }

    pub(crate) fn unmet(&self, answer: &Answer) -> Option<String> {
        let end = match &self.end {
            Some(end) => answer.end == *end,
            None => answer.end != End::Whole,
        };
        let body = self.body.as_ref().is_none_or(|body| answer.body == *body);
        let header = self
            .header
            .is_none_or(|(name, value)| answer.header(name) == Some(value.as_bytes()));
        let met = answer.status == self.status && end && body && header;
        (!met).then(|| format!("expected {self:?}, got {answer:?}"))
    }
}

impl Case {
    fn new(name: &'static str, script: Script) -> Self {
        Self {
            name,
            wires: Wire::BOTH,
            config: HttpConfig::default(),
            script,
            answers: Vec::new(),
            events: Vec::new(),
            spare: 0,
            checks: Vec::new(),
            deviations: Vec::new(),
        }
    }

    /// Creates a case of one request whose answer is read to its end.
    pub(crate) fn request(name: &'static str, request: Request) -> Self {
        Self::new(name, Script::Sequential(vec![request]))
    }

    /// Creates a case of sequential requests on one connection.
    pub(crate) fn keep_alive(name: &'static str, requests: Vec<Request>) -> Self {
        Self::new(name, Script::Sequential(requests))
    }

    /// Creates a case of requests sent at once on one connection.
    pub(crate) fn pipeline(name: &'static str, requests: Vec<Request>) -> Self {
        Self::new(name, Script::Pipeline(requests))
    }

    /// Creates a case of a client that leaves before the answer ends.
    pub(crate) fn leave(
        name: &'static str,
        request: Request,
        when: Leave,
        mode: CloseMode,
    ) -> Self {
        let case = Self::new(name, Script::Leave(request, when, mode));
        if mode == CloseMode::Reset {
            case.over(&[Wire::H2])
        } else {
            case
        }
    }

    /// Creates a case that sends raw bytes.
    pub(crate) fn raw(name: &'static str, bytes: impl Into<Vec<u8>>) -> Self {
        Self::new(name, Script::Raw(bytes.into())).over(&[Wire::H1])
    }

    /// Creates a case of a protocol upgrade.
    pub(crate) fn upgrade(name: &'static str, path: &'static str, protocol: &'static str) -> Self {
        Self::new(name, Script::Upgrade { path, protocol }).over(&[Wire::H1])
    }

    pub(crate) fn over(mut self, wires: &'static [Wire]) -> Self {
        self.wires = wires;
        self
    }

    pub(crate) fn config(mut self, config: HttpConfig) -> Self {
        self.config = config;
        self
    }

    /// Adds the expected answer of the next request.
    pub(crate) fn answers(mut self, reaction: Reaction) -> Self {
        self.answers.push(reaction);
        self
    }

    /// Adds the expected event of the next request.
    pub(crate) fn records(mut self, event: Expect) -> Self {
        self.events.push(event);
        self
    }

    /// Allows up to `spare` additional events.
    pub(crate) fn at_most(mut self, spare: usize) -> Self {
        self.spare = spare;
        self
    }

    pub(crate) fn check(mut self, check: Check) -> Self {
        self.checks.push(check);
        self
    }

    /// Sets how the case changes for subjects that declare `deviation`.
    pub(crate) fn deviates(mut self, deviation: Deviation, change: Change) -> Self {
        self.deviations.push((deviation, change));
        self
    }

    pub(crate) fn map_events(mut self, change: impl Fn(Expect) -> Expect) -> Self {
        self.events = self.events.into_iter().map(change).collect();
        self
    }

    /// Applies the `declared` deviations and returns the case with the deviations that it asserts.
    pub(crate) fn deviated(self, declared: &[Deviation], wire: Wire) -> (Self, Vec<Deviation>) {
        let mut shown = Vec::new();
        let mut case = self;
        for (deviation, change) in case.deviations.clone() {
            if declared.contains(&deviation) {
                shown.push(deviation);
                case = change(case, wire);
            }
        }
        if declared.contains(&Deviation::NoRoutes) {
            shown.extend((!case.events.is_empty()).then_some(Deviation::NoRoutes));
            case = case.map_events(|event| event.absent("route"));
        }
        if declared.contains(&Deviation::RequestSizeUnknown) {
            for (event, request) in case.events.iter_mut().zip(case.script.requests()) {
                if request.body.has_bytes() {
                    shown.push(Deviation::RequestSizeUnknown);
                    *event = std::mem::take(event).absent("request_size");
                }
            }
        }
        (case, shown)
    }

    /// Replaces the expectations, for deviations.
    pub(crate) fn with_expectations(
        mut self,
        reaction: Option<Reaction>,
        event: Option<Expect>,
    ) -> Self {
        if let Some(reaction) = reaction {
            self.answers = vec![reaction];
        }
        if let Some(event) = event {
            self.events = vec![event];
        }
        self
    }
}
