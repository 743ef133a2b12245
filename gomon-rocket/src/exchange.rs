//! A request and its response, as those who have a part in them share it.
//!
//! Rocket has no place that lasts as long as a request: its fairings see the beginning and the head of the response, its
//! handlers what is between, the body the end. So all of them, and the [`Guard`](crate::guard::Guard) in the request's own
//! cache, hold this one, and the event ends with the last of them. On Rocket's server that is the guard, in a `LocalClient`
//! it is the body.
//!
//! Whoever uses the tracker takes it out meanwhile, so that no lock is held while code of others runs; who comes then finds
//! nothing to use, and the ids all the same.

use std::mem;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use gomon_core::{Tracker, TrackerContext};
use gomon_http::server::{RequestWatch, ResponseWatch};
use rocket::Route;

#[derive(Debug)]
pub(crate) struct Exchange {
    stage: Mutex<Stage>,
    context: Option<TrackerContext>,
    /// The address of the route that is recorded already, 0 for none.
    handled_by: AtomicUsize,
}

/// How far it has come.
#[derive(Debug)]
enum Stage {
    Request(RequestWatch),
    Response(ResponseWatch),
}

impl Exchange {
    pub(crate) fn new(mut request: RequestWatch) -> Arc<Self> {
        let context = request.tracker().and_then(|tracker| tracker.context());
        Arc::new(Self {
            stage: Mutex::new(Stage::Request(request)),
            context,
            handled_by: AtomicUsize::new(0),
        })
    }

    /// The ids of its event, which stay when the event has ended; none where the configuration leaves it out.
    pub(crate) fn context(&self) -> Option<&TrackerContext> {
        self.context.as_ref()
    }

    /// Lends the tracker to `use_it`; false where somebody has it, or where it has ended.
    pub(crate) fn lend(&self, use_it: &mut dyn FnMut(&mut dyn Tracker)) -> bool {
        let mut taken = self.take();
        let tracker = match &mut taken.stage {
            Stage::Request(watch) => watch.tracker(),
            Stage::Response(watch) => watch.tracker(),
        };
        tracker.map(use_it).is_some()
    }

    /// The request, to be handled or to be answered; none where it was answered.
    pub(crate) fn request(&self) -> Option<RequestWatch> {
        match &mut self.take().stage {
            Stage::Request(watch) => Some(mem::take(watch)),
            Stage::Response(_) => None,
        }
    }

    /// Takes back what [`request`](Self::request) gave; `route` is the one that it was handled by.
    pub(crate) fn give_back(&self, request: RequestWatch, route: Option<&Route>) {
        self.handled_by.store(address(route), Relaxed);
        drop(self.replace(Stage::Request(request)));
    }

    /// Whether [`give_back`](Self::give_back) was told this route last.
    pub(crate) fn is_handled_by(&self, route: Option<&Route>) -> bool {
        route.is_some() && self.handled_by.load(Relaxed) == address(route)
    }

    /// The head of the response is there.
    pub(crate) fn respond(&self, response: ResponseWatch) {
        self.take().stage = Stage::Response(response);
    }

    /// Lets `f` use the response, to send a piece of it.
    pub(crate) fn send<R>(&self, f: impl FnOnce(&mut ResponseWatch) -> R) -> R {
        match &mut self.take().stage {
            Stage::Response(watch) => f(watch),
            Stage::Request(_) => f(&mut ResponseWatch::off()),
        }
    }

    fn take(&self) -> Taken<'_> {
        Taken {
            exchange: self,
            stage: self.replace(Stage::Request(RequestWatch::off())),
        }
    }

    fn replace(&self, stage: Stage) -> Stage {
        let mut own = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        mem::replace(&mut own, stage)
    }
}

/// Puts back what was taken, also by panic.
struct Taken<'e> {
    exchange: &'e Exchange,
    stage: Stage,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let stage = mem::replace(&mut self.stage, Stage::Request(RequestWatch::off()));
        drop(self.exchange.replace(stage));
    }
}

/// Routes stay where they are as long as their application runs.
fn address(route: Option<&Route>) -> usize {
    route.map_or(0, |route| ptr::from_ref(route).addr())
}
