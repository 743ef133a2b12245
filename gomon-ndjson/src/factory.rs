//! The listener by name, for configuration files.

use std::path::PathBuf;

use gomon_core::{Error, Factories, Listener, ListenerFactory, Settings};
use serde::Deserialize;

use crate::NdjsonListener;

/// Makes listeners of the kind `file`, so that a configuration file can ask for them.
///
/// ```toml
/// [[listener]]
/// kind = "file"
/// path = "/var/log/shop/events.ndjson"
/// max-bytes = 67108864 # of one file
/// files = 5
/// sync = false
/// ```
///
/// # Examples
///
/// ```
/// let builder = gomon_core::Monitor::builder().listener_factory(gomon_ndjson::factory());
/// ```
#[must_use]
pub fn factory() -> impl ListenerFactory {
    NdjsonFactory
}

struct NdjsonFactory;

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct FileSettings {
    path: PathBuf,
    max_bytes: Option<u64>,
    files: Option<u32>,
    #[serde(default)]
    sync: bool,
}

impl ListenerFactory for NdjsonFactory {
    fn kind(&self) -> &str {
        "file"
    }

    fn create(&self, settings: &Settings, _: &Factories) -> Result<Box<dyn Listener>, Error> {
        let FileSettings {
            path,
            max_bytes,
            files,
            sync,
        } = settings.parse()?;
        if path.as_os_str().is_empty() {
            return Err(settings.invalid("path", "expected the path of a file"));
        }
        if files == Some(0) {
            return Err(settings.invalid("files", "expected a number above 0"));
        }
        let mut listener = NdjsonListener::create(path)
            .map_err(|error| settings.caused_by("path", error))?
            .with_sync(sync);
        if let Some(bytes) = max_bytes {
            listener = listener.with_max_bytes(bytes);
        }
        if let Some(files) = files {
            listener = listener.with_files(files);
        }
        Ok(Box::new(listener))
    }
}
