//! Tables of a README, for tests that hold them against the code.

use crate::config::settings::Settings;

/// A table of a README whose rows begin with keys, for tests that hold documentation against code.
///
/// # Examples
/// ```
/// use gomon_core::{Config, ReadmeTable, Settings};
///
/// #[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
/// #[serde(default, rename_all = "kebab-case")]
/// struct CacheConfig {
///     max_keys: u64,
/// }
///
/// impl Config for CacheConfig {
///     const NAME: &'static str = "shop/cache";
/// }
///
/// let readme = "## Configuration\n\n| key | default | meaning |\n|---|---|---|\n| `max-keys` | `0` | how many |\n";
/// let table = ReadmeTable::under("## Configuration", readme);
/// assert_eq!(table.keys(), ["max-keys"]);
/// table.assert_tells(&CacheConfig::default());
/// ```
#[derive(Clone, Debug)]
pub struct ReadmeTable {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl ReadmeTable {
    /// The first table after the line `heading`.
    ///
    /// # Panics
    /// Where there is no such line, or no table before the next heading.
    ///
    /// # Examples
    /// See [`ReadmeTable`].
    #[must_use]
    #[track_caller]
    pub fn under(heading: &str, readme: &str) -> Self {
        let mut lines = readme.lines().skip_while(|line| *line != heading);
        assert!(lines.next().is_some(), "no line is {heading:?}");
        let mut rows = lines
            .take_while(|line| !line.starts_with('#'))
            .skip_while(|line| !line.starts_with('|'))
            .take_while(|line| line.starts_with('|'))
            .map(|line| {
                line.trim_matches('|')
                    .split(" | ")
                    .map(|cell| cell.trim().to_owned())
                    .collect()
            });
        let columns = rows.next();
        assert!(columns.is_some(), "no table under {heading:?}");
        Self {
            columns: columns.unwrap_or_default(),
            // Below the rule.
            rows: rows.skip(1).collect(),
        }
    }

    /// All keys, in their order: what stands as code in the first column.
    ///
    /// # Examples
    /// See [`ReadmeTable`].
    #[must_use]
    pub fn keys(&self) -> Vec<&str> {
        let cells = self.rows.iter().filter_map(|row| row.first());
        cells
            .flat_map(|cell| cell.split('`').skip(1).step_by(2))
            .collect()
    }

    /// The keys with what the column `default` says of them, which is JSON, as a JSON object; without those of which it
    /// says `–`.
    ///
    /// # Panics
    /// Where there is no such column.
    ///
    /// # Examples
    /// ```
    /// let readme = "# x\n| key | default |\n|---|---|\n| `path` | – |\n| `files` | `5` |";
    /// let table = gomon_core::ReadmeTable::under("# x", readme);
    /// assert_eq!(table.defaults(), r#"{"files":5}"#);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn defaults(&self) -> String {
        let column = self.columns.iter().position(|name| name == "default");
        assert!(column.is_some(), "no column is called \"default\"");
        let default = |row: &'_ Vec<String>| column.and_then(|at| row.get(at)).cloned();
        let told = self.rows.iter().filter_map(|row| {
            let key = row.first()?.trim_matches('`');
            let default = default(row).filter(|default| default != "–")?;
            Some(format!("{key:?}:{}", default.trim_matches('`')))
        });
        format!("{{{}}}", told.collect::<Vec<_>>().join(","))
    }

    /// Holds the table against the defaults of a configuration: it tells every key with its default, and no other key.
    ///
    /// # Panics
    /// Where they differ.
    ///
    /// # Examples
    /// See [`ReadmeTable`].
    #[track_caller]
    pub fn assert_tells(&self, defaults: &impl serde::Serialize) {
        let told: Result<serde_json::Value, _> = serde_json::from_str(&self.defaults());
        assert!(told.is_ok(), "no JSON: {}", self.defaults());
        assert_eq!(told.ok(), serde_json::to_value(defaults).ok());
    }

    /// Holds the table against a type that is read from settings: it has all the keys that `T` takes, and no other.
    ///
    /// # Panics
    /// Where they differ, or `T` does not refuse unknown keys, as a map does not.
    ///
    /// # Examples
    /// ```
    /// #[derive(serde::Deserialize)]
    /// struct FileSettings {
    ///     path: String,
    /// }
    ///
    /// let readme = "# x\n| key | default |\n|---|---|\n| `path` | – |";
    /// gomon_core::ReadmeTable::under("# x", readme).assert_keys_of::<FileSettings>();
    /// ```
    #[track_caller]
    pub fn assert_keys_of<T: serde::de::DeserializeOwned>(&self) {
        const UNKNOWN: &str = "no key at all";
        let settings = Settings::from_json("README", &format!("{{{UNKNOWN:?}: 0}}"));
        let refusal = settings.and_then(|settings| settings.parse::<T>());
        let refusal = refusal.err().map(|error| error.to_string());
        // Which says what it would have taken.
        let known = refusal.as_deref().and_then(|it| it.split_once("expected "));
        assert!(known.is_some(), "the type takes any key: {refusal:?}");
        let known = known.map_or("", |(_, known)| known);
        let mut known: Vec<_> = known.split('"').skip(1).step_by(2).collect();
        let mut told = self.keys();
        known.sort_unstable();
        told.sort_unstable();
        assert_eq!(told, known);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const README: &str = "\
# Name

| key | default |
|---|---|
| `elsewhere` | `1` |

## Settings

Some text.

| key | type | default | meaning |
|---|---|---|---|
| `max-bytes` | bytes | `1024` | at most |
| `lists`, `more` | list | `[\"a\", \"b\"]` | all |

| `another` | `2` |

## Empty

| `not` | `here` |
";

    #[test]
    fn table_is_the_first_under_its_heading() {
        let table = ReadmeTable::under("## Settings", README);
        assert_eq!(table.keys(), ["max-bytes", "lists", "more"]);
    }

    #[test]
    fn defaults_that_differ_are_told() {
        let table = ReadmeTable::under("# Name", README);
        table.assert_tells(&serde_json::json!({"elsewhere": 1}));
        for other in [
            serde_json::json!({"elsewhere": 2}),
            serde_json::json!({"elsewhere": 1, "missing": 1}),
            serde_json::json!({}),
        ] {
            let told = std::panic::catch_unwind(|| table.assert_tells(&other));
            assert!(told.is_err(), "{other}");
        }
    }

    #[test]
    fn keys_that_differ_from_those_of_the_type_are_told() {
        #[derive(Debug, serde::Deserialize)]
        struct One {
            #[serde(rename = "elsewhere")]
            _elsewhere: u8,
        }
        #[derive(Debug, serde::Deserialize)]
        struct Two {
            #[serde(rename = "elsewhere")]
            _elsewhere: u8,
            #[serde(rename = "missing")]
            _missing: u8,
        }
        let table = ReadmeTable::under("# Name", README);
        table.assert_keys_of::<One>();
        assert!(std::panic::catch_unwind(|| table.assert_keys_of::<Two>()).is_err());
        let map = || table.assert_keys_of::<std::collections::BTreeMap<String, u8>>();
        assert!(std::panic::catch_unwind(map).is_err());
    }

    #[test]
    fn heading_that_is_not_there_is_told() {
        for heading in ["## Setting", "# Settings"] {
            let told = std::panic::catch_unwind(|| ReadmeTable::under(heading, README));
            assert!(told.is_err(), "{heading}");
        }
    }
}
