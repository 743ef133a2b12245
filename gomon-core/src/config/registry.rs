//! Configurations of one monitor, by type and by name.
//!
//! The first read of a plug-in's configuration loads the plug-in. Later reads take no lock.
//! Settings for a plug-in that is not loaded are kept until it is.
//!
//! No code of a plug-in (`Default`, `Deserialize`) runs under the lock, as it may read other
//! configurations. A load that finds newer settings starts again.

use std::any::{Any, TypeId, type_name};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Acquire, Ordering::Relaxed, Ordering::Release};
use std::sync::{Arc, Mutex};

use crate::config::Config;
use crate::config::settings::Settings;
use crate::error::Error;
use crate::sync::lock_std;
use arc_swap::ArcSwap;

/// Maximum number of names with settings for plug-ins that are not loaded.
const MAX_WAITING: usize = 256;

#[derive(Default)]
pub(crate) struct Registry {
    plugins: ArcSwap<Vec<Plugin>>,
    /// Number of replacements.
    version: AtomicU64,
    /// Number of errors so far, including resolved ones.
    faults: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    waiting: BTreeMap<String, Waiting>,
    /// At most one for each loaded type.
    errors: Vec<Fault>,
}

struct Waiting {
    settings: Arc<Settings>,
    /// Computed in advance, since it parses the whole text.
    place: String,
}

/// Reason why a plug-in runs with its defaults despite settings.
struct Fault {
    plugin: &'static str,
    /// Names the place, the key and what was expected.
    message: String,
    /// Whether setting the name again can resolve it.
    is_repairable: bool,
}

#[derive(Clone)]
struct Plugin {
    type_id: TypeId,
    name: &'static str,
    slot: Arc<dyn Slot>,
}

trait Slot: Any + Send + Sync {
    fn replace(&self, settings: &Settings) -> Result<(), Error>;
    /// Notifies the plug-in.
    fn changed(&self);
}

impl<C: Config> Slot for ArcSwap<C> {
    fn replace(&self, settings: &Settings) -> Result<(), Error> {
        self.store(Arc::new(settings.parse::<C>()?));
        Ok(())
    }

    fn changed(&self) {
        C::changed();
    }
}

impl Registry {
    /// Returns a configuration. The first call loads its plug-in.
    pub(crate) fn get<C: Config>(&self) -> Arc<C> {
        self.find(ArcSwap::load_full)
            .unwrap_or_else(|| self.load::<C>())
    }

    pub(crate) fn set<C: Config>(&self, config: C) {
        self.get::<C>();
        self.find(|slot| slot.store(Arc::new(config)));
        self.version.fetch_add(1, Release);
        C::changed();
    }

    /// Returns a number that every change increases.
    ///
    /// A configuration read after the version has that version or a newer one.
    #[inline]
    pub(crate) fn version(&self) -> u64 {
        self.version.load(Acquire)
    }

    /// Replaces the configuration called `name` with its defaults and the keys in `settings`.
    ///
    /// # Errors
    /// Settings that do not fit, or too many names without a plug-in.
    pub(crate) fn set_named(&self, name: &str, settings: Settings) -> Result<(), Error> {
        let settings = settings.named(name);
        let Some(slot) = self.slot_or_wait(name, &settings)? else {
            return Ok(());
        };
        slot.replace(&settings)?;
        self.version.fetch_add(1, Release);
        let is_resolved = |fault: &Fault| fault.plugin == name && fault.is_repairable;
        lock_std(&self.state)
            .errors
            .retain(|fault| !is_resolved(fault));
        slot.changed();
        Ok(())
    }

    /// Describes settings that did not fit when their plug-in was loaded and names shared by two
    /// plug-ins, one line each.
    pub(crate) fn errors(&self) -> Vec<String> {
        let state = lock_std(&self.state);
        let messages = state.errors.iter().map(|fault| fault.message.clone());
        messages.collect()
    }

    /// Describes the errors and the settings that no plug-in uses, one line each.
    pub(crate) fn problems(&self) -> Vec<String> {
        let mut problems = self.errors();
        let state = lock_std(&self.state);
        let waiting = state.waiting.values();
        problems.extend(waiting.map(|entry| format!("{}: no plug-in uses it yet", entry.place)));
        problems
    }

    fn find<C: Config, R>(&self, f: impl FnOnce(&ArcSwap<C>) -> R) -> Option<R> {
        let plugins = self.plugins.load();
        let plugin = plugins
            .iter()
            .find(|plugin| plugin.type_id == TypeId::of::<C>())?;
        let slot: &dyn Any = plugin.slot.as_ref();
        slot.downcast_ref().map(f)
    }

    fn slot_or_wait(
        &self,
        name: &str,
        settings: &Settings,
    ) -> Result<Option<Arc<dyn Slot>>, Error> {
        let place = settings.describe();
        let mut state = lock_std(&self.state);
        let plugins = self.plugins.load();
        if let Some(plugin) = plugins.iter().find(|plugin| plugin.name == name) {
            return Ok(Some(plugin.slot.clone()));
        }
        if state.waiting.len() >= MAX_WAITING && !state.waiting.contains_key(name) {
            return Err(Error::config(format!(
                "{place}: expected at most {MAX_WAITING} names that no plug-in uses yet"
            )));
        }
        let settings = Arc::new(settings.clone());
        let waiting = Waiting { settings, place };
        state.waiting.insert(name.to_owned(), waiting);
        Ok(None)
    }

    #[cold]
    fn load<C: Config>(&self) -> Arc<C> {
        loop {
            let waiting = self.waiting::<C>();
            let parsed = waiting.as_deref().map(Settings::parse::<C>);
            let (config, error) = match parsed.transpose() {
                Ok(config) => (config.unwrap_or_default(), None),
                Err(error) => (C::default(), Some(error)),
            };

            let mut state = lock_std(&self.state);
            if let Some(loaded) = self.find(ArcSwap::load_full) {
                return loaded;
            }
            let current = state
                .waiting
                .get(C::NAME)
                .map(|entry| Arc::as_ptr(&entry.settings));
            if current != waiting.as_ref().map(Arc::as_ptr) {
                continue;
            }
            state.waiting.remove(C::NAME);
            let mut plugins = Vec::clone(&self.plugins.load());
            let name = C::NAME;
            if plugins.iter().any(|plugin| plugin.name == name) {
                let second = type_name::<C>();
                let message = format!("{second}: expected a unique name, {name:?} is taken");
                self.report(&mut state, name, message, false);
            } else if let Some(error) = error {
                self.report(&mut state, name, error.to_string(), true);
            }
            let config = Arc::new(config);
            plugins.push(Plugin {
                type_id: TypeId::of::<C>(),
                name,
                slot: Arc::new(ArcSwap::new(config.clone())),
            });
            self.plugins.store(Arc::new(plugins));
            return config;
        }
    }

    fn waiting<C: Config>(&self) -> Option<Arc<Settings>> {
        let state = lock_std(&self.state);
        state
            .waiting
            .get(C::NAME)
            .map(|entry| entry.settings.clone())
    }

    fn report(
        &self,
        state: &mut State,
        plugin: &'static str,
        message: String,
        is_repairable: bool,
    ) {
        state.errors.push(Fault {
            plugin,
            message,
            is_repairable,
        });
        self.faults.fetch_add(1, Relaxed);
    }

    /// Returns a number that every error increases.
    pub(crate) fn faults(&self) -> u64 {
        self.faults.load(Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::thread;

    use serde::{Deserialize, Serialize};

    use super::*;

    #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
    #[serde(default, rename_all = "kebab-case")]
    struct Cache {
        max_keys: u64,
        twice_max_keys: u64,
    }

    impl Config for Cache {
        const NAME: &'static str = "shop/cache";

        fn changed() {
            CHANGES.set(CHANGES.get() + 1);
        }
    }

    thread_local! {
        static CHANGES: Cell<u32> = const { Cell::new(0) };
    }

    fn keys(count: u64) -> Cache {
        Cache {
            max_keys: count,
            twice_max_keys: 2 * count,
        }
    }

    fn json(text: &str) -> Settings {
        Settings::from_json("gomon.json", text).expect("JSON")
    }

    #[test]
    fn registry_is_send_and_sync() {
        fn assert_send<T: Send + Sync + 'static>() {}
        assert_send::<Registry>();
    }

    #[test]
    fn first_read_returns_the_defaults() {
        assert_eq!(*Registry::default().get::<Cache>(), Cache::default());
    }

    #[test]
    fn set_by_type_takes_effect_at_once() {
        let registry = Registry::default();
        registry.set(keys(3));
        assert_eq!(*registry.get::<Cache>(), keys(3));
        registry.set(keys(4));
        assert_eq!(*registry.get::<Cache>(), keys(4));
    }

    #[test]
    fn plug_in_is_notified_of_replacements_in_use() {
        let registry = Registry::default();
        registry
            .set_named(Cache::NAME, json(r#"{"max-keys": 1}"#))
            .expect("waits");
        registry.get::<Cache>();
        assert_eq!(CHANGES.get(), 0);
        registry.set(keys(3));
        assert_eq!(CHANGES.get(), 1);
        registry
            .set_named(Cache::NAME, json(r#"{"max-keys": 1}"#))
            .expect("fits");
        assert_eq!(CHANGES.get(), 2);
        assert!(
            registry
                .set_named(Cache::NAME, json(r#"{"x": 1}"#))
                .is_err()
        );
        assert_eq!(CHANGES.get(), 2);
    }

    #[test]
    fn set_by_name_waits_until_the_plug_in_is_loaded() {
        let registry = Registry::default();
        registry
            .set_named(Cache::NAME, json(r#"{"max-keys": 1}"#))
            .expect("waits");
        registry
            .set_named(Cache::NAME, json(r#"{"max-keys": 2}"#))
            .expect("waits");
        assert_eq!(registry.get::<Cache>().max_keys, 2);
        assert_eq!(registry.errors(), [""; 0]);
    }

    #[test]
    fn set_by_type_overrides_waiting_settings() {
        let registry = Registry::default();
        registry
            .set_named(Cache::NAME, json(r#"{"max-keys": 1}"#))
            .expect("waits");
        registry.set(keys(3));
        assert_eq!(*registry.get::<Cache>(), keys(3));
    }

    #[test]
    fn set_by_name_resets_other_keys_to_their_defaults() {
        let registry = Registry::default();
        registry.set(keys(3));
        registry
            .set_named(Cache::NAME, json(r#"{"max-keys": 9}"#))
            .expect("fits");
        assert_eq!(
            *registry.get::<Cache>(),
            Cache {
                max_keys: 9,
                twice_max_keys: 0
            }
        );
    }

    #[test]
    fn invalid_settings_keep_the_old_config() {
        let registry = Registry::default();
        registry.set(keys(3));
        for (text, expected) in [
            (
                r#"{"max-keyes": 1}"#,
                r#"gomon.json: shop/cache: unknown key "max-keyes", expected one of "max-keys", "twice-max-keys""#,
            ),
            (
                r#"{"max-keys": "many"}"#,
                r#"gomon.json: shop/cache: key "max-keys": expected an integer from 0 to 18446744073709551615, found a string"#,
            ),
        ] {
            let error = registry
                .set_named(Cache::NAME, json(text))
                .expect_err("rejected");
            assert!(error.is_config());
            assert_eq!(error.to_string(), expected);
            assert_eq!(*registry.get::<Cache>(), keys(3));
        }
    }

    #[test]
    fn invalid_waiting_settings_keep_the_defaults_and_are_reported() {
        let registry = Registry::default();
        registry
            .set_named(Cache::NAME, json(r#"{"max-keyes": 1}"#))
            .expect("waits");
        assert_eq!(*registry.get::<Cache>(), Cache::default());
        let errors = registry.errors();
        let [error] = errors.as_slice() else {
            panic!("one error, not {errors:?}")
        };
        assert!(error.starts_with(r#"gomon.json: shop/cache: unknown key "max-keyes""#));
    }

    #[test]
    fn name_that_no_plug_in_uses_is_reported() {
        let registry = Registry::default();
        registry.set_named("shop/cahce", json("{}")).expect("waits");
        let unused = "gomon.json: shop/cahce: no plug-in uses it yet";
        assert_eq!(registry.problems(), [unused]);
        registry.get::<Cache>();
        assert_eq!(registry.problems(), [unused]);
    }

    #[test]
    fn valid_settings_clear_a_reported_error() {
        let registry = Registry::default();
        registry
            .set_named(Cache::NAME, json(r#"{"max-keyes": 1}"#))
            .expect("waits");
        registry.get::<Cache>();
        assert!(
            registry
                .set_named(Cache::NAME, json(r#"{"max-keyes": 1}"#))
                .is_err()
        );
        assert_eq!(registry.errors().len(), 1);
        registry.set_named(Cache::NAME, json("{}")).expect("fits");
        assert_eq!(registry.errors(), [""; 0]);
    }

    #[test]
    fn duplicate_name_is_reported_and_both_plug_ins_are_readable() {
        #[derive(Debug, Clone, Default, Serialize, Deserialize)]
        #[serde(default)]
        struct Twin {
            depth: u8,
        }

        impl Config for Twin {
            const NAME: &'static str = Cache::NAME;
        }

        let registry = Registry::default();
        registry.get::<Cache>();
        assert_eq!(registry.get::<Twin>().depth, 0);
        registry.set(Twin { depth: 3 });
        registry
            .set_named(Cache::NAME, json(r#"{"max-keys": 2}"#))
            .expect("the first has it");
        assert_eq!(
            (
                registry.get::<Cache>().max_keys,
                registry.get::<Twin>().depth
            ),
            (2, 3)
        );
        let errors = registry.errors();
        assert_eq!(errors.len(), 1);
        let expected = r#"Twin: expected a unique name, "shop/cache" is taken"#;
        assert!(errors[0].ends_with(expected), "{errors:?}");
    }

    #[test]
    fn waiting_names_are_bounded() {
        let registry = Registry::default();
        for index in 0..MAX_WAITING {
            registry
                .set_named(&format!("shop/{index}"), json("{}"))
                .expect("within the limit");
        }
        let error = registry
            .set_named(Cache::NAME, json("{}"))
            .expect_err("over the limit");
        assert!(error.is_config());
        assert!(
            error
                .to_string()
                .starts_with("gomon.json: shop/cache: expected at most 256 names")
        );
        registry
            .set_named("shop/0", json("{}"))
            .expect("waits already");
        registry.get::<Cache>();
        registry
            .set_named(Cache::NAME, json(r#"{"max-keys": 1}"#))
            .expect("loaded");
        assert_eq!(registry.get::<Cache>().max_keys, 1);
    }

    #[test]
    fn config_may_read_another_in_its_default() {
        static REGISTRY: std::sync::LazyLock<Registry> =
            std::sync::LazyLock::new(Registry::default);

        #[derive(Debug, Clone, Serialize, Deserialize)]
        #[serde(default)]
        struct Outer {
            max: u64,
        }

        impl Default for Outer {
            fn default() -> Self {
                Self {
                    max: REGISTRY.get::<Cache>().max_keys,
                }
            }
        }

        impl Config for Outer {
            const NAME: &'static str = "shop/outer";
        }

        REGISTRY
            .set_named(Cache::NAME, json(r#"{"max-keys": 5}"#))
            .expect("waits");
        assert_eq!(REGISTRY.get::<Outer>().max, 5);
    }

    #[test]
    fn settings_set_during_a_load_are_not_lost() {
        static REGISTRY: std::sync::LazyLock<Registry> =
            std::sync::LazyLock::new(Registry::default);
        static MADE: AtomicUsize = AtomicUsize::new(0);

        #[derive(Debug, Clone, Serialize, Deserialize)]
        #[serde(default)]
        struct Slow {
            max: u64,
        }

        impl Default for Slow {
            fn default() -> Self {
                if MADE.fetch_add(1, Ordering::SeqCst) == 0 {
                    REGISTRY
                        .set_named("shop/slow", json(r#"{"max": 8}"#))
                        .expect("waits");
                }
                Self { max: 0 }
            }
        }

        impl Config for Slow {
            const NAME: &'static str = "shop/slow";
        }

        assert_eq!(REGISTRY.get::<Slow>().max, 8);
    }

    #[test]
    fn concurrent_first_reads_load_once() {
        static BOTH_ARE_LOADING: Barrier = Barrier::new(2);

        #[derive(Debug, Clone, Serialize, Deserialize)]
        #[serde(default)]
        struct Contended {
            max: u64,
        }

        impl Default for Contended {
            fn default() -> Self {
                BOTH_ARE_LOADING.wait();
                Self { max: 1 }
            }
        }

        impl Config for Contended {
            const NAME: &'static str = "shop/contended";
        }

        let registry = Registry::default();
        let read = thread::scope(|scope| {
            let readers = [(); 2].map(|()| scope.spawn(|| registry.get::<Contended>()));
            readers.map(|reader| reader.join().expect("reads"))
        });
        assert_eq!(read[0].max, 1);
        assert!(Arc::ptr_eq(&read[0], &read[1]));
        assert_eq!(registry.errors(), [""; 0]);
    }

    #[test]
    fn readers_see_complete_configs_in_order() {
        const LAST: u64 = 2_000;
        let registry = Registry::default();
        let seen = AtomicBool::new(false);
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    let mut before = 0;
                    while before < LAST {
                        let now = registry.get::<Cache>();
                        assert_eq!(now.twice_max_keys, 2 * now.max_keys, "torn");
                        assert!(now.max_keys >= before, "went back");
                        if now.max_keys > 0 && now.max_keys < LAST {
                            seen.store(true, Relaxed);
                        }
                        before = now.max_keys;
                    }
                });
            }
            let mut count = 1;
            while count < LAST - 1 || !seen.load(Relaxed) {
                let count_now = count.min(LAST - 1);
                let twice = 2 * count_now;
                let text = format!(r#"{{"max-keys": {count_now}, "twice-max-keys": {twice}}}"#);
                registry.set_named(Cache::NAME, json(&text)).expect("fits");
                count += 1;
            }
            registry.set(keys(LAST));
        });
        assert!(seen.into_inner(), "no reader saw a change while it ran");
    }
}
