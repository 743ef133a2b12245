//! One case of the list.

use gomon_http::HttpConfig;

use crate::Deviation;
use crate::answer::{Answer, End};
use crate::expect::Expect;
use crate::json::EventJson;
use crate::script::{Door, Leave, Request, Script, Wire};

/// What a client does, and what must come of it.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) wires: &'static [Wire],
    pub(crate) config: HttpConfig,
    pub(crate) script: Script,
    pub(crate) answers: Vec<Reaction>,
    pub(crate) events: Vec<Expect>,
    /// Events that are there or not, as the host hands a request on or refuses it itself.
    pub(crate) spare: usize,
    /// The response header that monitoring was asked to add.
    pub(crate) added_header: Option<&'static str>,
    pub(crate) checks: Vec<Check>,
    pub(crate) deviations: Vec<(Deviation, Change)>,
}

/// What holds of all that came of a case.
pub(crate) type Check = fn(&Seen) -> Result<(), String>;

/// What a deviation makes of a case.
pub(crate) type Change = fn(Case, Wire) -> Case;

/// All that came of a case.
#[derive(Debug)]
pub(crate) struct Seen {
    /// What the client of the monitored server saw, by request.
    pub(crate) answers: Vec<Answer>,
    /// The events of the requests, by expectation.
    pub(crate) requests: Vec<EventJson>,
    /// Events of other fingerprints, in the order of their end.
    pub(crate) others: Vec<EventJson>,
    /// The id of the application event.
    pub(crate) application: String,
}

/// What a client must see of an answer, beyond its being that of the bare server.
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

    /// No answer, the connection closed or the stream reset.
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
        (!met).then(|| format!("the client wanted {self:?} and saw {answer:?}"))
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
            added_header: None,
            checks: Vec::new(),
            deviations: Vec::new(),
        }
    }

    /// One request, read to its end.
    pub(crate) fn ask(name: &'static str, request: Request) -> Self {
        Self::new(name, Script::Ask(vec![request]))
    }

    /// Several on one connection, one after the other.
    pub(crate) fn keep_alive(name: &'static str, requests: Vec<Request>) -> Self {
        Self::new(name, Script::Ask(requests))
    }

    /// Several on one connection, all sent at once.
    pub(crate) fn pipeline(name: &'static str, requests: Vec<Request>) -> Self {
        Self::new(name, Script::Pipeline(requests))
    }

    /// One request whose client leaves.
    pub(crate) fn leave(name: &'static str, request: Request, when: Leave, door: Door) -> Self {
        let case = Self::new(name, Script::Leave(request, when, door));
        if door == Door::Reset {
            case.over(&[Wire::H2])
        } else {
            case
        }
    }

    /// Bytes as they are.
    pub(crate) fn raw(name: &'static str, bytes: impl Into<Vec<u8>>) -> Self {
        Self::new(name, Script::Raw(bytes.into())).over(&[Wire::H1])
    }

    /// An upgrade.
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

    /// What the client of the next request sees.
    pub(crate) fn answers(mut self, reaction: Reaction) -> Self {
        self.answers.push(reaction);
        self
    }

    /// The event of the next request.
    pub(crate) fn records(mut self, event: Expect) -> Self {
        self.events.push(event);
        self
    }

    /// Up to `spare` events more.
    pub(crate) fn at_most(mut self, spare: usize) -> Self {
        self.spare = spare;
        self
    }

    pub(crate) fn adds_header(mut self, name: &'static str) -> Self {
        self.added_header = Some(name);
        self
    }

    pub(crate) fn check(mut self, check: Check) -> Self {
        self.checks.push(check);
        self
    }

    /// What becomes of the case where a subject declares `deviation`.
    pub(crate) fn deviates(mut self, deviation: Deviation, change: Change) -> Self {
        self.deviations.push((deviation, change));
        self
    }

    pub(crate) fn map_events(mut self, change: impl Fn(Expect) -> Expect) -> Self {
        self.events = self.events.into_iter().map(change).collect();
        self
    }

    /// The case as a subject with `declared` deviations has it, and which of them it asserts.
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

    /// Expectations replaced, for deviations.
    pub(crate) fn instead(mut self, reaction: Option<Reaction>, event: Option<Expect>) -> Self {
        if let Some(reaction) = reaction {
            self.answers = vec![reaction];
        }
        if let Some(event) = event {
            self.events = vec![event];
        }
        self
    }
}
