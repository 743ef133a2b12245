//! Watching every connection of the process through diesel's default instrumentation.

use std::cell::Cell;
use std::sync::{Arc, PoisonError, RwLock};

use diesel::QueryResult;
use diesel::connection::{Instrumentation, set_default_instrumentation};

use super::instrumentation::MonitoringInstrumentation;

/// A program's own default.
type Default = fn() -> Option<Box<dyn Instrumentation>>;

static NEXT: RwLock<Default> = RwLock::new(nothing);

thread_local! {
    /// Whether a wrapper is opening its connection, which it records itself.
    static IS_WRAPPED: Cell<bool> = const { Cell::new(false) };
}

/// Records every connection that diesel or `diesel-async` opens from now on in this process, without a change of the code
/// that uses them: each connection, its queries and its transactions; no rows and no counts, which diesel does not tell.
///
/// It takes the place of the default instrumentation; a program that has one of its own calls [`auto_register_before`].
///
/// # Errors
///
/// When a panic has left diesel's own lock unusable.
///
/// # Examples
///
/// ```
/// gomon_diesel::auto_register()?;
/// // … `PgConnection::establish`, pools, all as before …
/// # Ok::<(), diesel::result::Error>(())
/// ```
pub fn auto_register() -> QueryResult<()> {
    auto_register_before(nothing)
}

/// As [`auto_register`], and each connection also gets what `next` gives, which is told the same.
///
/// # Errors
///
/// When a panic has left diesel's own lock unusable.
///
/// # Examples
///
/// ```
/// use diesel::connection::InstrumentationEvent;
///
/// gomon_diesel::auto_register_before(|| Some(Box::new(|_: InstrumentationEvent<'_>| { /* … */ })))?;
/// # Ok::<(), diesel::result::Error>(())
/// ```
pub fn auto_register_before(next: fn() -> Option<Box<dyn Instrumentation>>) -> QueryResult<()> {
    *NEXT.write().unwrap_or_else(PoisonError::into_inner) = next;
    set_default_instrumentation(registered)
}

/// Runs what opens a connection for a wrapper, which records that itself.
pub(super) fn without_registered<R>(open: impl FnOnce() -> R) -> R {
    let _wrapped = Wrapped::begin();
    open()
}

fn registered() -> Option<Box<dyn Instrumentation>> {
    let next = *NEXT.read().unwrap_or_else(PoisonError::into_inner);
    let next = next();
    let mut ours = if IS_WRAPPED.try_with(Cell::get).unwrap_or(false) {
        MonitoringInstrumentation::linked(&Arc::default())
    } else {
        MonitoringInstrumentation::new()
    };
    if let Some(next) = next {
        ours.set_next(next);
    }
    Some(Box::new(ours))
}

fn nothing() -> Option<Box<dyn Instrumentation>> {
    None
}

/// Ends with its drop, also by panic.
struct Wrapped {
    before: bool,
}

impl Wrapped {
    fn begin() -> Self {
        let before = IS_WRAPPED.try_with(|it| it.replace(true)).unwrap_or(false);
        Self { before }
    }
}

impl Drop for Wrapped {
    fn drop(&mut self) {
        let _ = IS_WRAPPED.try_with(|it| it.set(self.before));
    }
}
