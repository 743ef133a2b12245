//! Factory of the log listener.

use serde::Deserialize;

use crate::config::settings::Settings;
use crate::error::Error;
use crate::listeners::Listener;
use crate::listeners::factory::{Factories, ListenerFactory};
use crate::listeners::log::LogListener;

/// Creates listeners of the kind `log`. `form` is `human` or `json`, `target` is `stdout` or
/// `stderr`.
pub(crate) struct LogFactory;

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct LogSettings {
    form: FormSetting,
    target: Target,
    colours: Option<bool>,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum FormSetting {
    #[default]
    Human,
    Json,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
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

#[cfg(test)]
mod tests {
    use gomon_test::ReadmeTable;

    use super::*;

    #[test]
    fn readme_documents_the_settings() {
        let table = ReadmeTable::under("### `log`", include_str!("../../../README.md"));
        table.assert_keys_of::<LogSettings>();
        let documented = Settings::from_json("README.md", &table.defaults())
            .and_then(|settings| settings.parse::<LogSettings>());
        assert_eq!(documented.expect("it fits"), LogSettings::default());
    }
}
