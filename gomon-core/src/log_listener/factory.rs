//! The log listener by name, for configuration files.

use serde::Deserialize;

use crate::{Error, Factories, Listener, ListenerFactory, LogListener, Settings};

/// Makes listeners of the kind `log`: `form` is `human` or `json`, `target` is `stdout` or `stderr`.
pub(crate) struct LogFactory;

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct LogSettings {
    form: FormSetting,
    target: Target,
    colours: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum FormSetting {
    #[default]
    Human,
    Json,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Target {
    #[default]
    Stdout,
    Stderr,
}

impl ListenerFactory for LogFactory {
    fn kind(&self) -> &str {
        "log"
    }

    fn create(&self, settings: &Settings, _: &Factories) -> Result<Box<dyn Listener>, Error> {
        let LogSettings {
            form,
            target,
            colours,
        } = settings.parse()?;
        let mut listener = match target {
            Target::Stdout => LogListener::stdout(),
            Target::Stderr => LogListener::stderr(),
        };
        if let FormSetting::Json = form {
            listener = listener.json();
        }
        if let Some(colours) = colours {
            listener = listener.with_colours(colours);
        }
        Ok(Box::new(listener))
    }
}
