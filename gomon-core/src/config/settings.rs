//! What a configuration says about one plug-in or one listener, and where it says so.
//!
//! Settings know neither their format nor the type that they are for until they are read.
//! Reading is strict: every key must be wanted, every type must fit.

use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use crate::config::problem::Problem;
use crate::config::reader::Reader;
use crate::config::tree::{Item, MAX_BYTES, Table, Value};
use crate::error::Error;

/// The keys that were given to one plug-in or one listener, with their origin.
///
/// Errors about them name the origin, the line where TOML gives it, the key and what was
/// expected. They never repeat text that was found, which may be a secret.
///
/// # Examples
/// ```
/// use gomon_core::Settings;
///
/// #[derive(Default, serde::Deserialize)]
/// #[serde(default, rename_all = "kebab-case")]
/// struct Limits {
///     queue_bytes: u32,
/// }
///
/// let settings = Settings::from_json("admin page", r#"{"queue-bytes": 4096}"#)?;
/// assert_eq!(settings.parse::<Limits>()?.queue_bytes, 4096);
///
/// let settings = Settings::from_json("admin page", r#"{"queue-bites": 4096}"#)?;
/// let error = settings.parse::<Limits>().err().map(|error| error.to_string());
/// assert_eq!(
///     error.as_deref(),
///     Some(r#"admin page: unknown key "queue-bites", expected "queue-bytes""#),
/// );
/// # Ok::<(), gomon_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Settings {
    pub(super) name: String,
    pub(super) origin: Arc<str>,
    /// Where the table stands in its file, if its name does not say so.
    pub(super) place: String,
    /// The line of the table.
    pub(super) line: Option<usize>,
    /// The line that says what the settings are for, if that is a key in the table.
    pub(super) name_line: Option<usize>,
    pub(super) value: Value,
}

impl Settings {
    /// Reads an object of JSON text; `origin` is what errors call the place it comes from.
    ///
    /// # Errors
    /// Text that is longer than 1 MiB, is not JSON, gives a key twice or holds no object.
    ///
    /// # Examples
    /// ```
    /// use gomon_core::Settings;
    ///
    /// assert!(Settings::from_json("admin page", "[1, 2]").is_err_and(|e| e.is_config()));
    /// ```
    pub fn from_json(origin: &str, text: &str) -> Result<Self, Error> {
        check_length(origin, text)?;
        Ok(Self::new(origin.into(), super::json::read(origin, text)?))
    }

    /// Reads TOML text; `origin` is what errors call the place it comes from.
    ///
    /// # Errors
    /// Text that is longer than 1 MiB, is not TOML or gives a key twice.
    ///
    /// # Examples
    /// ```
    /// use gomon_core::Settings;
    ///
    /// let error = Settings::from_toml("admin page", "rate = 1\nrate = 2").unwrap_err();
    /// assert!(error.to_string().starts_with("admin page:2: "));
    /// ```
    #[cfg(feature = "toml")]
    pub fn from_toml(origin: &str, text: &str) -> Result<Self, Error> {
        check_length(origin, text)?;
        Ok(Self::new(origin.into(), super::toml::read(origin, text)?))
    }

    fn new(origin: Arc<str>, table: Table) -> Self {
        let value = Value::Table(table);
        Self {
            name: String::new(),
            origin,
            place: String::new(),
            line: None,
            name_line: None,
            value,
        }
    }

    /// Says what these settings are for: a [`Config::NAME`](crate::Config::NAME), or the kind of
    /// a listener. It is empty until they are given to something.
    ///
    /// # Examples
    /// ```
    /// use gomon_core::Settings;
    ///
    /// assert_eq!(Settings::from_json("admin page", "{}")?.name(), "");
    /// # Ok::<(), gomon_core::Error>(())
    /// ```
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Says where these settings come from, such as the path of a file.
    ///
    /// # Examples
    /// ```
    /// use gomon_core::Settings;
    ///
    /// assert_eq!(Settings::from_json("admin page", "{}")?.origin(), "admin page");
    /// # Ok::<(), gomon_core::Error>(())
    /// ```
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    #[must_use]
    pub(crate) fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// Reads the settings as a `T`.
    ///
    /// # Errors
    /// A key that `T` does not have, at any depth and also where `T` does not say
    /// `deny_unknown_fields`; a key that it needs; a value of the wrong type. (What serde buffers,
    /// inside `flatten` and untagged enums, is only as strict as serde is.)
    ///
    /// # Examples
    /// ```
    /// use std::collections::BTreeMap;
    ///
    /// use gomon_core::Settings;
    ///
    /// let settings = Settings::from_json("admin page", r#"{"rate": "fast"}"#)?;
    /// let error = settings.parse::<BTreeMap<String, u8>>().unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     r#"admin page: key "rate": expected an integer from 0 to 255, found a string"#,
    /// );
    /// # Ok::<(), gomon_core::Error>(())
    /// ```
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, Error> {
        T::deserialize(Reader::new(&self.value)).map_err(|problem| self.refuse(&problem))
    }

    /// Makes the error that says a value has the right type and yet cannot be used.
    ///
    /// # Examples
    /// ```
    /// use gomon_core::Settings;
    ///
    /// let settings = Settings::from_json("admin page", r#"{"path": ""}"#)?;
    /// assert_eq!(
    ///     settings.invalid("path", "expected the path of a file").to_string(),
    ///     r#"admin page: key "path": expected the path of a file"#,
    /// );
    /// # Ok::<(), gomon_core::Error>(())
    /// ```
    #[must_use]
    pub fn invalid(&self, key: &str, expectation: &str) -> Error {
        self.refuse(&Problem::message(expectation).below(key, self.line_of(key)))
    }

    /// Tells that `error` came from what `key` says: it stays of its kind and begins with the place.
    ///
    /// # Examples
    /// ```
    /// use gomon_core::{Error, Settings};
    ///
    /// let settings = Settings::from_json("admin page", r#"{"path": "/no/such/file"}"#)?;
    /// let error = std::fs::File::open("/no/such/file").map_err(Error::from).unwrap_err();
    /// let error = settings.caused_by("path", error);
    /// assert!(error.is_io());
    /// assert!(error.to_string().starts_with(r#"admin page: key "path": cannot read or write: "#));
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn caused_by(&self, key: &str, error: Error) -> Error {
        let problem = Problem::message("").below(key, self.line_of(key));
        error.within(&self.place_of(&problem))
    }

    fn line_of(&self, key: &str) -> Option<usize> {
        self.table()?.get(key)?.line
    }

    /// Takes out every table whose key has a slash, named for that key.
    pub(crate) fn take_named(&mut self) -> Result<Vec<Self>, Error> {
        let table = self.table_mut().map(std::mem::take).unwrap_or_default();
        let (named, rest) = table.into_iter().partition(|(key, _)| key.contains('/'));
        self.value = Value::Table(rest);
        let named: Table = named;
        named
            .into_iter()
            .map(|(key, Item { line, value })| match value {
                Value::Table(table) => Ok(Self {
                    line,
                    ..Self::new(self.origin.clone(), table).named(&key)
                }),
                _ => Err(self.refuse(&Problem::message("expected a table").below(&key, line))),
            })
            .collect()
    }

    /// Refuses every key that is not `known`; `other` says what else could have been meant.
    pub(crate) fn expect_keys(&self, known: &[&str], other: &str) -> Result<(), Error> {
        let mut items = self.table().into_iter().flatten();
        match items.find(|(key, _)| !known.contains(&key.as_str())) {
            None => Ok(()),
            Some((key, item)) => {
                let problem = Problem::unknown_key(Some(known)).or(other);
                Err(self.refuse(&problem.below(key, item.line)))
            }
        }
    }

    /// Begins an error about these settings as a whole: origin, line, name.
    pub(crate) fn describe(&self) -> String {
        self.prefix(self.line)
    }

    pub(super) fn prefix(&self, line: Option<usize>) -> String {
        let mut prefix = String::from(&*self.origin);
        if let Some(line) = line {
            prefix.push_str(&format!(":{line}"));
        }
        if !self.name.is_empty() {
            prefix.push_str(": ");
            prefix.push_str(&self.name);
        }
        prefix
    }

    pub(super) fn refuse(&self, problem: &Problem) -> Error {
        Error::config(self.place_of(problem))
    }

    fn place_of(&self, problem: &Problem) -> String {
        let prefix = self.prefix(problem.line.or(self.line));
        format!("{prefix}: {}", problem.describe(&self.place))
    }

    fn table(&self) -> Option<&Table> {
        match &self.value {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }

    pub(super) fn table_mut(&mut self) -> Option<&mut Table> {
        match &mut self.value {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }
}

/// Shows keys but no values, which may be secrets.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<&String> = self.table().into_iter().flat_map(Table::keys).collect();
        f.debug_struct("Settings")
            .field("name", &self.name)
            .field("origin", &self.origin)
            .field("keys", &keys)
            .finish_non_exhaustive()
    }
}

fn check_length(origin: &str, text: &str) -> Result<(), Error> {
    if text.len() > MAX_BYTES {
        return Err(Error::config(format!(
            "{origin}: expected at most {MAX_BYTES} bytes"
        )));
    }
    Ok(())
}
