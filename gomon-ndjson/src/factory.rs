//! Factory for listeners in configuration files.

use std::path::PathBuf;

use gomon_core::{Error, Factories, Listener, ListenerFactory, Settings};
use serde::{Deserialize, Deserializer};

use crate::NdjsonListener;
use crate::listener::{DEFAULT_FILES, DEFAULT_MAX_BYTES};

/// Returns the factory for listeners of kind `file`.
///
/// ```toml
/// [[listener]]
/// kind = "file"
/// path = "/var/log/shop/events.ndjson"
/// max-bytes = 67108864 # per file
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

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct FileSettings {
    path: PathBuf,
    #[serde(default = "max_bytes", deserialize_with = "max_bytes_or_null")]
    max_bytes: u64,
    #[serde(default = "files", deserialize_with = "files_or_null")]
    files: u32,
    #[serde(default)]
    sync: bool,
}

const fn max_bytes() -> u64 {
    DEFAULT_MAX_BYTES
}

const fn files() -> u32 {
    DEFAULT_FILES
}

// A JSON file may set a key to null.

fn max_bytes_or_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    Option::deserialize(deserializer).map(|bytes| bytes.unwrap_or(DEFAULT_MAX_BYTES))
}

fn files_or_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    Option::deserialize(deserializer).map(|files| files.unwrap_or(DEFAULT_FILES))
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
            return Err(settings.invalid("path", "expected a file path"));
        }
        if files == 0 {
            return Err(settings.invalid("files", "expected a number above 0"));
        }
        let listener = NdjsonListener::create(path)
            .map_err(|error| settings.caused_by("path", error))?
            .with_max_bytes(max_bytes)
            .with_files(files)
            .with_sync(sync);
        Ok(Box::new(listener))
    }
}

#[cfg(test)]
mod tests {
    use gomon_test::ReadmeTable;

    use super::*;

    fn read(text: &str) -> FileSettings {
        let settings = Settings::from_json("README.md", text);
        settings
            .and_then(|settings| settings.parse())
            .expect("valid settings")
    }

    #[test]
    fn null_means_the_default() {
        let nulls = read(r#"{"path": "x", "max-bytes": null, "files": null}"#);
        assert_eq!(nulls, read(r#"{"path": "x"}"#));
        let given = read(r#"{"path": "x", "max-bytes": 9, "files": 2}"#);
        assert_eq!((given.max_bytes, given.files), (9, 2));
    }

    #[test]
    fn readme_lists_the_settings() {
        let table = ReadmeTable::under("## Configuration", include_str!("../README.md"));
        table.assert_keys_of::<FileSettings>();
        let path = r#"{"path": "x""#;
        let defaults = table.defaults().replace('{', ", ");
        let documented = read(&format!("{path}{defaults}"));
        assert_eq!(documented, read(&format!("{path}}}")));
    }
}
