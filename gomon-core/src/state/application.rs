//! Application event, the first event of every listener.

use std::sync::Arc;

use crate::id::Id;
use crate::id::random::Random;
use crate::record::key::Key;
use crate::record::keys;
use crate::record::value::Value;

/// Identity of the program.
#[derive(Debug)]
pub(crate) struct Application {
    pub(crate) id: Id,
    pub(crate) app_id: Arc<str>,
    execution: Id,
    version: Option<String>,
    environment: Option<String>,
    fields: Vec<(String, String)>,
}

/// Identity as set in the builder.
#[derive(Clone, Debug, Default)]
pub(crate) struct ApplicationSettings {
    pub(crate) app_id: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) environment: Option<String>,
    pub(crate) fields: Vec<(String, String)>,
}

impl Application {
    pub(crate) fn new(settings: ApplicationSettings) -> Self {
        let mut random = Random::from_os();
        let mut id = || Id::from_random(random.next(), random.next());
        let (id, execution) = (id(), id());
        let app_id = settings
            .app_id
            .unwrap_or_else(|| execution.to_string())
            .into();
        let ApplicationSettings {
            version,
            environment,
            fields,
            ..
        } = settings;
        Self {
            id,
            app_id,
            execution,
            version,
            environment,
            fields,
        }
    }

    /// Sets the fields of the application event, in the order of the event model.
    pub(crate) fn describe(&self, set: &mut dyn FnMut(Key<'_>, Value<'_>)) {
        if let Some(host) = host() {
            set(keys::HOST, Value::Str(&host));
        }
        set(keys::EXECUTION_ID, self.execution.into());
        if let Some(version) = &self.version {
            set(keys::VERSION, Value::Str(version));
        }
        if let Some(environment) = &self.environment {
            set(keys::ENVIRONMENT, Value::Str(environment));
        }
        set(keys::PID, std::process::id().into());
        set(keys::OS, std::env::consts::OS.into());
        set(keys::ARCH, std::env::consts::ARCH.into());
        set(keys::GOMON_VERSION, env!("CARGO_PKG_VERSION").into());
        for (name, value) in &self.fields {
            set(Key::new(name), Value::Str(value));
        }
    }
}

/// Returns the host name from the system, or else from the environment.
fn host() -> Option<String> {
    ["/proc/sys/kernel/hostname", "/etc/hostname"]
        .into_iter()
        .find_map(|path| std::fs::read_to_string(path).ok())
        .or_else(|| std::env::var("HOSTNAME").ok())
        .or_else(|| std::env::var("COMPUTERNAME").ok())
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
}
