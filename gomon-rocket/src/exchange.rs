//! A request and its response, as those who have a part in them share it.
//!
//! Rocket has no place that lasts as long as a request: its fairings see the beginning and the head of the response, its
//! handlers what is between, the body the end. So all of them, and the [`Guard`](crate::guard::Guard) in the request's own
//! cache, hold this one. The event ends with the head of a response that has no body, or with its body, or, where there is
//! no response, with the last of them.
//!
//! Whoever uses the tracker takes it out meanwhile, so that no lock is held while code of others runs; who comes then finds
//! nothing to use, and the ids all the same.

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
    /// The address of the route that is recorded already, 0 for none.
    handled_by: AtomicUsize,
    /// The task that finds it.
    task: Mutex<Option<Id>>,
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
            task: Mutex::new(None),
        })
    }

    /// The ids of its event, which stay when the event has ended; none where the configuration leaves it out.
    pub(crate) fn context(&self) -> Option<&TrackerContext> {
        self.context.as_ref()
    }

    /// The task that runs finds it from now on.
    pub(crate) fn enter_task(self: &Arc<Self>) {
        let task = task::try_id();
        if let Some(task) = task {
            tasks::enter(task, self);
        }
        *self.task() = task;
    }

    /// No task finds it any more.
    pub(crate) fn leave_task(&self) {
        let task = self.task().take();
        if let Some(task) = task {
            tasks::leave(task);
        }
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

    /// The response is over, whoever holds this still.
    pub(crate) fn end(&self) {
        drop(self.replace(Stage::Response(ResponseWatch::off())));
        self.leave_task();
    }

    /// Lets `f` use the response, to send a piece of it.
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
