//! Shared state of a request and its response.
//!
//! Rocket has no single place that lives as long as a request. Fairings see its beginning and the head of the response,
//! handlers what is between, and the body the end. All of them share this state, and so does the
//! [`Guard`](crate::guard::Guard) in the request's cache. The event ends with the head of a response without a body,
//! with the body, or, if there is no response, when the last owner is dropped.
//!
//! A user takes the tracker out of the lock, so that the lock is not held while foreign code runs. Concurrent users
//! then see the ids only.

use std::mem;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gomon_core::{Tracker, TrackerContext};
use gomon_http::server::{RequestWatch, ResponseWatch};
use rocket::Route;
use tokio::task::{self, Id};

use crate::tasks;

#[derive(Debug)]
pub(crate) struct Exchange {
    stage: Mutex<Stage>,
    context: Option<TrackerContext>,
    /// Address of the route that was recorded, or 0.
    handled_by: AtomicUsize,
    /// The task that is registered for the exchange.
    task: Mutex<Option<Id>>,
}

/// Progress of an exchange.
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
            task: Mutex::new(None),
        })
    }

    /// Returns the ids of the event, also after its end. `None` if the configuration excludes the request.
    pub(crate) fn context(&self) -> Option<&TrackerContext> {
        self.context.as_ref()
    }

    /// Registers the exchange for the current task.
    pub(crate) fn enter_task(self: &Arc<Self>) {
        let task = task::try_id();
        if let Some(task) = task {
            tasks::enter(task, self);
        }
        *self.task() = task;
    }

    /// Removes the exchange from its task.
    pub(crate) fn leave_task(&self) {
        let task = self.task().take();
        if let Some(task) = task {
            tasks::leave(task);
        }
    }

    /// Calls `f` with the tracker. Returns false if the tracker is in use or the event has ended.
    pub(crate) fn lend(&self, f: &mut dyn FnMut(&mut dyn Tracker)) -> bool {
        let mut taken = self.take();
        let tracker = match &mut taken.stage {
            Stage::Request(watch) => watch.tracker(),
            Stage::Response(watch) => watch.tracker(),
        };
        tracker.map(f).is_some()
    }

    /// Takes the request out, to handle it or to respond. Returns `None` if it was answered.
    pub(crate) fn request(&self) -> Option<RequestWatch> {
        match &mut self.take().stage {
            Stage::Request(watch) => Some(mem::take(watch)),
            Stage::Response(_) => None,
        }
    }

    /// Puts a request back after `route` handled it.
    pub(crate) fn put_back(&self, request: RequestWatch, route: Option<&Route>) {
        self.handled_by.store(address(route), Relaxed);
        drop(self.replace(Stage::Request(request)));
    }

    /// Returns whether this route handled the request last.
    pub(crate) fn is_handled_by(&self, route: Option<&Route>) -> bool {
        route.is_some() && self.handled_by.load(Relaxed) == address(route)
    }

    /// Continues with the response.
    pub(crate) fn respond(&self, response: ResponseWatch) {
        self.take().stage = Stage::Response(response);
    }

    /// Ends the event, even if the exchange has other owners.
    pub(crate) fn end(&self) {
        drop(self.replace(Stage::Response(ResponseWatch::off())));
        self.leave_task();
    }

    /// Calls `f` with the response. Before there is one, `f` gets a watch that records nothing.
    pub(crate) fn send<R>(&self, f: impl FnOnce(&mut ResponseWatch) -> R) -> R {
        match &mut self.take().stage {
            Stage::Response(watch) => f(watch),
            Stage::Request(_) => f(&mut ResponseWatch::off()),
        }
    }

    fn task(&self) -> MutexGuard<'_, Option<Id>> {
        self.task.lock().unwrap_or_else(PoisonError::into_inner)
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

/// Puts the stage back in its drop, also after a panic.
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

/// Identifies a route: routes do not move while their application runs.
fn address(route: Option<&Route>) -> usize {
    route.map_or(0, |route| ptr::from_ref(route).addr())
}
