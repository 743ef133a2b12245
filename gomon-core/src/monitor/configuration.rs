//! The configurations of a monitor, by type and by name.

use std::sync::Arc;

use crate::config::Config;
use crate::config::settings::Settings;
use crate::error::Error;
use crate::monitor::Monitor;
use crate::monitor::config_cache;
use crate::monitor::redaction::RedactionSettings;
use crate::record::limits::Limits;

impl Monitor {
    /// A configuration; its plug-in is loaded by the first call, with what was set by name before.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_core::{Monitor, Sampling};
    ///
    /// let running = Monitor::builder().config(Sampling::default().with_rate(0.5)).build()?;
    /// assert_eq!(running.config::<Sampling>().rate(), 0.5);
    /// # Ok::<(), gomon_core::Error>(())
    /// ```
    #[must_use]
    pub fn config<C: Config>(&self) -> Arc<C> {
        match self.core {
            Some(core) => config_cache::config(core),
            None => Arc::default(),
        }
    }

    /// A copy of the configuration of a plug-in, as [`config`](Self::config) gives it: for small ones that are read again
    /// and again, since it counts no references, which costs a thread more than to copy some words.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_core::{Sampling, global};
    ///
    /// assert_eq!(global().config_copy::<Sampling>().rate(), 1.0);
    /// ```
    #[must_use]
    #[inline]
    pub fn config_copy<C: Config>(&self) -> C {
        match self.core {
            Some(core) => config_cache::copy(core),
            None => C::default(),
        }
    }

    /// Replaces a configuration, at any time; [`Limits`] are fixed when a monitor is built.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_core::{Sampling, global};
    ///
    /// global().set_config(Sampling::default().with_rate(0.1));
    /// ```
    pub fn set_config<C: Config>(&self, config: C) {
        if let Some(core) = self.core {
            core.set_config(config);
        }
    }

    /// Replaces a configuration by its name: the defaults, and the keys given.
    ///
    /// That of a plug-in that was not loaded yet waits for it. Limits and redaction are fixed when a monitor is built.
    ///
    /// # Errors
    ///
    /// An unknown key or a wrong type: the error names the origin, the key and what was expected, and the old
    /// configuration stays.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_core::{Settings, global};
    ///
    /// global().set_config_named("gomon/sampling", Settings::from_json("admin console", r#"{"rate": 0.1}"#)?)?;
    /// # Ok::<(), gomon_core::Error>(())
    /// ```
    pub fn set_config_named(&self, name: &str, settings: Settings) -> Result<(), Error> {
        let Some(core) = self.core else { return Ok(()) };
        if [Limits::NAME, RedactionSettings::NAME].contains(&name) {
            let place = settings.named(name).describe();
            let message = format!("{place}: expected before the monitor is built");
            return Err(Error::config(message));
        }
        core.registry.set_named(name, settings)?;
        core.configured();
        Ok(())
    }

    /// Describes configurations that were set by name and are not in effect, one line each: those that did not fit when
    /// their plug-in was loaded, and those that no plug-in uses yet.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(gomon_core::global().config_errors().is_empty());
    /// ```
    #[must_use]
    pub fn config_errors(&self) -> Vec<String> {
        self.core
            .map(|core| core.registry.problems())
            .unwrap_or_default()
    }
}
