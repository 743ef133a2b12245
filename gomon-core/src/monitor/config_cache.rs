//! A thread's own copies of the configurations that it has read last.
//!
//! Invariant: what is kept was read after the version beside it, so that it is in force as long as that is the
//! registry's.

use std::any::{Any, TypeId};
use std::cell::RefCell;
use std::sync::Arc;

use crate::config::Config;
use crate::state::core::Core;

/// How many are kept: of one monitor, those of all adapters and as many of the program's own.
const MOST: usize = 32;

thread_local! {
    static KEPT: RefCell<Vec<Kept>> = const { RefCell::new(Vec::new()) };
}

struct Kept {
    core: &'static Core,
    of: TypeId,
    version: u64,
    config: Arc<dyn Any + Send + Sync>,
}

/// The configuration that is in force.
#[inline]
pub(crate) fn config<C: Config>(core: &'static Core) -> Arc<C> {
    let kept = with_kept::<C, _>(core, |kept| Arc::clone(kept).downcast().ok());
    kept.flatten().unwrap_or_else(|| read(core))
}

/// A copy of it, for which no reference is counted.
#[inline]
pub(crate) fn copy<C: Config>(core: &'static Core) -> C {
    let copy = with_kept::<C, _>(core, |kept| kept.downcast_ref::<C>().cloned());
    copy.flatten().unwrap_or_else(|| C::clone(&read::<C>(core)))
}

#[inline]
fn with_kept<C: Config, R>(
    core: &'static Core,
    f: impl FnOnce(&Arc<dyn Any + Send + Sync>) -> R,
) -> Option<R> {
    let result = KEPT.try_with(|kept| {
        let kept = kept.try_borrow().ok()?;
        let version = core.registry.version();
        let found = kept.iter().find(|it| {
            it.of == TypeId::of::<C>() && std::ptr::eq(it.core, core) && it.version == version
        })?;
        Some(f(&found.config))
    });
    result.ok().flatten()
}

#[cold]
#[inline(never)]
fn read<C: Config>(core: &'static Core) -> Arc<C> {
    let version = core.registry.version();
    // The thread's own, so that no two threads count references in the same place.
    let config = Arc::new(C::clone(&core.registry.get()));
    let new = Kept {
        core,
        of: TypeId::of::<C>(),
        version,
        config: config.clone(),
    };
    // What it takes the place of is dropped after the borrow, as it may run code of its own.
    let old = KEPT.try_with(|kept| {
        let mut kept = kept.try_borrow_mut().ok()?;
        let same = kept
            .iter()
            .position(|it| it.of == new.of && std::ptr::eq(it.core, core));
        let old = match same {
            Some(at) => Some(kept.swap_remove(at)),
            None if kept.len() >= MOST => Some(kept.remove(0)),
            None => None,
        };
        kept.push(new);
        old
    });
    drop(old);
    config
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitor::Monitor;
    use crate::state::sampling::Sampling;

    #[test]
    fn what_is_read_is_in_force() {
        let running = Monitor::builder().build().unwrap();
        let monitor = running.monitor();
        let rate = || {
            let rate = monitor.config::<Sampling>().rate();
            assert_eq!(monitor.config_copy::<Sampling>().rate(), rate);
            rate
        };
        assert_eq!((rate(), rate()), (1.0, 1.0));
        monitor.set_config(Sampling::default().with_rate(0.5));
        assert_eq!((rate(), rate()), (0.5, 0.5));
        std::thread::scope(|threads| {
            let other = threads.spawn(|| monitor.set_config(Sampling::default().with_rate(0.25)));
            other.join().unwrap();
        });
        assert_eq!((rate(), rate()), (0.25, 0.25));
    }

    #[test]
    fn monitors_do_not_take_each_others() {
        let all: Vec<_> = (0..MOST + 3)
            .map(|_| Monitor::builder().build().unwrap())
            .collect();
        for (at, running) in all.iter().enumerate() {
            let rate = at as f64 / 100.0;
            running
                .monitor()
                .set_config(Sampling::default().with_rate(rate));
        }
        for _ in 0..2 {
            for (at, running) in all.iter().enumerate() {
                let rate = running.monitor().config_copy::<Sampling>().rate();
                assert_eq!(rate, at as f64 / 100.0);
            }
        }
        assert!(KEPT.with_borrow(|kept| kept.len() <= MOST));
    }
}
