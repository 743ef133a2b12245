//! The retransmitter by name, for configuration files.

use serde::Deserialize;

use super::{Retransmitter, Route};
use crate::{Error, Factories, Filter, Listener, ListenerFactory, Settings};

/// Makes listeners of the kind `retransmitter`: `name`, `filter`, and a list `listener` of those to feed.
pub(crate) struct RetransmitterFactory;

#[derive(Deserialize)]
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
