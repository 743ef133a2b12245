//! Factory of the retransmitter.

use serde::Deserialize;

use crate::config::settings::Settings;
use crate::error::Error;
use crate::listeners::Listener;
use crate::listeners::factory::{Factories, ListenerFactory};
use crate::listeners::filter::Filter;
use crate::listeners::retransmitter::{Retransmitter, Route};

/// Creates listeners of the kind `retransmitter` from `name`, `filter` and a list `listener` of
/// inner listeners.
pub(crate) struct RetransmitterFactory;

#[derive(Debug, PartialEq, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct RetransmitterSettings {
    name: String,
    filter: Filter,
}

impl Default for RetransmitterSettings {
    fn default() -> Self {
        Self {
            name: RetransmitterFactory.kind().to_owned(),
            filter: Filter::all(),
        }
    }
}

impl ListenerFactory for RetransmitterFactory {
    fn kind(&self) -> &str {
        "retransmitter"
    }

    fn create(
        &self,
        settings: &Settings,
        factories: &Factories,
    ) -> Result<Box<dyn Listener>, Error> {
        let (rest, listeners) = settings.split_listeners()?;
        let RetransmitterSettings { name, filter } = rest.parse()?;
        if listeners.is_empty() {
            return Err(settings.invalid("listener", "expected at least one listener to feed"));
        }
        let mut retransmitter = Retransmitter::new(name);
        for listener in &listeners {
            retransmitter
                .routes
                .push(Route::new(filter.clone(), factories.create(listener)?));
        }
        Ok(Box::new(retransmitter))
    }
}

#[cfg(test)]
mod tests {
    use gomon_test::ReadmeTable;

    use super::*;

    const README: &str = include_str!("../../../README.md");

    fn documented(table: &ReadmeTable) -> Settings {
        Settings::from_json("README.md", &table.defaults()).expect("JSON")
    }

    #[test]
    fn readme_documents_the_settings() {
        let table = ReadmeTable::under("### `retransmitter`", README);
        let mut keys = table.keys();
        keys.sort_unstable();
        assert_eq!(keys, ["filter", "listener", "name"]);
        let settings = documented(&table).parse::<RetransmitterSettings>();
        assert_eq!(settings.expect("it fits"), RetransmitterSettings::default());
    }

    #[test]
    fn readme_documents_the_conditions_of_a_filter() {
        let table = ReadmeTable::under("#### `filter`", README);
        table.assert_keys_of::<Filter>();
        let filter = documented(&table).parse::<Filter>();
        assert_eq!(filter.expect("it fits"), Filter::all());
    }
}
