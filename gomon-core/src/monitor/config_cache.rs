//! Thread-local cache of configurations.
//!
//! Invariant: a cached configuration was read after its version, so it is in effect while the registry has that version.

use std::any::{Any, TypeId};
use std::cell::RefCell;
use std::sync::Arc;

use crate::config::Config;
use crate::state::core::Core;

/// Maximum number of entries: enough for all adapters of a monitor and as many configurations of the program.
const MAX_CACHED: usize = 32;

thread_local! {
    static CACHE: RefCell<Vec<Entry>> = const { RefCell::new(Vec::new()) };
}

struct Entry {
    core: &'static Core,
    of: TypeId,
    version: u64,
    config: Arc<dyn Any + Send + Sync>,
}

/// Returns the configuration in effect.
#[inline]
pub(crate) fn config<C: Config>(core: &'static Core) -> Arc<C> {
    cached(core).unwrap_or_else(|| read(core))
}

#[inline]
fn cached<C: Config>(core: &'static Core) -> Option<Arc<C>> {
    let found = CACHE.try_with(|cache| {
        let cache = cache.try_borrow().ok()?;
        let version = core.registry.version();
        let found = cache.iter().find(|entry| {
            entry.of == TypeId::of::<C>()
                && std::ptr::eq(entry.core, core)
                && entry.version == version
        })?;
        Arc::clone(&found.config).downcast().ok()
    });
    found.ok().flatten()
}

#[cold]
#[inline(never)]
fn read<C: Config>(core: &'static Core) -> Arc<C> {
    let version = core.registry.version();
    // A copy of this thread, so that threads do not contend for one reference count.
    let config = Arc::new(C::clone(&core.registry.get()));
    let new = Entry {
        core,
        of: TypeId::of::<C>(),
        version,
        config: config.clone(),
    };
    // The replaced entry is dropped after the borrow, as its destructor may use the cache.
    let old = CACHE.try_with(|cache| {
        let mut cache = cache.try_borrow_mut().ok()?;
        let same = cache
            .iter()
            .position(|entry| entry.of == new.of && std::ptr::eq(entry.core, core));
        let old = match same {
            Some(at) => Some(cache.swap_remove(at)),
            None if cache.len() >= MAX_CACHED => Some(cache.remove(0)),
            None => None,
        };
        cache.push(new);
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
    fn changed_config_is_in_effect_at_once() {
        let running = Monitor::builder().build().unwrap();
        let monitor = running.monitor();
        let rate = || monitor.config::<Sampling>().rate();
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
    fn each_monitor_has_its_own_config() {
        let all: Vec<_> = (0..MAX_CACHED + 3)
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
                let rate = running.monitor().config::<Sampling>().rate();
                assert_eq!(rate, at as f64 / 100.0);
            }
        }
        assert!(CACHE.with_borrow(|cache| cache.len() <= MAX_CACHED));
    }
}
