//! Tables of a README, compared with the code.

use gomon_core::Settings;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A table of a README whose rows begin with keys.
///
/// # Examples
/// ```
/// use gomon_test::ReadmeTable;
///
/// #[derive(Default, serde::Serialize)]
/// #[serde(rename_all = "kebab-case")]
/// struct CacheConfig {
///     max_keys: u64,
/// }
///
/// let readme = "## Configuration\n\n| key | default | meaning |\n|---|---|---|\n| `max-keys` | `0` | how many |\n";
/// let table = ReadmeTable::under("## Configuration", readme);
/// assert_eq!(table.keys(), ["max-keys"]);
/// table.assert_defaults(&CacheConfig::default());
/// ```
#[derive(Clone, Debug)]
pub struct ReadmeTable {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl ReadmeTable {
    /// Reads the first table after the line `heading`.
    ///
    /// # Panics
    /// If there is no such line, or no table before the next heading.
    #[must_use]
    #[track_caller]
    pub fn under(heading: &str, readme: &str) -> Self {
        let mut lines = readme.lines().skip_while(|line| *line != heading);
        assert!(lines.next().is_some(), "no line is {heading:?}");
        let cells = |line: &str| {
            let cells = line.trim_matches('|').split(" | ");
            cells.map(|cell| cell.trim().to_owned()).collect()
        };
        let mut rows = lines
            .take_while(|line| !line.starts_with('#'))
            .skip_while(|line| !line.starts_with('|'))
            .take_while(|line| line.starts_with('|'))
            .map(cells);
        let Some(columns) = rows.next() else {
            panic!("no table under {heading:?}")
        };
        // Below the rule.
        let rows = rows.skip(1).collect();
        Self { columns, rows }
    }

    /// Returns the keys in their order: the code in the first column.
    #[must_use]
    pub fn keys(&self) -> Vec<&str> {
        let cells = self.rows.iter().filter_map(|row| row.first());
        cells
            .flat_map(|cell| cell.split('`').skip(1).step_by(2))
            .collect()
    }

    /// Returns a JSON object of the keys and the JSON in the column `default`, except where that is `–`.
    ///
    /// # Panics
    /// If there is no such column.
    #[must_use]
    #[track_caller]
    pub fn defaults(&self) -> String {
        let column = self.columns.iter().position(|name| name == "default");
        let column = column.expect("a column called \"default\"");
        let defaults = self.rows.iter().filter_map(|row| {
            let key = row.first()?.trim_matches('`');
            let default = row.get(column).filter(|default| *default != "–")?;
            Some(format!("{key:?}:{}", default.trim_matches('`')))
        });
        format!("{{{}}}", defaults.collect::<Vec<_>>().join(","))
    }

    /// Asserts that the table has exactly the keys of a configuration, with their defaults.
    ///
    /// # Panics
    /// If they differ.
    #[track_caller]
    pub fn assert_defaults(&self, defaults: &impl Serialize) {
        let table: serde_json::Value = serde_json::from_str(&self.defaults()).expect("JSON");
        assert_eq!(table, serde_json::to_value(defaults).expect("JSON"));
    }

    /// Asserts that the table has exactly the keys of a type that settings are read as.
    ///
    /// # Panics
    /// If they differ, or `T` accepts any key, as a map does.
    #[track_caller]
    pub fn assert_keys_of<T: DeserializeOwned>(&self) {
        let settings = Settings::from_json("README", r#"{"no key at all": 0}"#).expect("JSON");
        let Err(error) = settings.parse::<T>() else {
            panic!("the type accepts any key")
        };
        // The error lists the known keys.
        let error = error.to_string();
        let (_, known) = error.split_once("expected ").expect("known keys");
        let mut known: Vec<_> = known.split('"').skip(1).step_by(2).collect();
        let mut keys = self.keys();
        known.sort_unstable();
        keys.sort_unstable();
        assert_eq!(keys, known);
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
    fn different_defaults_fail() {
        let table = ReadmeTable::under("# Name", README);
        table.assert_defaults(&serde_json::json!({"elsewhere": 1}));
        for other in [
            serde_json::json!({"elsewhere": 2}),
            serde_json::json!({"elsewhere": 1, "missing": 1}),
            serde_json::json!({}),
        ] {
            let result = std::panic::catch_unwind(|| table.assert_defaults(&other));
            assert!(result.is_err(), "{other}");
        }
    }

    #[test]
    fn different_keys_fail() {
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
    fn missing_heading_fails() {
        for heading in ["## Setting", "# Settings"] {
            let result = std::panic::catch_unwind(|| ReadmeTable::under(heading, README));
            assert!(result.is_err(), "{heading}");
        }
    }
}
