//! The listener by name, for configuration files.

use std::path::PathBuf;

use gomon_core::{Error, Factories, Listener, ListenerFactory, Settings};
use serde::{Deserialize, Deserializer};

use crate::NdjsonListener;
use crate::listener::{FILES, MAX_BYTES};

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
    MAX_BYTES
}

const fn files() -> u32 {
    FILES
}

// In JSON a key may stand there with nothing in it.

fn max_bytes_or_null<'de, D: Deserializer<'de>>(given: D) -> Result<u64, D::Error> {
    Option::deserialize(given).map(|it| it.unwrap_or(MAX_BYTES))
}

fn files_or_null<'de, D: Deserializer<'de>>(given: D) -> Result<u32, D::Error> {
    Option::deserialize(given).map(|it| it.unwrap_or(FILES))
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
        settings.and_then(|it| it.parse()).expect("it fits")
    }

    #[test]
    fn null_is_as_good_as_nothing() {
        let nulls = read(r#"{"path": "x", "max-bytes": null, "files": null}"#);
        assert_eq!(nulls, read(r#"{"path": "x"}"#));
        let given = read(r#"{"path": "x", "max-bytes": 9, "files": 2}"#);
        assert_eq!((given.max_bytes, given.files), (9, 2));
    }

    #[test]
    fn readme_tells_the_settings() {
        let table = ReadmeTable::under("## Settings", include_str!("../README.md"));
        table.assert_keys_of::<FileSettings>();
        let path = r#"{"path": "x""#;
        let defaults = table.defaults().replace('{', ", ");
        let told = read(&format!("{path}{defaults}"));
        assert_eq!(told, read(&format!("{path}}}")));
    }
}
