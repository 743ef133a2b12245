//! The methods that choose monitor and configuration, the same for a logger and a drain.

/// Expands to `with_monitor` and `with_config` of a type that has a field `setup`.
macro_rules! setup_methods {
    () => {
        /// Pins the monitor.
        #[must_use]
        pub fn with_monitor(mut self, monitor: gomon_core::Monitor) -> Self {
            self.setup = self.setup.with_monitor(monitor);
            self
        }

        /// Pins the configuration.
        #[must_use]
        pub fn with_config(mut self, config: $crate::LogConfig) -> Self {
            self.setup = self.setup.with_config(config);
            self
        }
    };
}

pub(crate) use setup_methods;
