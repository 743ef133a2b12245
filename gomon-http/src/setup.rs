//! The methods that choose configuration and monitor, the same for every type that has a setup.

/// Expands to `with_config` and `with_monitor` of a type whose `Setup` is the given field.
macro_rules! setup_methods {
    ($($setup:ident).+) => {
        /// Pins the configuration, in place of the monitor's.
        #[must_use = "the changed value is returned"]
        pub fn with_config(mut self, config: $crate::HttpConfig) -> Self {
            self.$($setup).+ = self.$($setup).+.with_config(config);
            self
        }

        /// Pins the monitor, in place of the global one.
        #[must_use = "the changed value is returned"]
        pub fn with_monitor(mut self, monitor: gomon_core::Monitor) -> Self {
            self.$($setup).+ = self.$($setup).+.with_monitor(monitor);
            self
        }
    };
}

pub(crate) use setup_methods;
