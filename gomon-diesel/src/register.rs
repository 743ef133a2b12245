//! Recording of all connections of the process, through diesel's default instrumentation.

use std::cell::Cell;
use std::sync::{Arc, Mutex};

use diesel::QueryResult;
use diesel::connection::{
    Instrumentation, get_default_instrumentation, set_default_instrumentation,
};
use gomon_core::AutoHook;

use gomon_sql::adapter::lock;

use super::instrumentation::MonitoringInstrumentation;

/// The program's own default instrumentation.
type Default = fn() -> Option<Box<dyn Instrumentation>>;

static NEXT: Mutex<Default> = Mutex::new(nothing);

thread_local! {
    /// Whether a wrapper is opening a connection, which it records itself.
    static IS_WRAPPED: Cell<bool> = const { Cell::new(false) };
}

/// Records every connection that diesel or `diesel-async` opens from now on in this process, with its queries and
/// transactions. Diesel does not report rows and counts.
///
/// It replaces the default instrumentation. A program that has one calls [`auto_register_before`].
///
/// # Errors
///
/// If a panic has poisoned diesel's own lock.
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

/// Does what [`auto_register`] does, and each connection also gets the instrumentation that `next` returns.
///
/// # Errors
///
/// If a panic has poisoned diesel's own lock.
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
    *lock(&NEXT) = next;
    set_default_instrumentation(registered)
}

/// Returns a hook that does what [`auto_register`] does, unless the program has a default instrumentation.
///
/// # Examples
///
/// ```
/// use gomon_core::Monitor;
///
/// let gomon = Monitor::builder().auto([gomon_diesel::auto()]).start()?;
/// assert!(gomon.hooks()[0].is_hooked());
/// # Ok::<(), gomon_core::StartError>(())
/// ```
#[must_use]
pub fn auto() -> AutoHook {
    const PLACE: &str = "default instrumentation of diesel";
    AutoHook::new(|report| match get_default_instrumentation() {
        Some(found) if found.is::<MonitoringInstrumentation>() => report.hooked(PLACE),
        Some(_) => report.taken(
            PLACE,
            "the program has one; pass it to `gomon_diesel::auto_register_before`",
        ),
        None => match auto_register() {
            Ok(()) => report.hooked(PLACE),
            Err(error) => report.taken(PLACE, error.to_string()),
        },
    })
}

/// Opens a connection for a wrapper, which records it itself.
pub(super) fn without_registered<R>(open: impl FnOnce() -> R) -> R {
    let _wrapped = Wrapped::begin();
    open()
}

fn registered() -> Option<Box<dyn Instrumentation>> {
    let next = *lock(&NEXT);
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

/// Restores the flag when it is dropped, also by a panic.
struct Wrapped {
    before: bool,
}

impl Wrapped {
    fn begin() -> Self {
        let before = IS_WRAPPED
            .try_with(|flag| flag.replace(true))
            .unwrap_or(false);
        Self { before }
    }
}

impl Drop for Wrapped {
    fn drop(&mut self) {
        let _ = IS_WRAPPED.try_with(|flag| flag.set(self.before));
    }
}
