//! Start of a monitor.

use crate::config::file::ConfigFile;
use crate::dispatch::attach::attach;
use crate::dispatch::dispatcher;
use crate::error::Error;
use crate::listeners::factory::Factories;
use crate::listeners::log::factory::LogFactory;
use crate::listeners::retransmitter::factory::RetransmitterFactory;
use crate::monitor::builder::MonitorBuilder;
use crate::monitor::redaction::RedactionSettings;
use crate::monitor::running::Running;
use crate::record::limits::Limits;
use crate::state::application::Application;
use crate::state::core::{Core, Parts};
use crate::state::global;
use crate::state::sampling::Sampling;

impl MonitorBuilder {
    pub(super) fn read_files(&mut self, environment: bool) -> Result<(), Error> {
        let mut files = Vec::new();
        for path in std::mem::take(&mut self.files) {
            files.push(ConfigFile::read(path)?);
        }
        if environment {
            files.extend(ConfigFile::from_env()?);
        }
        for file in files {
            self.apply(&file)?;
        }
        Ok(())
    }

    fn apply(&mut self, file: &ConfigFile) -> Result<(), Error> {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let application = &mut self.application;
        application.app_id = owned(file.app_id()).or(application.app_id.take());
        application.version = owned(file.version()).or(application.version.take());
        application.environment = owned(file.environment()).or(application.environment.take());
        self.enabled = file.enabled().unwrap_or(self.enabled);
        for settings in file.configs() {
            self.registry.set_named(settings.name(), settings.clone())?;
        }
        self.listener_settings.extend_from_slice(file.listeners());
        Ok(())
    }

    pub(super) fn launch(mut self) -> Result<&'static Core, Error> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        // The core's configurations are loaded here, so that their errors fail the start.
        let limits = Limits::clone(&self.registry.get::<Limits>());
        self.registry.get::<Sampling>();
        let redaction = self.registry.get::<RedactionSettings>();
        if let Some(error) = self.registry.errors().into_iter().next() {
            return Err(Error::config(error));
        }
        for settings in &self.listener_settings {
            self.listeners.push(self.factories.create(settings)?);
        }
        let core: &'static Core = Box::leak(Box::new(Core::new(Parts {
            application: Application::new(self.application),
            limits,
            redaction: redaction.add_to(self.redaction),
            registry: self.registry,
            memory: self.memory,
            open_memory: self.open_memory,
            enabled: self.enabled,
        })));
        dispatcher::start(core, self.health_interval)?;
        global::refresh(core);
        for listener in self.listeners {
            if let Err(error) = attach(core, listener) {
                // The drop stops the threads that were started.
                drop(Running::new(core));
                return Err(error);
            }
        }
        Ok(core)
    }
}

/// Returns the factories of the listeners in this crate.
pub(super) fn built_in() -> Factories {
    let mut factories = Factories::new();
    // Two different names cannot be refused.
    let _ = factories
        .register(LogFactory)
        .and_then(|()| factories.register(RetransmitterFactory));
    factories
}
